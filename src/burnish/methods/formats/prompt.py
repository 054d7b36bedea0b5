"""The frozen prompt: one door to freezing it, keeping it, and rendering with it."""

from __future__ import annotations

from burnish.methods.formats.conversion import CONVERSION_VERSION, code_digest
from burnish.methods.formats.freeze import (
    INSTRUCTION_TEMPLATE,
    freeze_chat,
    freeze_completion,
    freeze_instruction,
)
from burnish.methods.formats.frozen import FrozenPrompt, PromptError, Segment
from burnish.methods.formats.render import (
    answer_texts,
    expected,
    prompt_only,
    prompt_segments,
    refuses,
    render,
)

__all__ = [
    "CONVERSION_VERSION",
    "INSTRUCTION_TEMPLATE",
    "FrozenPrompt",
    "PromptError",
    "Segment",
    "answer_texts",
    "code_digest",
    "expected",
    "freeze_chat",
    "freeze_completion",
    "freeze_instruction",
    "prompt_only",
    "prompt_segments",
    "refuses",
    "render",
]
