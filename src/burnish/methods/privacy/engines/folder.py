"""A model's folder: nothing in it may run, and its digest names it."""

import functools
import json
import os
from pathlib import Path

from burnish.methods.models.files import PICKLED, file_digests, listing_digest, model_files
from burnish.methods.privacy.engines.settings import EngineFault

_CODE = (".py", ".pyc", ".so", ".pyd", ".dll", ".dylib")


def folder_of(kind: str, path: str) -> Path:
    """The folder; raises EngineFault where there is none (a name is never looked up elsewhere)."""
    folder = Path(path)
    if not folder.is_dir():
        raise EngineFault(
            f"engine {kind}: there is no folder at {path}; give the path of a model on this disk "
            "(nothing is downloaded)"
        )
    return folder


def folder_digest(path: str) -> str:
    """SHA-256 over the names and digests of a folder's files; read again only if one changed."""
    stamps = []
    for name, file in model_files(Path(path)).items():
        told = os.stat(file)
        stamps.append((name, told.st_size, told.st_mtime_ns, told.st_ino, told.st_ctime_ns))
    return _digest(path, tuple(stamps))


@functools.lru_cache(maxsize=16)
def _digest(path: str, stamps: tuple[object, ...]) -> str:
    return listing_digest(file_digests(Path(path)).items())


def refuse_code(kind: str, folder: Path) -> None:
    """Raise EngineFault where a JSON file of the folder names code to run, or code lies in it."""
    for name, path in model_files(folder).items():
        if path.suffix in _CODE:
            raise EngineFault(
                f"engine {kind}: {name} in {folder} is code, which is never run; remove it"
            )
        if path.suffix == ".json" and path.stat().st_size < 4 << 20 and _names_code(path):
            raise EngineFault(
                f"engine {kind}: {name} in {folder} names code to run (auto_map); it is never run"
            )


def refuse_pickles(kind: str, folder: Path) -> None:
    """Raise EngineFault where weights lie in the folder that only a pickle could load."""
    safe = (folder / "model.safetensors").is_file()
    pickled = sorted(name for name, p in model_files(folder).items() if p.suffix in PICKLED)
    if pickled and not safe:
        raise EngineFault(
            f"engine {kind}: {folder} holds pickled weights ({pickled[0]}) and no "
            "model.safetensors; a pickle can run code when loaded, so convert it first"
        )


def _names_code(path: Path) -> bool:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        return False
    return _has_key(value, "auto_map")


def _has_key(value: object, key: str) -> bool:
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            if key in one:
                return True
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
    return False
