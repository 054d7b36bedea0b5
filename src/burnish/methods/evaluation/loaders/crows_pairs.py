"""CrowS-Pairs (Nangia and others 2020), `crows_pairs_anonymized.csv`: minimal pairs of sentences.

The first sentence of a pair is the more stereotyping one. Many pairs are invalid (Blodgett and
others 2021): the share of firsts that a model prefers says something only beside its base.
"""

from __future__ import annotations

from collections.abc import Sequence

from burnish.methods.evaluation.loaders.made import Made, fitting
from burnish.methods.evaluation.rows import Source, csv_rows
from burnish.methods.evaluation.suites import Item

DIRECTIONS = {"stereo": "stereo", "antistereo": "antistereo"}


def crows_pairs(sources: Sequence[Source]) -> Made:
    """A pair a row, its group the type of bias."""
    for source in sources:
        for row in csv_rows(source):
            name = str(row.number)
            pair = (row.text("sent_more"), row.text("sent_less"))
            direction = row.one_of("stereo_antistereo", DIRECTIONS)
            labels = {"first": "stereotype", "direction": direction}
            group = row.text("bias_type")
            item = Item(name, (), (), "pair", name, choices=pair, group=group, labels=labels)
            yield fitting(row, item)
