"""Read the pieces of a source on a worker: fetched, read, written as shards, remembered."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pyarrow as pa

from burnish.core.artifact import Shard
from burnish.core.errors import InputError
from burnish.core.fingerprint import fingerprint
from burnish.core.pieces import fetched
from burnish.core.ports import Store
from burnish.core.rows import CORPUS
from burnish.core.shards import DETAIL, REASON, ShardResult
from burnish.core.sources import Connector, Piece
from burnish.core.stamps import refuse_changed
from burnish.methods.formats.messages import FieldMap
from burnish.methods.models.passing import BYTES_PER_NUMBER, passing_folder
from burnish.methods.normalise.normalise import normalise
from burnish.methods.normalise.settings import Settings
from burnish.methods.privacy.detect import RuleDetector
from burnish.methods.privacy.replace import mask
from burnish.methods.sources.rows import ERASED, Batch, Mend, Reader, Shape
from burnish.plan_sources import NormalisePlan, Source

DROPPED = CORPUS.append(pa.field(REASON, pa.string())).append(pa.field(DETAIL, pa.string()))
COUNTED = ("records", "bad", ERASED)
"""Tallies that rows and reasons tell already."""
UNKNOWN_BYTES = 256 * 2**20


def key_check(key: bytes) -> str:
    """What tells two keys apart and tells nothing of them."""
    return hashlib.sha256(b"check" + key).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Terms:
    """How every source is read: the stage's version, what is mended, the key that hides.

    `erased` are the data subjects whose records are passed over. They name no result: what was
    read before they were erased is no longer in the store, and is read again without them.
    """

    version: int
    normalise: NormalisePlan
    subject_key: bytes = field(repr=False)
    erased: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class PieceJob:
    """Pieces to read on a worker, which fetches them and opens the store itself."""

    store: Store
    connector: Connector
    pieces: tuple[Piece, ...]
    source: Source
    terms: Terms

    @property
    def recipe(self) -> str:
        """What names the result of reading these pieces."""
        place = "" if self.connector.live else self.connector.definition
        named = [(piece.name, piece.version) for piece in self.pieces]
        shape = (self.source.name, self.source.format, self.source.fields)
        check, normalise = key_check(self.terms.subject_key), self.terms.normalise
        return fingerprint("pieces", self.terms.version, place, named, shape, normalise, check)


def read_pieces(job: PieceJob) -> ShardResult:
    """Read pieces into shards of rows, on a worker; remembered by the pieces' versions."""
    if remembered := job.store.recall(job.recipe):
        result = ShardResult.from_bytes(remembered)
        if all(map(job.store.has, result.digests())):
            return result
    with naming(job.source.name):
        result = _Gathered(job).result()
    job.store.remember(job.recipe, result.to_bytes())
    return result


class _Gathered:
    """What comes of the pieces of a job."""

    def __init__(self, job: PieceJob) -> None:
        self.job = job
        self.reader = Reader(_shape(job))
        self.shards: list[Shard] = []
        self.dropped: list[Shard] = []
        self.keys: list[pa.Table] = []
        self.reasons: Counter[str] = Counter()
        self.first_bad = ""

    def result(self) -> ShardResult:
        """Read all pieces, each file for as long as it is needed."""
        connector, pieces = self.job.connector, self.job.pieces
        size = sum(piece.size for piece in pieces) or UNKNOWN_BYTES
        told: list[list[object]] = []
        with passing_folder(size // BYTES_PER_NUMBER) as folder:
            for piece, path in fetched(connector, pieces, folder):
                told.append(self._piece(piece, path))
                if connector.live:
                    refuse_changed(piece)
                if path.is_relative_to(folder):
                    path.unlink()
        self._put(self.reader.rest())
        names = without_personal_data([str(name) for name, *_ in told])
        facts = {
            "pieces": [[name, *rest] for name, (_, *rest) in zip(names, told, strict=True)],
            "first_bad": without_personal_data([self.first_bad])[0],
            **{k: n for k, n in sorted(self.reader.tally.items()) if k not in COUNTED},
        }
        sidecars = self._sidecars()
        parts = (tuple(self.shards), tuple(self.dropped))
        return ShardResult(*parts, dict(sorted(self.reasons.items())), facts, sidecars)

    def _piece(self, piece: Piece, path: Path) -> list[object]:
        """Its name, SHA-256, bytes, rows and bad records."""
        before = Counter(self.reader.tally)
        digest = piece.version if self.job.connector.live else _sha256(path)
        size = piece.size if self.job.connector.live else path.stat().st_size
        try:
            for batch in self.reader.read(path, piece.name):
                self._put(batch)
        except (ValueError, OSError) as wrong:
            raise InputError(
                f"file {piece.name}: {wrong.strerror if isinstance(wrong, OSError) else wrong}",
                remedy="mend the file, or name its format in the plan",
            ) from wrong
        new = self.reader.tally - before
        return [piece.name, digest, size, new["records"], new["bad"]]

    def _put(self, batch: Batch) -> None:
        store = self.job.store
        if batch.ids:
            table = pa.table(batch.columns(), schema=CORPUS)
            self.shards.append(Shard(store.put_table(table), table.num_rows))
            self.keys += [pa.table(batch.keys())] if self.reader.shape.key else []
        if batch.bad:
            gone = [{**r, REASON: r["reason"], DETAIL: r["detail"]} for r in batch.refused()]
            table = pa.Table.from_pylist(gone, schema=DROPPED)
            self.dropped.append(Shard(store.put_table(table), table.num_rows))
            self.reasons.update(str(row[REASON]) for row in gone)
            bad = [str(row[DETAIL]) for row in gone if row[REASON] != ERASED]
            self.first_bad = self.first_bad or next(iter(bad), "")

    def _sidecars(self) -> dict[str, str]:
        if not self.keys:
            return {}
        return {"keys": self.job.store.put_table(pa.concat_tables(self.keys))}


def _shape(job: PieceJob) -> Shape:
    fields = job.source.fields
    return Shape(
        job.source.name,
        job.source.format,
        FieldMap(**fields.model_dump(exclude={"key", "created"})),
        fields.key,
        fields.created,
        job.terms.subject_key,
        _mend(job.terms.normalise),
        job.terms.erased,
    )


def _mend(plan: NormalisePlan) -> Mend | None:
    """What is done to each text; None where nothing is."""
    settings = Settings(**plan.model_dump())
    if settings == Settings("none", mojibake=False, control=False):
        return None
    return partial(normalise, settings=settings)


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextmanager
def naming(source: str) -> Iterator[None]:
    """Errors of connectors and readers, with the name of the source."""
    try:
        yield
    except InputError as wrong:
        if wrong.problem.startswith(f"source '{source}'"):
            raise
        told = f"source '{source}': {wrong.problem}"
        raise InputError(told, remedy=wrong.remedy) from wrong


def without_personal_data(texts: Sequence[str]) -> list[str]:
    """A file's name may name a person; manifests travel in bundles, errors lie in the ledger."""
    found = RuleDetector().detect(texts)
    return [mask(text, spans) for text, spans in zip(texts, found, strict=True)]
