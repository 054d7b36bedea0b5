"""From messages to text segments, and back to the prompt a model is asked with.

The answers are found by rendering prefixes: the generation prompt before an answer must be the
literal beginning of the whole text. What follows it, up to and with the stop string, is the
answer, and nothing else is trained.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from burnish.methods.formats.frozen import FrozenPrompt, PromptError, Segment
from burnish.methods.formats.messages import Message
from burnish.methods.formats.template import apply

_ROLES = {
    "chat": ("system", "user", "assistant"),
    "instruction": ("system", "user", "assistant"),
    "completion": ("document",),
}


def render(prompt: FrozenPrompt, messages: Sequence[Message]) -> tuple[Segment, ...]:
    """Segments whose texts joined are the whole rendered row.

    Raises `PromptError` when the messages do not fit the format, when the template is not
    prefix-stable, or when it does not write an answer as it was given.
    """
    if prompt.style == "completion":
        return _document(prompt, messages)
    turns = _turns(prompt, messages)
    full = _text(prompt, turns, generation=False)
    segments: list[Segment] = []
    done = 0
    for place in _trained_places(prompt, turns):
        start = len(_prefix(prompt, turns[:place], full))
        end = _answer_end(prompt, full, start, turns[place]["content"])
        segments += [Segment(full[done:start], False), Segment(full[start:end], True)]
        done = end
    segments.append(Segment(full[done:], False))
    return tuple(segment for segment in segments if segment.text)


def prompt_segments(prompt: FrozenPrompt, messages: Sequence[Message]) -> tuple[Segment, ...]:
    """What the model is given before its last answer, segmented exactly as in `render`.

    Encoding these gives the literal beginning of the ids that encoding `render` gives. Messages
    that end in a user turn are taken whole. For completion: the beginning-of-text string, if any.
    """
    if prompt.style == "completion":
        return _opening(prompt)
    last = _last_answer(messages)
    before = list(messages[:last])
    asked = _text(prompt, _turns(prompt, before), generation=True)
    segments: list[Segment] = []
    done = 0
    for segment in _before_last(prompt, messages, last):
        done += len(segment.text)
        segments.append(Segment(segment.text, False))
    if done > len(asked) or "".join(s.text for s in segments) != asked[:done]:
        raise _unstable()
    return (*segments, Segment(asked[done:], False)) if asked[done:] else tuple(segments)


def prompt_only(prompt: FrozenPrompt, messages: Sequence[Message]) -> str:
    """Text the model is given before its last answer; the literal beginning of the whole text."""
    return "".join(segment.text for segment in prompt_segments(prompt, messages))


def expected(messages: Sequence[Message]) -> str:
    """Content of the last assistant turn without blanks at its ends, which templates trim.

    Raises `PromptError` when there is none.
    """
    for message in reversed(messages):
        if message["role"] == "assistant":
            return message["content"].strip()
    raise PromptError("there is no assistant turn")


def answer_texts(prompt: FrozenPrompt, messages: Sequence[Message]) -> tuple[str, ...]:
    """The trained texts as the messages have them, without rendering: a check on `render`.

    Each is the content of a trained assistant turn (without blanks at its ends), or of the
    document, with its stop string.
    """
    if prompt.style == "completion":
        return tuple(m["content"] + prompt.end for m in messages if m["role"] == "document")
    contents = [m["content"].strip() for m in messages if m["role"] == "assistant"]
    chosen = contents[-1:] if prompt.answers == "last" else contents
    return tuple(content + prompt.end for content in chosen)


def refuses(prompt: FrozenPrompt, messages: Sequence[Message]) -> str | None:
    """Why these messages may not be rendered with this prompt; None when they may.

    Reasons: a role the format does not take, no turn to learn from, an empty or foreign answer,
    content that holds a string of the template's own (injection), a template that refuses. The
    reason quotes the special string, never other content.
    """
    if why := _shape(prompt, messages):
        return why
    try:
        render(prompt, messages)
    except PromptError as error:
        return str(error)
    return None


def _shape(prompt: FrozenPrompt, messages: Sequence[Message]) -> str | None:
    allowed = _ROLES[prompt.style]
    for place, message in enumerate(messages, start=1):
        if message["role"] not in allowed:
            return f"message {place}: the {prompt.style} format takes only {', '.join(allowed)}"
        if message["role"] in ("assistant", "document") and not message["content"].strip():
            return f"message {place}: the {message['role']} turn is empty"
    if not any(message["role"] in ("assistant", "document") for message in messages):
        return f"there is no turn to learn from; the {prompt.style} format needs one"
    if prompt.style == "completion" and len(messages) != 1:
        return "the completion format takes one document a row"
    return _order(messages)


def _order(messages: Sequence[Message]) -> str | None:
    roles = [message["role"] for message in messages]
    if "system" in roles[1:]:
        return f"message {roles.index('system', 1) + 1}: a system turn may only come first"
    if "assistant" in roles and roles[0] == "assistant":
        return "message 1: an assistant turn needs something before it to answer"
    return None


def _injection(prompt: FrozenPrompt, messages: Sequence[Message]) -> None:
    """Raise when content holds a string that would be read as the template's own."""
    reserved = _reserved(prompt.special)
    for place, message in enumerate(messages, start=1):
        if reserved is not None and (found := reserved.search(message["content"])):
            raise PromptError(
                f"message {place}: the content holds the template's own string {found.group()}"
            )


@lru_cache(maxsize=16)
def _reserved(special: tuple[str, ...]) -> re.Pattern[str] | None:
    longest_first = sorted(special, key=lambda text: (-len(text), text))
    return re.compile("|".join(map(re.escape, longest_first))) if special else None


def _document(prompt: FrozenPrompt, messages: Sequence[Message]) -> tuple[Segment, ...]:
    if why := _shape(prompt, messages):
        raise PromptError(why)
    _injection(prompt, messages)
    return (*_opening(prompt), Segment(messages[0]["content"] + prompt.end, True))


def _opening(prompt: FrozenPrompt) -> tuple[Segment, ...]:
    return (Segment(prompt.bos, False),) if prompt.add_bos and prompt.bos else ()


def _turns(prompt: FrozenPrompt, messages: Sequence[Message]) -> list[Message]:
    """The messages as the template gets them.

    Led by the frozen system prompt unless they bring their own; answers without blanks at their
    ends, which half of the templates trim and nobody wants learnt.
    """
    _injection(prompt, messages)
    turns: list[Message] = [
        {**turn, "content": turn["content"].strip()} if turn["role"] == "assistant" else turn
        for turn in messages
    ]
    if prompt.system is None or (turns and turns[0]["role"] == "system"):
        return turns
    return [{"role": "system", "content": prompt.system}, *turns]


def _trained_places(prompt: FrozenPrompt, turns: Sequence[Message]) -> list[int]:
    places = [place for place, turn in enumerate(turns) if turn["role"] == "assistant"]
    if not places:
        raise PromptError("there is no assistant turn")
    return places[-1:] if prompt.answers == "last" else places


def _text(prompt: FrozenPrompt, turns: Sequence[Message], *, generation: bool) -> str:
    opening = "".join(segment.text for segment in _opening(prompt))
    given = {
        **dict(prompt.variables),
        "messages": [dict(turn) for turn in turns],
        "bos_token": prompt.bos or "",
        "eos_token": prompt.eos or "",
        "add_generation_prompt": generation,
    }
    return opening + apply(prompt.template, given)


def _prefix(prompt: FrozenPrompt, turns: Sequence[Message], full: str) -> str:
    prefix = _text(prompt, turns, generation=True)
    if not full.startswith(prefix):
        raise _unstable()
    return prefix


def _unstable() -> PromptError:
    return PromptError(
        "the template is not prefix-stable: what it writes before an answer changes once the "
        "answer or a later turn is there; train on the last answer only (answers: last), or use "
        "`format: instruction`"
    )


def _answer_end(prompt: FrozenPrompt, full: str, start: int, content: str) -> int:
    """Where the answer with its stop string ends; but for blanks it must be as it was given."""
    stop = full.find(prompt.end, start)
    if stop < 0:
        raise PromptError("the template writes no stop string after an answer")
    if full[start:stop].strip() != content:
        raise PromptError("the template does not write the answer as it was given")
    return stop + len(prompt.end)


def _last_answer(messages: Sequence[Message]) -> int:
    if messages and messages[-1]["role"] == "assistant":
        return len(messages) - 1
    return len(messages)


def _before_last(
    prompt: FrozenPrompt, messages: Sequence[Message], last: int
) -> tuple[Segment, ...]:
    """Segments of the earlier turns, up to the end of the last answer among them."""
    earlier = list(messages[:last])
    while earlier and earlier[-1]["role"] != "assistant":
        earlier.pop()
    if not earlier or prompt.answers == "last":
        return ()
    segments = render(prompt, earlier)
    while segments and not segments[-1].trained:
        segments = segments[:-1]
    return segments
