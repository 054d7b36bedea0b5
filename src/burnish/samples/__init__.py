"""A small world to try burnish on: an invented company's service desk and a base model."""

from __future__ import annotations

from pathlib import Path

from burnish.samples.desk import World, write_world

__all__ = ["World", "base_model_path", "write_world"]


def base_model_path() -> Path:
    """The folder of the base model that comes with the package."""
    return Path(__file__).parent / "base"
