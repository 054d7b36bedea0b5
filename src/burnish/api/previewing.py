"""Look into an artefact: rows, clusters of duplicates, masking side by side, tokens."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Literal, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from burnish.core.artifact import SEALED_PARTS, Manifest, Masked, Shard, Unique
from burnish.core.errors import InputError, NotAllowed
from burnish.core.ports import LedgerEntry
from burnish.core.shards import DETAIL, REASON
from burnish.wiring import Project, open_project

TOLD = ["id", "source", REASON, DETAIL]
UNMASKED = ("Collected", "Unique", "Kept", "Screened")
RENDERED = ("Examples", "Parts", "Mixed")
MAY_SEE = frozenset({"data_engineer", "privacy_officer"})

T = TypeVar("T")

View = Literal["rows", "clusters", "masking", "tokens"]
Found = Iterator[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Ask:
    """What is to be seen of an artefact.

    `clear` asks for rows that are not masked; it needs a person who may see them, and is written
    in the ledger. `reason` and `source` narrow the rows down.
    """

    view: View = "rows"
    dropped: bool = False
    reason: str = ""
    source: str = ""
    start: int = 0
    count: int = 10
    clear: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """An artefact's manifest with some of its rows, in the form that `view` names."""

    digest: str
    kind: str
    rows: int
    reasons: Mapping[str, int]
    files: Mapping[str, str]
    facts: Mapping[str, Any]
    view: View
    page: tuple[Mapping[str, Any], ...]


def show(plan_file: Path, what: str, ask: Ask | None = None, *, key: Path | None = None) -> Shown:
    """An artefact by digest (a beginning will do) or by the name of the step that made it last.

    The sealed test part is never shown, and what is not masked only to a data engineer or a
    privacy officer who asks for it in the clear. Raises `NotAllowed` for anybody else,
    `InputError` for what is not known or has no such view.
    """
    ask = ask or Ask()
    project = open_project(plan_file)
    entry = find(project, what)
    digest = str(entry.facts["digest"])
    seen = _Seen(project, entry, Manifest.from_bytes(project.store.get_bytes(digest)), ask)
    seen.refuse_wrong_view()
    if ask.count and seen.in_the_clear():
        _allow(project, ask, key, digest)
    page = tuple(VIEWS[ask.view](seen)) if ask.count else ()
    manifest = seen.manifest
    return Shown(
        digest=digest,
        kind=manifest.kind,
        rows=manifest.rows,
        reasons=manifest.reasons,
        files=manifest.files,
        facts=manifest.facts,
        view=ask.view,
        page=page,
    )


def find(project: Project, what: str) -> LedgerEntry:
    """The newest entry of something made, by its step or the beginning of its digest."""
    found = None
    for entry in project.ledger.entries("made") if what else ():
        if what == entry.facts["stage"] or str(entry.facts["digest"]).startswith(what):
            found = entry
    if found is None:
        raise InputError(
            f"nothing made here is called '{what}'",
            remedy="name a step (collect ... bundle) or a digest that burnish status shows",
        )
    return found


@dataclass(frozen=True, slots=True)
class _Seen:
    """An artefact and what is asked of it."""

    project: Project
    entry: LedgerEntry
    manifest: Manifest
    ask: Ask

    def in_the_clear(self) -> bool:
        """Whether what is asked for shows text that is not masked."""
        if self.ask.view == "masking" or self.manifest.kind in UNMASKED:
            return True
        # What the second detector found is still in the text of a quarantined row.
        return self.ask.clear and self.ask.dropped and self.manifest.kind == Masked.__name__

    def refuse_wrong_view(self) -> None:
        """Raise `InputError` for a view that this artefact does not have."""
        has = {
            "clusters": (Unique.__name__,),
            "masking": (Masked.__name__,),
            "tokens": RENDERED,
        }.get(self.ask.view)
        if has and self.manifest.kind not in has:
            steps = {"clusters": "dedup", "masking": "mask", "tokens": "convert, split or mix"}
            raise InputError(
                f"{self.manifest.kind} of '{self.entry.facts['stage']}' has no {self.ask.view}",
                remedy=f"burnish show {steps[self.ask.view]}",
            )

    def tables(self, dropped: bool) -> Iterator[pa.Table]:
        """The artefact's tables without the sealed part, narrowed down to what is asked for."""
        shards = self.manifest.dropped if dropped else self.manifest.shards
        for shard in shards:
            if shard.part not in SEALED_PARTS:
                yield self._narrowed(shard)

    def window(self, found: Iterable[T]) -> Iterator[T]:
        """The page that is asked for."""
        return islice(found, self.ask.start, self.ask.start + self.ask.count)

    def _narrowed(self, shard: Shard) -> pa.Table:
        table = self.project.store.get_table(shard.digest)
        for column, wanted in (("source", self.ask.source), (REASON, self.ask.reason)):
            if wanted and column in table.column_names:
                table = table.filter(pc.equal(table.column(column), wanted))
        return table


def _allow(project: Project, ask: Ask, key: Path | None, digest: str) -> None:
    """Write down who looks at what in the clear, or refuse it."""
    if not ask.clear:
        raise NotAllowed(
            "these rows are not masked and are not shown",
            remedy="--count 0 shows counts, burnish show mask masked rows; --in-the-clear shows "
            "these to a data engineer or a privacy officer and says so in the ledger",
        )
    _, person = project.signer(key)
    if not MAY_SEE.intersection(person.roles):
        raise NotAllowed(
            f"{person.name} may not see personal data in the clear",
            remedy=f"ask one of the plan's people in the role {' or '.join(sorted(MAY_SEE))}",
        )
    facts = {"artifact": digest, "view": ask.view, "dropped": ask.dropped, "by": person.name}
    project.ledger.append("shown", {**facts, "start": ask.start, "count": ask.count})


def _rows(seen: _Seen) -> Found:
    told = seen.ask.dropped and seen.manifest.kind == Masked.__name__ and not seen.ask.clear
    tables = seen.tables(seen.ask.dropped)
    return seen.window(r for t in tables for r in (t.select(TOLD) if told else t).to_pylist())


def _clusters(seen: _Seen) -> Found:
    """Each row that stays for others, with those that went for it."""
    removed: dict[str, list[dict[str, Any]]] = {}
    for table in seen.tables(dropped=True):
        for row in table.to_pylist():
            survivor, _, similarity = row[DETAIL].rpartition(" ")
            removed.setdefault(survivor, []).append({**row, "similarity": float(similarity)})
    page = list(seen.window(removed))
    stays = _by_id(seen, page)
    return iter([{"survivor": stays[name], "removed": removed[name]} for name in page])


def _by_id(seen: _Seen, names: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    wanted = pa.array(names, pa.string())
    found: dict[str, Mapping[str, Any]] = {}
    for shard in seen.manifest.shards:
        table = seen.project.store.get_table(shard.digest)
        here = table.filter(pc.is_in(table.column("id"), wanted)).to_pylist()
        found |= {row["id"]: row for row in here}
    return found


def _masking(seen: _Seen) -> Found:
    """Each masked row beside what it was."""
    project = seen.project
    (digest,) = seen.entry.facts["inputs"]
    before = Manifest.from_bytes(project.store.get_bytes(str(digest)))
    tables = seen.tables(seen.ask.dropped)
    page = list(seen.window(row for table in tables for row in table.to_pylist()))
    was = _originals(project, before, [row["id"] for row in page])
    return iter([_beside(row, was[row["id"]]) for row in page])


def _beside(row: Mapping[str, Any], was: Mapping[str, Any]) -> Mapping[str, Any]:
    pairs = [
        {"role": new["role"], "before": then["content"], "after": new["content"]}
        for then, new in zip(was["messages"], row["messages"], strict=True)
    ]
    return {"id": row["id"], "source": row["source"], "messages": pairs, "spans": row["spans"]}


def _originals(
    project: Project, before: Manifest, names: Sequence[str]
) -> dict[str, Mapping[str, Any]]:
    wanted = pa.array(names, pa.string())
    found: dict[str, Mapping[str, Any]] = {}
    for shard in before.shards:
        table = project.store.get_table(shard.digest).select(["id", "messages"])
        here = table.filter(pc.is_in(table.column("id"), wanted)).to_pylist()
        found |= {row["id"]: row for row in here}
        if len(found) == len(set(names)):
            break
    return found


def _tokens(seen: _Seen) -> Found:
    """Each example as its tokens, each trained or not."""
    from tokenizers import Tokenizer

    from burnish.methods.formats.token_texts import token_texts
    from burnish.methods.models.where import base_folder

    folder = base_folder(seen.project.plan.base_model.path, seen.project.root)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tables = seen.tables(dropped=False)
    for row in seen.window(row for table in tables for row in table.to_pylist()):
        named = {name: row[name] for name in ("id", "source", "kind")}
        for half in ("", "rejected_"):
            if (ids := row.get(f"{half}ids")) is None:
                continue
            told, marks = (
                named if not half else {**named, "kind": "rejected"},
                row[f"{half}trained"],
            )
            texts = [asdict(one) for one in token_texts(tokenizer, ids, marks)]
            yield {**told, "trained": sum(marks), "tokens": texts}


VIEWS: Mapping[View, Callable[[_Seen], Found]] = {
    "rows": _rows,
    "clusters": _clusters,
    "masking": _masking,
    "tokens": _tokens,
}
