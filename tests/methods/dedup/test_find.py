"""Duplicates of a whole corpus, beside brute force and under rearrangement."""

import itertools
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from burnish.methods.dedup.find import EXACT, KEPT, NEAR, Duplicates, find_duplicates
from burnish.methods.dedup.lsh import candidates
from burnish.methods.dedup.minhash import scan
from burnish.methods.dedup.normalise import normalise
from burnish.methods.dedup.settings import NearSettings
from burnish.methods.dedup.shingles import Shingles, shingles

WORDS = [a + b for a, b in itertools.product(("pri", "lo", "vpn", "mo", "ta"), "abcdefghijklmnop")]
NEAR_SETTINGS = NearSettings()


def document(draw: random.Random, length: int) -> list[str]:
    return [draw.choice(WORDS) for _ in range(length)]


def edited(draw: random.Random, words: list[str], edits: int) -> list[str]:
    words = list(words)
    for _ in range(edits):
        words[draw.randrange(len(words))] = draw.choice(WORDS)
    return words


def corpus(seed: int, families: int) -> list[str]:
    """Return documents with copies in other dress and with one to six words changed."""
    draw = random.Random(seed)
    texts = []
    for _ in range(families):
        first = document(draw, draw.randrange(8, 150))
        texts.append(" ".join(first))
        for edits in range(draw.randrange(0, 4)):
            texts.append(" ".join(edited(draw, first, edits * draw.randrange(1, 3))))
        if draw.random() < 0.3:
            texts.append("  ".join(first).upper())
    draw.shuffle(texts)
    return texts


def true_jaccard(left: str, right: str) -> float:
    def grams(text: str) -> set[tuple[str, ...]]:
        words = normalise(text).split()
        return {tuple(words[at : at + 5]) for at in range(max(1, len(words) - 4))}

    a, b = grams(left), grams(right)
    return len(a & b) / len(a | b)


def find(texts: list[str], order: list[int] | None = None) -> Duplicates:
    return find_duplicates([scan(texts, NEAR_SETTINGS)], order, NEAR_SETTINGS)


def check_whole(texts: list[str], found: Duplicates) -> None:
    """No row vanishes; a survivor is kept, and near the row it stands for."""
    assert len(found.kind) == len(found.survivor) == len(found.cluster) == len(texts)
    for row, survivor in enumerate(found.survivor.tolist()):
        assert found.kind[survivor] == KEPT
        assert found.cluster[survivor] == found.cluster[row]
        same = normalise(texts[row]) == normalise(texts[survivor])
        expected = KEPT if survivor == row else EXACT if same else NEAR
        assert found.kind[row] == expected
        assert found.similarity[row] >= (1.0 if same else NEAR_SETTINGS.threshold)


def test_precision_is_one_and_recall_over_99_percent_beside_brute_force() -> None:
    texts = corpus(seed=1, families=160)
    found = find(texts)
    check_whole(texts, found)
    kept = np.flatnonzero(found.kind == KEPT).tolist()

    for row in np.flatnonzero(found.kind == NEAR).tolist():
        truth = true_jaccard(texts[row], texts[found.survivor[row]])
        assert truth >= 0.8
        assert found.similarity[row] == pytest.approx(truth)
    missed = sum(
        true_jaccard(texts[a], texts[b]) >= 0.8 for a, b in itertools.combinations(kept, 2)
    )
    removed = int((found.kind == NEAR).sum())
    assert removed > 40
    assert missed <= 0.01 * (removed + missed)


def test_candidates_cover_99_percent_of_the_true_pairs() -> None:
    texts = list(dict.fromkeys(map(normalise, corpus(seed=2, families=160))))
    made = scan(texts, NEAR_SETTINGS)
    looked_at = {(a, b) for a, b in candidates(made.signatures).tolist()}
    pairs = itertools.combinations(range(len(texts)), 2)

    true = {pair for pair in pairs if true_jaccard(texts[pair[0]], texts[pair[1]]) >= 0.8}

    assert len(true) > 50
    assert len(true & looked_at) >= 0.99 * len(true)


def test_every_planted_exact_copy_is_found() -> None:
    texts = [f"ticket {number} about a thing that broke" for number in range(300)]
    copies = ["  " + text.upper().replace(" ", "\n") for text in texts]

    found = find(texts + copies)

    assert found.counts() == {"kept": 300, "exact": 300, "near": 0}
    assert found.survivor[300:].tolist() == list(range(300))


def chain() -> list[str]:
    """Return A, B, C with A near B, B near C, and A not near C."""
    words = [f"w{number}" for number in range(100)]
    middle = [*words[:5], *(f"x{number}" for number in range(5)), *words[10:]]
    last = [*words[:5], *(f"x{number}" for number in range(5)), *words[10:90]]
    last += [f"y{number}" for number in range(10)]
    return [" ".join(words), " ".join(middle), " ".join(last)]


def test_a_chain_does_not_take_rows_unlike_every_kept_one() -> None:
    texts = chain()
    near = [true_jaccard(a, b) >= 0.8 for a, b in itertools.combinations(texts, 2)]
    assert near == [True, False, True]

    found = find(texts)

    assert found.kind.tolist() == [KEPT, NEAR, KEPT]
    assert found.survivor.tolist() == [0, 0, 2]
    assert found.cluster.tolist() == [0, 0, 0]


def test_the_best_ranked_row_of_a_chain_stays() -> None:
    found = find(chain(), order=[2, 1, 3])

    assert found.kind.tolist() == [NEAR, KEPT, NEAR]
    assert found.survivor.tolist() == [1, 1, 1]


def test_an_exact_copy_of_a_near_duplicate_goes_with_it() -> None:
    texts = chain()[:2]

    found = find([*texts, texts[1].upper()])

    assert found.kind.tolist() == [KEPT, NEAR, NEAR]
    assert found.survivor.tolist() == [0, 0, 0]
    assert found.similarity[1] == found.similarity[2] < 1.0


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000), st.randoms(use_true_random=False), st.booleans())
def test_rearranging_rows_rearranges_the_outcome(
    seed: int, shuffle: random.Random, tied: bool
) -> None:
    texts = list(dict.fromkeys(corpus(seed, families=12)))
    distinct = {normalise(text): text for text in texts}
    texts = list(distinct.values())
    ranks = [0 if tied else shuffle.randrange(5) for _ in texts]
    moved = list(range(len(texts)))
    shuffle.shuffle(moved)

    plain = find(texts, ranks)
    shuffled = find([texts[row] for row in moved], [ranks[row] for row in moved])

    check_whole(texts, plain)
    for place, row in enumerate(moved):
        assert shuffled.kind[place] == plain.kind[row]
        assert moved[shuffled.survivor[place]] == plain.survivor[row]
        assert moved[shuffled.cluster[place]] == plain.cluster[row]


@settings(max_examples=20, deadline=None)
@given(st.lists(st.text(max_size=30), max_size=12), st.integers(1, 5))
def test_cutting_into_other_shards_changes_nothing(texts: list[str], width: int) -> None:
    texts = texts + texts[:3]
    cut = [texts[at : at + width] for at in range(0, len(texts), width)]

    parts = find_duplicates([scan(one, NEAR_SETTINGS) for one in cut])
    whole = find(texts)

    check_whole(texts, whole)
    for name in ("kind", "survivor", "similarity", "cluster"):
        assert np.array_equal(getattr(parts, name), getattr(whole, name))


def test_shingle_sets_made_again_on_demand_give_the_same_outcome() -> None:
    texts = corpus(seed=3, families=60)
    lean = NearSettings(keep_shingles=False)
    scans = [scan(texts[:70], lean), scan(texts[70:], lean)]
    asked: list[int] = []

    def shingles_of(rows: np.ndarray) -> Shingles:
        asked.extend(rows.tolist())
        return shingles([texts[row] for row in rows])

    found = find_duplicates(scans, None, lean, shingles_of)

    assert np.array_equal(found.survivor, find(texts).survivor)
    assert 0 < len(asked) < len(texts)


def test_missing_shingle_sets_are_an_error_and_not_an_empty_result() -> None:
    texts = chain()
    lean = NearSettings(keep_shingles=False)

    with pytest.raises(ValueError, match="keeps no shingle sets"):
        find_duplicates([scan(texts, lean)], None, lean)
    with pytest.raises(ValueError, match="shingle sets were asked for"):
        find_duplicates([scan(texts, lean)], None, lean, lambda rows: shingles(texts[:1]))


@pytest.mark.parametrize("order", [[1, 2], [0.0, float("nan"), 1.0]])
def test_ranks_that_rank_nothing_are_refused(order: list[float]) -> None:
    with pytest.raises(ValueError, match="rank"):
        find_duplicates([scan(chain(), NEAR_SETTINGS)], order)


def test_no_scans_give_an_empty_verdict() -> None:
    assert find_duplicates([]).counts() == {"kept": 0, "exact": 0, "near": 0}
    assert len(find([]).kind) == 0


def test_a_large_family_of_copies_falls_to_its_first() -> None:
    words = [f"w{number}" for number in range(200)]
    texts = [" ".join([*words[:at], f"v{at}", *words[at + 1 :]]) for at in range(200)]
    tight = NearSettings(max_bucket=4)

    found = find_duplicates([scan(texts, tight)], None, tight)

    assert found.counts() == {"kept": 1, "exact": 0, "near": 199}
    assert set(found.cluster.tolist()) == {0}
