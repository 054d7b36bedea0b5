"""A gate is a function from an artefact, the record and a policy to a verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from burnish.core.artifact import KINDS, SEALED_PARTS, Artifact, Manifest
from burnish.core.errors import NotAllowed
from burnish.core.ports import Ledger, LedgerEntry, Notary, Refused, SignOff, Store
from burnish.core.verdict import Verdict

if TYPE_CHECKING:
    import pyarrow as pa

P = ParamSpec("P")
A = TypeVar("A", bound=Artifact)

Gate = Callable[Concatenate["Look", A, P], Verdict]


@dataclass(frozen=True, slots=True)
class Look:
    """What a gate may see. It can change nothing. `root` is the folder of the project."""

    store: Store
    ledger: Ledger
    notary: Notary
    today: date
    root: Path = Path()

    def manifest(self, artifact: Artifact) -> Manifest:
        """What an artefact consists of."""
        return Manifest.from_bytes(self.store.get_bytes(artifact.digest))

    def read(self, artifact: Artifact, part: str | None = None) -> Iterator[pa.Table]:
        """The artefact's tables in order; raises `NotAllowed` for the sealed test part."""
        shards = [s for s in self.manifest(artifact).shards if part in (None, s.part)]
        if any(shard.part in SEALED_PARTS for shard in shards):
            raise NotAllowed(
                "a gate may not open the sealed test part",
                remedy="judge the results of the evaluation, which opens it and says so",
            )
        for shard in shards:
            yield self.store.get_table(shard.digest)

    def report(self, artifact: Artifact, name: str) -> bytes | None:
        """A file of the artefact, or None when it has none of that name."""
        digest = self.manifest(artifact).files.get(name)
        return None if digest is None else self.store.get_bytes(digest)

    def made(self, digest: str) -> LedgerEntry | None:
        """The entry that says how this digest came to be in the newest run that came by it.

        The same bytes can be made from other inputs (a source with a renewed basis, say), and a
        run that goes back to the earlier inputs reuses what they made.
        """
        made = self.ledger.find("made", digest=digest)
        reused = self.ledger.find("reused", digest=digest)
        if made is None or reused is None or reused.seq < made.seq:
            return made
        recipe = str(reused.facts["recipe"])
        return self.ledger.find("made", digest=digest, recipe=recipe) or made

    def upstream(self, artifact: Artifact) -> Iterator[LedgerEntry]:
        """Every 'made' entry from this artefact back to the sources, nearest first."""
        waiting, seen = [artifact.digest], set[str]()
        while waiting:
            digest = waiting.pop(0)
            entry = self.made(digest)
            if entry is None or digest in seen:
                continue
            seen.add(digest)
            yield entry
            waiting.extend(str(d) for d in entry.facts["inputs"])

    def ancestor(self, artifact: Artifact, kind: type[A]) -> A | None:
        """The nearest artefact of a kind that this one was made from."""
        for entry in self.upstream(artifact):
            if KINDS.get(str(entry.facts["kind"])) is kind:
                return kind(str(entry.facts["digest"]), int(entry.facts["rows"]))
        return None

    def prepared_by(self, artifact: Artifact) -> set[str]:
        """Everyone who had a hand in making this artefact; none of them may approve it."""
        family = {entry.facts["digest"] for entry in self.upstream(artifact)}
        made = (e for e in self.ledger.entries("made") if e.facts["digest"] in family)
        return {str(name) for entry in made for name in entry.facts["by"]}

    def decisions(
        self, artifact: Artifact, *, role: str, subjects: Mapping[str, str]
    ) -> list[SignOff | Refused]:
        """Decisions handed in on this artefact, newest first, each checked by the notary."""
        entries = [e for e in self.ledger.entries("decided") if _concerns(e, artifact)]
        return [
            self.notary.examine(entry.facts["envelope"], role=role, subjects=subjects)
            for entry in reversed(entries)
        ]


def _concerns(entry: LedgerEntry, artifact: Artifact) -> bool:
    return bool(entry.facts.get("subject") == artifact.digest)
