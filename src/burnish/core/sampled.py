"""The reviewer's sample of a dataset: what people signed, and the rows that it is drawn from."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from burnish.core.artifact import Artifact
from burnish.core.gate import Look
from burnish.core.ports import LedgerEntry, Refused
from burnish.core.shards import REASON

if TYPE_CHECKING:
    import pyarrow as pa

EVENT = "sampled"
KIND = "privacy-sample"
ROLE = "privacy_officer"
SET_ASIDE = "residual_personal_data"


@dataclass(frozen=True, slots=True)
class SignedSample:
    """Verdicts that a privacy officer signed: `body` as it lies in the store, ids and counts.

    `verdicts` is its digest, which `envelope` signs together with the dataset's.
    """

    person: str
    at: str
    verdicts: str
    body: Mapping[str, Any]
    envelope: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SampledRows:
    """The rows of a masked dataset, and those that the residual scan set aside, to draw from."""

    look: Look
    corpus: Artifact

    @property
    def name(self) -> str:
        """The dataset's digest."""
        return self.corpus.digest

    def kept(self) -> Iterator[pa.Table]:
        """The tables that go on."""
        return self.look.read(self.corpus)

    def set_aside(self) -> Iterator[pa.Table]:
        """The tables of rows that went no further for what the residual scan found in them."""
        import pyarrow.compute as pc

        for shard in self.look.manifest(self.corpus).dropped:
            table = self.look.store.get_table(shard.digest)
            yield table.filter(pc.equal(table.column(REASON), SET_ASIDE))

    def recall(self, recipe: str) -> bytes | None:
        """What was drawn before."""
        return self.look.store.recall(recipe)


def subjects_of(corpus: Artifact, verdicts: str) -> dict[str, str]:
    """What a reviewer signs: the dataset and the verdicts, by digest."""
    return {"dataset": corpus.digest, "verdicts": verdicts}


def signed_samples(
    look: Look, corpus: Artifact
) -> tuple[tuple[SignedSample, ...], tuple[str, ...]]:
    """Samples of exactly these bytes that count, oldest first, and why others do not.

    Who prepared the data has no say. Raises `IntegrityBroken` when the verdicts that somebody
    signed are gone or changed.
    """
    entries = sampled_entries(look, corpus)
    preparers = look.prepared_by(corpus) if entries else set()
    found = [_checked(look, corpus, entry, preparers) for entry in entries]
    refused = (one for one in found if isinstance(one, Refused))
    return (
        tuple(one for one in found if isinstance(one, SignedSample)),
        tuple(f"the sample of {one.person or 'nobody listed'}: {one.why}" for one in refused),
    )


def sampled_entries(look: Look, corpus: Artifact) -> list[LedgerEntry]:
    """Every sample that was handed in on these bytes, counting or not, oldest first."""
    return [e for e in look.ledger.entries(EVENT) if e.facts.get("subject") == corpus.digest]


def _checked(
    look: Look, corpus: Artifact, entry: LedgerEntry, preparers: set[str]
) -> SignedSample | Refused:
    verdicts, envelope = str(entry.facts["verdicts"]), entry.facts["envelope"]
    subjects = subjects_of(corpus, verdicts)
    found = look.notary.examine(envelope, role=ROLE, subjects=subjects, kind=KIND)
    if isinstance(found, Refused):
        return found
    if found.person in preparers:
        return Refused(found.person, "prepared this data and may not review it")
    if found.at[:10] > look.today.isoformat():
        return Refused(found.person, f"the sample is dated {found.at[:10]}, in the future")
    body = json.loads(look.store.get_bytes(verdicts))
    return SignedSample(found.person, found.at, verdicts, body, envelope)
