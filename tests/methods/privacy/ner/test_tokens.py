import re
import unicodedata

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from burnish.methods.privacy.ner.tokens import STAND_IN, Tokens, tokenise

STEP, MIX, LIMIT = 0x9E3779B97F4A7C15, 0xD6E8FEB86659FD93, 1 << 64
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=40)
WORDY = st.lists(
    st.sampled_from(
        ["Anna", "O\u2019Brien", "\u00c9mile", "x", "I\u0307", "123", "\u0663", " ", "\n", "\r\n",
         "\n\n", "\t", "-", "\u4eba\u540d", "e\u0301", "NASA", "McKay", ".", "\ud800", "\U0001f600",
         "Stra\u00dfe", "aaaaaaaaaaaaaaaaaaaa", "\u2028", "\x85", "_", "\uffff", "Smiths"]
    ),
    max_size=25,
).map("".join)  # fmt: skip


def kind(character: str) -> str:
    if ord(character) > 65535:
        character = "\ufffd"
    if character in "\r\n":
        return "break"
    if character.isspace():
        return "blank"
    category = unicodedata.category(character)
    if category in ("Lu", "Lt"):
        return "upper"
    if category == "Ll":
        return "lower"
    return {"L": "letter", "M": "letter", "N": "digit"}.get(category[0], "mark")


def fold(character: str) -> int:
    if ord(character) > 65535:
        return 0xFFFD
    for plain, others in (
        ("'", "\u2018\u2019\u02bc`\u00b4"),
        ('"', "\u201c\u201d\u00ab\u00bb"),
        ("-", "\u2010\u2011\u2012\u2013\u2014"),
    ):
        if character in others:
            return ord(plain)
    if kind(character) in ("upper", "lower"):
        return ord(unicodedata.normalize("NFD", character.lower())[0])
    return ord(character)


def hashed(word: str) -> int:
    value = sum((fold(c) + 1) * pow(STEP, at, LIMIT) for at, c in enumerate(word)) % LIMIT
    value = ((value ^ value >> 32) * MIX) % LIMIT
    return value ^ value >> 32


def described(word: str) -> list[int]:
    kinds = ["break", "blank", "upper", "lower", "letter", "digit", "mark"]
    codes = {"blank": 0, "break": 1, "upper": 2, "lower": 3, "letter": 4, "digit": 5, "mark": 6}
    assert set(codes) == set(kinds)
    capitals = sum(kind(c) == "upper" for c in word)
    case = 3
    if capitals == 0:
        case = 0
    elif capitals == len(word):
        case = 1
    elif capitals == 1 and kind(word[0]) == "upper":
        case = 2
    size = [0, 1, 2, 3, 4, 4, 5, 5, 6, 6, 6, 7, 7, 7, 7, 7][min(len(word), 15)]
    return [
        hashed(word) % (1 << 17),
        hashed(word[:3]) % (1 << 14),
        hashed(word[-3:]) % (1 << 14),
        hashed(word[-2:]) % (1 << 12),
        hashed(word[1:4]) % (1 << 14),
        codes[kind(word[0])] * 32 + case * 8 + size,
    ]


def plainly(text: str) -> list[tuple[int, int, int]]:
    """(start, end, gap) of each token, one character at a time."""
    groups = {"upper": "w", "lower": "w", "letter": "w", "digit": "d", "mark": "m"}
    found: list[tuple[int, int, int]] = []
    at, before = 0, 0
    while at < len(text):
        group = groups.get(kind(text[at]))
        if group is None:
            at += 1
            continue
        end = at + 1
        while group != "m" and end < len(text) and groups.get(kind(text[end])) == group:
            end += 1
        breaks = sum(kind(c) == "break" for c in text[before:at])
        gap = 0 if before == at else min(1 + breaks, 3)
        found.append((at, end, gap if found else 3))
        at = before = end
    return found


def rows(tokens: Tokens, text: int) -> list[tuple[int, int, int]]:
    here = slice(tokens.firsts[text], tokens.firsts[text + 1])
    columns = (tokens.starts[here], tokens.ends[here], tokens.gaps[here])
    return list(zip(*(column.tolist() for column in columns), strict=True))


@settings(max_examples=100, deadline=None)
@given(st.lists(ANY_TEXT | WORDY, max_size=4))
def test_tokens_and_features_are_those_of_the_slow_reference(texts: list[str]) -> None:
    tokens = tokenise(texts)

    for index, text in enumerate(texts):
        assert rows(tokens, index) == plainly(text)
        first = int(tokens.firsts[index])
        for at, (start, end, _) in enumerate(plainly(text), first):
            word = text[start:end]
            assert tokens.features[tokens.words[at]].tolist() == described(word)
            assert int(tokens.names[tokens.words[at], 0]) == hashed(word)


@settings(max_examples=50, deadline=None)
@given(st.lists(WORDY, min_size=1, max_size=4))
def test_two_tokens_share_a_word_exactly_when_their_characters_do(texts: list[str]) -> None:
    tokens = tokenise(texts)
    written = [
        "".join(c if ord(c) < 65536 else "\ufffd" for c in text[start:end])
        for index, text in enumerate(texts)
        for start, end, _ in rows(tokens, index)
    ]

    assert len(tokens.features) == len(set(written))
    assert len(set(zip(written, tokens.words.tolist(), strict=True))) == len(set(written))


def test_more_words_than_the_table_begins_with_keep_their_numbers() -> None:
    words = [f"w{chr(97 + a)}{chr(97 + b)}{chr(97 + c)}" for a in range(26) for b in range(26)
             for c in range(8)]  # fmt: skip
    tokens = tokenise([" ".join(words + words)])

    assert len(tokens.features) == len(words)
    assert tokens.words.tolist() == [*range(len(words)), *range(len(words))]


def test_the_name_of_a_word_is_blind_to_case_and_accent_and_has_one_without_its_s() -> None:
    tokens = tokenise(["Renée RENEE Smiths smith boss"])
    names = tokens.names[tokens.words]

    assert names[0, 0] == names[1, 0]
    assert names[2, 1] == names[3, 0]
    assert names[3, 1] == names[4, 1] == 0


def test_a_mask_token_is_one_token_that_looks_like_a_plain_word() -> None:
    inert = re.compile(r"\[PERSON\]")
    tokens = tokenise(["a[PERSON][PERSON]b [PERSON] [PERSONS]"], inert)

    assert rows(tokens, 0)[:5] == [(0, 1, 3), (1, 9, 0), (9, 17, 0), (17, 18, 0), (19, 27, 1)]
    assert tokens.ends[-1] == 37
    masks = tokens.names[tokens.words, 0] == 0
    assert np.flatnonzero(masks).tolist() == [1, 2, 4]
    assert tokens.features[tokens.words[1]].tolist() == tokenise([STAND_IN]).features[0].tolist()


def test_no_text_has_no_tokens() -> None:
    assert tokenise([]).starts.tolist() == []
    assert tokenise(["", " \n"]).firsts.tolist() == [0, 0, 0]
