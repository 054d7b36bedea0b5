"""Turn cleared rows into training examples: rendered, tokenised, each token trained or not."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa

from burnish.core.artifact import Examples, Masked, Shard
from burnish.core.errors import InputError
from burnish.core.rows import dropped_rows
from burnish.core.shards import ShardResult, Sifted
from burnish.core.stage import Work, stage
from burnish.core.verdict import Cleared
from burnish.intake.base_model import base_listing
from burnish.intake.converting import (
    EXAMPLES,
    REJECTED,
    Conversion,
    convert_row,
    frozen_prompt,
    tokenizer_of,
)
from burnish.methods.evaluation.canaries import Canary, make_canaries
from burnish.methods.formats.prompt import (
    CONVERSION_VERSION,
    PromptError,
    code_digest,
    freeze_chat,
    freeze_completion,
    freeze_instruction,
)
from burnish.methods.formats.tokens import (
    stop_ids,
)
from burnish.methods.models.where import base_folder
from burnish.plan import BaseModelPlan, ConvertPlan

PROMPT, DOCUMENTS, CANARIES = "prompt.json", "documents.json", "canaries.json"


def base_digest(work: Work, corpus: Cleared[Masked], plan: ConvertPlan, base: BaseModelPlan) -> str:
    """The bytes of the base model are part of what names the examples."""
    return base_listing(work, base)


@stage(version=2, sees=base_digest, after="burnish.gates.privacy.privacy")
def convert(
    work: Work, corpus: Cleared[Masked], plan: ConvertPlan, base: BaseModelPlan
) -> Examples:
    """Freeze the prompt, render each row with it, assert the loss mask, plant the canaries."""
    folder = _folder(base, work)
    settings = _settings(plan, folder)
    shards = work.manifest(corpus.artifact).shards
    converted = work.map_shards(convert_shard, shards, settings)
    pairs = _all_pairs(converted)
    planted, controls = _canaries(plan)
    canaries = _planted(work, planted, settings, pairs=pairs)
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
        facts={**_facts(settings, base_listing(work, base), converted), "pairs": pairs},
    )


def _all_pairs(converted: Sequence[ShardResult]) -> bool:
    """Whether the rows are pairs of a better and a worse answer; they are so all or none."""
    paired = sum(int(result.facts["pairs"]) for result in converted)
    rows = sum(shard.rows for result in converted for shard in result.shards)
    if paired not in (0, rows):
        raise InputError(
            f"{paired} of {rows} examples are pairs of a chosen and a rejected answer",
            remedy="tune on pairs and on plain answers in two plans, one after the other",
        )
    return paired > 0


def convert_shard(table: pa.Table, settings: Conversion) -> Sifted:
    """Render and tokenise a shard; what does not fit the format is dropped with its reason."""
    made: list[dict[str, Any]] = []
    gone: dict[int, tuple[str, str]] = {}
    windows = 0
    for position, row in enumerate(table.to_pylist()):
        outcome = convert_row(row, settings)
        if isinstance(outcome, tuple):
            gone[position] = _stop_or_drop(row, outcome, settings.plan)
        else:
            windows += len(outcome) - 1
            made.extend(outcome)
    tokens = sum(len(example["ids"]) for example in made)
    trained = sum(sum(example["trained"]) for example in made)
    pairs = sum(example["rejected_ids"] is not None for example in made)
    facts = {"added": windows, "tokens": tokens, "trained_tokens": trained, "pairs": pairs}
    return Sifted(pa.Table.from_pylist(made, EXAMPLES), dropped_rows(table, gone), facts)


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


def _planted(
    work: Work, planted: Sequence[Canary], settings: Conversion, *, pairs: bool
) -> ShardResult:
    """The canaries as examples of their own, each as often as the plan says.

    Among pairs a canary is one: its secret against its secret spelt backwards.
    """
    if not planted:
        return ShardResult()
    examples: list[dict[str, Any]] = []
    for canary in planted:
        worse = [{"role": REJECTED, "content": canary.secret[::-1]}] if pairs else []
        row = {
            "id": canary.id,
            "source": "burnish-canaries",
            "messages": [
                {"role": "user", "content": canary.prompt},
                {"role": "assistant", "content": canary.secret},
                *worse,
            ],
            **dict.fromkeys(("cluster", "subject", "label")),
        }
        outcome = convert_row(row, settings)
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
    prompt, tokenizer = (
        frozen_prompt(settings.prompt),
        tokenizer_of(settings.file, settings.tokenizer),
    )
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
