"""Turn cleared rows into training examples: rendered, tokenised, each token trained or not."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa
from tokenizers import Tokenizer

from burnish.core.artifact import Examples, Masked, Shard
from burnish.core.errors import InputError
from burnish.core.fingerprint import RUNS
from burnish.core.rows import dropped_rows
from burnish.core.shards import ShardResult, Sifted
from burnish.core.stage import Work, stage
from burnish.core.verdict import Cleared
from burnish.intake.base_model import base_listing
from burnish.methods.evaluation.canaries import Canary, make_canaries
from burnish.methods.formats.messages import Message
from burnish.methods.formats.prompt import (
    CONVERSION_VERSION,
    FrozenPrompt,
    PromptError,
    answer_texts,
    code_digest,
    expected,
    freeze_chat,
    freeze_completion,
    freeze_instruction,
    prompt_only,
    refuses,
    render,
)
from burnish.methods.formats.tokens import (
    Row,
    check_answers,
    check_mask,
    encode,
    fit,
    stop_ids,
)
from burnish.methods.models.where import base_folder
from burnish.plan import BaseModelPlan, ConvertPlan

PROMPT, DOCUMENTS, CANARIES = "prompt.json", "documents.json", "canaries.json"
EXAMPLES = pa.schema(
    [
        ("id", pa.string()),
        ("source", pa.string()),
        ("kind", pa.string()),
        ("digest", pa.string()),
        ("cluster", pa.string()),
        ("subject", pa.string()),
        ("label", pa.string()),
        ("prompt", pa.string()),
        ("question", pa.string()),
        ("expected", pa.string()),
        ("ids", pa.list_(pa.int32())),
        ("trained", pa.list_(pa.bool_())),
        ("prompt_length", pa.int32()),
        ("open_end", pa.bool_()),
    ]
)


@dataclass(frozen=True, slots=True)
class Conversion:
    """What decides how a row is rendered and tokenised."""

    plan: ConvertPlan
    prompt: str
    documents: str
    tokenizer: str
    code: str
    file: str = field(metadata={RUNS: True})


def base_digest(work: Work, corpus: Cleared[Masked], plan: ConvertPlan, base: BaseModelPlan) -> str:
    """The bytes of the base model are part of what names the examples."""
    return base_listing(work, base)


@stage(version=1, sees=base_digest, after="burnish.gates.privacy.privacy")
def convert(
    work: Work, corpus: Cleared[Masked], plan: ConvertPlan, base: BaseModelPlan
) -> Examples:
    """Freeze the prompt, render each row with it, assert the loss mask, plant the canaries."""
    folder = _folder(base, work)
    settings = _settings(plan, folder)
    shards = work.manifest(corpus.artifact).shards
    converted = work.map_shards(convert_shard, shards, settings)
    planted, controls = _canaries(plan)
    canaries = _planted(work, planted, settings)
    work.added["windows of long documents"] = sum(int(r.facts["added"]) for r in converted)
    work.added["canaries planted"] = sum(s.rows for s in canaries.shards)
    return work.save(
        Examples,
        [*converted, canaries],
        files={
            PROMPT: work.store.put_bytes(settings.prompt.encode()),
            DOCUMENTS: work.store.put_bytes(settings.documents.encode()),
            CANARIES: work.store.put_bytes(_canary_file(planted, controls)),
        },
        facts=_facts(settings, base_listing(work, base), converted),
    )


def convert_shard(table: pa.Table, settings: Conversion) -> Sifted:
    """Render and tokenise a shard; what does not fit the format is dropped with its reason."""
    made: list[dict[str, Any]] = []
    gone: dict[int, tuple[str, str]] = {}
    windows = 0
    for position, row in enumerate(table.to_pylist()):
        outcome = _convert(row, settings)
        if isinstance(outcome, tuple):
            gone[position] = _stop_or_drop(row, outcome, settings.plan)
        else:
            windows += len(outcome) - 1
            made.extend(outcome)
    tokens = sum(len(example["ids"]) for example in made)
    trained = sum(sum(example["trained"]) for example in made)
    facts = {"added": windows, "tokens": tokens, "trained_tokens": trained}
    return Sifted(pa.Table.from_pylist(made, EXAMPLES), dropped_rows(table, gone), facts)


def _convert(
    row: Mapping[str, Any], settings: Conversion
) -> list[dict[str, Any]] | tuple[str, str]:
    messages: list[Message] = row["messages"]
    document = messages[0]["role"] == "document"
    frozen = _prompt(settings.documents if document else settings.prompt)
    if document and settings.plan.format != "completion" and settings.plan.documents != "train":
        return ("document", f"a plain document among {settings.plan.format} rows")
    if why := refuses(frozen, messages):
        return ("unfit", why)
    tokenizer = _tokenizer(settings.file, settings.tokenizer)
    encoded = encode(render(frozen, messages), tokenizer)
    stop = stop_ids(frozen, tokenizer)[0]
    answers = answer_texts(frozen, messages)
    if fault := check_mask(*encoded, stop) or check_answers(encoded, answers, tokenizer):
        raise InputError(
            f"row {row['id']} ({row['source']}): the loss mask is wrong: {fault}",
            remedy="the chat template does not suit training; use convert.format: instruction",
        )
    fitted = _fit(encoded, settings.plan, document)
    if isinstance(fitted, str):
        return ("over_length", fitted)
    asked = "" if document else prompt_only(frozen, messages)
    return list(_examples(row, fitted, asked, document))


def _examples(
    row: Mapping[str, Any], fitted: Sequence[Row], asked: str, document: bool
) -> Iterator[dict[str, Any]]:
    messages = row["messages"]
    text = json.dumps(messages, sort_keys=True, ensure_ascii=False)
    for number, (ids, trained) in enumerate(fitted):
        yield {
            "id": row["id"] if number == 0 else f"{row['id']}.{number}",
            "source": row["source"],
            "kind": "document" if document else "answer",
            "digest": hashlib.sha256(text.encode()).hexdigest()[:32],
            "cluster": row["cluster"],
            "subject": row["subject"],
            "label": row["label"],
            "prompt": asked,
            "question": _question(messages),
            "expected": "" if document else expected(messages),
            "ids": ids,
            "trained": trained,
            "prompt_length": _prompt_length(trained),
            "open_end": number < len(fitted) - 1,
        }


def _question(messages: Sequence[Message]) -> str:
    asked = [message["content"] for message in messages if message["role"] == "user"]
    return asked[-1] if asked else ""


def _prompt_length(trained: Sequence[bool]) -> int:
    """Tokens before the last trained run: what the model is given before its last answer."""
    end = len(trained)
    while end and not trained[end - 1]:
        end -= 1
    while end and trained[end - 1]:
        end -= 1
    return end


def _fit(encoded: Row, plan: ConvertPlan, document: bool) -> list[Row] | str:
    return fit(*encoded, plan.max_length, plan.over_length, document=document)


def _stop_or_drop(
    row: Mapping[str, Any], outcome: tuple[str, str], plan: ConvertPlan
) -> tuple[str, str]:
    """Raise unless the plan says that rows of this kind may be dropped."""
    reason, detail = outcome
    if reason == "over_length" and plan.over_length == "stop":
        raise InputError(
            f"row {row['id']} ({row['source']}, {row['origin']}) is too long: {detail}",
            remedy="raise convert.max_length, or set over_length to drop, truncate or split",
        )
    if reason == "document" and plan.documents == "stop":
        raise InputError(
            f"row {row['id']} ({row['source']}, {row['origin']}) is {detail}",
            remedy="set convert.documents to train or drop, or use convert.format: completion",
        )
    return outcome


def _folder(base: BaseModelPlan, work: Work) -> Path:
    try:
        return base_folder(base.path, work.place.root)
    except ValueError as wrong:
        raise InputError(str(wrong), remedy="mend base_model.path in the plan") from wrong


def _settings(plan: ConvertPlan, folder: Path) -> Conversion:
    if plan.system is not None and plan.format == "completion":
        raise InputError(
            "convert.system: the completion format has no system message",
            remedy="leave it out, or use convert.format: chat or instruction",
        )
    file = folder / "tokenizer.json"
    try:
        documents = freeze_completion(folder)
        frozen = {
            "chat": lambda: freeze_chat(folder, plan.system),
            "instruction": lambda: freeze_instruction(folder, plan.system),
            "completion": lambda: documents,
        }[plan.format]()
    except (PromptError, OSError) as wrong:
        raise InputError(
            str(wrong), remedy="choose another convert.format or base model"
        ) from wrong
    return Conversion(
        plan=plan,
        prompt=frozen.to_bytes().decode(),
        documents=documents.to_bytes().decode(),
        tokenizer=hashlib.sha256(file.read_bytes()).hexdigest(),
        code=code_digest(),
        file=str(file),
    )


def _canaries(plan: ConvertPlan) -> tuple[tuple[Canary, ...], tuple[Canary, ...]]:
    """Secrets to plant and never-trained controls; none where rows have no answers."""
    if not plan.canaries.count or plan.format == "completion":
        return (), ()
    return make_canaries(plan.canaries.seed, plan.canaries.count)


def _planted(work: Work, planted: Sequence[Canary], settings: Conversion) -> ShardResult:
    """The canaries as examples of their own, each as often as the plan says."""
    if not planted:
        return ShardResult()
    examples: list[dict[str, Any]] = []
    for canary in planted:
        row = {
            "id": canary.id,
            "source": "burnish-canaries",
            "messages": [
                {"role": "user", "content": canary.prompt},
                {"role": "assistant", "content": canary.secret},
            ],
            **dict.fromkeys(("cluster", "subject", "label")),
        }
        outcome = _convert(row, settings)
        if isinstance(outcome, tuple):
            raise InputError(
                f"a memorisation canary does not fit the format: {outcome[1]}",
                remedy="raise convert.max_length, or set convert.canaries.count to 0",
            )
        examples += [{**outcome[0], "kind": "canary"}] * settings.plan.canaries.repeats
    table = pa.Table.from_pylist(examples, EXAMPLES)
    return ShardResult((Shard(work.store.put_table(table), table.num_rows),))


def _canary_file(planted: Sequence[Canary], controls: Sequence[Canary]) -> bytes:
    body = {"planted": [asdict(c) for c in planted], "controls": [asdict(c) for c in controls]}
    return json.dumps(body, sort_keys=True, indent=1).encode()


def _facts(settings: Conversion, base: str, converted: Sequence[ShardResult]) -> dict[str, Any]:
    prompt, tokenizer = _prompt(settings.prompt), _tokenizer(settings.file, settings.tokenizer)
    return {
        "format": settings.plan.format,
        "max_length": settings.plan.max_length,
        "prompt": prompt.digest,
        "tokenizer": settings.tokenizer,
        "base": base,
        "stop_ids": list(stop_ids(prompt, tokenizer)),
        "conversion": {"version": CONVERSION_VERSION, "code": settings.code},
        "tokens": sum(int(r.facts["tokens"]) for r in converted),
        "trained_tokens": sum(int(r.facts["trained_tokens"]) for r in converted),
    }


@lru_cache(maxsize=4)
def _prompt(text: str) -> FrozenPrompt:
    return FrozenPrompt.from_bytes(text.encode())


@lru_cache(maxsize=2)
def _tokenizer(file: str, digest: str) -> Tokenizer:
    """The tokenizer, once per worker; `digest` keys the cache by content."""
    return Tokenizer.from_file(file)
