r"""Regular expressions rewritten so that they match wherever the original can, and more.

`scannable` gives an expression for the scan, which reads plain bytes (one for each character, any
character that is not ASCII as `\xff`); `loosened` gives a pattern over the shapes of numbers. Both
drop look-arounds and boundaries, which only ever refuse, and put the group itself where it is
referred back to.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from math import inf

_TOKEN = re.compile(
    r"(?P<look>\(\?<?[=!])|(?P<if>\(\?\(\w+\))|\(\?P=(?P<named>\w+)\)"
    r"|(?P<open>\((?:\?(?:[aimsx-]*:|P<(?P<name>\w+)>))?)"
    r"|(?P<set>\[\^?\]?(?:\\.|[^\]\\])*\])|(?P<edge>\\[bBAZ]|[\^$])|\\(?P<back>[1-9])"
    r"|(?P<escape>\\.)|(?P<digit>[0-9])|(?P<letter>[^\W\d_])|(?P<other>.)",
    re.DOTALL,
)
_ESCAPED = re.compile(
    r"\\(?:u(?P<u>[0-9a-fA-F]{4})|x(?P<x>[0-9a-fA-F]{2})|U(?P<long>[0-9a-fA-F]{8})|.)", re.DOTALL
)
_FIRST_LOOK = re.compile(r"\(\?<!(\[[^\]^\\]*(?:\\.[^\]\\]*)*\]|\\w)\)")
_SECOND_LOOK = re.compile(r"(\[[^\]]+\])\(\?<!(\[[^\]^]+\]|\\w)(\.|\[[^\]]+\])\)")
_LAST_LOOK = re.compile(
    r"\(\?!(\[[^\]^\\]*(?:\\.[^\]\\]*)*\]|\\w)\)(?:\(\?!(?:[^()\[\]]|\[[^\]]*\])*\))*$"
)
_TIMES = re.compile(r"(?:\{(?P<few>\d*)(?P<comma>,?)(?P<many>\d*)\}|(?P<sign>[?*+]))[?+]?")
_SIGNS: dict[str, tuple[int, float]] = {"?": (0, 1), "*": (0, inf), "+": (1, inf)}
_FOREIGN = re.compile(r"[^\x00-\x7f]")
_FOREIGN_RANGE = re.compile(r"[^\x00-\x7f](?:-[^\x00-\x7f])?")
_SIGN = re.compile(r"[^\W_]")
_ANY = r"[\s\S]"
_WIDER = {"w": r"\w\xff", "s": r"\s\x1c-\x1f\xff", "d": r"\d"}
_OPPOSITE = {"W": r"\w\xff", "S": r"\s\x1c-\x1f\xff", "D": r"\d"}
_SHAPE_LOOKS = ("(?<![0-9A-Za-z_])", "(?![0-9A-Za-z_])")
"""Look-arounds that refuse in a shape what they refuse in the text: all digits and letters."""
_ENOUGH, _ENOUGH_INSIDE, _ENOUGH_BEFORE = 3, 2, 4
"""Characters after which an expression may be cut where its length begins to vary: with the least
of what varies, the same inside a group, and without it."""
_VARIES = 12


@dataclass(frozen=True, slots=True)
class Part:
    """An expression and how many characters it matches at least and at most.

    `head` matches the beginning of whatever the expression matches, where that is shorter.
    """

    written: str
    least: float
    most: float
    head: "Part | None" = None


@dataclass(frozen=True, slots=True)
class Scannable:
    """What the scan seeks of a pattern: the beginning of every match, or the whole.

    `head` is sought; a match ends at most `tail` characters after it.
    """

    head: Part
    tail: float


def scannable(expression: str, flags: int = 0) -> Scannable:
    """The expression as the scan can read it. Raises ValueError for one it cannot read."""
    choices = _Reader(expression, _scan_token).all()
    whole = _either(choices)
    head = whole.head or whole
    edge = "" if len(choices) > 1 else _edge(expression)
    fold = "i" if flags & re.IGNORECASE else ""
    dots = "s" if flags & re.DOTALL else ""
    last = _edge_after(expression) if len(choices) == 1 and not whole.head else ""
    written = f"{edge}(?{fold}{dots}:{head.written}){last}"
    more = 1 if last else 0
    return Scannable(Part(written, head.least + more, head.most + more), whole.most - head.least)


def loosened(pattern: re.Pattern[str]) -> re.Pattern[str]:
    """A pattern over shapes that matches wherever the pattern can."""
    whole = _either(_Reader(pattern.pattern, _shape_token, _SHAPE_LOOKS).all())
    return re.compile(whole.written, pattern.flags & (re.IGNORECASE | re.DOTALL))


def _unescaped(escape: re.Match[str]) -> str:
    """The character of an escape by number, any other escape as it is."""
    code = escape["u"] or escape["x"] or escape["long"]
    return re.escape(chr(int(code, 16))) if code else escape[0]


def _edge(expression: str) -> str:
    """The character that must not stand before a match, as one that another must stand for.

    It says where words and numbers begin, so that a run of letters is seen once.
    """
    first = _FIRST_LOOK.match(expression)
    second = _SECOND_LOOK.match(expression)
    refused = first[1] if first else second[2] if second and second[3] in (".", second[1]) else ""
    if not refused:
        return ""
    return _scan_set(f"[^{refused[1:-1] if refused[0] == '[' else refused}]")


def _edge_after(expression: str) -> str:
    """The character that must not stand after a match, as one that another must stand for."""
    last = _LAST_LOOK.search(expression)
    if last is None:
        return ""
    return _scan_set(f"[^{last[1][1:-1] if last[1][0] == '[' else last[1]}]")


class _Reader:
    """Reads an expression once, writing each token anew."""

    def __init__(
        self,
        source: str,
        write: Callable[[re.Match[str]], str],
        looks: tuple[str, ...] = (),
    ) -> None:
        self.looks = looks
        self.source, self.write = _ESCAPED.sub(_unescaped, source), write
        self.at = self.count = self.depth = 0
        self.groups: dict[str, Part] = {}

    def all(self) -> list[Part]:
        """The alternatives of the whole expression."""
        choices = self._alternatives()
        if self.at < len(self.source):
            raise ValueError("the expression closes a bracket that it did not open")
        return choices

    def _alternatives(self) -> list[Part]:
        choices = [self._sequence()]
        while self.source.startswith("|", self.at):
            self.at += 1
            choices.append(self._sequence())
        return choices

    def _sequence(self) -> Part:
        items: list[Part] = []
        while self.at < len(self.source) and self.source[self.at] not in "|)":
            atom = self._atom()
            times = _TIMES.match(self.source, self.at)
            if times:
                self.at = times.end()
            items.append(_repeated(atom, times) if times else atom)
        return _joined(items, _ENOUGH_INSIDE if self.depth else _ENOUGH)

    def _atom(self) -> Part:
        token = _TOKEN.match(self.source, self.at)
        if token is None:  # unreachable: the last alternative takes any character
            raise ValueError(f"the expression cannot be read at character {self.at}")
        self.at = token.end()
        if token["look"] or token["if"] or token["open"]:
            return self._group(token)
        if token["named"] or token["back"]:
            return self.groups[token["named"] or token["back"]]
        return Part("", 0, 0) if token["edge"] else Part(self.write(token), 1, 1)

    def _group(self, token: re.Match[str]) -> Part:
        for look in self.looks:
            if self.source.startswith(look, token.start()):
                self.at = token.start() + len(look)
                return Part(look, 0, 0)
        kept = token["name"] is not None or token[0] == "("
        self.count += kept
        number = str(self.count)
        self.depth += 1
        inside = _either(self._alternatives())
        self.depth -= 1
        if not self.source.startswith(")", self.at):
            raise ValueError("the expression leaves a bracket open")
        self.at += 1
        if token["look"]:
            return Part("", 0, 0)
        fold = "i" if re.match(r"\(\?[asmx]*i", token[0]) else ""
        group = _grouped(fold, inside)
        if kept:
            self.groups[number] = self.groups[token["name"] or number] = group
        return group


def _grouped(fold: str, inside: Part) -> Part:
    head = _grouped(fold, inside.head) if inside.head else None
    return Part(f"(?{fold}:{inside.written})", inside.least, inside.most, head)


def _either(choices: list[Part]) -> Part:
    if len(choices) == 1:
        return choices[0]
    whole = _any(choices)
    if not any(choice.head for choice in choices):
        return whole
    head = _any([choice.head or choice for choice in choices])
    return Part(whole.written, whole.least, whole.most, head)


def _any(choices: list[Part]) -> Part:
    written = "|".join(choice.written for choice in choices)
    return Part(written, min(c.least for c in choices), max(c.most for c in choices))


def _joined(items: list[Part], enough: int) -> Part:
    """The parts one after another; cut at the first that varies, once there is enough."""
    head: Part | None = None
    whole = Part("", 0, 0)
    for item in items:
        if head is None and item.most - item.least > _VARIES:
            head = _cut(whole, item, enough)
        whole = _after(whole, item)
    return Part(whole.written, whole.least, whole.most, head)


def _cut(before: Part, item: Part, enough: int) -> Part | None:
    """What stands before an item that varies, with the item's own head where that is short."""
    head = item.head
    if head and head.most - head.least <= _VARIES and before.least + head.least >= enough:
        return _after(before, head)
    return before if before.least >= _ENOUGH_BEFORE else None


def _after(first: Part, second: Part) -> Part:
    least, most = first.least + second.least, first.most + second.most
    return Part(first.written + second.written, least, most)


def _repeated(atom: Part, times: re.Match[str]) -> Part:
    few, many = _SIGNS.get(times["sign"] or "", (0, 0))
    if not times["sign"]:
        few = int(times["few"] or 0)
        many = int(times["many"]) if times["many"] else inf if times["comma"] else few
    if not atom.written:
        return Part("", 0, 0)
    written = atom.written + times[0][: times.end("sign" if times["sign"] else 0) - times.start()]
    least, most = atom.least * few, atom.most * many if atom.most else 0
    head = atom.head if few else None
    if many - few > 1 and most - least > _VARIES:
        head = Part(f"{atom.written}{{{few}}}" if few else "", least, atom.most * few)
    return Part(written, least, most, head)


def _scan_token(token: re.Match[str]) -> str:
    written = token[0]
    if token["set"]:
        return _scan_set(written)
    if token["escape"] and written[1] in _WIDER:
        return f"[{_WIDER[written[1]]}]"
    return _FOREIGN.sub(r"\\xff", written)


def _scan_set(written: str) -> str:
    if written[1] == "^":
        opposite = re.search(r"\\([WSD])", written)
        return f"[{_OPPOSITE[opposite[1]]}]" if opposite else _FOREIGN.sub("", written)
    inside = re.sub(r"\\([wsd])", lambda match: _WIDER[match[1]], written[1:-1])
    foreign = r"\xff" if _FOREIGN.search(inside) else ""
    return f"[{_FOREIGN_RANGE.sub('', inside)}{foreign}]"


def _shape_token(token: re.Match[str]) -> str:
    if token["digit"]:
        return "0"
    if token["letter"]:
        return "[Aa\xff]"
    if token["set"]:
        return _ANY if token[0][1] == "^" else _shape_set(token[0][1:-1])
    return token[0]


def _shape_set(inside: str) -> str:
    wider = "0Aa\xff" if _SIGN.search(inside) else ""
    return f"[{wider}{inside}]"
