"""Weigh the sources of the training part and say how hard each row is, for a curriculum."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from burnish.core.artifact import Mixed, Parts
from burnish.core.errors import InputError
from burnish.core.fingerprint import RUNS
from burnish.core.rows import dropped_rows
from burnish.core.shards import ShardResult, Sifted
from burnish.core.stage import Work, stage
from burnish.intake.base_model import base_listing
from burnish.methods.mixing.weigh import Portion, cut, numbers, replayed, times
from burnish.methods.models.where import base_folder
from burnish.plan import BaseModelPlan, MixPlan, Replay

if TYPE_CHECKING:
    from burnish.methods.training.examples import Example

TRAIN, CANARY = "train", "canary"
DIFFICULTY = "difficulty"


def base_digest(work: Work, parts: Parts, plan: MixPlan, base: BaseModelPlan) -> str:
    """The base model decides only where its loss makes the order."""
    return base_listing(work, base) if plan.order == "easy_first" else ""


@stage(version=1, sees=base_digest)
def mix(work: Work, parts: Parts, plan: MixPlan, base: BaseModelPlan) -> Mixed:
    """Cap and repeat training rows by source; validation and test pass as they are."""
    manifest = work.manifest(parts)
    _refuse_unknown(plan, work, parts)
    shards = [shard for shard in manifest.shards if shard.part == TRAIN]
    mixing = _mixing(work, parts, plan, base)
    mixed = work.map_shards(mix_shard, shards, mixing)
    work.added["copies by weight"] = sum(int(result.facts["added"]) for result in mixed)
    others = [ShardResult((shard,)) for shard in manifest.shards if shard.part != TRAIN]
    shown = _total(mixed)
    facts = {**manifest.facts, "order": plan.order, "sources": shown}
    if plan.replay is not None:
        facts["replay"] = _replay_facts(plan.replay, shown, mixing)
    return work.save(Mixed, [*mixed, *others], files=manifest.files, facts=facts)


@dataclass(frozen=True, slots=True)
class Mixing:
    """What decides how a training shard is mixed."""

    portions: tuple[tuple[str, float, float], ...]
    seed: int
    order: str
    base: str
    folder: str = field(metadata={RUNS: True})

    def portion(self, source: str) -> Portion:
        """The portion of a source; one that the plan does not name is shown once, whole."""
        named = {name: Portion(weight, below) for name, weight, below in self.portions}
        return named.get(source, Portion())


def mix_shard(table: pa.Table, settings: Mixing) -> Sifted:
    """Repeat or drop the rows of a shard; a canary is shown exactly as often as it was planted."""
    shown = _shown(table, settings)
    gone = {int(i): ("mixed_out", "by the weight or cap of its source") for i in _where(shown == 0)}
    taken = np.repeat(np.arange(len(shown)), shown)
    again = _copy_numbers(shown)
    ids = table.column("id").to_pylist()
    names = [f"{ids[i]}#{n}" if n else ids[i] for i, n in zip(taken, again, strict=True)]
    kept = table.take(pa.array(taken, pa.int64()))
    kept = kept.set_column(kept.schema.get_field_index("id"), "id", pa.array(names, pa.string()))
    kept = kept.append_column(DIFFICULTY, pa.array(difficulties(kept, settings), pa.float64()))
    counts = Counter(kept.column("source").to_pylist())
    facts = {"added": int(np.maximum(shown - 1, 0).sum()), "shown": dict(sorted(counts.items()))}
    return Sifted(kept, dropped_rows(table, gone), facts)


def difficulties(table: pa.Table, settings: Mixing) -> list[float]:
    """What the order goes by: tokens, nats a trained token under the base model, or nothing."""
    if settings.order == "short_first":
        return [float(len(ids)) for ids in table.column("ids").to_pylist()]
    if settings.order == "easy_first":
        from burnish.methods.training.difficulty import losses

        return losses(settings.folder, _examples(table))
    return [0.0] * table.num_rows


def _examples(table: pa.Table) -> list[Example]:
    from burnish.methods.training.examples import Example

    columns = (table.column(name).to_pylist() for name in ("id", "ids", "trained", "open_end"))
    return [
        Example(key, np.array(ids, np.int32), np.array(trained, np.bool_), bool(open_end))
        for key, ids, trained, open_end in zip(*columns, strict=True)
    ]


def _shown(table: pa.Table, settings: Mixing) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    drawn = numbers(table.column("id").to_pylist(), settings.seed)
    sources, kinds = (np.array(table.column(n).to_pylist(), object) for n in ("source", "kind"))
    shown = np.ones(table.num_rows, np.int64)
    for source in sorted(set(sources)):
        here = (sources == source) & (kinds != CANARY)
        shown[here] = times(drawn[here], settings.portion(source))
    return shown


def _where(mask: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> list[int]:
    found: list[int] = np.flatnonzero(mask).tolist()
    return found


def _copy_numbers(shown: np.ndarray[tuple[int], np.dtype[np.int64]]) -> list[int]:
    """0 for the first showing of a row, 2 for the second, 3 for the third."""
    return [0 if n == 0 else n + 1 for count in shown.tolist() for n in range(count)]


def _mixing(work: Work, parts: Parts, plan: MixPlan, base: BaseModelPlan) -> Mixing:
    drawn = _drawn(work, parts, plan)
    portions = tuple(
        (one.source, one.weight, 1.0 if one.cap is None else cut(drawn[one.source], one.cap))
        for one in plan.sources
    )
    folder = str(base_folder(base.path, work.place.root))
    name = base_digest(work, parts, plan, base)
    mixing = Mixing(portions, plan.seed, plan.order, name, folder)
    if plan.replay is None:
        return mixing
    return replace(mixing, portions=(*portions, *_replayed(work, parts, plan.replay, mixing)))


def _replayed(
    work: Work, parts: Parts, replay: Replay, mixing: Mixing
) -> Iterator[tuple[str, float, float]]:
    """The portions of general sources, one for all, that make up their share of what is shown."""
    found = _numbers(work, parts, replay.sources, mixing.seed)
    pool = np.concatenate(list(found.values()))
    others = sum(_shown_beside(table, replay, mixing) for table in work.read(parts, TRAIN))
    portion = replayed(pool, round(others * replay.share / (1 - replay.share)))
    return ((name, portion.weight, portion.below) for name in replay.sources)


def _shown_beside(table: pa.Table, replay: Replay, mixing: Mixing) -> int:
    """How many rows a shard shows of what is not replayed, canaries among them."""
    task = ~np.isin(np.array(table.column("source").to_pylist(), object), replay.sources)
    return int(_shown(table, mixing)[task].sum())


def _replay_facts(replay: Replay, shown: Mapping[str, int], mixing: Mixing) -> dict[str, object]:
    """What was asked for and what came of it, by rows of the training part."""
    rows = sum(shown.get(name, 0) for name in replay.sources)
    return {
        "sources": list(replay.sources),
        "asked": replay.share,
        "share": round(rows / sum(shown.values()), 6),
        "rows": rows,
        "repeats": mixing.portion(replay.sources[0]).weight > 1,
    }


def _drawn(work: Work, parts: Parts, plan: MixPlan) -> Mapping[str, np.ndarray]:
    """The numbers of the rows of each capped source."""
    capped = [one.source for one in plan.sources if one.cap is not None]
    return _numbers(work, parts, capped, plan.seed)


def _numbers(work: Work, parts: Parts, named: Sequence[str], seed: int) -> Mapping[str, np.ndarray]:
    """The numbers of the rows of each named source, canaries left out."""
    capped = {name: [np.zeros(0)] for name in named}
    for table in work.read(parts, TRAIN) if capped else ():
        keys, sources, kinds = (table.column(n).to_pylist() for n in ("id", "source", "kind"))
        for source, found in capped.items():
            rows = zip(keys, sources, kinds, strict=True)
            here = [key for key, its, kind in rows if its == source and kind != CANARY]
            found.append(numbers(here, seed))
    return {source: np.concatenate(found) for source, found in capped.items()}


def _refuse_unknown(plan: MixPlan, work: Work, parts: Parts) -> None:
    named = [one.source for one in plan.sources]
    named += [] if plan.replay is None else plan.replay.sources
    if not named:
        return
    present = {s for t in work.read(parts, TRAIN) for s in t.column("source").to_pylist()}
    if unknown := [name for name in named if name not in present]:
        raise InputError(
            f"mix names the source '{unknown[0]}', of which no row is in the training part",
            remedy=f"mend mix in the plan; there are {', '.join(sorted(present))}",
        )


def _total(mixed: Sequence[ShardResult]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for result in mixed:
        counts.update(result.facts["shown"])
    return dict(sorted(counts.items()))
