"""Files that are one record each: plain text, Markdown, HTML."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import yaml

from burnish.methods.formats.compressed import BrokenStreamError, opened
from burnish.methods.formats.lines import BOM
from burnish.methods.formats.records import BadRecord, Record

_FRONT_LIMIT = 64 * 1024


def read_text(path: Path, limit: int) -> Iterator[Record | BadRecord]:
    """The file as one record with the field `text`."""
    yield _whole(path, limit, lambda text: {"text": text})


def read_markdown(path: Path, limit: int) -> Iterator[Record | BadRecord]:
    """The file as one record: `text`, and the entries of a YAML front matter as fields."""
    yield _whole(path, limit, _markdown)


def read_html(path: Path, limit: int) -> Iterator[Record | BadRecord]:
    """The file as one record: `text` without markup and boilerplate, and `title` if it has one."""
    from burnish.methods.formats.markup import html_text  # its parser is dear to import

    yield _whole(path, limit, html_text)


def _whole(
    path: Path, limit: int, parse: Callable[[str], dict[str, object] | str]
) -> Record | BadRecord:
    try:
        with opened(path) as file:
            data = file.read(limit + 1)
    except BrokenStreamError as error:
        return BadRecord(1, f"line 1: {error}")
    if len(data) > limit:
        return BadRecord(1, f"line 1: the file is longer than the limit of {limit} bytes")
    data = data.removeprefix(BOM)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return BadRecord(1, f"line {line}: byte {error.start + 1} of the file is not UTF-8")
    fields = parse(text.replace("\r\n", "\n").replace("\r", "\n"))
    return BadRecord(1, f"line 1: {fields}") if isinstance(fields, str) else Record(1, fields)


def _markdown(text: str) -> dict[str, object] | str:
    front, body = _front_matter(text)
    if front is None:
        return {"text": body}
    try:
        fields = _load(front)
    except (yaml.YAMLError, RecursionError, ValueError):
        return "the front matter is not plain YAML (no aliases, no repeated keys)"
    if not isinstance(fields, dict) or not all(isinstance(key, str) for key in fields):
        return {"text": text}
    if "text" in fields:
        return "the front matter has a field `text`, which is the name of the body"
    return {**cast("dict[str, object]", fields), "text": body}


def _front_matter(text: str) -> tuple[str | None, str]:
    """Front matter and body; a first `---` that is never closed is a rule, not a front matter."""
    if not text.startswith("---\n"):
        return None, text
    for mark in ("\n---\n", "\n...\n"):
        end = text.find(mark, 3, _FRONT_LIMIT)
        if end >= 0:
            return text[4 : end + 1], text[end + len(mark) :].lstrip("\n")
    return None, text


class _Loader(yaml.BaseLoader):
    """YAML in which every scalar is text: no tags, no dates, and `no` stays `no`."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[object, object]:
    made = loader.construct_mapping(node, deep=True)
    if len(made) != len(node.value):
        raise ValueError("a key is given twice")
    return made


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


def _load(front: str) -> object:
    # Aliases make a small text explode when it is written out again.
    if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(front, _Loader)):
        raise ValueError("aliases")
    return yaml.load(front, _Loader)
