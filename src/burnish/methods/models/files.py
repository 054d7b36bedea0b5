"""The files of a model: where they lie, whether they are safe to load, and their digests."""

import hashlib
import json
import math
import os
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

PICKLED = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle")
_WANTED = (
    "*.safetensors", "*.json", "*.txt", "*.model", "*.jinja",
    "README.md", "LICEN[SC]E*", "NOTICE*", "COPYING*", "USE_POLICY*",
)  # fmt: skip
_BLOCK = 1 << 20


class UnsafeModel(ValueError):
    """The folder cannot be loaded without running code or reading files that it should not."""


def model_folder(path: Path | str) -> Path:
    """The local folder of a model given by path, or by hub id when no such folder exists.

    A hub id is looked up in the local cache first; the network is asked only where
    ``HF_HUB_OFFLINE`` does not forbid it, and only for safetensors, JSON and tokenizer files.
    Raises ValueError when there is no such model within reach.
    """
    folder = Path(path)
    if folder.is_dir():
        return folder
    if not _looks_like_hub_id(str(path)):
        raise ValueError(f"no model folder at {path}; give a folder or a hub id like owner/name")
    return _hub_folder(str(path))


def _looks_like_hub_id(name: str) -> bool:
    parts = name.split("/")
    return len(parts) in (1, 2) and all(p and not p.startswith((".", "~")) for p in parts)


def _hub_folder(name: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    patterns = list(_WANTED)
    try:
        return Path(snapshot_download(name, allow_patterns=patterns, local_files_only=True))
    except LocalEntryNotFoundError as absent:
        if offline():
            raise ValueError(
                f"{name} is neither a folder nor in the local hub cache, and HF_HUB_OFFLINE "
                "forbids the network; give the path of a folder"
            ) from absent
    try:
        return Path(snapshot_download(name, allow_patterns=patterns))
    except OSError as failed:
        raise ValueError(f"{name} cannot be fetched from the hub: {failed}") from failed


def offline() -> bool:
    """Whether the environment forbids the Hugging Face hub."""
    return os.environ.get("HF_HUB_OFFLINE", "").upper() in {"1", "ON", "YES", "TRUE"}


def require_safe(folder: Path) -> None:
    """Raise UnsafeModel unless `folder` holds a configuration and plain safetensors weights."""
    if not (folder / "config.json").is_file():
        raise UnsafeModel(f"{folder} holds no config.json: it is not a Hugging Face model folder")
    if (folder / "adapter_config.json").exists():
        # transformers would silently follow the adapter to the base that it names
        raise UnsafeModel(f"{folder} holds an adapter; give its base model and attach the adapter")
    if "auto_map" in json.loads((folder / "config.json").read_text(encoding="utf-8")):
        raise UnsafeModel(f"{folder}: config.json names code to run (auto_map); it is never run")
    _require_safetensors(folder)
    _require_inside(folder)


def _require_safetensors(folder: Path) -> None:
    if any(folder.glob("*.safetensors")):
        return
    pickled = sorted(p.name for p in folder.iterdir() if p.suffix in PICKLED)
    if pickled:
        raise UnsafeModel(
            f"{folder} holds only pickled weights ({', '.join(pickled[:3])}), which can run code "
            "when loaded; convert them to safetensors first"
        )
    raise UnsafeModel(f"{folder} holds no *.safetensors weights")


def _require_inside(folder: Path) -> None:
    for index in sorted(folder.glob("*.safetensors.index.json")):
        names = json.loads(index.read_text(encoding="utf-8")).get("weight_map", {}).values()
        outside = sorted({n for n in names if PurePosixPath(n).name != n})
        if outside:
            raise UnsafeModel(f"{index} names a file outside its folder: {outside[0]}")


def parameter_count(folder: Path) -> int:
    """How many numbers the safetensors files of `folder` hold, read from their headers alone."""
    total = 0
    for path in sorted(folder.glob("*.safetensors")):
        with path.open("rb") as stream:
            header = json.loads(stream.read(int.from_bytes(stream.read(8), "little")))
        shapes = (entry["shape"] for name, entry in header.items() if name != "__metadata__")
        total += sum(math.prod(shape) for shape in shapes)
    return total


def file_digests(folder: Path) -> dict[str, str]:
    """SHA-256 in hex of every file of a model (see `model_files`)."""
    return {name: _sha256(path) for name, path in model_files(folder).items()}


def model_files(folder: Path) -> dict[str, Path]:
    """Every file in `folder` that is not hidden, by POSIX path, sorted."""
    found = (p for p in folder.rglob("*") if p.is_file())
    named = {p.relative_to(folder).as_posix(): p for p in found}
    return {name: named[name] for name in sorted(named) if not _hidden(name)}


def listing_digest(digests: Iterable[tuple[str, str]]) -> str:
    """SHA-256 over the sorted lines ``<sha256>  <name>``, the form that ``sha256sum`` prints."""
    lines = sorted(f"{digest}  {name}\n" for name, digest in digests)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _hidden(name: str) -> bool:
    return any(part.startswith(".") for part in PurePosixPath(name).parts)


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
