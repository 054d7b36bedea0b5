"""Rows, clusters, masking and tokens as a page of the terminal."""

from __future__ import annotations

import difflib
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import click

from burnish.api.previewing import Ask, Shown

LONGEST = 600
MASKED = re.compile(r"\[[A-Z][A-Z0-9_]*\]")
NOT_TOLD = (
    "id",
    "source",
    "origin",
    "messages",
    "normalised",
    "spans",
    "measures",
    "ids",
    "trained",
)

HIDDEN = ((0x80, 0xA0), (0x200B, 0x2010), (0x202A, 0x202F), (0x2060, 0x2070), (0xE0000, 0xE0080))
VISIBLE = {
    **{code: 0x2400 + code for code in range(0x20) if chr(code) not in "\n\t"},
    0x7F: 0x2421,
    **dict.fromkeys((0xAD, 0xFEFF), 0xFFFD),
    **{code: 0xFFFD for low, high in HIDDEN for code in range(low, high)},
}
"""Control characters as their pictures (U+2400), invisible ones as the replacement character."""

Row = Mapping[str, Any]
Cut = Callable[[str], str]


def page_of(shown: Shown, ask: Ask, what: str, *, full: bool) -> str:
    """What was found, as text; coloured where a person sees it on a terminal."""
    lines = [f"{shown.kind} {shown.digest}", f"rows {shown.rows:,}"]
    lines += [f"dropped {reason} {count:,}" for reason, count in shown.reasons.items()]
    lines += [f"file {name} {digest[:12]}" for name, digest in shown.files.items()]
    cut: Cut = str if full else _cut
    draw = {"clusters": _cluster, "masking": _masking, "tokens": _tokens}.get(shown.view, _row)
    for found in shown.page:
        lines += ["", *draw(_harmless(found), cut)]
    if len(shown.page) == ask.count and ask.count:
        lines += ["", _dim(f"more: burnish show {what} --start {ask.start + ask.count}")]
    return "\n".join(lines)


def _harmless(value: Any) -> Any:
    """Text that cannot steer the terminal or hide itself; each character stays one character."""
    if isinstance(value, str):
        return value.translate(VISIBLE)
    if isinstance(value, Mapping):
        return {key: _harmless(inner) for key, inner in value.items()}
    return [_harmless(inner) for inner in value] if isinstance(value, list | tuple) else value


def _row(row: Row, cut: Cut) -> Iterator[str]:
    yield _bold(f"{row['id']}") + _dim("  " + "  ".join(_where(row)))
    for message in row.get("messages") or ():
        yield f"  {_dim(message['role'] + ':')} {cut(message['content'])}"
    told = {k: v for k, v in row.items() if k not in NOT_TOLD and v not in (None, "", [])}
    if told:
        yield _dim("  " + "  ".join(f"{name} {cut(_plain(v))}" for name, v in told.items()))


def _where(row: Row) -> list[str]:
    return [str(row[name]) for name in ("source", "origin") if row.get(name)]


def _cluster(found: Row, cut: Cut) -> Iterator[str]:
    """The survivor, then each removed row with what differs from it."""
    yield _bold("stays  ") + next(_row(found["survivor"], cut))
    kept = _text(found["survivor"])
    yield f"  {cut(kept)}"
    for row in found["removed"]:
        head = f"{row['similarity']:.3f} alike"
        yield _bold("goes   ") + f"{row['id']}  " + _dim(f"{head}  " + "  ".join(_where(row)))
        yield f"  {cut(_difference(kept, _text(row)))}"


def _difference(kept: str, gone: str) -> str:
    """The words of `gone`: those that `kept` has not in green, what `kept` has instead in red."""
    here, there = re.findall(r"\s+|\S+", kept), re.findall(r"\s+|\S+", gone)
    parts: list[str] = []
    for kind, a, b, c, d in difflib.SequenceMatcher(None, here, there).get_opcodes():
        if kind == "equal":
            parts.append("".join(there[c:d]))
            continue
        parts += _minus("".join(here[a:b])), _plus("".join(there[c:d]))
    return "".join(parts)


def _masking(found: Row, cut: Cut) -> Iterator[str]:
    yield _bold(f"{found['id']}") + _dim(f"  {found['source']}  {len(found['spans'])} masked")
    for index, message in enumerate(found["messages"]):
        spans = [s for s in found["spans"] if (s["field"], s["index"]) == ("messages", index)]
        yield f"  {_dim(message['role'] + ' was:')} {cut(_marked(message['before'], spans))}"
        yield f"  {_dim(message['role'] + ' is: ')} {cut(MASKED.sub(_green, message['after']))}"


def _marked(text: str, spans: Sequence[Row]) -> str:
    parts: list[str] = []
    at = 0
    for span in sorted(spans, key=lambda one: int(one["start"])):
        parts += text[at : span["start"]], _red(text[span["start"] : span["end"]])
        at = span["end"]
    return "".join([*parts, text[at:]])


def _tokens(found: Row, cut: Cut) -> Iterator[str]:
    """Trained tokens in green, the context dim; neighbours alternate so that borders are seen."""
    total = sum(len(token["ids"]) for token in found["tokens"])
    head = f"  {found['source']}  {found['kind']}  {found['trained']} of {total} tokens trained"
    yield _bold(found["id"]) + _dim(head)
    yield "  " + "".join(_runs(found["tokens"]))


def _runs(tokens: Sequence[Row]) -> Iterator[str]:
    for number, token in enumerate(tokens):
        before = number > 0 and tokens[number - 1]["trained"]
        after = number + 1 < len(tokens) and tokens[number + 1]["trained"]
        text = token["text"]
        if not _coloured():
            opened = "⟦" if token["trained"] and not before else ""
            yield opened + text + ("⟧" if token["trained"] and not after else "")
        elif token["trained"]:
            yield click.style(text, fg="bright_green" if number % 2 else "green", bold=True)
        else:
            yield click.style(text, fg="bright_black" if number % 2 else None, dim=True)


def _text(row: Row) -> str:
    return "\n".join(message["content"] for message in row["messages"])


def _plain(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def _cut(text: str) -> str:
    more = len(text) - LONGEST
    return text if more <= 0 else f"{text[:LONGEST]}… ({more:,} more characters; --full)"


def _coloured() -> bool:
    """Whether the output is a terminal that wants colour (see no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def _styled(text: str, **style: Any) -> str:
    return click.style(text, **style) if text and _coloured() else text


def _minus(text: str) -> str:
    return (
        _styled(text, fg="red", strikethrough=True) if _coloured() else _between("[-", text, "-]")
    )


def _plus(text: str) -> str:
    return _styled(text, fg="green") if _coloured() else _between("{+", text, "+}")


def _between(left: str, text: str, right: str) -> str:
    return f"{left}{text}{right}" if text else ""


def _red(text: str) -> str:
    return _styled(text, fg="red", bold=True) if _coloured() else _between("⟦", text, "⟧")


def _green(found: re.Match[str]) -> str:
    return _styled(found[0], fg="green", bold=True)


_bold = partial(_styled, bold=True)
_dim = partial(_styled, dim=True)
