"""Bring the sources in, each with the right under which it may be used."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from burnish.core.artifact import Collected, Shard
from burnish.core.errors import InputError
from burnish.core.fingerprint import fingerprint
from burnish.core.ports import Store
from burnish.core.rights import wrong_rights
from burnish.core.rows import CORPUS, Row, table_of
from burnish.core.shards import DETAIL, REASON, ShardResult
from burnish.core.stage import Work, stage
from burnish.methods.formats.messages import FieldMap, Mapped, to_messages
from burnish.methods.formats.read import BadRecord, Record, expand, read_records
from burnish.methods.privacy.detect import RuleDetector
from burnish.methods.privacy.replace import mask
from burnish.plan import Source

SHARD_ROWS, SHARD_CHARACTERS = 20_000, 16_000_000
DROPPED = CORPUS.append(pa.field(REASON, pa.string())).append(pa.field(DETAIL, pa.string()))


def source_bytes(work: Work, sources: tuple[Source, ...], purpose: str) -> str:
    """Fingerprint of every file of every source, and of the key that hides data subjects."""
    hidden = hashlib.sha256(b"check" + work.place.subject_key).hexdigest()[:16]
    files = [(job.name, job.digest) for s in sources for job in _jobs(work, s)]
    return fingerprint(hidden, files)


@stage(version=3, sees=source_bytes)
def collect(work: Work, sources: tuple[Source, ...], purpose: str) -> Collected:
    """Read each record of each source; unreadable ones are dropped with file, line and reason."""
    refuse_without_right(sources, purpose, work.place.today)
    results: list[ShardResult] = []
    manifests: list[dict[str, Any]] = []
    for source in sources:
        jobs = list(_jobs(work, source))
        work.progress.begin(f"collect {source.name}", len(jobs))
        read = list(_each(work, work.map(read_file, jobs)))
        _refuse_too_many_bad(source, read)
        results.extend(read)
        manifests.append(_manifest(source, jobs, read))
    rows = [s.rows for r in results for s in (*r.shards, *r.dropped)]
    work.added["records read"] = sum(rows)
    return work.save(Collected, results, facts={"sources": manifests, "purpose": purpose})


def refuse_without_right(sources: Sequence[Source], purpose: str, today: date) -> None:
    """Raise `InputError` with everything that is wrong with the rights to the sources."""
    stated = [source.model_dump(mode="json") for source in sources]
    if faults := list(wrong_rights(stated, purpose, today)):
        raise InputError(
            "; ".join(faults),
            remedy="renew or obtain it and say so in the plan, or take the source out",
        )


@dataclass(frozen=True, slots=True)
class FileJob:
    """One file to read on a worker, which opens store and file itself."""

    store: Store
    path: Path
    name: str
    digest: str
    source: Source
    subject_key: bytes = field(repr=False)

    @property
    def recipe(self) -> str:
        """What names the result of reading this file."""
        hidden = hashlib.sha256(b"check" + self.subject_key).hexdigest()[:16]
        shape = (self.source.name, self.source.format, self.source.fields)
        return fingerprint("file", collect.version, self.name, self.digest, shape, hidden)


def _jobs(work: Work, source: Source) -> Iterator[FileJob]:
    root = work.place.root
    try:
        paths = expand(source.paths, root, allow_outside=source.outside)
    except ValueError as wrong:
        raise InputError(
            f"source '{source.name}': {wrong}", remedy=f"mend sources.{source.name}.paths"
        ) from wrong
    for path in paths:
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        name = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
        yield FileJob(work.store, path, name, digest, source, work.place.subject_key)


def read_file(job: FileJob) -> ShardResult:
    """Read one file into shards of rows, on a worker; remembered by the file's digest."""
    if remembered := job.store.recall(job.recipe):
        result = ShardResult.from_bytes(remembered)
        if all(map(job.store.has, result.digests())):
            return result
    shards: list[Shard] = []
    dropped: list[Row] = []
    for rows in _batches(_rows(job, dropped)):
        shards.append(Shard(job.store.put_table(table_of(rows, CORPUS)), len(rows)))
    gone: tuple[Shard, ...] = ()
    if dropped:
        gone = (Shard(job.store.put_table(table_of(dropped, DROPPED)), len(dropped)),)
    reasons = Counter(str(row[REASON]) for row in dropped)
    first = str(dropped[0][DETAIL]) if dropped else ""
    result = ShardResult(tuple(shards), gone, dict(reasons), {"first_bad": first})
    job.store.remember(job.recipe, result.to_bytes())
    return result


def _rows(job: FileJob, dropped: list[Row]) -> Iterator[Row]:
    """The file's rows; what cannot be one goes to `dropped`."""
    mapping = FieldMap(**job.source.fields.model_dump(exclude={"key", "created"}))
    try:
        for record in read_records(job.path, format=job.source.format):
            origin = f"{job.name}:{record.position}"
            row = _empty(job, origin)
            mapped = _mapped(record, mapping)
            if isinstance(mapped, tuple):
                dropped.append({**row, REASON: mapped[0], DETAIL: f"{origin}: {mapped[1]}"})
            else:
                yield _filled(row, mapped, job.subject_key)
    except ValueError as wrong:
        raise InputError(
            f"source '{job.source.name}', file {job.name}: {wrong}",
            remedy="mend the file, or name its format in the plan",
        ) from wrong


def _mapped(record: Record | BadRecord, mapping: FieldMap) -> Mapped | tuple[str, str]:
    if isinstance(record, BadRecord):
        return ("unreadable", record.reason)
    mapped = to_messages(record.fields, mapping)
    return ("unmapped", mapped) if isinstance(mapped, str) else mapped


def _empty(job: FileJob, origin: str) -> Row:
    name = hashlib.sha256(f"{job.source.name}\0{origin}".encode()).hexdigest()[:32]
    blank: Row = dict.fromkeys(CORPUS.names) | {"messages": [], "normalised": []}
    return {**blank, "id": name, "source": job.source.name, "origin": origin}


def _filled(row: Row, mapped: Mapped, key: bytes) -> Row:
    subject = mapped.subject
    hidden = None if subject is None else hmac.new(key, subject.encode(), "sha256").hexdigest()[:32]
    meta = _json(mapped.meta) if mapped.meta else None
    messages = [dict(message) for message in mapped.messages]
    return {**row, "messages": messages, "label": mapped.label, "subject": hidden, "meta": meta}


def _json(meta: Mapping[str, object]) -> str:
    return json.dumps(meta, sort_keys=True, ensure_ascii=False, default=_as_text)


def _as_text(value: object) -> str:
    """A Parquet value that JSON does not know, as text that a detector can read."""
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    batch: list[Row] = []
    size = 0
    for row in rows:
        batch.append(row)
        size += sum(len(message["content"]) for message in row["messages"])
        if len(batch) >= SHARD_ROWS or size >= SHARD_CHARACTERS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _each(work: Work, results: Iterable[ShardResult]) -> Iterator[ShardResult]:
    for result in results:
        work.progress.advance(1)
        yield result


def _refuse_too_many_bad(source: Source, read: Sequence[ShardResult]) -> None:
    bad = sum(s.rows for r in read for s in r.dropped)
    total = bad + sum(s.rows for r in read for s in r.shards)
    if total == 0:
        raise InputError(
            f"source '{source.name}' has no records",
            remedy=f"mend sources.{source.name}.paths, or take the source out",
        )
    if bad > source.bad_records * total:
        first = _without_personal_data(
            [next(str(r.facts["first_bad"]) for r in read if r.dropped)]
        )[0]
        raise InputError(
            f"source '{source.name}': {bad} of {total} records cannot be read; the first: {first}",
            remedy=f"mend them, or tolerate a share with sources.{source.name}.bad_records",
        )


def _manifest(
    source: Source, jobs: Sequence[FileJob], read: Sequence[ShardResult]
) -> dict[str, Any]:
    """The data collection manifest of one source (specification 4.1)."""
    stated = source.model_dump(mode="json", exclude={"paths", "fields", "format", "bad_records"})
    names = _without_personal_data([job.name for job in jobs])
    return {
        **stated,
        "files": [
            {"name": name, "sha256": j.digest, "bytes": j.path.stat().st_size}
            for name, j in zip(names, jobs, strict=True)
        ],
        "records": sum(s.rows for r in read for s in r.shards),
        "bad_records": sum(s.rows for r in read for s in r.dropped),
    }


def _without_personal_data(texts: Sequence[str]) -> list[str]:
    """A file's name may name a person; manifests travel in bundles, errors lie in the ledger."""
    found = RuleDetector().detect(texts)
    return [mask(text, spans) for text, spans in zip(texts, found, strict=True)]
