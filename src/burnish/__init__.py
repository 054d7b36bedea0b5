"""Governed fine-tuning for language models: a tuned model that arrives with its evidence.

`detect(texts)` and `mask(texts)` are the pipeline's detector of personal data, for anyone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from burnish.api.masking import detect, mask

__all__ = ["detect", "mask"]


def __getattr__(name: str) -> Any:
    """`detect` and `mask` are imported when they are first used; importing burnish is light."""
    if name in __all__:
        from burnish.api import masking

        return getattr(masking, name)
    raise AttributeError(f"module 'burnish' has no attribute '{name}'")
