"""Which code turned records into token ids: its version and its digest, for the bundle."""

from __future__ import annotations

import hashlib
from pathlib import Path

CONVERSION_VERSION = 1

SOURCES: tuple[str, ...] = (
    "conversion.py",
    "freeze.py",
    "frozen.py",
    "messages.py",
    "render.py",
    "template.py",
    "tokenizer_files.py",
    "tokens.py",
)


def code_digest() -> str:
    """SHA-256 (hexadecimal) over names and bytes of the source files that make the conversion."""
    whole = hashlib.sha256()
    for name in SOURCES:
        data = (Path(__file__).parent / name).read_bytes()
        whole.update(f"{name} {len(data)}\n".encode() + data)
    return whole.hexdigest()
