"""What a saved tokenizer says about its template and special strings, read without loading it.

The files are those that transformers 5 writes: `tokenizer.json`, `tokenizer_config.json`,
`chat_template.jinja`, and of older versions `special_tokens_map.json`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from burnish.methods.formats.frozen import PromptError
from burnish.methods.formats.template import literals, markers

_NAMED = ("bos", "eos", "unk", "sep", "pad", "cls", "mask")
_LISTED = ("additional_special_tokens", "extra_special_tokens")


@dataclass(frozen=True)
class TokenizerFacts:
    """Template, special strings and habits of one tokenizer.

    `added` are the added tokens as `(text, id, is special)`; `adds_bos`: encoding a text with
    special tokens begins it with `bos`; `ends` are the strings that `generation_config.json`
    gives as ends of generation.
    """

    template: str | None
    bos: str | None
    eos: str | None
    named: tuple[str, ...]
    added: tuple[tuple[str, int, bool], ...]
    adds_bos: bool
    ends: tuple[str, ...]

    def reserved(self, template: str = "") -> tuple[str, ...]:
        """Strings that content may not hold: special tokens, and the marks of the template.

        An added token that is not special counts when the template writes it (as transformers
        decides for `sanitize_control_tokens`).
        """
        written = "\0".join(literals(template))
        tokens = {
            text
            for text, _, special in self.added
            if special or (text in written and not text.isspace())
        }
        every = tokens | set(self.named) | set(markers(template))
        return tuple(sorted(text for text in every if text.strip()))

    def tokens(self) -> tuple[str, ...]:
        """Every string that the tokenizer reads as one token of its own, longest first."""
        texts = {text for text, _, _ in self.added} | set(self.named)
        return tuple(sorted(texts, key=lambda text: (-len(text), text)))


def read_tokenizer(folder: Path) -> TokenizerFacts:
    """Facts of the tokenizer saved in a folder; raises `PromptError` when there is none."""
    tokenizer = _json(folder, "tokenizer.json")
    if tokenizer is None:
        raise PromptError(
            f"{folder.name}: no tokenizer.json; save the tokenizer in the fast format "
            "(tokenizer.save_pretrained of transformers 5)"
        )
    config = {
        **(_json(folder, "special_tokens_map.json") or {}),
        **(_json(folder, "tokenizer_config.json") or {}),
    }
    named = {name: _string(config.get(f"{name}_token")) for name in _NAMED}
    added = tuple(_added(tokenizer))
    return TokenizerFacts(
        template=_template(folder, config),
        bos=named["bos"],
        eos=named["eos"],
        named=tuple(sorted({text for text in named.values() if text} | set(_listed(config)))),
        added=added,
        adds_bos=named["bos"] is not None and _adds_bos(tokenizer, config, named["bos"]),
        ends=_ends(folder, added),
    )


def _json(folder: Path, name: str) -> dict[str, object] | None:
    path = folder / name
    if not path.is_file():
        return None
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise PromptError(f"{folder.name}/{name} is no JSON; fetch the model again") from error
    if not isinstance(read, dict):
        raise PromptError(f"{folder.name}/{name} holds no object; fetch the model again")
    return read


def _string(token: object) -> str | None:
    """The text of a token given as text or, in older files, as an object with `content`."""
    if isinstance(token, dict):
        token = token.get("content")
    return token if isinstance(token, str) and token else None


def _listed(config: dict[str, object]) -> Iterator[str]:
    for key in _LISTED:
        value = config.get(key)
        if isinstance(value, dict):
            value = list(value.values())
        for token in value if isinstance(value, list) else []:
            if text := _string(token):
                yield text


def _added(tokenizer: dict[str, object]) -> Iterator[tuple[str, int, bool]]:
    tokens = tokenizer.get("added_tokens")
    for token in tokens if isinstance(tokens, list) else []:
        if isinstance(token, dict) and isinstance(token.get("id"), int) and _string(token):
            yield str(token["content"]), token["id"], bool(token.get("special"))


def _template(folder: Path, config: dict[str, object]) -> str | None:
    path = folder / "chat_template.jinja"
    if path.is_file():
        return path.read_text(encoding="utf-8")
    saved = config.get("chat_template")
    if isinstance(saved, list):
        named = [item for item in saved if isinstance(item, dict)]
        saved = {item.get("name"): item.get("template") for item in named}
    if isinstance(saved, dict):
        saved = saved.get("default")
    return saved if isinstance(saved, str) else None


def _adds_bos(tokenizer: dict[str, object], config: dict[str, object], bos: str) -> bool:
    processor = tokenizer.get("post_processor")
    return config.get("add_bos_token") is True or bos in _leading(processor)


def _leading(processor: object) -> Iterator[str]:
    """Special tokens that the post-processor puts before a single text."""
    if not isinstance(processor, dict):
        return
    for inner in processor.get("processors") or []:
        yield from _leading(inner)
    first = (processor.get("single") or [None])[0]
    if isinstance(first, dict) and isinstance(token := first.get("SpecialToken"), dict):
        yield str(token.get("id"))


def _ends(folder: Path, added: tuple[tuple[str, int, bool], ...]) -> tuple[str, ...]:
    ends = (_json(folder, "generation_config.json") or {}).get("eos_token_id")
    ids = ends if isinstance(ends, list) else [ends]
    return tuple(text for text, token_id, _ in added if token_id in ids)
