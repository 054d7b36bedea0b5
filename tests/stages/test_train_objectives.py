"""What a training learns from, as a step: documents alone, and general rows against forgetting."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM
from transformers.utils import logging

from burnish.core.artifact import Masked, Mixed, Model
from burnish.core.errors import UsageError
from burnish.core.gate import Look
from burnish.core.verdict import Outcome, Verdict
from burnish.plan import (
    BaseModelPlan,
    Canaries,
    ConvertPlan,
    EarlyStop,
    Ewc,
    MixPlan,
    Replay,
    SplitPlan,
    TrainPlan,
)
from burnish.stages.convert import convert
from burnish.stages.mix import mix
from burnish.stages.split import split
from burnish.stages.train import train

if TYPE_CHECKING:
    from tests.conftest import Bench, Make

SPLIT = SplitPlan(train=0.7, validation=0.2, test=0.1)


@pytest.fixture(scope="session")
def small(chat_base: Path, tmp_path_factory: pytest.TempPathFactory) -> BaseModelPlan:
    """A tokenizer of bytes with a model of one layer to it."""
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    folder = tmp_path_factory.mktemp("small")
    shutil.copytree(chat_base, folder, dirs_exist_ok=True)
    config = LlamaConfig(
        vocab_size=272, hidden_size=32, intermediate_size=64, num_hidden_layers=1,
        num_attention_heads=2, initializer_range=0.1, bos_token_id=0, eos_token_id=1,
    )  # fmt: skip
    with torch.random.fork_rng():
        torch.manual_seed(7)
        LlamaForCausalLM(config).save_pretrained(folder)
    return BaseModelPlan(path=str(folder), licence="MIT", provenance="made here")


def waved_through(look: Look, corpus: Any) -> Verdict:
    return Verdict(Outcome.PASSED)


def mixed(
    bench: Bench, base: BaseModelPlan, rows: list[dict[str, Any]], how: ConvertPlan, plan: MixPlan
) -> Mixed:
    run = bench.run()
    cleared = run.clear(waved_through, bench.given(Masked, rows))
    examples = run.do(replace(convert, after=""), cleared, how, base)
    return run.do(mix, run.do(split, examples, SPLIT), plan, base)


def trained(bench: Bench, base: BaseModelPlan, parts: Mixed, **plan: Any) -> Model:
    asked = TrainPlan(
        technique="full", learning_rate=1e-2, micro_batch=2, checkpoint_every=4, threads=1, **plan
    )
    run = bench.run()
    anywhere = replace(train, after="")
    return run.do(anywhere, run.clear(waved_through, parts), asked, base)


def test_continued_pre_training_learns_every_token_of_long_documents(
    bench: Bench, make: Make, small: BaseModelPlan
) -> None:
    """The plan asks for it by convert.format: completion, and by over_length for long ones."""
    texts = [f"Item {n * 37} is kept in room {n * 11} of hall {n}. " * 4 for n in range(30)]
    rows = [make.document(f"d{n}", text) for n, text in enumerate(texts)]
    how = ConvertPlan(format="completion", max_length=48, over_length="split")
    parts = mixed(bench, small, rows, how, MixPlan())

    model = trained(bench, small, parts, epochs=2)

    record = bench.report(model, "training/record.json")["result"]
    windows = bench.rows(parts, "train")
    assert len(windows) > 3 * len({row["id"].split(".")[0] for row in windows})
    assert max(len(row["ids"]) for row in windows) <= 48
    assert record["trained_tokens"] == 2 * sum(len(row["ids"]) - 1 for row in windows)
    assert sum(record["losses"][-3:]) < 0.7 * sum(record["losses"][:3])
    assert record["validation"][-1]["loss"] < 0.8 * record["validation"][0]["loss"]
    assert record["ended"] == "all steps taken"


def test_general_rows_are_replayed_and_held_on_to_and_the_best_is_kept(
    bench: Bench, make: Make, small: BaseModelPlan
) -> None:
    rows = [
        make.chat(f"t{n}", f"Where is item {n * 37}?", f"In room {n * 11}.") for n in range(40)
    ] + [
        make.chat(f"h{n}", f"What is {n} and {n * 7}?", f"{n * 8}.", source="handbook")
        for n in range(20)
    ]
    how = ConvertPlan(max_length=128, canaries=Canaries(count=0))
    replay = MixPlan(replay=Replay(sources=("handbook",), share=0.2))
    parts = mixed(bench, small, rows, how, replay)

    model = trained(
        bench, small, parts, epochs=3,
        ewc=Ewc(weight=1.0, sources=("handbook",), rows=4), early_stop=EarlyStop(patience=9),
    )  # fmt: skip

    assert bench.manifest(parts).facts["replay"]["share"] == pytest.approx(0.2, abs=0.02)
    record = bench.report(model, "training/record.json")
    result, steps = record["result"], record["steps"]
    losses = [seen["loss"] for seen in result["validation"]]
    best = result["validation"][losses.index(min(losses))]
    assert result["written_step"] == best["step"] > 0
    assert result["ended"].startswith("all steps taken; validation was best after step")
    penalties = [seen["penalty"] for seen in steps if "grad_norm" in seen]
    assert penalties[0] == 0
    assert min(penalties[1:]) > 0
    assert record["settings"]["ewc"]["sources"] == ["handbook"]
    assert json.dumps(record["result"])


def test_pairs_under_the_wrong_objective_stop_with_what_to_mend(
    bench: Bench, make: Make, small: BaseModelPlan
) -> None:
    rows = [
        make.row(
            f"p{n}",
            [
                ("user", f"Where is item {n * 37}?"),
                ("assistant", f"In room {n * 11}."),
                ("rejected", f"Look for it in hall {n}, or not."),
            ],
        )
        for n in range(12)
    ]
    how = ConvertPlan(max_length=128, canaries=Canaries(count=0))
    parts = mixed(bench, small, rows, how, MixPlan())

    with pytest.raises(UsageError, match=r"set train\.objective to preference"):
        trained(bench, small, parts, epochs=1)
