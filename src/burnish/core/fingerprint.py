"""One name for one recipe: the same parts give the same name on every machine."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping

from pydantic import BaseModel

from burnish.core.artifact import Artifact
from burnish.core.verdict import is_cleared

RUNS = "runs"
"""Metadata key of dataclass fields that only run a result (a path) and do not name it."""


def fingerprint(*parts: object) -> str:
    """SHA-256 over the canonical JSON of artefact digests, settings and plain values."""
    plain = [_plain(part) for part in parts]
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(part: object) -> object:
    if artifact := artifact_in(part):
        return artifact.digest
    if isinstance(part, BaseModel):
        return part.model_dump(mode="json")
    if dataclasses.is_dataclass(part) and not isinstance(part, type):
        named = [f for f in dataclasses.fields(part) if not f.metadata.get(RUNS)]
        return {f.name: _plain(getattr(part, f.name)) for f in named}
    return _plain_value(part)


def _plain_value(part: object) -> object:
    if isinstance(part, Mapping):
        return {str(key): _plain(value) for key, value in part.items()}
    if isinstance(part, tuple | list):
        return [_plain(item) for item in part]
    if part is None or isinstance(part, str | int | float | bool):
        return part
    raise TypeError(f"a stage takes artefacts and settings, not {type(part).__name__}")


def artifact_in(part: object) -> Artifact | None:
    """The artefact that `part` is, or that it clears."""
    if is_cleared(part):
        return part.artifact
    return part if isinstance(part, Artifact) else None
