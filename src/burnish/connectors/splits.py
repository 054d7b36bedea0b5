"""Which files of a dataset repository make a configuration and a split.

The conventions are the Hub's ("Structure your repository" and "Manual configuration" in its
documentation): the card's `configs` decide where there are some; else `data/SPLIT-00000-of-00001`,
else a split's name as a folder, else in file names; else every data file is of the split train.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from burnish.connectors.globs import matcher

SUFFIXES = (
    ".parquet", ".jsonl", ".ndjson", ".csv", ".tsv", ".jsonl.gz", ".ndjson.gz", ".csv.gz",
    ".tsv.gz", ".jsonl.zst", ".ndjson.zst", ".csv.zst", ".tsv.zst",
)  # fmt: skip
WORDS = {
    "train": ("train", "training"),
    "validation": ("validation", "valid", "dev", "val"),
    "test": ("test", "testing", "eval", "evaluation"),
}
_SHARDED = re.compile(r"data/(?P<split>\w+(?:\.\w+)*)-[0-9]{5}-of-[0-9]{5}[^/]*\.[^/]*")


class NoSplit(ValueError):
    """No files for what was asked; says what there is."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the plan asks of a dataset; without a split all of them."""

    name: str | None = None
    split: str | None = None
    files: tuple[str, ...] = ()


def chosen(paths: Sequence[str], card: str, wish: Wish) -> list[str]:
    """The data files of the wish, sorted; raises `NoSplit` where there is none.

    `card` is the text of README.md, or empty.
    """
    if wish.files:
        found = sorted(filter(matcher(wish.files), paths))
        return _some(found, f"no file matches {', '.join(wish.files)}")
    data = sorted(path for path in paths if path.endswith(SUFFIXES) and not _hidden(path))
    _some(data, f"no data files: none ends with {', '.join(SUFFIXES[:5])}")
    splits = _splits(data, card, wish.name)
    if wish.split is None:
        return sorted({path for found in splits.values() for path in found})
    told = ", ".join(sorted(splits))
    return _some(splits.get(wish.split, []), f"no split '{wish.split}'; there is {told}")


def _splits(data: Sequence[str], card: str, name: str | None) -> dict[str, list[str]]:
    configs = list(_configs(card))
    if configs:
        return _of_config(data, _config(configs, name))
    if name not in (None, "default"):
        raise NoSplit(f"no configuration '{name}': the card names none")
    return _sharded(data) or _named(data, folders=True) or _named(data, folders=False) or {
        "train": list(data)
    }  # fmt: skip


def _configs(card: str) -> Iterator[Mapping[str, Any]]:
    """The configurations in a card's front matter that say which files they have."""
    parts = re.split(r"^---[ \t]*\r?$", card, maxsplit=2, flags=re.MULTILINE)
    if len(parts) < 3 or parts[0].strip():
        return
    try:
        front = yaml.safe_load(parts[1])
    except yaml.YAMLError:
        raise NoSplit("the card README.md begins with broken YAML") from None
    told = front.get("configs") if isinstance(front, dict) else None
    for config in told if isinstance(told, list) else ():
        if isinstance(config, dict) and {"data_files", "data_dir"} & set(config):
            yield config


def _config(configs: Sequence[Mapping[str, Any]], name: str | None) -> Mapping[str, Any]:
    named = {str(config.get("config_name", "default")): config for config in configs}
    default = [told for told, config in named.items() if config.get("default") is True]
    asked = name or next(iter(default), "default" if len(named) > 1 else next(iter(named)))
    if asked not in named:
        there = ", ".join(sorted(named))
        raise NoSplit(f"no configuration '{asked}'; there is {there}")
    return named[asked]


def _of_config(data: Sequence[str], config: Mapping[str, Any]) -> dict[str, list[str]]:
    folder = str(config.get("data_dir", "")).strip("/")
    inside = [path for path in data if not folder or path.startswith(f"{folder}/")]
    if "data_files" not in config:
        return _splits(inside, "", None) if inside else {}
    found: dict[str, list[str]] = {}
    for split, patterns in _patterns(config["data_files"]):
        prefixed = [f"{folder}/{pattern}" if folder else pattern for pattern in patterns]
        found.setdefault(split, []).extend(filter(matcher(prefixed), inside))
    return {split: sorted(set(paths)) for split, paths in found.items()}


def _patterns(told: Any) -> Iterator[tuple[str, list[str]]]:
    """Splits and their patterns, in each of the forms that a card may have."""
    if isinstance(told, dict):
        for split, patterns in told.items():
            yield str(split), _texts(patterns)
    elif isinstance(told, list) and all(isinstance(item, dict) for item in told):
        for item in told:
            yield str(item.get("split", "train")), _texts(item.get("path", []))
    else:
        yield "train", _texts(told)


def _texts(told: Any) -> list[str]:
    return [str(item) for item in (told if isinstance(told, list) else [told])]


def _sharded(data: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path in data:
        if match := _SHARDED.fullmatch(path):
            found.setdefault(match["split"], []).append(path)
    return found


def _named(data: Sequence[str], *, folders: bool) -> dict[str, list[str]]:
    """Files with a split's word in a folder's name, or in their own."""
    found: dict[str, list[str]] = {}
    for path in data:
        *above, name = path.split("/")
        for split, words in WORDS.items():
            if any(_has_word(part, words) for part in (above if folders else [name])):
                found.setdefault(split, []).append(path)
    return found


def _has_word(text: str, words: Sequence[str]) -> bool:
    return any(re.search(rf"(?:^|[-._ 0-9]){word}(?:$|[-._ 0-9])", text) for word in words)


def _hidden(path: str) -> bool:
    return any(part.startswith((".", "__")) for part in path.split("/"))


def _some(found: list[str], problem: str) -> list[str]:
    if not found:
        raise NoSplit(problem)
    return found
