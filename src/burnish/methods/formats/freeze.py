"""Freeze the prompt of a model: read its template once, prove it usable, and keep the result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from burnish.methods.formats.frozen import Answers, FrozenPrompt, PromptError
from burnish.methods.formats.messages import Message
from burnish.methods.formats.render import render
from burnish.methods.formats.template import apply
from burnish.methods.formats.tokenizer_files import TokenizerFacts, read_tokenizer

CHAT_VERSION = 1
INSTRUCTION_VERSION = 1
COMPLETION_VERSION = 1

INSTRUCTION_TEMPLATE = (
    "{% for message in messages %}"
    "{% if not loop.first %}{{ '\\n\\n' }}{% endif %}"
    "{% if message.role == 'user' %}{{ '### Instruction:\\n' }}"
    "{% elif message.role == 'assistant' %}{{ '### Response:\\n' }}{% endif %}"
    "{{ message.content }}"
    "{% if message.role == 'assistant' %}{{ eos_token }}{% endif %}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '\\n\\n### Response:\\n' }}{% endif %}"
)
"""burnish's own template, in the manner of Alpaca (Taori et al. 2023); its version goes with it."""

_HEADINGS = ("### Instruction:", "### Response:")
_QUESTION = "burnish asks"
_ANSWER = "burnish answers"


def freeze_chat(
    tokenizer_folder: Path,
    system: str | None = None,
    *,
    answers: Answers = "all",
    variables: Mapping[str, str | bool] | None = None,
) -> FrozenPrompt:
    """The chat template saved with a model, proved on a probe conversation.

    `variables` are values the template asks for, e.g. `date_string`. A template that reasons
    before it answers is frozen with `enable_thinking` false when that alone makes it write an
    answer as given. Raises `PromptError` when there is no template, or it closes an answer with
    no special token, is not prefix-stable, writes the date, or refuses the system prompt.
    """
    facts = read_tokenizer(tokenizer_folder)
    if facts.template is None:
        raise PromptError(
            f"{tokenizer_folder.name}: this base model has no chat template; "
            "use `format: instruction` (or `completion` for documents)"
        )
    held, *others = _candidates(facts.template, dict(variables or {}))
    try:
        return _proved(_chat(facts, facts.template, system, held), answers)
    except PromptError:
        if not others:
            raise
        return _proved(_chat(facts, facts.template, system, others[0]), answers)


def freeze_instruction(tokenizer_folder: Path, system: str | None = None) -> FrozenPrompt:
    """Freeze burnish's own instruction template, for a base model without a chat template.

    Raises `PromptError` when the tokenizer has no end-of-text token to close an answer with.
    """
    facts = read_tokenizer(tokenizer_folder)
    reserved = {*facts.reserved(), *_HEADINGS}
    prompt = replace(
        _plain(facts, tokenizer_folder),
        style="instruction",
        version=INSTRUCTION_VERSION,
        template=INSTRUCTION_TEMPLATE,
        system=system,
        special=tuple(sorted(reserved)),
    )
    return _proved(prompt, "all")


def freeze_completion(tokenizer_folder: Path) -> FrozenPrompt:
    """Documents as they are, closed by the end-of-text token; raises `PromptError` without one."""
    return _plain(read_tokenizer(tokenizer_folder), tokenizer_folder)


def _plain(facts: TokenizerFacts, folder: Path) -> FrozenPrompt:
    if facts.eos is None:
        raise PromptError(f"{folder.name}: the tokenizer names no eos_token to close a text with")
    return FrozenPrompt(
        style="completion",
        version=COMPLETION_VERSION,
        template="",
        system=None,
        bos=facts.bos,
        eos=facts.eos,
        stop=(facts.eos,),
        special=facts.reserved(),
        add_bos=facts.adds_bos,
    )


def _candidates(
    template: str, given: dict[str, str | bool]
) -> list[tuple[tuple[str, str | bool], ...]]:
    held = [tuple(sorted(given.items()))]
    if "enable_thinking" in template and "enable_thinking" not in given:
        held.append(tuple(sorted({**given, "enable_thinking": False}.items())))
    return held


def _chat(
    facts: TokenizerFacts,
    template: str,
    system: str | None,
    variables: tuple[tuple[str, str | bool], ...],
) -> FrozenPrompt:
    stops = [_terminator(facts, template, system, variables), facts.eos, *facts.ends]
    return FrozenPrompt(
        style="chat",
        version=CHAT_VERSION,
        template=template,
        system=system,
        bos=facts.bos,
        eos=facts.eos,
        stop=tuple(dict.fromkeys(stop for stop in stops if stop)),
        special=facts.reserved(template),
        add_bos=False,
        variables=variables,
    )


def _terminator(
    facts: TokenizerFacts,
    template: str,
    system: str | None,
    variables: tuple[tuple[str, str | bool], ...],
) -> str:
    """The token that the template writes after an answer; often not the end-of-text token."""
    given = {**dict(variables), "bos_token": facts.bos or "", "eos_token": facts.eos or ""}
    turns = [dict(turn) for turn in _probe(system)]
    text = apply(template, {**given, "messages": turns, "add_generation_prompt": False})
    rest = text.rpartition(_ANSWER)[2].lstrip()
    for token in facts.tokens():
        if rest.startswith(token):
            return token
    raise PromptError(
        "the chat template closes an answer with no special token, so a model would never learn "
        "to stop; use `format: instruction`"
    )


def _proved(prompt: FrozenPrompt, answers: Answers) -> FrozenPrompt:
    chosen = replace(prompt, answers=answers)
    render(chosen, _probe(None))
    if prompt.system is not None:
        _no_special(prompt)
    return chosen


def _probe(system: str | None) -> list[Message]:
    turns: list[Message] = [
        {"role": "user", "content": _QUESTION},
        {"role": "assistant", "content": _ANSWER},
    ]
    return turns if system is None else [{"role": "system", "content": system}, *turns]


def _no_special(prompt: FrozenPrompt) -> None:
    for special in prompt.special:
        if prompt.system and special in prompt.system:
            raise PromptError(f"the system prompt holds the template's own string {special}")
