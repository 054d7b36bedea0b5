"""Secrets by reference: the plan names where a secret is, never the secret."""

from __future__ import annotations

import os
from pathlib import Path

from burnish.core.errors import InputError


def resolve(reference: str, root: Path) -> str:
    """The secret behind `env:NAME` or `file:PATH` (relative to `root`), without line end.

    Raises `InputError` that names the reference, when there is nothing behind it.
    """
    kind, _, name = reference.partition(":")
    if kind == "env" and name:
        return _of_variable(name)
    if kind == "file" and name:
        return _of_file(name, root)
    # The text is not repeated: it may be the secret itself.
    raise InputError(
        "a secret in the plan is not a reference", remedy="write env:VARIABLE or file:PATH"
    )


def _of_variable(name: str) -> str:
    secret = os.environ.get(name, "")
    if not secret:
        raise InputError(
            f"the environment variable {name} holds no secret", remedy=f"export {name}=..."
        )
    return secret


def _of_file(name: str, root: Path) -> str:
    try:
        secret = (root / Path(name).expanduser()).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as wrong:
        why = wrong.strerror if isinstance(wrong, OSError) else "it is not UTF-8"
        raise InputError(
            f"the secret file {name} cannot be read: {why}",
            remedy="write the secret into it, readable by you only (chmod 600)",
        ) from None
    if not secret:
        raise InputError(f"the secret file {name} is empty", remedy="write the secret into it")
    return secret
