"""Items and canaries as token ids, rendered with the frozen prompt and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from burnish.methods.evaluation.canaries import Canary, candidates
from burnish.methods.evaluation.records import Asked
from burnish.methods.evaluation.suites import Item, Message
from burnish.methods.formats.prompt import FrozenPrompt, Segment, prompt_segments
from burnish.methods.formats.tokens import encode

if TYPE_CHECKING:
    from tokenizers import Tokenizer

CANDIDATES = 24
"""Other secrets beside each canary's own; eight canaries with controls give 960 references."""


@dataclass(frozen=True)
class Rendering:
    """The frozen prompt with the tokenizer that it was frozen for."""

    prompt: FrozenPrompt
    tokenizer: Tokenizer

    def ask(self, name: str, item: Item) -> Asked:
        """An item of the set `name`: its prompt, and each choice or the reference after it.

        A `pair` is asked without the prompt's frame: two bare sentences after the token that
        begins a text.
        """
        if item.kind == "pair":
            after = tuple(map(self.bare, item.choices))
            return Asked(name, item.id, self.start(), after, item.cluster)
        texts = item.choices or (item.answers[:1] if _has_reference(item) else ())
        after = tuple(map(self.continuation, texts))
        return Asked(name, item.id, self.question(item.messages), after, item.cluster)

    def ask_canary(self, canary: Canary) -> Asked:
        """A canary's question, with its own secret first and other possible secrets after it."""
        texts = (canary.secret, *candidates(canary.locker, canary, CANDIDATES))
        after = tuple(map(self.continuation, texts))
        prompt = self.question([Message("user", canary.prompt)])
        return Asked("memorisation", canary.id, prompt, after)

    def question(self, messages: Sequence[Message]) -> tuple[int, ...]:
        """Ids of a conversation up to where the model's answer begins."""
        turns: Any = [{"role": m.role, "content": m.content} for m in messages]
        return tuple(encode(prompt_segments(self.prompt, turns), self.tokenizer)[0])

    def continuation(self, text: str) -> tuple[int, ...]:
        """Ids of a whole answer with what ends it."""
        return self.bare(text + self.prompt.end)

    def bare(self, text: str) -> tuple[int, ...]:
        """Ids of a text alone."""
        return tuple(encode([Segment(text, True)], self.tokenizer)[0])

    def start(self) -> tuple[int, ...]:
        """What stands before a bare text: the first token of any rendered prompt."""
        return self.question([Message("user", ".")])[:1]

    def text(self, ids: Sequence[int]) -> str:
        """What ids say, special tokens left out."""
        said: str = self.tokenizer.decode(list(ids))
        return said


def _has_reference(item: Item) -> bool:
    return bool(item.answers) and item.kind not in ("refusal", "marker", "open")
