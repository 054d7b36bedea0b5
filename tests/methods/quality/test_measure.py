"""The measures, beside plain definitions."""

import math
import re
import unicodedata
from collections import Counter
from dataclasses import asdict
from itertools import pairwise
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from burnish.methods.quality.judge import score
from burnish.methods.quality.measure import measure, measure_all, rows
from burnish.methods.quality.words import STOP_WORDS

FEW_WORDS = st.lists(st.sampled_from(["a", "bb", "ccc", "dddd"]), min_size=1, max_size=60)
SPACELESS = ("CJK", "HIRAGANA", "KATAKANA", "BOPOMOFO", "THAI", "LAO", "MYANMAR", "KHMER")


def plain_words(text: str) -> list[str]:
    """Split by the documented rule."""
    marked = ""
    for character in text.casefold():
        solid = unicodedata.category(character)[0] in "LMN" or character == "_"
        alone = solid and unicodedata.name(character, "").startswith(SPACELESS)
        marked += "A" if alone else "w" if solid else "'" if character in "'’" else "."
    found = re.finditer("A|w+(?:'w+)*", marked)
    return [text.casefold()[match.start() : match.end()] for match in found]


@settings(max_examples=100, deadline=None)
@given(st.text())
def test_every_measure_of_any_text_is_finite_and_shares_are_shares(text: str) -> None:
    made = asdict(measure(text))

    assert made["characters"] == len(text)
    for name, value in made.items():
        assert math.isfinite(value)
        assert value >= 0
        if name not in ("words", "characters", "mean_word"):
            assert value <= 1
    assert 0 <= measure(text).repetition <= 1
    assert 0 <= score(measure(text)) <= 1


@settings(max_examples=200, deadline=None)
@given(st.text() | st.text(alphabet="ab'’ _1中हिท é."))
def test_words_of_any_text_are_those_of_the_rule(text: str) -> None:
    words = plain_words(text)

    made = measure(text)

    assert made.words == len(words)
    assert made.vocabulary == pytest.approx(plain_vocabulary(words))
    assert made.stop_words * len(words) == pytest.approx(
        sum(word in STOP_WORDS.split() for word in words)
    )


def plain_vocabulary(words: list[str]) -> float:
    window = min(25, len(words))
    windows = [words[at : at + window] for at in range(len(words) - window + 1)]
    return float(np.mean([len(set(one)) / window for one in windows])) if words else 0.0


@settings(max_examples=50, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(1, 90), st.integers(1, 60))
def test_vocabulary_is_the_mean_over_all_windows(draw: Random, count: int, known: int) -> None:
    words = [f"w{draw.randrange(known)}" for _ in range(count)]

    assert measure(" ".join(words)).vocabulary == pytest.approx(plain_vocabulary(words))


@settings(max_examples=50, deadline=None)
@given(FEW_WORDS)
def test_duplicate_runs_cover_what_stands_in_a_repeated_run(words: list[str]) -> None:
    runs = [tuple(words[at : at + 5]) for at in range(len(words) - 4)]
    covered = {at + step for at, run in enumerate(runs) if run in runs[:at] for step in range(5)}

    expected = sum(len(words[at]) for at in covered) / sum(map(len, words))

    assert measure(" ".join(words)).duplicate_runs == pytest.approx(expected)


@settings(max_examples=50, deadline=None)
@given(FEW_WORDS)
def test_the_top_bigram_is_the_pair_whose_repeats_fill_most(words: list[str]) -> None:
    pairs = Counter(pairwise(words))
    filled = [(times - 1) * (len(a) + len(b)) for (a, b), times in pairs.items()]

    expected = min(1.0, max(filled, default=0) / sum(map(len, words)))

    assert measure(" ".join(words)).top_bigram == pytest.approx(expected)


def test_a_line_that_stood_before_is_a_duplicate_and_blank_lines_are_none() -> None:
    assert measure("a\n\n b\na \n\n").duplicate_lines == pytest.approx(1 / 3)


def test_shares_are_of_what_is_not_space() -> None:
    made = measure("AB cd 12 !?")

    assert made.symbol_share == made.digit_share == 0.25
    assert made.upper_share == 0.5
    assert made.words == 3
    assert made.mean_word == 2.0


def test_characters_that_stand_alone_do_not_pull_the_mean_word_down() -> None:
    assert measure("打印机 printer").mean_word == 7.0
    assert measure("打印机").mean_word == 0.0


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text(max_size=30), max_size=6))
def test_a_batch_is_the_same_numbers_in_columns(texts: list[str]) -> None:
    made = measure_all(texts)

    assert list(made) == list(asdict(measure("")))
    assert rows(made) == [measure(text) for text in texts]
    for row, text in enumerate(texts):
        assert {name: column[row] for name, column in made.items()} == asdict(measure(text))


def test_many_batches_keep_every_row_in_order() -> None:
    texts = ["word " * (row % 7) for row in range(25_000)]

    assert measure_all(texts)["words"].tolist() == [row % 7 for row in range(25_000)]


@pytest.mark.parametrize(
    "mash",
    [
        "asdf qwer zxcv",
        "sdkjfh skdjfh",
        "qwpoeirut zmxncbv",
        "aaaaaaa",
        "hjklhjkl fdsa",
        "xkcdqzvp",
    ],
)
def test_keyboard_mash_is_implausible(mash: str) -> None:
    assert measure(mash).plausible < 0.5


@pytest.mark.parametrize(
    "words",
    [
        "the strengths of our property report were that the error query was rewritten",
        "the https and dhcp settings of the smtp server, and the xlsx file",
        "vpn json mysql svn vmware keyboard proxy router password spreadsheet",
        "straightforward typewriter requirements equipment weekly payroll",
        "drucker schreibtisch bildschirm funktioniert nicht",
    ],
)
def test_words_of_service_desks_are_plausible(words: str) -> None:
    assert measure(words).plausible > 0.7


def test_words_in_other_letters_are_not_judged() -> None:
    assert measure("принтер 打 été").plausible == 1.0


def test_words_typed_on_one_row_are_counted_by_their_letters() -> None:
    assert measure("erureqr pttoeuu tri").one_row == 1.0
    assert measure("your printer, it").one_row == pytest.approx(4 / 11)
    assert measure("it 42 été").one_row == 0.0
