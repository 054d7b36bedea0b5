"""The rival of `benchmarks/evaluate.py`, in a process of its own under its own Python.

Reads what to run as a line of JSON, then evaluates both models on both sets for every further
line and tells what it took and what came of it. How answers are scored stands here, for all ways.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

NEW_TOKENS = 64
TASK = """\
task: {name}
dataset_path: json
dataset_kwargs: {{data_files: {{test: {data}}}}}
test_split: test
doc_to_text: "{{{{text}}}}"
{further}
metadata: {{version: 1.0}}
"""
CHOICES = """\
output_type: multiple_choice
doc_to_choice: "{{choices}}"
doc_to_target: "{{right}}"
metric_list:
  - {metric: acc, aggregation: mean, higher_is_better: true}"""
ANSWERS = """\
output_type: generate_until
doc_to_target: "{{answer}}"
generation_kwargs: {until: [], do_sample: false, max_gen_toks: 64}
process_results: !function scoring.results
metric_list:
  - {metric: f1, aggregation: mean, higher_is_better: true}"""
SCORING = """\
import sys
sys.path.insert(0, {here!r})
from evaluate_peer import f1


def results(doc, results):
    return {{"f1": f1(results[0], doc["answer"])}}
"""


class Turn:
    """Waits for its turn, and tells what each set took and what came of it."""

    def __init__(self) -> None:
        self.took: dict[str, dict[str, float]] = {}
        self.scores: dict[str, float] = {}
        self.sums: dict[str, list[list[float]]] = {}
        self.said: dict[str, list[str]] = {}

    def waits(self) -> bool:
        """Whether there is another turn, once it has come."""
        self.took = {}
        return bool(sys.stdin.readline())

    def timed(self, which: str, work: Callable[[], Any]) -> Any:
        """What the work gives; its seconds are added to those of the set."""
        cpu, wall = time.process_time(), time.perf_counter()
        done = work()
        took = self.took.setdefault(which, {"cpu": 0.0, "wall": 0.0})
        took["cpu"] += time.process_time() - cpu
        took["wall"] += time.perf_counter() - wall
        return done

    def tell(self) -> None:
        """One line of JSON."""
        told = {"took": self.took, "scores": self.scores, "sums": self.sums, "said": self.said}
        print(json.dumps(told), flush=True)


def f1(said: str, expected: str) -> float:
    """Harmonic mean of precision and recall over words."""
    mine, theirs = said.lower().split(), expected.lower().split()
    common = sum(min(mine.count(word), theirs.count(word)) for word in set(mine))
    return 2 * common / (len(mine) + len(theirs)) if common else 0.0


def scored_choices(rows: Sequence[dict[str, Any]], sums: Sequence[Sequence[float]]) -> float:
    """Share of the rows whose likeliest choice is the right one."""
    best = [max(range(len(one)), key=one.__getitem__) for one in sums]
    return sum(b == row["right"] for b, row in zip(best, rows, strict=True)) / len(rows)


def scored_answers(rows: Sequence[dict[str, Any]], said: Sequence[str]) -> float:
    """Mean F1 of the answers."""
    found = [f1(one, row["answer"]) for one, row in zip(said, rows, strict=True)]
    return sum(found) / len(found)


def write_tasks(asked: dict[str, Any], sets: dict[str, Any]) -> Path:
    """The two sets as local tasks of the harness."""
    folder = Path(asked["folder"]) / f"tasks-{asked['batch']}"
    folder.mkdir()
    for name, further in (("choices", CHOICES), ("answers", ANSWERS)):
        data = folder / f"{name}.jsonl"
        data.write_text("".join(json.dumps(row) + "\n" for row in sets[name]), encoding="utf-8")
        text = TASK.format(name=f"own_{name}", data=data, further=further)
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    here = str(Path(__file__).resolve().parent)
    (folder / "scoring.py").write_text(SCORING.format(here=here), encoding="utf-8")
    return folder


def run(asked: dict[str, Any]) -> None:
    """Evaluate by the harness, both models in memory, for every turn."""
    torch: Any = importlib.import_module("torch")
    harness: Any = importlib.import_module("lm_eval")
    tasks: Any = importlib.import_module("lm_eval.tasks")
    models: Any = importlib.import_module("lm_eval.models.huggingface")
    torch.set_num_threads(1)
    sets = json.loads(Path(asked["data"]).read_text(encoding="utf-8"))
    manager = tasks.TaskManager(include_path=str(write_tasks(asked, sets)), include_defaults=False)
    common = {"pretrained": asked["base"], "device": "cpu", "dtype": "float32"}
    common |= {"batch_size": asked["batch"]}
    both = {
        "base": models.HFLM(**common),
        "tuned": models.HFLM(**common, peft=asked["adapter"]),
    }

    def evaluated(model: str, name: str) -> dict[str, Any]:
        found: dict[str, Any] = harness.simple_evaluate(
            model=both[model],
            tasks=[f"own_{name}"],
            task_manager=manager,
            bootstrap_iters=0,
            log_samples=True,
        )
        return found

    turn = Turn()
    while turn.waits():
        for model in both:
            for name in ("choices", "answers"):
                found = turn.timed(name, lambda m=model, n=name: evaluated(m, n))
                _note(turn, found, model, name)
        turn.tell()


def _note(turn: Turn, found: dict[str, Any], model: str, name: str) -> None:
    metric = "acc,none" if name == "choices" else "f1,none"
    turn.scores[f"{name} {model}"] = found["results"][f"own_{name}"][metric]
    samples = sorted(found["samples"][f"own_{name}"], key=lambda one: one["doc_id"])
    if name == "choices":
        turn.sums[model] = [[float(r[0][0]) for r in one["resps"]] for one in samples]
    else:
        turn.said[model] = [one["resps"][0][0] for one in samples]


if __name__ == "__main__":
    run(json.loads(sys.stdin.readline()))
