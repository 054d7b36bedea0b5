"""Governed fine-tuning for language models: a tuned model that arrives with its evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from burnish.api.masking import detect, mask

__all__ = ["detect", "mask"]


def __getattr__(name: str) -> Any:
    """Import a verb when it is first used: `import burnish` stays light."""
    if name not in __all__:
        raise AttributeError(f"module 'burnish' has no attribute '{name}'")
    from burnish.api import masking

    return getattr(masking, name)
