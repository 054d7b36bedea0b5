"""Scanning a shard: digests, shingle sets and signatures."""

import os
import re
import shutil
import subprocess
import sys
import unicodedata
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import burnish.methods.dedup
from burnish.methods.dedup.minhash import Scan, scan, sign
from burnish.methods.dedup.normalise import digest, normalise
from burnish.methods.dedup.settings import NearSettings
from burnish.methods.dedup.shingles import shingles

ANY_TEXT = st.text(alphabet=st.characters(), max_size=60)
LETTERS = st.text(alphabet="ab é中ไम्😀-_1\x1e", max_size=40)


def same(left: Scan, right: Scan) -> bool:
    assert left.shingles is not None
    assert right.shingles is not None
    return (
        np.array_equal(left.digests, right.digests)
        and np.array_equal(left.signatures, right.signatures)
        and np.array_equal(left.shingles.offsets, right.shingles.offsets)
        and np.array_equal(left.shingles.values, right.shingles.values)
    )


def plain_words(text: str) -> list[str]:
    """Split by the documented rule, one character at a time."""
    spaceless = ("CJK", "HIRAGANA", "KATAKANA", "BOPOMOFO", "THAI", "LAO", "MYANMAR", "KHMER")
    marked = ""
    for character in normalise(text):
        if unicodedata.category(character)[0] not in "LMN" and character != "_":
            marked += " "
        elif unicodedata.name(character, "").startswith(spaceless):
            marked += f" {character} "
        else:
            marked += character
    return marked.split()


def plain_shingles(text: str, size: int) -> set[tuple[str, ...]]:
    made = set()
    for words in map(plain_words, text.split("\x1e")):
        least = min(size, len(words))
        made |= {tuple(words[at : at + least]) for at in range(len(words) - least + 1) if words}
    return made or {("", normalise(text))}


@settings(max_examples=50, deadline=None)
@given(st.lists(ANY_TEXT | LETTERS, max_size=8), st.integers(1, 6))
def test_sets_agree_with_a_plain_splitter_on_any_unicode(texts: list[str], size: int) -> None:
    made = shingles(texts, size)
    plain = [plain_shingles(text, size) for text in texts]

    assert np.diff(made.offsets).tolist() == [len(one) for one in plain]
    for left in range(len(texts)):
        for right in range(left):
            a = made.values[made.offsets[left] : made.offsets[left + 1]]
            b = made.values[made.offsets[right] : made.offsets[right + 1]]
            assert len(np.intersect1d(a, b)) == len(plain[left] & plain[right])


@settings(max_examples=25, deadline=None)
@given(st.lists(ANY_TEXT, max_size=8), st.integers(0, 8))
def test_a_row_is_scanned_the_same_wherever_it_stands(texts: list[str], cut: int) -> None:
    whole = scan(texts, NearSettings())
    parts = [scan(texts[:cut], NearSettings()), scan(texts[cut:], NearSettings())]

    assert np.array_equal(whole.digests, np.concatenate([part.digests for part in parts]))
    assert np.array_equal(whole.signatures, np.concatenate([part.signatures for part in parts]))


def test_lists_and_arrow_arrays_of_any_kind_give_the_same_scan() -> None:
    texts = ["one two", "", "日本語", "x" * 9000, "a b c d e f g"] * 3
    expected = scan(texts, NearSettings())

    for given_as in (
        pa.array(texts),
        pa.array(texts, pa.large_string()),
        pa.chunked_array([texts[:4], texts[4:]]),
        pa.array(["skipped", *texts]).slice(1),
    ):
        assert same(scan(given_as, NearSettings()), expected)


def test_many_batches_give_what_one_gives() -> None:
    texts = [f"ticket number {row} about a printer that does not print" for row in range(5000)]

    whole = scan(texts, NearSettings())

    assert len(whole) == 5000
    assert same(scan(texts[4090:4100], NearSettings()), part(whole, 4090, 4100))


def part(whole: Scan, start: int, end: int) -> Scan:
    assert whole.shingles is not None
    rows = np.arange(start, end)
    return Scan(whole.digests[rows], whole.signatures[rows], whole.shingles.take(rows))


def test_digests_are_those_of_the_public_function() -> None:
    texts = ["Hello  World", "", "Ｈｅｌｌｏ world"]

    made = scan(texts, NearSettings())

    assert [row.tobytes() for row in made.digests] == [digest(text) for text in texts]


def test_short_texts_do_not_collide() -> None:
    made = scan(["hello", "goodbye", "", "?", "!", "hello you"], NearSettings())

    assert len({row.tobytes() for row in made.signatures}) == 6


def test_no_shingle_spans_two_parts() -> None:
    parts = ["one two three four five six", "seven eight", "nine"]

    joined = shingles(["\x1e".join(parts)]).values
    apart = shingles(parts).values

    assert joined.tolist() == sorted(apart.tolist())


def test_an_empty_shard_has_an_empty_scan() -> None:
    empty = scan([], NearSettings())

    assert len(empty) == 0
    assert empty.signatures.shape == (0, 128)
    assert empty.shingles is not None
    assert len(empty.shingles) == 0


def test_a_missing_text_names_its_row_and_not_its_neighbours_words() -> None:
    with pytest.raises(ValueError, match="row 1 has no text") as caught:
        scan(pa.array(["secret words", None]), NearSettings())

    assert "secret" not in str(caught.value)


def test_equal_hashes_estimate_the_jaccard_similarity() -> None:
    words = [f"w{number}" for number in range(2000)]
    sets = shingles([" ".join(words[:1500]), " ".join(words[500:])], 1)

    left, right = sign(sets, 1024)

    assert abs((left == right).mean() - 0.5) < 0.06


def test_the_seed_changes_the_signatures_and_nothing_else() -> None:
    texts = ["a b c d e f", "g h i"]

    one, two = scan(texts, NearSettings()), scan(texts, NearSettings(seed=8))

    assert np.array_equal(one.digests, two.digests)
    assert not np.array_equal(one.signatures, two.signatures)


def test_numbers_are_the_same_in_every_process_and_version() -> None:
    made = scan(["The printer on level two does not print", "日本語 тест"], NearSettings())

    assert made.shingles is not None
    assert made.shingles.values.tolist() == GOLDEN_VALUES
    assert made.signatures[:, :3].tolist() == GOLDEN_SIGNATURES


GOLDEN_VALUES = [
    8653133872568983391,
    10289897327781136480,
    12663513652178252838,
    15914671311863548923,
    17301062270034728156,
]
GOLDEN_SIGNATURES = [[1005490246, 383278899, 808404112], [2106414219, 4053612028, 1476415354]]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"threshold": 0.0}, "threshold is 0.0"),
        ({"words": 0}, "words is 0"),
        ({"bands": 30}, re.escape("need 180 hashes but permutations is 128")),
    ],
)
def test_settings_that_cannot_work_are_refused(wrong: dict[str, float], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        NearSettings(**wrong)  # type: ignore[arg-type]


def test_it_runs_where_no_cache_can_be_written(tmp_path: Path) -> None:
    source = Path(burnish.methods.dedup.__file__).parent
    copy = tmp_path / "burnish" / "methods" / "dedup"
    shutil.copytree(source, copy, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "__pycache__").write_text("a file where a folder would go")
    places = {"PYTHONPATH": str(tmp_path), "XDG_CACHE_HOME": "/dev/null", "HOME": "/dev/null"}

    code = (
        "from burnish.methods.dedup.kernels import mix; import numpy; print(mix(numpy.uint64(1)))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        env={"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1", **places},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 0, ran.stderr
    assert not list(tmp_path.rglob("*.nbc"))
