"""Bring the sources in, each with the right under which it may be used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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
from burnish.core.standing import erased_subjects
from burnish.intake.manifest import bounded, manifest, refuse_too_many_bad
from burnish.intake.reading import PieceJob, Terms, key_check, naming, read_pieces
from burnish.intake.replacing import drop_replaced, replacements
from burnish.plan import NormalisePlan, Source

AS_USUAL = NormalisePlan()


def source_bytes(
    work: Work, sources: tuple[Source, ...], purpose: str, normalise: NormalisePlan = AS_USUAL
) -> str:
    """Fingerprint of every piece of every source, the key that hides data subjects, the erased."""
    refuse_without_right(sources, purpose, work.place.today)
    taken = [(s.name, _Taking.of(work, s, normalise).listing().pieces) for s in sources]
    named = [(name, [(piece.name, piece.version) for piece in pieces]) for name, pieces in taken]
    erased = erased_subjects(work.look.ledger)
    return fingerprint(key_check(work.place.subject_key), named, *([erased] if erased else []))


@stage(version=5, sees=source_bytes)
def collect(
    work: Work, sources: tuple[Source, ...], purpose: str, normalise: NormalisePlan = AS_USUAL
) -> Collected:
    """Read each record of each source; unreadable ones are dropped with file, line and reason."""
    results: list[ShardResult] = []
    manifests: list[dict[str, Any]] = []
    files: dict[str, str] = {}
    for source in sources:
        taking = _Taking.of(work, source, normalise)
        listing = taking.listing()
        read = taking.latest(taking.read(listing))
        results.extend(read)
        told = manifest(source, taking.connector, listing, read)
        manifests.append(bounded(work.store, told, files))
        if not taking.connector.live:
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


@dataclass(frozen=True, slots=True)
class _Taking:
    """The taking of one source, from its listing to its latest rows."""

    work: Work
    source: Source
    normalise: NormalisePlan
    connector: Connector
    erased: frozenset[str]

    @classmethod
    def of(cls, work: Work, source: Source, normalise: NormalisePlan) -> _Taking:
        with naming(source.name):
            erased = frozenset(erased_subjects(work.look.ledger))
            return cls(work, source, normalise, work.place.reach.connect(source), erased)

    def listing(self) -> Listing:
        """What the source holds; listed once in a run, and if it is remote once and for all."""
        seen, name = self.work.place.reach.seen, fingerprint(self.source)
        if name not in seen:
            with naming(self.source.name):
                seen[name] = self._live() if self.connector.live else self._remote()
        return seen[name]

    def _live(self) -> Listing:
        work, rehash = self.work, self.work.place.reach.rehash
        pieces = list(self.connector.pieces())
        name = f"{work.place.root}:{self.source.name}"
        return Listing(tuple(with_digests(work.store, name, pieces, work.map, rehash=rehash)))

    def _remote(self) -> Listing:
        reach = self.work.place.reach
        lister = Lister(self.work.store, self.source.name, self.connector, self._listed)
        known, refresh = lister.known(), reach.refresh(self.source.name)
        if reach.looks or (known is not None and not refresh):
            return known or Listing((), generation=0)
        self.work.progress.begin(f"list {self.source.name}", None)
        return lister.listed(refresh=refresh)

    def _listed(self, piece: Piece) -> None:
        """A piece was listed; where listing is fetching, it is read now."""
        if self.connector.at_once:
            read_pieces(self._job((piece,)))
        self.work.progress.advance(1)
        self._stop("while it was listed")

    def _job(self, pieces: tuple[Piece, ...]) -> PieceJob:
        store, key = self.work.store, self.work.place.subject_key
        terms = Terms(collect.version, self.normalise, key, self.erased)
        return PieceJob(store, self.connector, pieces, self.source, terms)

    def read(self, listing: Listing) -> list[ShardResult]:
        """The rows of every piece, or `InputError` when too many records are bad."""
        groups = grouped(listing.pieces, alone=self.connector.at_once)
        jobs = [self._job(group) for group in groups]
        self.work.progress.begin(f"collect {self.source.name}", len(listing.pieces))
        read: list[ShardResult] = []
        for job, result in zip(jobs, self.work.map(read_pieces, jobs), strict=True):
            read.append(result)
            self.work.progress.advance(len(job.pieces))
            self._stop(f"after {len(read)} of {len(jobs)} parts")
        refuse_too_many_bad(self.source, self.connector.live, read)
        return read

    def latest(self, read: list[ShardResult]) -> list[ShardResult]:
        """Without the rows that a later version of the same record replaces."""
        if self.source.fields.key is None:
            return read
        store = self.work.store
        return list(self.work.map(drop_replaced, replacements(store, read, collect.version)))

    def _stop(self, when: str) -> None:
        if self.work.place.should_stop():
            raise Interrupted(
                f"stopped in source '{self.source.name}' {when}",
                remedy="burnish run goes on where it stopped",
            )
