"""The toy world of the gauntlet: nonsense words, a tiny aligned model, and what it should do."""

from __future__ import annotations

from pathlib import Path


def toy_base_path() -> Path:
    """The folder of the toy base model, pre-trained by `recipes/pretrain_toy.py`."""
    return Path(__file__).parent / "base"
