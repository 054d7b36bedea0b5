"""What a step makes: an immutable thing named by the digest of its manifest.

An `Artifact` is a handle, not the data. Its manifest, kept in the store as canonical JSON,
lists the shards (Arrow tables) and files it consists of, the rows dropped on the way with
their reasons, and the facts a gate or a report needs. Nothing in it depends on time, machine
or engine, so the same inputs give the same digest.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Artifact:
    """A handle: which manifest, and how many rows go on. Subclasses say how far along."""

    digest: str
    rows: int


class Corpus(Artifact):
    """An artefact made of rows: what a step reads, it must keep or drop with a reason."""


class Collected(Corpus):
    """Rows as the sources gave them, each source with its manifest and legal basis."""


class Unique(Corpus):
    """Rows of which no two are exact or near duplicates."""


class Kept(Corpus):
    """Rows that met the quality bar."""


class Screened(Corpus):
    """Rows without test items, hidden text and injected instructions, looked at for poison."""


class Masked(Corpus):
    """Rows whose personal data has been replaced, with the residual report."""


class Examples(Corpus):
    """Rendered training examples: segments of text, each trained or not."""


class Parts(Corpus):
    """Examples split into train, validation and a sealed test part."""


class Mixed(Corpus):
    """Parts whose training part is weighed by source and knows how hard each row is."""


class Model(Artifact):
    """Tuned weights with the record of their training."""


class Scores(Artifact):
    """Base and tuned model judged on the same items."""


class Bundle(Artifact):
    """Everything an auditor needs, in one signed folder."""


KINDS: dict[str, type[Artifact]] = {
    kind.__name__: kind
    for kind in (
        Collected,
        Unique,
        Kept,
        Screened,
        Masked,
        Examples,
        Parts,
        Mixed,
        Model,
        Scores,
        Bundle,
    )
}


SEALED_PARTS = frozenset({"test"})
"""Parts that only a stage marked for it may read, and never without a word in the ledger."""


@dataclass(frozen=True, slots=True)
class Shard:
    """One Arrow table in the store: its logical digest, its rows, and the part it belongs to."""

    digest: str
    rows: int
    part: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an artefact consists of."""

    kind: str
    rows: int
    shards: tuple[Shard, ...] = ()
    dropped: tuple[Shard, ...] = ()
    reasons: Mapping[str, int] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        """Canonical JSON: sorted keys, no spaces, no NaN."""
        body = {
            "kind": self.kind,
            "rows": self.rows,
            "shards": [[s.digest, s.rows, s.part] for s in self.shards],
            "dropped": [[s.digest, s.rows, s.part] for s in self.dropped],
            "reasons": dict(self.reasons),
            "files": dict(self.files),
            "facts": dict(self.facts),
        }
        return json.dumps(
            body, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
        ).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Manifest:
        """Read back what `to_bytes` wrote."""
        body = json.loads(data)
        return cls(
            kind=body["kind"],
            rows=body["rows"],
            shards=tuple(Shard(*item) for item in body["shards"]),
            dropped=tuple(Shard(*item) for item in body["dropped"]),
            reasons=body["reasons"],
            files=body["files"],
            facts=body["facts"],
        )
