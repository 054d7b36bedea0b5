"""Keep the rows worth learning from, with their score; the others keep their reason."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from burnish.core.artifact import Kept, Shard, Unique
from burnish.core.errors import InputError
from burnish.core.fingerprint import fingerprint
from burnish.core.rows import texts_of
from burnish.core.shards import DETAIL, REASON, Sifted
from burnish.core.stage import Work, stage
from burnish.methods.quality.classifier import read_classifier
from burnish.methods.quality.judge import (
    PROBABILITY,
    Judged,
    Thresholds,
    reasons_of,
    scores,
    single,
)
from burnish.methods.quality.language import identify
from burnish.methods.quality.measure import FIELDS, measure_all
from burnish.methods.quality.rules import BAD_WORDS
from burnish.methods.quality.wordlist import read_words, saying
from burnish.plan import QualityPlan

JUDGED = ("user", "document")
"""A good answer must not hide a junk question; a short answer is no fault."""
MEASURES, LANGUAGE, CONFIDENCE = "measures", "language", "language_confidence"
READ = "read"


def files_named(work: Work, corpus: Unique, plan: QualityPlan) -> str:
    """The files that the plan names are part of what names the result."""
    return fingerprint(_digests(files_of(work.place.root, plan)))


@stage(version=2, sees=files_named)
def quality(work: Work, corpus: Unique, plan: QualityPlan) -> Kept:
    """Judge each row by what was measured of it, drop those below a threshold of the plan."""
    shards = work.manifest(corpus).shards
    files = files_of(work.place.root, plan)
    sifted = work.map_shards(weigh, shards, plan, _read(work, shards, files))
    return work.save(Kept, sifted, facts={"files": _digests(files)} if files is not None else {})


def weigh(table: pa.Table, plan: QualityPlan, *read: pa.Table) -> Sifted:
    """Score a shard and sift it by the first threshold that a row misses."""
    judged = judged_of(table, *read)
    reasons = reasons_of(judged, thresholds_of(plan))
    scored = scores(judged.measures)
    made = [name for name in (MEASURES, LANGUAGE, CONFIDENCE) if name in table.column_names]
    rows = table.drop_columns(made)
    rows = rows.append_column("quality", pa.array(scored)).append_column(LANGUAGE, judged.languages)
    if PROBABILITY in judged.read:
        told = pa.array(judged.read[PROBABILITY].astype(np.float64))
        rows = rows.append_column("probability", told)
    stays = reasons.is_null()
    gone = rows.filter(pc.invert(stays))
    detail = [
        f"score {score:.3f}, language {language}"
        for score, language in zip(
            gone.column("quality").to_pylist(), gone.column(LANGUAGE).to_pylist(), strict=True
        )
    ]
    gone = gone.append_column(REASON, reasons.drop_null())
    return Sifted(rows.filter(stays), gone.append_column(DETAIL, pa.array(detail, pa.string())))


def judged_of(table: pa.Table, *read: pa.Table) -> Judged:
    """What was measured of the rows; of rows that nothing was measured of, it is measured now."""
    beside = {name: one.column(name).to_numpy() for one in read for name in one.column_names}
    if MEASURES not in table.column_names:
        texts = texts_of(table, JUDGED)
        found = identify(texts)
        return Judged(
            single(measure_all(texts)),
            pa.array([code for code, _ in found], pa.string()),
            np.array([sure for _, sure in found], np.float32),
            beside,
        )
    measures = table.column(MEASURES).combine_chunks()
    return Judged(
        {name: measures.field(name).to_numpy(zero_copy_only=False) for name in FIELDS},
        table.column(LANGUAGE).combine_chunks(),
        table.column(CONFIDENCE).to_numpy(),
        beside,
    )


def thresholds_of(plan: QualityPlan) -> Thresholds:
    """The plan's numbers as the method takes them."""
    return Thresholds(**plan.model_dump(exclude={"bad_words", "classifier"}))


def read_shard(table: pa.Table, settings: str, files: pa.Table) -> Sifted:
    """What the files that the plan names say of each text of a shard, beside it."""
    texts = texts_of(table, JUDGED)
    given = {name: files.column(name)[0].as_py() for name in files.column_names}
    made: dict[str, Any] = {}
    if BAD_WORDS in given:
        made[BAD_WORDS] = pa.array(saying(texts, read_words(given[BAD_WORDS])))
    if PROBABILITY in given:
        made[PROBABILITY] = pa.array(read_classifier(given[PROBABILITY]).probabilities(texts))
    return Sifted(kept=None, sidecars={READ: pa.table(made)})


def files_of(root: Path, plan: QualityPlan) -> pa.Table | None:
    """The bytes of the files that the plan names, checked, as one row; None where it names none.

    Raises `InputError` for a file that is not there, lies outside of `root`, or is of no use.
    """
    found: dict[str, pa.Array] = {}
    for key, name, check in (
        (BAD_WORDS, plan.bad_words, read_words),
        (PROBABILITY, plan.classifier, read_classifier),
    ):
        if name is None:
            continue
        data = _bytes_of(root, name)
        try:
            check(data)
        except ValueError as wrong:
            problem = f"quality: {name}: {wrong}"
            raise InputError(problem, remedy="name another file") from None
        found[key] = pa.array([data], pa.large_binary())
    return pa.table(found) if found else None


def _digests(files: pa.Table | None) -> dict[str, str]:
    if files is None:
        return {}
    held = files.to_pylist()[0]
    return {name: hashlib.sha256(data).hexdigest() for name, data in held.items()}


def _read(
    work: Work, shards: Sequence[Shard], files: pa.Table | None
) -> list[tuple[str, ...]] | None:
    """Where the results of `read_shard` lie; thresholds are no part of what names them."""
    if files is None:
        return None
    beside = work.store.put_table(files)
    results = work.map_shards(read_shard, shards, "", [(beside,) for _ in shards])
    return [(result.sidecars[READ],) for result in results]


def _bytes_of(root: Path, name: str) -> bytes:
    path = (root / name).resolve()
    if not path.is_relative_to(root.resolve()) or not path.is_file():
        raise InputError(
            f"quality: there is no file {name} in the project's folder",
            remedy="copy it there; burnish quality train makes a classifier",
        )
    return path.read_bytes()
