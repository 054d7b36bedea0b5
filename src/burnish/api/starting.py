"""A new project, a person's key, and whether this machine has what it takes."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from burnish.core.errors import BurnishError, InputError
from burnish.evidence.keys import Signer, new_key
from burnish.methods.models.files import offline
from burnish.plan_file import example_plan, load_plan
from burnish.wiring import IDENTITY, STATE

TRAIN_LIBRARIES = ("torch", "transformers", "peft", "safetensors", "accelerate")
CORE_LIBRARIES = (
    "pyarrow",
    "numpy",
    "numba",
    "cryptography",
    "sqlalchemy",
    "pydantic",
    "tokenizers",
)
FREE_BYTES = 2_000_000_000
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


def init(folder: Path) -> Path:
    """Write a commented plan into a folder; what is there is never overwritten."""
    path = folder / "burnish.yaml"
    if path.exists():
        raise InputError(f"there is a plan already at {path}", remedy="edit it, or choose a folder")
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(example_plan(), encoding="utf-8")
    ignore = folder / ".gitignore"
    if not ignore.exists():
        ignore.write_text(f"{STATE}/\nkeys/*\n!keys/*.pub\nbundles/\n", encoding="utf-8")
    return path


def key_new(
    folder: Path, name: str, *, kind: str = "ed25519", passphrase: str | None = None
) -> tuple[Path, Signer]:
    """Make a person's key (ed25519) or a release key (p256) in `folder`/keys.

    The first person's key made in a project becomes the identity that `burnish run` acts as.
    """
    if kind not in ("ed25519", "p256"):
        raise InputError(f"'{kind}' is no kind of key", remedy="ed25519 for people, p256 to sign")
    if not NAME.fullmatch(name):
        raise InputError(
            f"'{name}' is no name for a key",
            remedy="use lower-case letters, digits, '-' and '_' (64 at most)",
        )
    path = folder / "keys" / f"{name}.pem"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    signer = new_key(path, "ed25519" if kind == "ed25519" else "p256", passphrase=passphrase)
    identity = folder / STATE / IDENTITY
    if kind == "ed25519" and not identity.exists():
        identity.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        identity.write_text(path.relative_to(folder).as_posix(), encoding="utf-8")
    return path, signer


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that doctor looked at; a remedy when it is not as it should be."""

    what: str
    found: str
    remedy: str = ""

    @property
    def fine(self) -> bool:
        """Whether nothing needs to be done."""
        return not self.remedy


def doctor(folder: Path) -> tuple[Finding, ...]:
    """Python, libraries, space, permissions and network habits, each with its remedy."""
    return (
        *_python(),
        *_libraries(),
        *_machine(folder),
        *_network(),
        *_secrets(folder),
        *_engine(folder),
    )


def _python() -> Iterator[Finding]:
    version = ".".join(str(n) for n in sys.version_info[:3])
    good = sys.version_info >= (3, 11)
    yield Finding("Python", version, "" if good else "burnish needs Python 3.11 or newer")


def _libraries() -> Iterator[Finding]:
    for name in CORE_LIBRARIES:
        yield _library(name, "pip install burnish")
    for name in TRAIN_LIBRARIES:
        yield _library(name, "pip install 'burnish[train]' (needed to train and evaluate)")


def _library(name: str, remedy: str) -> Finding:
    if importlib.util.find_spec(name) is None:
        return Finding(name, "not installed", remedy)
    return Finding(name, importlib.metadata.version(name))


def _machine(folder: Path) -> Iterator[Finding]:
    yield Finding("processors", str(os.cpu_count()))
    free = shutil.disk_usage(folder if folder.exists() else Path.cwd()).free
    told = f"{free / 1e9:.1f} GB free"
    yield Finding("disk", told, "" if free > FREE_BYTES else "free at least 2 GB")
    yield Finding("GPU", _gpu())


def _gpu() -> str:
    node = Path("/proc/driver/nvidia/version")
    return "NVIDIA driver present" if node.exists() else "none; training runs on the processor"


def _network() -> Iterator[Finding]:
    told = "hub access is off" if offline() else "a hub id in the plan may be fetched"
    yield Finding("network", told)


def _secrets(folder: Path) -> Iterator[Finding]:
    for path in sorted((folder / "keys").glob("*")):
        if path.suffix in (".pem", ".key") and path.stat().st_mode & 0o077:
            yield Finding(f"keys/{path.name}", "others can read it", f"chmod 600 {path}")


def _engine(folder: Path) -> Iterator[Finding]:
    """Whether the engine of the plan can be had; a cluster itself is asked when a run begins."""
    path = folder / "burnish.yaml"
    if not path.is_file():
        return
    try:
        engine = load_plan(path).engine
    except BurnishError:
        yield Finding("engine", "the plan cannot be read", "burnish plan tells why")
        return
    if engine.kind == "ray":
        yield _library("ray", "pip install 'burnish[ray]', or take engine.kind: local")
    yield Finding("engine", f"{engine.kind}, {engine.workers} at work at once")
