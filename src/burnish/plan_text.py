"""The text of a plan: YAML read into plain values, with the line of every key.

A small, unsurprising YAML: `true` and `false` are the only truth values (so `no` stays a
language), `1e-3` is a number, dates stay text, `011` and `1:30` are no numbers. Tags are
refused, and so is a document that aliases could blow up.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field

import yaml

LONGEST_BYTES = 262_144
DEEPEST = 16
MOST_VALUES = 10_000
LONGEST_NUMBER = 40
TOO_DEEP = f"nested more than {DEEPEST} deep, or an alias that holds itself"
TOO_MANY = f"more than {MOST_VALUES} values, aliases counted; a plan has fewer"
TAG = "tag:yaml.org,2002:"

CONSTANTS: dict[str, dict[str, bool | None]] = {
    "bool": {"true": True, "false": False},
    "null": {"": None, "~": None, "null": None},
}

Where = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing wrong in a plan: its line, the key it is about, and what is wrong with it."""

    line: int
    key: str
    problem: str


class BadText(Exception):
    """The text is no YAML document: nothing in it can be judged."""

    def __init__(self, line: int, column: int, problem: str) -> None:
        super().__init__(line, column, problem)
        self.line = line
        self.column = column
        self.problem = problem


@dataclass(slots=True)
class Document:
    """The plain values of a document, the line of each key, and the faults of its form."""

    value: object = None
    lines: dict[Where, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    values: int = 0

    def line_of(self, where: Where) -> int:
        """Line of a key, or of the nearest section around it that is in the file."""
        while where and where not in self.lines:
            where = where[:-1]
        return self.lines.get(where, 1)


def dotted(where: Where) -> str:
    """A place in the plan as people write it: `sources[0].basis.kind`."""
    told = ""
    for part in where:
        told += f"[{part}]" if isinstance(part, int) else f".{shown(part)}"
    return told.removeprefix(".") or "plan"


def read_text(content: bytes) -> Document:
    """Read YAML bytes.

    Raises:
        BadText: not UTF-8, not YAML, too long, too deep, or more than one document.

    """
    if len(content) > LONGEST_BYTES:
        raise BadText(1, 1, f"the file is longer than {LONGEST_BYTES} bytes; a plan is not")
    document = Document()
    node = _compose(_decoded(content))
    if node is not None:
        document.value = _value(document, node, ())
    return document


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line, column = _position(content[: fault.start].decode("utf-8", "replace"))
        raise BadText(line, column, "this byte is not UTF-8; save the file as UTF-8") from None


def _position(before: str) -> tuple[int, int]:
    return before.count("\n") + 1, len(before) - before.rfind("\n")


class _Loader(yaml.SafeLoader):
    """SafeLoader with the few scalar kinds of a plan, and with an end to nesting."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012
    depth = nodes = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        self.depth, self.nodes = self.depth + 1, self.nodes + 1
        if self.depth > DEEPEST or self.nodes > 2 * MOST_VALUES:
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]  # gap in stubs
            problem = TOO_DEEP if self.depth > DEEPEST else TOO_MANY
            raise BadText(mark.line + 1, mark.column + 1, problem)
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


for _kind, _pattern, _first in (
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("null", r"^(?:~|null|Null|NULL|)$", "~nN"),
    ("int", r"^[-+]?(?:0|[1-9][0-9_]*)$", "-+0123456789"),
    (
        "float",
        r"^[-+]?(?:(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|[0-9]+[eE][-+]?[0-9]+)$",
        "-+.0123456789",
    ),
):
    _firsts = [*_first, ""] if _kind == "null" else list(_first)
    _Loader.add_implicit_resolver(TAG + _kind, re.compile(_pattern), _firsts)


def _compose(text: str) -> yaml.Node | None:
    try:
        loader = _Loader(text)
    except yaml.reader.ReaderError as fault:
        raise BadText(*_position(text[: fault.position]), "a control character") from None
    try:
        return loader.get_single_node()
    except yaml.MarkedYAMLError as fault:
        mark = fault.problem_mark or fault.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise BadText(line, column, _yaml_problem(fault)) from None
    except (yaml.YAMLError, ValueError, OverflowError):
        raise BadText(loader.line + 1, loader.column + 1, "an impossible character code") from None


def _yaml_problem(fault: yaml.MarkedYAMLError) -> str:
    problem = fault.problem or "not YAML"
    if r"'\t'" in problem:
        return "a tab; YAML is indented with spaces"
    if "another document" in problem or "expected a single document" in (fault.context or ""):
        return "a second document starts; a plan is one"
    return f"not YAML: {problem}" + (f" ({fault.context})" if fault.context else "")


def _value(document: Document, node: yaml.Node, where: Where) -> object:
    document.values += 1
    line = node.start_mark.line + 1
    document.lines.setdefault(where, line)
    if len(where) > DEEPEST or document.values > MOST_VALUES:
        problem = TOO_DEEP if len(where) > DEEPEST else TOO_MANY
        raise BadText(line, node.start_mark.column + 1, problem)
    if isinstance(node, yaml.MappingNode) and node.tag == TAG + "map":
        return _mapping(document, node, where)
    if isinstance(node, yaml.SequenceNode) and node.tag == TAG + "seq":
        return [_value(document, item, (*where, i)) for i, item in enumerate(node.value)]
    return _scalar(document, node, where)


def _mapping(document: Document, node: yaml.MappingNode, where: Where) -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            document.faults.append(Fault(line, dotted(where), "a key must be a word"))
            continue
        here = (*where, key.value)
        if key.value in found:
            first = document.lines[here]
            problem = f"given twice; the first is on line {first}"
            document.faults.append(Fault(line, dotted(here), problem))
            continue
        document.lines[here] = line
        found[key.value] = _value(document, value, here)
    return found


def _scalar(document: Document, node: yaml.Node, where: Where) -> object:
    kind = node.tag.removeprefix(TAG)
    try:
        return _plain(kind, node)
    except (KeyError, ValueError) as fault:
        tag = shown(node.tag.replace(TAG, "!!"))
        told = f"the tag '{tag}' is not allowed; write the plain value"
        problem = told if isinstance(fault, KeyError) else str(fault)
        document.faults.append(Fault(node.start_mark.line + 1, dotted(where), problem))
        return None


def _plain(kind: str, node: yaml.Node) -> object:
    if not isinstance(node, yaml.ScalarNode):
        raise KeyError(kind)
    text: str = node.value
    if kind in ("int", "float"):
        return _number(kind, text)
    if kind == "str":
        if any("\ud800" <= letter <= "\udfff" for letter in text):
            raise ValueError("half of a character (a lone surrogate); write the whole one")
        return text
    return CONSTANTS[kind][text.lower()]


def _number(kind: str, text: str) -> int | float:
    if len(text) > LONGEST_NUMBER:
        raise ValueError(f"a number of more than {LONGEST_NUMBER} characters")
    try:
        number = int(text) if kind == "int" else float(text)
    except ValueError:
        raise ValueError(f"'{shown(text)}' is not a number") from None
    if not math.isfinite(number):
        raise ValueError(f"{text} is no finite number")
    return number


def shown(text: str) -> str:
    """Foreign text made safe for a terminal, and short."""
    safe = text.encode("unicode_escape").decode("ascii") if not text.isprintable() else text
    return safe if len(safe) <= 40 else f"{safe[:37]}..."


class _Dumper(yaml.SafeDumper):
    """SafeDumper that quotes whatever this reader or YAML 1.1 would not take for text."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    """Whatever is not printable is escaped: YAML folds line breaks such as U+0085 to a space."""
    style = None if text.isprintable() else '"'
    return dumper.represent_scalar(TAG + "str", text, style=style)


_Dumper.add_representer(str, _text)
for _first, _kinds in _Loader.yaml_implicit_resolvers.items():
    for _tag, _regexp in _kinds:
        _Dumper.add_implicit_resolver(_tag, _regexp, [_first])


def write_text(value: object, *, flow: bool = False) -> str:
    """YAML of plain values, lists, mappings and dates; `flow` puts it on one line."""
    return yaml.dump(
        value,
        Dumper=_Dumper,
        default_flow_style=flow,
        sort_keys=False,
        allow_unicode=True,
        width=math.inf if flow else 100,
    )
