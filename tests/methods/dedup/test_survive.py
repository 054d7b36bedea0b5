"""The pieces between signatures and survivors."""

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from burnish.methods.dedup.lsh import band_keys, candidates, equal_keys
from burnish.methods.dedup.shingles import Shingles, join, shingles
from burnish.methods.dedup.survive import survive
from burnish.methods.dedup.verify import jaccard, verify

PAIRS = st.sets(st.tuples(st.integers(0, 9), st.integers(0, 9)).filter(lambda p: p[0] < p[1]))


def array(pairs: list[tuple[int, int]]) -> np.ndarray:
    return np.array(pairs, np.int64).reshape(-1, 2)


@settings(max_examples=50, deadline=None)
@given(PAIRS, st.permutations(range(10)), st.data())
def test_survivors_are_those_of_the_rule_spelt_out(
    pairs: set[tuple[int, int]], order: list[int], data: st.DataObject
) -> None:
    listed = data.draw(st.permutations(sorted(pairs)))
    similarity = {p: data.draw(st.sampled_from((0.8, 0.9, 1.0))) for p in sorted(pairs)}

    made = survive(array(listed), np.array([similarity[p] for p in listed], np.float64), order)

    kept: list[int] = []
    for row in sorted(range(10), key=order.__getitem__):
        near = [(similarity[min(row, k), max(row, k)], k) for k in kept if paired(pairs, row, k)]
        best = max(near, key=lambda pair: (pair[0], -order[pair[1]]), default=(1.0, row))
        assert (made.similarity[row], made.survivor[row]) == best
        if not near:
            kept.append(row)


def paired(pairs: set[tuple[int, int]], a: int, b: int) -> bool:
    return (min(a, b), max(a, b)) in pairs


def test_a_cluster_is_named_by_its_first_visited_row() -> None:
    made = survive(array([(0, 1), (1, 2), (3, 4)]), np.ones(3), [9, 1, 5, 2, 3, 0])

    assert made.cluster.tolist() == [1, 1, 1, 3, 3, 5]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 4), max_size=30))
def test_rows_with_equal_keys_meet_and_no_others_do(keys: list[int]) -> None:
    made = equal_keys(np.array(keys, np.uint64), max_bucket=100)

    expected = {
        (a, b) for a, b in itertools.combinations(range(len(keys)), 2) if keys[a] == keys[b]
    }
    assert sorted(map(tuple, made.tolist())) == sorted(expected)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 2), max_size=30), st.integers(1, 4))
def test_a_crowded_bucket_still_ties_all_its_rows(keys: list[int], cap: int) -> None:
    made = equal_keys(np.array(keys, np.uint64), max_bucket=cap)

    assert len(made) == len(np.unique(made, axis=0))
    for row, key in enumerate(keys):
        before = [other for other in range(row) if keys[other] == key]
        met = sorted(made[made[:, 1] == row][:, 0].tolist())
        assert met == sorted({*before[:cap], *before[-1:]})


def test_a_pair_is_a_candidate_when_one_band_agrees() -> None:
    signatures = np.arange(36, dtype=np.uint32).reshape(3, 12)
    signatures[2, 6:] = signatures[0, 6:]

    assert candidates(signatures, bands=2, rows=6).tolist() == [[0, 2]]
    assert candidates(signatures, bands=1, rows=6).tolist() == []


def test_equal_hashes_in_another_band_make_another_key() -> None:
    signatures = np.ones((1, 12), np.uint32)

    assert band_keys(signatures, 0, 6) != band_keys(signatures, 1, 6)


def test_jaccard_is_counted_and_the_threshold_is_met_by_equality() -> None:
    sets = shingles(["a b c d", "a b c d e", "x", "a b c d"], 1)
    pairs = array([(0, 1), (0, 2), (0, 3)])

    assert jaccard(sets, pairs).tolist() == [0.8, 0.0, 1.0]
    near, similarity = verify(sets, pairs, 0.8)
    assert near.tolist() == [[0, 1], [0, 3]]
    assert similarity.tolist() == [0.8, 1.0]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text(alphabet="ab ", max_size=20), min_size=1, max_size=6), st.data())
def test_taking_rows_and_joining_parts_keep_every_set(
    texts: list[str], data: st.DataObject
) -> None:
    rows = data.draw(st.lists(st.integers(0, len(texts) - 1), max_size=8))
    cut = data.draw(st.integers(0, len(texts)))

    whole = join([shingles(texts[:cut], 2), shingles(texts[cut:], 2)])

    equal(whole, shingles(texts, 2))
    equal(whole.take(np.array(rows, np.int64)), shingles([texts[row] for row in rows], 2))


def equal(left: Shingles, right: Shingles) -> None:
    assert left.offsets.tolist() == right.offsets.tolist()
    assert left.values.tolist() == right.values.tolist()
