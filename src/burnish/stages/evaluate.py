"""Judge the tuned model beside its base, on the same rendered ids, by the declared rule."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from burnish.core.artifact import Manifest, Model, Parts, Scores
from burnish.core.fingerprint import fingerprint
from burnish.core.stage import Work, stage
from burnish.intake.base_model import base_listing
from burnish.intake.evalsets import read_set, set_digest
from burnish.methods.evaluation.canaries import Canary
from burnish.methods.evaluation.grading import grade
from burnish.methods.evaluation.records import Asked, Record, contrast
from burnish.methods.evaluation.rendering import Rendering
from burnish.methods.evaluation.rule import GateInput, GateResult, Rule, gate_input
from burnish.methods.evaluation.suites import Item, Pin, Suite
from burnish.methods.evaluation.suites import Message as Said
from burnish.methods.formats.prompt import FrozenPrompt
from burnish.methods.models.passing import passing_folder
from burnish.methods.models.where import base_folder
from burnish.plan import BaseModelPlan, EvalSet, EvaluatePlan, ReleasePlan

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from burnish.methods.evaluation.memorisation import Memorisation
    from burnish.methods.evaluation.paired import Paired

RESULTS, ITEMS, PROMPT, CANARIES = "results.json", "items.jsonl", "prompt.json", "canaries.json"
DOMAIN = "domain"
MERGED_PROMPTS = 20
"""Held-out prompts on which adapter and merged weights are compared."""


def evidence(
    work: Work,
    model: Model,
    parts: Parts,
    plan: EvaluatePlan,
    release: ReleasePlan,
    base: BaseModelPlan,
) -> str:
    """The base model and the evaluation files are part of what names the scores."""
    sets = [set_digest(work.place.root, one) for one in plan.sets]
    return fingerprint(base_listing(work, base), sets)


@stage(version=2, sees=evidence, opens=("test",))
def evaluate(
    work: Work,
    model: Model,
    parts: Parts,
    plan: EvaluatePlan,
    release: ReleasePlan,
    base: BaseModelPlan,
) -> Scores:
    """Open the test part, ask both models everything, judge each gate."""
    from burnish.methods.evaluation.answer import threads
    from burnish.methods.evaluation.merging import merged_gate
    from burnish.methods.evaluation.summary import summary

    exam = _exam(work, parts, plan, base)
    with _unpacked(work, model) as folder, threads(plan.threads):
        paired = _paired(work, folder, exam, base)
        sets = [_ask_set(work, paired, exam, one) for one in exam.sets]
        probe = _probe(paired, exam) if exam.planted else None
        merged = merged_gate(paired, [one.prompt for one in exam.sets[0].asked[:MERGED_PROMPTS]])
        control = _control(work, model, folder, exam, base)
    gates = _judge(sets, probe, merged, release)
    results = {
        "gates": [_plain(asdict(gate)) for gate in gates],
        "sets": [_told(one) | summary(records) for one, records in sets],
        "memorisation": None if probe is None else _plain(asdict(probe[0])),
        "control": control,
    }
    lines = [json.dumps(line, sort_keys=True) for one in sets for line in _lines(*one)]
    return work.save(
        Scores,
        [],
        files={
            RESULTS: work.store.put_bytes(_json(results)),
            ITEMS: work.store.put_bytes("\n".join(lines).encode()),
        },
        facts={"sets": results["sets"], "control": control},
    )


@dataclass(frozen=True, slots=True)
class AskedSet:
    """One set of items with what is asked, and the gate that it feeds."""

    gate: str
    margin: float
    suite: Suite
    asked: Sequence[Asked]


@dataclass(frozen=True, slots=True)
class Exam:
    """Everything that both models are asked."""

    prompt: FrozenPrompt
    tokenizer: Tokenizer
    stop_ids: tuple[int, ...]
    plan: EvaluatePlan
    sets: Sequence[AskedSet]
    planted: Sequence[Canary]
    controls: Sequence[Canary]


def _exam(work: Work, parts: Parts, plan: EvaluatePlan, base: BaseModelPlan) -> Exam:
    from tokenizers import Tokenizer

    manifest = work.manifest(parts)
    folder = base_folder(base.path, work.place.root)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    prompt = FrozenPrompt.from_bytes(work.store.get_bytes(manifest.files[PROMPT]))
    stops = tuple(int(i) for i in manifest.facts["examples"]["stop_ids"])
    held_out = _held_out(work, parts, plan)
    further = [_further(work, one, prompt, tokenizer) for one in plan.sets]
    planted, controls = _canaries(work, manifest)
    sets = [held_out, *further]
    return Exam(prompt, tokenizer, stops, plan, sets, planted, controls)


def _held_out(work: Work, parts: Parts, plan: EvaluatePlan) -> AskedSet:
    """The sealed test part as a suite: the prompt's ids, and the true answer's as continuation."""
    items: list[Item] = []
    asked: list[Asked] = []
    for table in work.read(parts, "test"):
        for row in table.to_pylist():
            wanted = row["kind"] == "answer" and (not plan.domain or row["source"] in plan.domain)
            if not wanted or (plan.max_items and len(items) >= plan.max_items):
                continue
            start = row["prompt_length"]
            prompt, after = tuple(row["ids"][:start]), _answer(row, start)
            said = (Said("user", row["question"]),)
            items.append(Item(row["id"], said, (row["expected"],), plan.metric, row["id"]))
            asked.append(Asked(DOMAIN, row["id"], prompt, (after,)))
    digest = hashlib.sha256("".join(one.digest() for one in asked).encode()).hexdigest()
    suite = Suite(DOMAIN, Pin(digest, len(items)), tuple(items))
    return AskedSet(DOMAIN, 0.0, suite, asked)


def _answer(row: Mapping[str, Any], start: int) -> tuple[int, ...]:
    pairs = zip(row["ids"][start:], row["trained"][start:], strict=True)
    return tuple(token for token, trained in pairs if trained)


def _further(work: Work, one: EvalSet, prompt: FrozenPrompt, tokenizer: Tokenizer) -> AskedSet:
    suite = read_set(work.place.root, one)
    asked = [Rendering(prompt, tokenizer).ask(one.name, item) for item in suite.items]
    return AskedSet(one.gate, one.margin, suite, asked)


def _canaries(work: Work, manifest: Manifest) -> tuple[Sequence[Canary], Sequence[Canary]]:
    body = json.loads(work.store.get_bytes(manifest.files[CANARIES]))
    return [Canary(**c) for c in body["planted"]], [Canary(**c) for c in body["controls"]]


@contextmanager
def _unpacked(work: Work, model: Model) -> Iterator[Path]:
    """The model's files in a folder that only lasts while they are needed."""
    manifest = work.manifest(model)
    models = 2 if manifest.facts["control"] else 1
    with passing_folder(models * _numbers(manifest)) as place:
        for name, digest in manifest.files.items():
            if name.startswith("weights/merged/"):
                continue  # what they compute was seen to be the adapter's when they were made
            target = place / name
            target.parent.mkdir(parents=True, exist_ok=True)
            work.store.get_file(digest, target)
        yield place


def _numbers(manifest: Manifest) -> int:
    """How many numbers the trained files hold, at most."""
    result = manifest.facts["result"]
    whole = "weights/config.json" in manifest.files
    return int(result["parameters"] if whole else 2 * result["trainable"])


def _paired(work: Work, folder: Path, exam: Exam, base: BaseModelPlan) -> Paired:
    from burnish.methods.evaluation.paired import Greedy, Paired, subject_of
    from burnish.methods.models.load import load_base

    loaded = load_base(base_folder(base.path, work.place.root))
    subject = subject_of(loaded, folder / "weights")
    greedy = Greedy(exam.stop_ids, exam.plan.max_new_tokens, exam.plan.batch)
    return Paired(subject, exam.tokenizer.decode, greedy)


def _ask_set(
    work: Work, paired: Paired, exam: Exam, one: AskedSet
) -> tuple[AskedSet, list[Record]]:
    """Answers, and likelihoods of the reference answers beside them, graded."""
    work.progress.begin(f"evaluate {one.suite.name}", 2 * len(one.asked))
    items = {item.id: item for item in one.suite.items}
    weighed = {(r.item, r.model): r for r in paired.likelihoods(one.asked)}
    spoken_items = [a for a in one.asked if not items[a.item].choices]
    records = paired.answers(spoken_items)
    chosen = [r for r in weighed.values() if items[r.item].choices]
    together = [
        replace(
            r, logprobs=weighed[r.item, r.model].logprobs, tokens=weighed[r.item, r.model].tokens
        )
        for r in records
    ]
    work.progress.advance(2 * len(one.asked))
    return one, [grade(r, items[r.item]) for r in (*together, *chosen)]


def _probe(paired: Paired, exam: Exam) -> tuple[Memorisation, bool]:
    """Canaries against controls; and whether the probe sees a planted fault."""
    from burnish.methods.evaluation.memorisation import (
        calibrated,
        memorisation,
        probe_fires,
        spoken,
    )

    everyone = (*exam.planted, *exam.controls)
    rendering = Rendering(exam.prompt, exam.tokenizer)
    asked = [rendering.ask_canary(canary) for canary in everyone]
    table = calibrated(paired.likelihoods(asked), [c.id for c in exam.planted])
    answers = paired.answers(asked)
    outputs = {r.item: str(r.output) for r in answers if r.model == "tuned"}
    found = memorisation(table, spoken(outputs, exam.planted), spoken(outputs, exam.controls))
    return found, probe_fires(table)


def _control(
    work: Work, model: Model, folder: Path, exam: Exam, base: BaseModelPlan
) -> dict[str, Any] | None:
    """The same fine-tune from random weights, on the same held-out questions."""
    facts = work.manifest(model).facts
    if not facts["control"]:
        return None
    from burnish.methods.evaluation.answer import generate
    from burnish.methods.evaluation.summary import mean
    from burnish.methods.models.load import attach, holds_adapter, load_base, random_like
    from burnish.methods.training.technique_settings import frozen_type

    if not holds_adapter(folder / "control"):
        tuned: Any = load_base(folder / "control")
    else:
        path, told = base_folder(base.path, work.place.root), facts["settings"]
        held = frozen_type(told["technique"], told["precision"], told["lora"]["pissa"])
        tuned = attach(random_like(path, told["seed"], dtype=held), folder / "control")
    held_out, plan = exam.sets[0], exam.plan
    prompts = [one.prompt for one in held_out.asked]
    ids = generate(tuned, prompts, exam.stop_ids, plan.max_new_tokens, plan.batch)
    scores = [
        grade(_control_record(one, exam.tokenizer.decode(answer)), item).score or 0.0
        for one, item, answer in zip(held_out.asked, held_out.suite.items, ids, strict=True)
    ]
    return mean(scores)


def _control_record(one: Asked, output: str) -> Record:
    return Record(one.set, one.item, one.cluster, one.digest(), "tuned", output=output)


def _judge(
    sets: Sequence[tuple[AskedSet, list[Record]]],
    probe: tuple[Memorisation, bool] | None,
    merged: GateInput | None,
    release: ReleasePlan,
) -> Sequence[GateResult]:
    from burnish.methods.evaluation.decision import blind_gates, judge
    from burnish.methods.evaluation.memorisation import memorisation_gate

    gates: list[GateInput] = [] if merged is None else [merged]
    for one, records in sets:
        found = contrast(records)
        if one.gate == DOMAIN and one.suite.name == DOMAIN:
            gates.append(gate_input(DOMAIN, "improve", release.min_gain, found))
        else:
            name = f"{one.gate}:{one.suite.name}"
            gates.append(gate_input(name, "noninferior", one.margin, found))
    if probe is not None:
        gates.append(memorisation_gate(probe[0], len(probe[0].exposures), probe[1]))
    rule = Rule(
        alpha_noninferior=release.alpha, alpha_regress=release.alpha, n_min=release.min_items
    )
    blind = blind_gates(gates, rule)
    return [_sighted(result, blind) for result in judge(gates, rule)]


def _sighted(result: GateResult, blind: Sequence[str]) -> GateResult:
    """A gate that would not fail if every answer were wrong proves nothing."""
    if result.name in blind and result.verdict != "unjudged":
        told = "the negative control shows that this gate could not fail on these items"
        return replace(result, verdict="unjudged", because=told)
    return result


def _lines(one: AskedSet, records: Sequence[Record]) -> Iterator[dict[str, Any]]:
    """Each record with its question and the answer that was expected."""
    items = {item.id: item for item in one.suite.items}
    for record in records:
        item = items[record.item]
        told = {"question": item.messages[-1].content, "expected": item.answers[0]}
        yield {**record.as_json(), **told}


def _told(one: AskedSet) -> dict[str, Any]:
    return {"set": one.suite.name, "gate": one.gate, "sha256": one.suite.pin.sha256}


def _plain(value: Any) -> Any:
    """JSON without NaN: a number that does not exist is null."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        from burnish.methods.evaluation.summary import rounded

        return rounded(value)
    return value


def _json(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, indent=1, allow_nan=False).encode()
