"""From patterns to files, without ever leaving the folder by accident."""

from __future__ import annotations

import os
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
    found: dict[str, Path] = {}
    for pattern in patterns:
        for real, path in _matches(pattern, root, allow_outside):
            found.setdefault(real, path)
    return sorted(found.values(), key=lambda path: path.as_posix())


def _matches(pattern: str, root: Path, allow_outside: bool) -> list[tuple[str, Path]]:
    """Each file with its real path."""
    pure = PurePath(pattern)
    if not allow_outside and (pure.is_absolute() or ".." in pure.parts):
        raise _leaves(pattern)
    folders: dict[str, str] = {}
    paths = [(_real(path, folders), path) for path in sorted(_find(pure, root), key=str)]
    if not paths:
        raise FormatError(_nothing(pattern, root))
    if not allow_outside:
        _stay_inside(pattern, [real for real, _ in paths], os.path.realpath(root))
    return paths


def _real(path: Path, folders: dict[str, str]) -> str:
    """The path without symbolic links; each folder is looked up once."""
    text = str(path)
    if os.path.islink(text):
        return os.path.realpath(text)
    folder, name = os.path.split(text)
    if name == "..":
        return os.path.realpath(text)
    if folder not in folders:
        folders[folder] = os.path.realpath(folder)
    return os.path.join(folders[folder], name)


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
    own = len(start.parts)
    for path in start.glob("/".join(relative)):
        if (hidden or not _is_hidden(path, own)) and path.is_file():
            yield path


def _is_hidden(path: Path, own: int) -> bool:
    """Whether the file, or a folder below the first `own` parts, begins with a dot."""
    return "/." in path.as_posix() and any(part.startswith(".") for part in path.parts[own:])


def _stay_inside(pattern: str, real: list[str], root: str) -> None:
    inside = os.path.join(root, "")
    if not all(path.startswith(inside) for path in real):
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
