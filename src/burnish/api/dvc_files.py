"""DVC's files, written without DVC.

A `.dvc` file is a few lines of YAML and a folder's digest is the MD5 of a JSON list, both
documented and unchanged since DVC 3.0, so the package (97 dependencies, a repository lock, its own
telemetry) is not needed to write them; the tests hold them against the real `dvc`, which writes
the same bytes. MD5 serves DVC as a name. It proves nothing, and DVC does not look at it when it
checks out or pulls, so the SHA-256 of every file is kept beside it and checked by `differences`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from configparser import ConfigParser, Error
from dataclasses import dataclass
from pathlib import Path

CHUNK = 1 << 20
IGNORED = ".gitignore"


@dataclass(frozen=True, slots=True)
class Exported:
    """One file of an export: its path below the artefact's folder, and what it holds."""

    path: str
    size: int
    sha256: str
    md5: str


def digested(path: Path, folder: Path) -> Exported:
    """A file below `folder` with both digests, in one reading."""
    sha, md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            sha.update(chunk)
            md5.update(chunk)
        size = file.tell()
    return Exported(path.relative_to(folder).as_posix(), size, sha.hexdigest(), md5.hexdigest())


def dvc_text(name: str, files: Sequence[Exported]) -> str:
    """The content of `NAME.dvc` for a folder of these files."""
    listed = sorted(files, key=lambda one: one.path)
    tree = json.dumps([{"md5": one.md5, "relpath": one.path} for one in listed], sort_keys=True)
    md5 = hashlib.md5(tree.encode(), usedforsecurity=False).hexdigest()
    return (
        f"outs:\n- md5: {md5}.dir\n  size: {sum(one.size for one in listed)}\n"
        f"  nfiles: {len(listed)}\n  hash: md5\n  path: {name}\n"
    )


def keep_out_of_git(folder: Path, name: str) -> None:
    """A line for the data's folder in `.gitignore`, as `dvc add` writes it; other lines stay."""
    path, line = folder / IGNORED, f"/{name}"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    if line not in lines:
        path.write_text("".join(f"{one}\n" for one in [*lines, line]), encoding="utf-8")


def differences(folder: Path, name: str, files: Sequence[Exported]) -> Iterator[str]:
    """What of an artefact's folder is not as it was exported, a line each."""
    root = folder / name
    if not root.is_dir():
        yield f"{name}: not there (dvc pull fetches it)"
        return
    expected = {one.path: one for one in files}
    found = {p.relative_to(root).as_posix(): p for p in root.rglob("*") if not p.is_dir()}
    for path in sorted(expected.keys() | found.keys()):
        if path not in found:
            yield f"{name}/{path}: missing"
        elif path not in expected:
            yield f"{name}/{path}: not of this export"
        elif digested(found[path], root).sha256 != expected[path].sha256:
            yield f"{name}/{path}: changed"
    tracked = folder / f"{name}.dvc"
    if tracked.is_file() and tracked.read_text(encoding="utf-8") != dvc_text(name, files):
        yield f"{name}.dvc: does not name the exported files"


def unguarded_remotes(folder: Path) -> list[str]:
    """The remotes of the DVC repository around `folder` that pull without looking at the bytes."""
    root = next((p for p in (folder, *folder.parents) if (p / ".dvc").is_dir()), None)
    if root is None:
        return []
    config = ConfigParser(interpolation=None, strict=False)
    try:
        config.read([root / ".dvc" / "config", root / ".dvc" / "config.local"], encoding="utf-8")
    except (Error, UnicodeDecodeError):
        return ["(the file .dvc/config cannot be read)"]
    remotes = {s: s.removeprefix("'remote \"").removesuffix("\"'") for s in config.sections()}
    return sorted(
        name
        for section, name in remotes.items()
        if name != section and config.get(section, "verify", fallback="").lower() != "true"
    )
