"""Quality of the sample world, beside what was planted in it."""

import json
from collections import Counter
from pathlib import Path

from burnish.methods.quality.judge import Thresholds, judge
from burnish.methods.quality.language import identify
from burnish.methods.quality.measure import measure_all, rows
from burnish.samples.desk import write_world

POOR = {"foreign", "junk", "low_quality"}


def test_poor_tickets_go_and_good_ones_stay(tmp_path: Path) -> None:
    made = write_world(tmp_path, seed=12, tickets=1000)
    tickets = [json.loads(line) for line in made.tickets.read_text("utf-8").splitlines()]
    truth = json.loads(made.truth.read_text("utf-8"))["tickets"]
    texts = [ticket["question"] for ticket in tickets]
    judged = zip(rows(measure_all(texts)), identify(texts), strict=True)

    reasons = [judge(measures, language, Thresholds()) for measures, language in judged]

    wrong: Counter[str] = Counter()
    for ticket, reason in zip(tickets, reasons, strict=True):
        kind = truth[ticket["ticket"]]["kind"]
        wrong[kind] += (reason is None) == (kind in POOR)
        if kind == "foreign":
            assert reason == "language"
    assert sum(wrong[kind] for kind in POOR) <= 1
    assert sum(wrong.values()) <= 2
