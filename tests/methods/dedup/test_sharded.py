"""Duplicates found in tasks over shards, beside the search of a whole corpus at once."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from burnish.methods.dedup.candidates import BandTask, find_candidates
from burnish.methods.dedup.find import Duplicates, find_duplicates
from burnish.methods.dedup.keys import keys_of
from burnish.methods.dedup.minhash import scan
from burnish.methods.dedup.prefix import COUNTS, PrefixTask, count_shingles, prefix_keys
from burnish.methods.dedup.rank import UNKNOWN
from burnish.methods.dedup.reach import Lossless, Reach, Scanned, Search
from burnish.methods.dedup.settings import NearSettings
from burnish.methods.dedup.sharded import Verdicts, band_tasks, describe, find_sharded
from burnish.methods.dedup.texts import of_texts
from burnish.methods.dedup.verify_sets import make_sets

WORDS = [a + b for a, b in itertools.product(("pri", "lo", "vpn", "mo", "ta"), "abcdefghijklmnop")]


class Shelf:
    """Tables in a dictionary; counts the tasks that were done."""

    def __init__(self) -> None:
        self.tables: dict[str, pa.Table] = {}
        self.done: Counter[str] = Counter()

    def put(self, table: pa.Table) -> str:
        name = f"{len(self.tables)}"
        self.tables[name] = table
        return name

    def spread(
        self, fn: Any, tasks: Iterable[tuple[Sequence[str], object]]
    ) -> Iterator[Mapping[str, str]]:
        for inputs, task in tasks:
            self.done[fn.__name__] += 1
            made = fn([self.tables[name] for name in inputs], task)
            yield {name: self.put(table) for name, table in made.items()}


def sets_of(tables: Sequence[pa.Table], words: int) -> Mapping[str, pa.Table]:
    return make_sets(tables, lambda table: of_texts(table.column("text").combine_chunks()), words)


def counts_of(tables: Sequence[pa.Table], words: int) -> Mapping[str, pa.Table]:
    return {COUNTS: count_shingles(of_texts(tables[0].column("text").combine_chunks()), words)}


def prefixes_of(tables: Sequence[pa.Table], task: PrefixTask) -> Mapping[str, pa.Table]:
    return prefix_keys(of_texts(tables[0].column("text").combine_chunks()), tables[1], task)


LOSSLESS = Lossless(counts_of, prefixes_of)


def row(name: int, text: str, score: float = 0.0) -> dict[str, Any]:
    return {"id": f"{name:04d}", "text": text, "score": score, "instant": UNKNOWN}


def find(
    shards: Sequence[Sequence[dict[str, Any]]],
    how: NearSettings,
    lossless: Lossless | None = None,
    **bounds: int,
) -> Verdicts:
    shelf = Shelf()
    kinds = {"id": pa.string(), "text": pa.string(), "score": pa.float64(), "instant": pa.int64()}
    scanned = []
    for rows in shards:
        table = pa.Table.from_pylist(list(rows), schema=pa.schema(list(kinds.items())))
        normals = of_texts(
            table.column("text").combine_chunks() if rows else pa.array([], "string")
        )
        rank = {name: table.column(name) for name in ("score", "instant")}
        made = describe(table.column("id"), normals.digests(), keys_of(normals, how), rank)
        tables = {name: shelf.put(one) for name, one in made.items()}
        scanned.append(Scanned(shelf.put(table), len(rows), tables))
    reach = Reach(shelf.put, shelf.tables.__getitem__, shelf.spread)
    return find_sharded(reach, scanned, Search(how, sets_of, lossless, **bounds))


def corpus(seed: int, families: int) -> list[dict[str, Any]]:
    """Return documents with copies in other dress and with some words changed."""
    draw = random.Random(seed)
    texts: list[str] = []
    for _ in range(families):
        first = [draw.choice(WORDS) for _ in range(draw.randrange(3, 90))]
        for _ in range(draw.randrange(1, 6)):
            copy = list(first)
            for _ in range(draw.randrange(0, 4)):
                copy[draw.randrange(len(copy))] = draw.choice(WORDS)
            texts.append("  ".join(copy).upper() if draw.random() < 0.2 else " ".join(copy))
    draw.shuffle(texts)
    return [row(n, text, draw.choice((0.1, 0.5))) for n, text in enumerate(texts)]


def cut(rows: list[dict[str, Any]], widths: Sequence[int]) -> list[list[dict[str, Any]]]:
    ends = sorted({0, len(rows), *(width % (len(rows) + 1) for width in widths)})
    return [rows[start:end] for start, end in itertools.pairwise(ends)] + [[]]


def whole(rows: list[dict[str, Any]], how: NearSettings) -> Duplicates:
    ranks = [-r["score"] for r in rows]
    return find_duplicates([scan([r["text"] for r in rows], how)], ranks, how)


def same(left: Duplicates, right: Duplicates) -> bool:
    names = ("kind", "survivor", "similarity", "cluster")
    return all(np.array_equal(getattr(left, name), getattr(right, name)) for name in names)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.lists(st.integers(0, 200), max_size=4), st.booleans())
def test_tasks_over_shards_find_what_one_search_of_all_rows_finds(
    seed: int, widths: list[int], tiny: bool
) -> None:
    rows = corpus(seed, families=14)
    how = NearSettings(max_bucket=3 if seed % 3 == 0 else 64)
    bounds = {"group_shingles": 200, "batch_pairs": 7} if tiny else {}

    found = find(cut(rows, widths), how, None, **bounds)

    assert same(found.found, whole(rows, how))


def brute(rows: list[dict[str, Any]], threshold: float) -> set[tuple[int, int]]:
    """Every pair of rows at or over the threshold, from sets of tuples of words."""

    def grams(text: str) -> frozenset[tuple[str, ...]]:
        words = text.lower().split()
        return frozenset(tuple(words[at : at + 5]) for at in range(max(1, len(words) - 4)))

    sets = [grams(row["text"]) for row in rows]
    pairs = itertools.combinations(range(len(rows)), 2)
    return {
        (a, b) for a, b in pairs if len(sets[a] & sets[b]) >= threshold * len(sets[a] | sets[b])
    }


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from((0.5, 0.8, 1.0)))
def test_the_lossless_search_puts_every_pair_of_the_threshold_into_one_cluster(
    seed: int, threshold: float
) -> None:
    rows = corpus(seed, families=25)

    found = find(cut(rows, [seed]), NearSettings(threshold=threshold), LOSSLESS).found

    for a, b in brute(rows, threshold):
        assert found.cluster[a] == found.cluster[b]


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 2**64 - 1), max_size=20), st.integers(0, 6), st.data())
def test_every_pair_within_the_distance_is_met_and_no_other(
    values: list[int], distance: int, data: st.DataObject
) -> None:
    flips = st.sets(st.integers(0, 63), max_size=8)
    for value in list(values):
        values.append(value ^ sum(1 << bit for bit in data.draw(flips)))
    keys = pa.table({"key_000": pa.array(values, pa.uint64())})
    places = np.array(data.draw(st.permutations(range(len(values)))), np.uint32)
    tables = [keys, pa.table({"place": places})]
    met: set[tuple[int, int]] = set()
    for _, task in band_tasks(NearSettings(method="simhash", distance=distance), len(values)):
        for table in find_candidates(tables, task).values():
            met |= {(pair >> 32, pair & 0xFFFFFFFF) for pair in table.column("pair").to_pylist()}

    value_of = dict(zip(places.tolist(), values, strict=True))
    pairs = itertools.combinations(range(len(values)), 2)
    assert met == {(a, b) for a, b in pairs if (value_of[a] ^ value_of[b]).bit_count() <= distance}


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 5), max_size=40), st.integers(1, 4), st.integers(1, 4))
def test_parts_of_the_key_space_give_all_pairs_once(
    keys: list[int], parts: int, shards: int
) -> None:
    spread = np.array(keys, np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    cuts = np.array_split(np.arange(len(keys)), shards)
    tables = [
        table
        for cut in cuts
        for table in (pa.table({"k": spread[cut]}), pa.table({"place": cut.astype(np.uint32)}))
    ]
    tasks = [BandTask(("k",), part=part, parts=parts) for part in range(parts)]
    met = [
        pair
        for task in tasks
        for table in find_candidates(tables, task).values()
        for pair in table.column("pair").to_pylist()
    ]

    expected = itertools.combinations(range(len(keys)), 2)
    assert sorted(met) == [(a << 32) | b for a, b in expected if keys[a] == keys[b]]
