"""From patterns to files, without ever leaving the folder by accident."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path, PurePath

from burnish.methods.formats.records import FormatError

_MAGIC = frozenset("*?[")


def expand(patterns: Sequence[str], root: Path, *, allow_outside: bool = False) -> list[Path]:
    """Files named by paths and globs relative to `root`: sorted, each once.

    Hidden files and folders are matched only by a pattern that names the dot. Raises
    `FormatError` when a pattern matches no file, names a folder, or leads out of `root` (by `..`,
    an absolute path or a symbolic link) while `allow_outside` is False.
    """
    found: dict[Path, Path] = {}
    for pattern in patterns:
        for path in _matches(pattern, root, allow_outside):
            found.setdefault(path.resolve(), path)
    return sorted(found.values(), key=lambda path: path.as_posix())


def _matches(pattern: str, root: Path, allow_outside: bool) -> list[Path]:
    pure = PurePath(pattern)
    if not allow_outside and (pure.is_absolute() or ".." in pure.parts):
        raise _leaves(pattern)
    paths = sorted(_find(pure, root))
    if not paths:
        raise FormatError(_nothing(pattern, root))
    if not allow_outside:
        _stay_inside(pattern, paths, root.resolve())
    return paths


def _find(pure: PurePath, root: Path) -> Iterator[Path]:
    literal = root / pure
    if literal.is_file():
        yield literal
        return
    if not _MAGIC.intersection(str(pure)):
        return
    parts = pure.parts if pure.name != "**" else (*pure.parts, "*")
    start = Path(pure.anchor) if pure.is_absolute() else root
    relative = parts[1:] if pure.is_absolute() else parts
    while relative and relative[0] == "..":
        start, relative = start / "..", relative[1:]
    hidden = any(part.startswith(".") for part in relative)
    for path in start.glob("/".join(relative)):
        if path.is_file() and (hidden or not _is_hidden(path.relative_to(start))):
            yield path


def _is_hidden(relative: Path) -> bool:
    return any(part.startswith(".") for part in relative.parts)


def _stay_inside(pattern: str, paths: list[Path], root: Path) -> None:
    if not all(path.resolve().is_relative_to(root) for path in paths):
        raise _leaves(pattern)


def _leaves(pattern: str) -> FormatError:
    return FormatError(
        f"the path '{pattern}' leads out of the project folder; move the file in, "
        "or set `outside: true` on the source"
    )


def _nothing(pattern: str, root: Path) -> str:
    if (root / pattern).is_dir():
        return f"'{pattern}' is a folder; name its files, e.g. '{pattern.rstrip('/')}/**/*.jsonl'"
    return f"'{pattern}' matches no file; paths are relative to the project folder"
