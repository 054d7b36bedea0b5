"""Items and canaries as token ids, rendered with the frozen prompt and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from burnish.methods.evaluation.canaries import Canary, candidates
from burnish.methods.evaluation.records import Asked
from burnish.methods.evaluation.suites import Item
from burnish.methods.formats.prompt import FrozenPrompt, Segment, prompt_segments
from burnish.methods.formats.tokens import encode

if TYPE_CHECKING:
    from tokenizers import Tokenizer

CANDIDATES = 24
"""Other secrets beside each canary's own; eight canaries with controls give 960 references."""


def ask(name: str, item: Item, prompt: FrozenPrompt, tokenizer: Tokenizer) -> Asked:
    """An item of the set `name`: its prompt, and each choice or the reference as continuation."""
    messages: Any = [{"role": m.role, "content": m.content} for m in item.messages]
    ids, _ = encode(prompt_segments(prompt, messages), tokenizer)
    texts = item.choices or item.answers[:1] if item.kind != "refusal" else ()
    after = tuple(_continuation(text, prompt, tokenizer) for text in texts)
    return Asked(name, item.id, tuple(ids), after, item.cluster)


def ask_canary(canary: Canary, prompt: FrozenPrompt, tokenizer: Tokenizer) -> Asked:
    """A canary's question, with its own secret first and other possible secrets after it."""
    messages: Any = [{"role": "user", "content": canary.prompt}]
    ids, _ = encode(prompt_segments(prompt, messages), tokenizer)
    texts = (canary.secret, *candidates(canary.locker, canary, CANDIDATES))
    after = tuple(_continuation(text, prompt, tokenizer) for text in texts)
    return Asked("memorisation", canary.id, tuple(ids), after)


def _continuation(text: str, prompt: FrozenPrompt, tokenizer: Tokenizer) -> tuple[int, ...]:
    return tuple(encode([Segment(text + prompt.end, True)], tokenizer)[0])
