"""The measures, beside plain definitions."""

import math
import re
import unicodedata
from collections import Counter
from dataclasses import asdict
from itertools import pairwise
from random import Random

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from burnish.methods.quality.judge import score
from burnish.methods.quality.measure import measure, measure_all, rows
from burnish.methods.quality.words import STOP_WORDS

FEW_WORDS = st.lists(st.sampled_from(["a", "bb", "ccc", "dddd"]), min_size=1, max_size=60)
NO_SHARES = (
    "words", "characters", "mean_word", "function_words", "number_signs", "ellipses",
    "line_breaks", "c4_ended", "c4_lines", "c4_sentences", "curly_brackets",
)  # fmt: skip
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
        if name not in NO_SHARES:
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


def plain_covered(words: list[str], size: int) -> float:
    runs = [tuple(words[at : at + size]) for at in range(len(words) - size + 1)]
    covered = {at + step for at, run in enumerate(runs) if run in runs[:at] for step in range(size)}
    return sum(len(words[at]) for at in covered) / sum(map(len, words))


def plain_top(words: list[str], size: int) -> float:
    runs = Counter(tuple(words[at : at + size]) for at in range(len(words) - size + 1))
    run, times = runs.most_common(1)[0] if runs else ((), 0)
    return min(1.0, times * sum(map(len, run)) / sum(map(len, words))) if times > 1 else 0.0


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from(["a", "bb", "ccc", "ddddé"]), min_size=1, max_size=90))
def test_repeated_runs_of_every_length_are_those_of_the_definition(words: list[str]) -> None:
    made = asdict(measure(" ".join(words)))

    for size in (2, 3, 4):
        assert made[f"top_{size}gram"] == pytest.approx(plain_top(words, size))
    for size in range(6, 11):
        assert made[f"duplicate_{size}gram"] == pytest.approx(plain_covered(words, size))


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="ab \n\r\x0b\x85\u2028.é", max_size=30))
def test_lines_and_paragraphs_that_repeat_are_those_of_the_definition(text: str) -> None:
    paragraphs: list[list[str]] = [[]]
    for line in text.splitlines():
        paragraphs[-1].append(line) if line.strip() else paragraphs.append([])
    lines = [line.strip() for part in paragraphs for line in part]
    again = [line for at, line in enumerate(lines) if line in lines[:at]]

    made = measure(text)

    assert made.duplicate_lines == pytest.approx(len(again) / len(lines) if lines else 0)
    assert made.duplicate_line_characters == pytest.approx(
        sum(map(len, again)) / sum(map(len, lines)) if lines else 0
    )
    assert made.short_lines == bool(lines)
    if not made.duplicate_lines:
        assert made.duplicate_paragraphs == 0


def test_a_paragraph_that_stood_before_is_a_duplicate() -> None:
    made = measure("one\ntwo\n\nthree\n \n  one\ntwo\n")

    assert made.duplicate_paragraphs == pytest.approx(1 / 3)
    assert made.duplicate_paragraph_characters == pytest.approx(7 / 17)


def test_marks_and_lines_of_web_pages_are_counted() -> None:
    made = measure("# One ... two\n- a list.\n\u2022 more\nand so on\u2026\nThe end. {")

    assert made.number_signs == 1 / 10
    assert made.ellipses == 2 / 10
    assert made.bullet_lines == 2 / 5
    assert made.ellipsis_lines == 1 / 5
    assert made.terminal_lines == 1 / 5
    assert made.line_breaks == 4 / 10
    assert made.curly_brackets == 1
    assert made.lettered_words == 10 / 15


def test_function_words_are_counted_once_each() -> None:
    assert measure("The cat and THE dog, and that.").function_words == 3
    assert measure("Theatre band").function_words == 0


def test_c4_keeps_lines_that_end_a_sentence_and_advertise_nothing() -> None:
    made = measure(
        "We fixed it. It works now, e.g. here!\n"
        "Home | About us | Contact\n"
        "Please enable JavaScript to go on.\n"
        "This site uses cookies to work well.\n"
        "Is it done?\n"
        "Too short.\n"
        "And so it goes...\n"
    )

    assert (made.c4_ended, made.c4_lines, made.c4_sentences) == (4, 2, 3)
    assert measure("Lorem  ipsum").lorem_ipsum == 0
    assert measure("A LOREM IPSUM dolor").lorem_ipsum == 1


def test_an_arrow_array_is_measured_as_its_texts_are() -> None:
    texts = ["one two", "été", "", "three\nthree"]
    array = pa.array(["left out", *texts])[1:]

    for form in (array, array.cast(pa.large_string()), pa.chunked_array([array, array])[:4]):
        made = measure_all(form)
        assert {name: column.tolist() for name, column in made.items()} == {
            name: column.tolist() for name, column in measure_all(texts).items()
        }


def test_a_missing_text_is_refused_with_its_row() -> None:
    with pytest.raises(ValueError, match="row 1 has no text"):
        measure_all(pa.array(["a", None]))
