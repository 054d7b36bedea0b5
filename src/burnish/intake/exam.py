"""What the evaluation asks: the held-out rows, the plan's sets, canaries, and rows that were
trained on, all as token ids of the frozen prompt.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from burnish.core.artifact import Manifest, Parts
from burnish.core.stage import Work
from burnish.intake.evalsets import read_set
from burnish.methods.evaluation.bench import Sheet
from burnish.methods.evaluation.canaries import Canary
from burnish.methods.evaluation.records import Asked
from burnish.methods.evaluation.rendering import Rendering
from burnish.methods.evaluation.suites import Item, Message, Pin, Suite
from burnish.methods.formats.prompt import FrozenPrompt
from burnish.methods.models.where import base_folder
from burnish.plan import BaseModelPlan
from burnish.plan_evaluate import EvalSet, EvaluatePlan

T = TypeVar("T")

PROMPT, CANARIES = "prompt.json", "canaries.json"
DOMAIN = "domain"


@dataclass(frozen=True, slots=True)
class Exam:
    """Everything that both models are asked.

    `sheets` begin with the held-out rows of the domain. `pins` say what each sheet was read
    from. `trained` and `held_out` are rows of one distribution, drawn by seed: the ones the
    model was trained on, the others it was not.
    """

    rendering: Rendering
    stop_ids: tuple[int, ...]
    plan: EvaluatePlan
    sheets: tuple[Sheet, ...]
    pins: Mapping[str, Pin]
    planted: tuple[Canary, ...]
    controls: tuple[Canary, ...]
    trained: tuple[Asked, ...]

    @property
    def domain(self) -> Sheet:
        """The held-out rows."""
        return self.sheets[0]


def read_exam(work: Work, parts: Parts, plan: EvaluatePlan, base: BaseModelPlan) -> Exam:
    """Open the sealed test part and render it, the plan's sets and the canaries."""
    from tokenizers import Tokenizer

    manifest = work.manifest(parts)
    tokenizer = Tokenizer.from_file(str(base_folder(base.path, work.place.root) / "tokenizer.json"))
    prompt = FrozenPrompt.from_bytes(work.store.get_bytes(manifest.files[PROMPT]))
    rendering = Rendering(prompt, tokenizer)
    held_out, pin = _held_out(work, parts, plan)
    suites = [(one, read_set(work.place.root, one)) for one in plan.sets]
    planted, controls = _canaries(work, manifest)
    return Exam(
        rendering=rendering,
        stop_ids=tuple(int(i) for i in manifest.facts["examples"]["stop_ids"]),
        plan=plan,
        sheets=(held_out, *(_sheet(one, suite, rendering, plan.seed) for one, suite in suites)),
        pins={DOMAIN: pin} | {one.name: suite.pin for one, suite in suites},
        planted=planted,
        controls=controls,
        trained=tuple(_trained(work, parts, plan, len(held_out.asked))),
    )


def _held_out(work: Work, parts: Parts, plan: EvaluatePlan) -> tuple[Sheet, Pin]:
    """The sealed test part as a sheet: the prompt's ids, and the true answer's as continuation."""
    rows = drawn(list(_rows(work, parts, "test", plan)), plan.seed, plan.max_items)
    asked = tuple(_asked(row) for row in rows)
    digest = hashlib.sha256("".join(one.digest() for one in asked).encode()).hexdigest()
    items = tuple(_item(row, plan) for row in rows)
    return Sheet(DOMAIN, DOMAIN, 0.0, items, asked), Pin(digest, len(items))


def _trained(work: Work, parts: Parts, plan: EvaluatePlan, most: int) -> list[Asked]:
    """As many rows that were trained on as there are held-out ones, drawn by seed."""
    rows = _rows(work, parts, "train", plan)
    return [_asked(row) for row in drawn(list(rows), plan.seed, max(most, 1))]


def _rows(work: Work, parts: Parts, part: str, plan: EvaluatePlan) -> Iterator[Mapping[str, Any]]:
    wanted = ["id", "source", "kind", "label", "question", "expected", "ids", "trained"]
    for table in work.read(parts, part):
        for row in table.select([*wanted, "prompt_length"]).to_pylist():
            if row["kind"] == "answer" and (not plan.domain or row["source"] in plan.domain):
                yield row


def _asked(row: Mapping[str, Any]) -> Asked:
    start = row["prompt_length"]
    pairs = zip(row["ids"][start:], row["trained"][start:], strict=True)
    after = tuple(token for token, trained in pairs if trained)
    return Asked(DOMAIN, row["id"], tuple(row["ids"][:start]), (after,))


def _item(row: Mapping[str, Any], plan: EvaluatePlan) -> Item:
    said = (Message("user", row["question"]),)
    group = str(row["label"] or "")
    return Item(row["id"], said, (row["expected"],), plan.metric, row["id"], group=group)


def _sheet(one: EvalSet, suite: Suite, rendering: Rendering, seed: int) -> Sheet:
    """A set as a sheet; where items are left out or held back, chance puts them in order."""
    items = tuple(suite.items)
    if one.max_items is not None or one.reserve:
        items = tuple(drawn(items, seed, one.max_items, key=lambda item: item.id))
    return Sheet(
        gate=one.gate,
        name=one.name,
        margin=one.margin,
        items=items,
        asked=tuple(rendering.ask(one.name, item) for item in items),
        reserve=int(one.reserve * len(items)),
        judge=one.judge or "",
    )


def drawn(
    rows: Sequence[T], seed: int, most: int | None, key: Any = lambda row: row["id"]
) -> list[T]:
    """At most so many rows in an order that the seed and their ids alone decide."""

    def lot(row: T) -> bytes:
        return hashlib.sha256(f"{seed} {key(row)}".encode()).digest()

    return sorted(rows, key=lot)[:most]


def _canaries(work: Work, manifest: Manifest) -> tuple[tuple[Canary, ...], tuple[Canary, ...]]:
    body = json.loads(work.store.get_bytes(manifest.files[CANARIES]))
    planted, controls = ([Canary(**c) for c in body[side]] for side in ("planted", "controls"))
    return tuple(planted), tuple(controls)
