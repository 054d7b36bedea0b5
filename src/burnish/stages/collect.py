"""Bring the sources in, each with the right under which it may be used."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from burnish.core.artifact import Collected
from burnish.core.errors import InputError, Interrupted
from burnish.core.fingerprint import fingerprint
from burnish.core.listing import Lister, Listing
from burnish.core.pieces import grouped
from burnish.core.rights import wrong_rights
from burnish.core.shards import ShardResult
from burnish.core.sources import Connector, Piece
from burnish.core.stage import Work, stage
from burnish.core.stamps import with_digests
from burnish.intake.manifest import bounded, manifest, refuse_too_many_bad
from burnish.intake.reading import PieceJob, key_check, naming, read_pieces
from burnish.intake.replacing import drop_replaced, replacements
from burnish.plan import Source


def source_bytes(work: Work, sources: tuple[Source, ...], purpose: str) -> str:
    """Fingerprint of every piece of every source, and of the key that hides data subjects."""
    refuse_without_right(sources, purpose, work.place.today)
    listed = [(s.name, [(p.name, p.version) for p in _listing(work, s).pieces]) for s in sources]
    return fingerprint(key_check(work.place.subject_key), listed)


@stage(version=4, sees=source_bytes)
def collect(work: Work, sources: tuple[Source, ...], purpose: str) -> Collected:
    """Read each record of each source; unreadable ones are dropped with file, line and reason."""
    results: list[ShardResult] = []
    manifests: list[dict[str, Any]] = []
    files: dict[str, str] = {}
    for source in sources:
        listing, connector = _listing(work, source), work.place.reach.connect(source)
        read = _read(work, source, connector, listing)
        refuse_too_many_bad(source, read)
        latest = _latest(work, source, read)
        results.extend(latest)
        told = manifest(source, connector, listing, latest)
        manifests.append(bounded(work.store, told, files))
        if not connector.live:
            when = {"listing": listing.generation, "listed": listing.at}
            work.observed.setdefault("sources", {})[source.name] = when
    rows = [s.rows for r in results for s in (*r.shards, *r.dropped)]
    work.added["records read"] = sum(rows)
    facts = {"sources": manifests, "purpose": purpose}
    return work.save(Collected, results, files=files, facts=facts)


def refuse_without_right(sources: Sequence[Source], purpose: str, today: date) -> None:
    """Raise `InputError` with everything that is wrong with the rights to the sources."""
    stated = [source.model_dump(mode="json") for source in sources]
    if faults := list(wrong_rights(stated, purpose, today)):
        raise InputError(
            "; ".join(faults),
            remedy="renew or obtain it and say so in the plan, or take the source out",
        )


def _listing(work: Work, source: Source) -> Listing:
    """What the source holds; listed once in a run, and of a remote source once and for all."""
    reach, name = work.place.reach, fingerprint(source)
    if name not in reach.seen:
        with naming(source.name):
            connector = reach.connect(source)
            lists = _live if connector.live else _remote
            reach.seen[name] = lists(work, source, connector)
    return reach.seen[name]


def _live(work: Work, source: Source, connector: Connector) -> Listing:
    pieces = list(connector.pieces())
    rehash = work.place.reach.rehash
    return Listing(tuple(with_digests(work.store, source.name, pieces, work.map, rehash=rehash)))


def _remote(work: Work, source: Source, connector: Connector) -> Listing:
    reach = work.place.reach
    refresh = reach.refresh(source.name)

    def read(piece: Piece) -> None:
        if connector.at_once:
            read_pieces(_job(work, source, connector, (piece,)))
        if work.place.should_stop():
            raise Interrupted(
                f"stopped while '{source.name}' was listed",
                remedy="burnish run goes on where it stopped",
            )

    lister = Lister(work.store, source.name, connector, read)
    known = lister.known()
    if reach.looks or (known is not None and not refresh):
        return known or Listing((), generation=0)
    work.progress.begin(f"list {source.name}", None)
    return lister.listed(refresh=refresh)


def _job(work: Work, source: Source, connector: Connector, pieces: tuple[Piece, ...]) -> PieceJob:
    return PieceJob(work.store, connector, pieces, source, collect.version, work.place.subject_key)


def _read(work: Work, source: Source, connector: Connector, listing: Listing) -> list[ShardResult]:
    groups = grouped(listing.pieces, alone=connector.at_once)
    jobs = [_job(work, source, connector, group) for group in groups]
    work.progress.begin(f"collect {source.name}", len(listing.pieces))
    read: list[ShardResult] = []
    for job, result in zip(jobs, work.map(read_pieces, jobs), strict=True):
        read.append(result)
        work.progress.advance(len(job.pieces))
        if work.place.should_stop():
            raise Interrupted(
                f"stopped in '{source.name}' after {len(read)} of {len(jobs)} parts",
                remedy="burnish run goes on where it stopped",
            )
    return read


def _latest(work: Work, source: Source, read: list[ShardResult]) -> list[ShardResult]:
    """Without the rows that a later version of the same record replaces."""
    if source.fields.key is None:
        return read
    return list(work.map(drop_replaced, replacements(work.store, read, collect.version)))
