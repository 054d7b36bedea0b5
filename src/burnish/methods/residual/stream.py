"""A text as a stream of tokens: runs of letters, runs of digits, blanks and single marks."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

LETTERS, DIGITS, BLANK, LINE, MARK, MASKED = "a", "0", " ", "n", "m", "x"
_LOOK_BACK = 24


class _Classes(dict[int, int]):
    """Character to class, filled as characters are met (an argument of `str.translate`)."""

    def __missing__(self, code: int) -> int:
        character = chr(code)
        kind = MARK
        if character.isalpha():
            kind = LETTERS
        elif character.isdigit():
            kind = DIGITS
        elif character in "\n\r\u2028\u2029":
            kind = LINE
        elif character.isspace():
            kind = BLANK
        self[code] = ord(kind)
        return self[code]


_CLASSES = _Classes()


@dataclass(frozen=True, slots=True)
class Token:
    """A run of one class of characters (a mark stands alone)."""

    kind: str
    start: int
    end: int
    text: str


class Stream:
    """The tokens of a text, with the mask tokens such as `[EMAIL]` as one opaque token each."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = _fold_masks(_cut(text))
        self.low = [token.text.lower() for token in self.tokens]

    def words_before(self, index: int, count: int) -> list[str]:
        """The last `count` words before a token, the nearest first, in lower case.

        Single letters with marks between them are one word as well: `T.F.N.` reads `tfn`.
        """
        words: list[str] = []
        place = index - 1
        while place >= max(0, index - _LOOK_BACK) and len(words) < count:
            if self.tokens[place].kind == LETTERS:
                words.append(self.low[place])
            place -= 1
        letters = list(itertools.takewhile(lambda word: len(word) == 1, words))
        return ["".join(reversed(letters)), *words[len(letters) :]] if letters else words

    def kind(self, index: int) -> str:
        """The class of a token, or the empty text beyond the ends."""
        return self.tokens[index].kind if 0 <= index < len(self.tokens) else ""

    def at(self, index: int) -> str:
        """The text of a token, or the empty text beyond the ends."""
        return self.tokens[index].text if 0 <= index < len(self.tokens) else ""


def _cut(text: str) -> list[Token]:
    tokens, start = [], 0
    classes: Mapping[int, int] = _CLASSES
    for kind, run in itertools.groupby(text.translate(classes)):
        end = start + sum(1 for _ in run)
        if kind == MARK:
            tokens += [Token(MARK, i, i + 1, text[i]) for i in range(start, end)]
        else:
            tokens.append(Token(kind, start, end, text[start:end]))
        start = end
    return tokens


def _fold_masks(tokens: list[Token]) -> list[Token]:
    """The tokens with each `[`, capitals, `_`, digits, `]` folded into one."""
    if not any(token.text == "[" for token in tokens):
        return tokens
    out: list[Token] = []
    index = 0
    while index < len(tokens):
        stop = _mask_end(tokens, index) if tokens[index].text == "[" else 0
        if stop:
            start, end = tokens[index].start, tokens[stop].end
            out.append(Token(MASKED, start, end, "".join(t.text for t in tokens[index : stop + 1])))
            index = stop + 1
        else:
            out.append(tokens[index])
            index += 1
    return out


def _mask_end(tokens: list[Token], index: int) -> int:
    """The index of the bracket that closes a mask token, or 0 when this is none."""
    place = index + 1
    while place < min(len(tokens), index + 10):
        token = tokens[place]
        if token.text == "]":
            return place if place > index + 1 else 0
        capitals = token.kind == LETTERS and token.text.isupper() and token.text.isascii()
        number = token.kind == DIGITS and len(token.text) <= 4 and tokens[place - 1].text == "_"
        if not (capitals or number or token.text == "_"):
            return 0
        place += 1
    return 0
