"""Tune what counts as good: train a classifier of one's own, see what each threshold keeps."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from burnish.api.masking import mask
from burnish.api.previewing import MAY_SEE, find
from burnish.core.artifact import Manifest, Shard
from burnish.core.errors import InputError, NotAllowed
from burnish.storage.atomic import replacing
from burnish.wiring import Project, open_project

if TYPE_CHECKING:
    from burnish.methods.quality.sweep import Curve, Reason, Swept
    from burnish.methods.quality.train import Feature, Training

LABELS = {
    "good": True, "1": True, "true": True, "yes": True, "keep": True,
    "bad": False, "0": False, "false": False, "no": False, "drop": False,
}  # fmt: skip
LONGEST = 240
UNMASKED = (
    "These are rows of the project that are not masked yet; what the rule detector knows is "
    "masked here, what it misses is not. Do not pass them on."
)


@dataclass(frozen=True, slots=True)
class Trained:
    """A classifier that was written, and what held-out examples say of it."""

    path: Path
    sha256: str
    training: Training
    telling: tuple[Feature, ...]
    """The most telling words that hold no personal data."""
    hint: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A row at the edge of a threshold; its text is masked by the rule detector, and cut."""

    id: str
    value: float
    kept: bool
    text: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """A threshold with the rows at its edge."""

    curve: Curve
    edge: tuple[Shown, ...]


@dataclass(frozen=True, slots=True)
class Sweep:
    """What the thresholds of the plan keep of the rows that deduplication left."""

    name: str
    artifact: str
    rows: int
    kept: int
    thresholds: tuple[Drawn, ...]
    reasons: tuple[Reason, ...]
    warning: str = UNMASKED


def train(labelled: Path, out: Path) -> Trained:
    """Train a classifier from a JSONL, CSV or Parquet file of texts labelled good or bad.

    Each record has `text`, and `label`: good or bad (also keep and drop, yes and no, true and
    false, 1 and 0). Raises `InputError` for a record that is not so, for too few examples, and
    where only one class is labelled.
    """
    from burnish.methods.quality.train import TooFewExamples
    from burnish.methods.quality.train import train as learn

    examples = list(_examples(labelled))
    try:
        made = learn([text for text, _ in examples], [good for _, good in examples])
    except TooFewExamples as few:
        raise InputError(
            f"{labelled.name}: {few}", remedy="label more texts, good and bad ones"
        ) from None
    data = made.classifier.to_bytes()
    with replacing(out) as part:
        part.write(data)
    return Trained(
        path=out,
        sha256=hashlib.sha256(data).hexdigest(),
        training=made,
        telling=tuple(_harmless(made.telling)),
        hint=_hint(made.curve),
    )


def sweep(plan_file: Path, *, examples: int = 3, key: Path | None = None) -> Sweep:
    """What each threshold of the plan would keep of the newest unique rows, wherever it stood.

    Rows at the edge are shown with their text masked by the rule detector, only to a data
    engineer or a privacy officer, and the ledger says so; with `examples` 0 none is. Raises
    `InputError` before deduplication has run, `NotAllowed` for anybody else.
    """
    from burnish.methods.quality.sweep import curves, reasons
    from burnish.stages.quality import thresholds_of

    project = open_project(plan_file)
    digest = str(find(project, "dedup").facts["digest"])
    shards = Manifest.from_bytes(project.store.get_bytes(digest)).shards
    if not shards:
        raise InputError("deduplication left no rows", remedy="burnish show dedup --dropped")
    if examples:
        _allow(project, key, digest, examples)
    swept = _swept(project, shards)
    drawn = list(curves(swept, thresholds_of(project.plan.quality), examples))
    wanted = sorted({edge.position for curve in drawn for edge in curve.edge})
    texts = _texts(project, shards, wanted)
    return Sweep(
        name=project.plan.name,
        artifact=digest,
        rows=len(swept.stays),
        kept=int(swept.stays.sum()),
        thresholds=tuple(Drawn(curve, tuple(_edge(curve, texts))) for curve in drawn),
        reasons=tuple(reasons(swept)),
        warning=UNMASKED if wanted else "",
    )


def _examples(labelled: Path) -> Iterator[tuple[str, bool]]:
    from burnish.methods.formats.read import BadRecord, FormatError, read_records

    if not labelled.is_file():
        raise InputError(f"there is no file {labelled}", remedy="name a JSONL or CSV file")
    try:
        for record in read_records(labelled):
            where = f"{labelled.name}:{record.position}"
            if isinstance(record, BadRecord):
                raise InputError(f"{where}: {record.reason}", remedy="mend this record")
            yield _example(record.fields, where)
    except FormatError as wrong:
        raise InputError(str(wrong), remedy="give JSONL, CSV or Parquet") from None


def _example(fields: Mapping[str, object], where: str) -> tuple[str, bool]:
    text, label = fields.get("text"), str(fields.get("label", "")).strip().lower()
    if not isinstance(text, str) or not text.strip():
        raise InputError(f"{where}: there is no 'text'", remedy="give each record text and label")
    if label not in LABELS:
        raise InputError(
            f"{where}: 'label' is none of {', '.join(LABELS)}", remedy="label it good or bad"
        )
    return text, LABELS[label]


def _harmless(features: Sequence[Feature]) -> Iterator[Feature]:
    """Words in which the rule detector sees no personal data."""
    masked = mask([feature.words for feature in features])
    yield from (f for f, shown in zip(features, masked, strict=True) if f.words == shown)


def _hint(curve: Sequence[tuple[int, float]]) -> str:
    """What the learning curve says of labelling more."""
    half, whole = curve[1], curve[-1]
    told = f"{half[1]:.3f} from {half[0]} examples, {whole[1]:.3f} from {whole[0]}"
    if whole[1] - half[1] > 0.01:
        return f"the area still grows ({told}): more examples will help"
    return f"the area hardly grows ({told}): more examples of this kind will help little"


def _swept(project: Project, shards: Sequence[Shard]) -> Swept:
    from burnish.methods.quality.sweep import look, together
    from burnish.stages.quality import files_of, judged_of, read_shard, thresholds_of

    plan = project.plan.quality
    limits = thresholds_of(plan)
    held = files_of(project.root, plan)
    parts = []
    for shard in shards:
        table = project.store.get_table(shard.digest)
        read = [read_shard(table, "", held).sidecars["read"]] if held is not None else []
        parts.append(look(judged_of(table, *read), limits))
    return together(parts)


def _texts(
    project: Project, shards: Sequence[Shard], positions: Sequence[int]
) -> dict[int, tuple[str, str]]:
    """Id and masked text of the rows at these positions."""
    from burnish.core.rows import texts_of
    from burnish.stages.quality import JUDGED

    found: dict[int, tuple[str, str]] = {}
    start = 0
    for shard in shards:
        here = [p - start for p in positions if start <= p < start + shard.rows]
        if here:
            rows = project.store.get_table(shard.digest).take(here)
            told = zip(rows.column("id").to_pylist(), _cut(texts_of(rows, JUDGED)), strict=True)
            found |= {start + p: pair for p, pair in zip(here, told, strict=True)}
        start += shard.rows
    return found


def _cut(texts: Sequence[str]) -> Iterator[str]:
    for text in mask(texts):
        plain = " ".join(text.split())
        yield plain if len(plain) <= LONGEST else f"{plain[: LONGEST - 3]}..."


def _edge(curve: Curve, texts: Mapping[int, tuple[str, str]]) -> Iterator[Shown]:
    for edge in curve.edge:
        row, text = texts[edge.position]
        yield Shown(row, edge.value, edge.kept, text)


def _allow(project: Project, key: Path | None, digest: str, examples: int) -> None:
    """Write down who looks at rows before masking, or refuse it."""
    _, person = project.signer(key)
    if not MAY_SEE.intersection(person.roles):
        raise NotAllowed(
            f"{person.name} may not see rows before masking",
            remedy="--examples 0 shows none; or ask a data engineer or a privacy officer",
        )
    facts: dict[str, Any] = {"artifact": digest, "view": "sweep", "by": person.name}
    project.ledger.append("shown", {**facts, "dropped": False, "start": 0, "count": examples})
