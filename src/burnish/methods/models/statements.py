"""What a model's own folder says on its licence: the model card, the licence file, its base.

Nothing of what is read is trusted to be right: it is set beside the plan, and a difference is
for a person to settle.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from burnish.methods.models.licences import normal

CARD = "README.md"
MOST = 1 << 18
"""Bytes that are read of a card or a licence file."""
_FRONT = re.compile(r"\A\ufeff?---\s*\n(.*?)\n---\s*(?:\n|\Z)", re.DOTALL)
_UNNAMED = {"other", "unknown", ""}
_TITLES = (
    (re.compile(r"llama\s+(\d(?:\.\d)?)\s+community\s+license"), "llama{}"),
    (re.compile(r"gemma\s+terms\s+of\s+use"), "gemma"),
    (re.compile(r"qwen\s+research\s+license"), "qwen-research"),
    (re.compile(r"(?:tongyi\s+qianwen|qwen)\s+license\s+agreement"), "qwen"),
    (re.compile(r"mistral\s+ai\s+research\s+license"), "mrl"),
    (re.compile(r"mistral\s+ai\s+non-production\s+license"), "mnpl"),
    (re.compile(r"bigscience\s+(?:bloom\s+)?rail\s+license\s+v1\.0"), "bigscience-bloom-rail-1.0"),
    (re.compile(r"creativeml\s+open\s+rail\+\+-m"), "openrail++"),
    (re.compile(r"creativeml\s+open\s+rail-m"), "creativeml-openrail-m"),
    (re.compile(r"bigcode\s+open\s*rail-m"), "bigcode-openrail-m"),
    (re.compile(r"attribution-noncommercial-sharealike\s+4\.0"), "cc-by-nc-sa-4.0"),
    (re.compile(r"attribution-noncommercial-noderivatives\s+4\.0"), "cc-by-nc-nd-4.0"),
    (re.compile(r"attribution-noncommercial\s+4\.0"), "cc-by-nc-4.0"),
    (re.compile(r"attribution-noderivatives\s+4\.0"), "cc-by-nd-4.0"),
    (re.compile(r"attribution-sharealike\s+4\.0"), "cc-by-sa-4.0"),
    (re.compile(r"attribution\s+4\.0\s+international"), "cc-by-4.0"),
    (re.compile(r"apache\s+license,?\s+version\s+2\.0"), "apache-2.0"),
    (re.compile(r"\bmit\s+license\b|permission is hereby granted, free of charge"), "mit"),
)
_TITLE_REACH = 2000
"""Characters in which a licence's text says what it is."""
_FAMILIES = (
    (re.compile(r"(?:^|/)(?:meta-)?llama-?(2|3(?:\.[123])?|4)\b", re.IGNORECASE), "llama{}"),
    (re.compile(r"(?:^|/)gemma-", re.IGNORECASE), "gemma"),
)


@dataclass(frozen=True, slots=True)
class Statement:
    """What one file says: a licence in the usual spelling, empty where its text is not known."""

    file: str
    licence: str


@dataclass(frozen=True, slots=True)
class Stated:
    """All that a model's folder says; `bases` are the models that it was made from, by name."""

    statements: tuple[Statement, ...] = ()
    bases: tuple[str, ...] = ()

    def licences_of_bases(self) -> tuple[tuple[str, str], ...]:
        """Bases whose name tells their family, each with the licence of that family."""
        return tuple((name, found) for name in self.bases if (found := _family(name)))


def stated_in(folder: Path) -> Stated:
    """Read the card and the licence files of a model's folder.

    Raises ValueError for a card whose front matter cannot be read.
    """
    card = _front_matter(folder / CARD)
    found = [*_of_card(card), *_of_files(folder)]
    return Stated(tuple(found), _names(card.get("base_model")))


def _front_matter(path: Path) -> Mapping[str, Any]:
    if not path.is_file():
        return {}
    block = _FRONT.match(_read(path).replace("\r\n", "\n"))
    if not block:
        return {}
    try:
        read = yaml.safe_load(block[1])
    except (yaml.YAMLError, ValueError) as wrong:
        raise ValueError(f"the front matter of the model's {CARD} cannot be read") from wrong
    return read if isinstance(read, Mapping) else {}


def _of_card(card: Mapping[str, Any]) -> Iterator[Statement]:
    for name in _names(card.get("license")):
        plain = normal(name)
        if plain in _UNNAMED:
            plain = normal(str(card.get("license_name", "")))
        yield Statement(CARD, "" if plain in _UNNAMED else plain)


def _of_files(folder: Path) -> Iterator[Statement]:
    for path in sorted(folder.iterdir()):
        name = path.name.upper()
        if path.is_file() and name.startswith(("LICENSE", "LICENCE", "COPYING")):
            yield Statement(path.name, _titled(_read(path)))


def _titled(text: str) -> str:
    head = " ".join(text[:_TITLE_REACH].lower().split())
    for pattern, name in _TITLES:
        if found := pattern.search(head):
            return name.format(*found.groups())
    return ""


def _family(name: str) -> str:
    for pattern, licence in _FAMILIES:
        if found := pattern.search(name):
            return licence.format(*found.groups())
    return ""


def _names(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    if isinstance(value, list):
        return tuple(one for one in value if isinstance(one, str))
    return ()


def _read(path: Path) -> str:
    with path.open("rb") as stream:
        return stream.read(MOST).decode("utf-8", "replace")
