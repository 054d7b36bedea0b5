"""Cleared rows become examples: each token trained or not, nothing cut unasked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tokenizers import Tokenizer

from burnish.core.artifact import Examples, Masked
from burnish.core.errors import InputError, NotAllowed
from burnish.core.gate import Look
from burnish.core.verdict import Cleared, Outcome, Verdict
from burnish.plan import BaseModelPlan, Canaries, ConvertPlan
from burnish.stages.convert import convert

if TYPE_CHECKING:
    from tests.conftest import Bench, Make

NO_CANARIES = Canaries(count=0)
LONG = "Please say again where the second key is. " * 4


def waved_through(look: Look, corpus: Masked) -> Verdict:
    return Verdict(Outcome.PASSED)


def converted(bench: Bench, base: Path, rows: list[dict[str, Any]], **plan: Any) -> Examples:
    run = bench.run()
    cleared = run.clear(waved_through, bench.given(Masked, rows))
    settings = ConvertPlan(**{"canaries": NO_CANARIES, **plan})
    anywhere = replace(convert, after="")  # what it does, not whose clearance it takes
    return run.do(anywhere, cleared, settings, base_plan(base))


def test_only_the_privacy_gate_clears_the_way(bench: Bench, chat_base: Path) -> None:
    run = bench.run()
    cleared = run.clear(waved_through, bench.given(Masked, []))

    with pytest.raises(NotAllowed, match=r"goes after burnish\.gates\.privacy\.privacy"):
        run.do(convert, cleared, ConvertPlan(), base_plan(chat_base))


def base_plan(base: Path) -> BaseModelPlan:
    return BaseModelPlan(path=str(base), licence="MIT", provenance="made here")


def texts(base: Path, example: dict[str, Any]) -> tuple[str, str]:
    """What the example shows without training on it, and what it trains."""
    tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
    marked = list(zip(example["ids"], example["trained"], strict=True))
    shown, trained = ([i for i, is_trained in marked if is_trained is t] for t in (False, True))
    return (
        tokenizer.decode(shown, skip_special_tokens=False),
        tokenizer.decode(trained, skip_special_tokens=False),
    )


def test_only_the_answers_and_their_ends_are_trained(
    bench: Bench, make: Make, chat_base: Path
) -> None:
    turns = [("user", "Where?"), ("assistant", "Here."), ("user", "Who?"), ("assistant", "I.")]

    (example,) = bench.rows(converted(bench, chat_base, [make.row("a", turns)]))

    shown, trained = texts(chat_base, example)
    assert trained == "Here.<|im_end|>I.<|im_end|>"
    assert "Where?<|im_end|>" in shown
    assert "Who?<|im_end|>" in shown
    assert (example["question"], example["expected"]) == ("Who?", "I.")


def test_the_prompt_ends_where_the_last_answer_begins(
    bench: Bench, make: Make, chat_base: Path
) -> None:
    (example,) = bench.rows(converted(bench, chat_base, [make.chat("a", "Where?", "Here.")]))

    tokenizer = Tokenizer.from_file(str(chat_base / "tokenizer.json"))
    asked = tokenizer.decode(example["ids"][: example["prompt_length"]], skip_special_tokens=False)
    assert asked == example["prompt"]
    assert asked.endswith("<|im_start|>assistant\n")


def test_a_row_keeps_what_the_split_needs(bench: Bench, make: Make, chat_base: Path) -> None:
    rows = [
        make.chat("a", "Where?", cluster="c", subject="s", label="l"),
        make.chat("b", "Where?", origin="elsewhere"),
    ]

    one, two = bench.rows(converted(bench, chat_base, rows))

    assert (one["cluster"], one["subject"], one["label"]) == ("c", "s", "l")
    assert one["digest"] == two["digest"]


@pytest.mark.parametrize("special", ["<|im_end|>", "<|im_start|>", "<|endoftext|>"])
def test_a_row_that_holds_a_special_token_is_unfit(
    bench: Bench, make: Make, chat_base: Path, special: str
) -> None:
    rows = [
        make.chat("asks", f"Hello {special}assistant\nYes"),
        make.chat("says", "Hello", f"Yes{special}"),
        make.chat("fine", "Hello"),
    ]

    made = converted(bench, chat_base, rows)

    assert [row["id"] for row in bench.rows(made)] == ["fine"]
    assert {row["dropped_because"] for row in bench.gone(made)} == {"unfit"}
    assert special in bench.gone(made)[0]["dropped_detail"]


def test_a_row_that_is_too_long_stops_the_run_and_shows_itself(
    bench: Bench, make: Make, chat_base: Path
) -> None:
    with pytest.raises(InputError, match=r"row a \(tickets, tickets.jsonl:a\) is too long") as stop:
        converted(bench, chat_base, [make.chat("a", LONG)], max_length=64)

    assert "the limit is 64" in stop.value.problem
    assert "over_length" in stop.value.remedy
    assert "second key" not in str(stop.value)


@pytest.mark.parametrize("policy", ["drop", "split"])
def test_a_row_that_is_too_long_goes_with_its_reason_when_the_plan_says_so(
    bench: Bench, make: Make, chat_base: Path, policy: str
) -> None:
    rows = [make.chat("a", LONG), make.chat("b", "Where?")]

    made = converted(bench, chat_base, rows, max_length=64, over_length=policy)

    assert [row["id"] for row in bench.rows(made)] == ["b"]
    assert bench.gone(made)[0]["dropped_because"] == "over_length"


def test_a_truncated_row_ends_after_a_whole_answer(
    bench: Bench, make: Make, chat_base: Path
) -> None:
    turns = [("user", "Where?"), ("assistant", "Here."), ("user", LONG), ("assistant", "I.")]

    made = converted(
        bench, chat_base, [make.row("a", turns)], max_length=64, over_length="truncate"
    )

    (example,) = bench.rows(made)
    assert texts(chat_base, example)[1] == "Here.<|im_end|>"


def test_a_long_document_is_split_into_windows_that_train_each_token_once(
    bench: Bench, make: Make, chat_base: Path
) -> None:
    made = converted(
        bench,
        chat_base,
        [make.document("d", LONG)],
        max_length=64,
        over_length="split",
        documents="train",
    )

    windows = bench.rows(made)
    assert [row["id"] for row in windows] == ["d", *(f"d.{n}" for n in range(1, len(windows)))]
    assert [row["open_end"] for row in windows] == [True] * (len(windows) - 1) + [False]
    assert all(len(row["ids"]) <= 64 for row in windows)
    assert LONG.strip() in "".join(texts(chat_base, row)[1] for row in windows)
    made_entry = bench.ledger.find("made", stage="convert")
    assert made_entry is not None
    added = {"windows of long documents": len(windows) - 1}
    assert made_entry.facts["added"] == added


def test_a_document_among_chat_rows_stops_is_dropped_or_trained(
    bench: Bench, make: Make, chat_base: Path
) -> None:
    rows = [make.document("d", "The porter opens the gate."), make.chat("a", "Where?")]

    with pytest.raises(InputError, match=r"row d .* is a plain document among chat rows"):
        converted(bench, chat_base, rows)
    dropped = converted(bench, chat_base, rows, documents="drop")
    trained = converted(bench, chat_base, rows, documents="train")

    assert bench.manifest(dropped).reasons == {"document": 1}
    assert [row["kind"] for row in bench.rows(dropped)] == ["answer"]
    document, answer = bench.rows(trained)
    assert (document["kind"], answer["kind"]) == ("document", "answer")
    assert texts(chat_base, document)[1].startswith("The porter opens the gate.")


def test_canaries_are_planted_and_their_controls_are_not(
    bench: Bench, make: Make, chat_base: Path
) -> None:
    made = converted(
        bench, chat_base, [make.chat("a", "Where?")], canaries=Canaries(count=3, repeats=2)
    )

    planted = [row for row in bench.rows(made) if row["kind"] == "canary"]
    told = bench.report(made, "canaries.json")
    assert made.rows == 7
    assert sorted(row["expected"] for row in planted) == sorted(
        2 * [canary["secret"] for canary in told["planted"]]
    )
    assert len(told["controls"]) == 12
    trained = " ".join(texts(chat_base, row)[1] for row in planted)
    assert not [c for c in told["controls"] if c["secret"] in trained]


def test_canaries_that_do_not_fit_stop_the_run(bench: Bench, make: Make, chat_base: Path) -> None:
    with pytest.raises(InputError, match="canary does not fit") as stop:
        converted(
            bench, chat_base, [make.chat("a", "?", "I.")], max_length=60, canaries=Canaries(count=1)
        )

    assert "convert.canaries.count" in stop.value.remedy


def test_what_was_not_cleared_is_not_converted(bench: Bench, make: Make, chat_base: Path) -> None:
    masked = bench.given(Masked, [make.chat("a", "Where?")])

    with pytest.raises(NotAllowed, match="no passed verdict"):
        bench.run().do(convert, Cleared(masked, "forged"), ConvertPlan(), base_plan(chat_base))


def test_a_base_without_a_chat_template_says_what_else_to_choose(
    bench: Bench, make: Make, chat_base: Path, tmp_path: Path
) -> None:
    bare = tmp_path / "bare"
    bare.mkdir()
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (bare / name).write_bytes((chat_base / name).read_bytes())

    with pytest.raises(InputError) as stop:
        converted(bench, bare, [make.chat("a", "Where?")])

    assert "convert.format" in stop.value.remedy
    assert converted(bench, bare, [make.chat("a", "Where?")], format="instruction").rows == 1


def test_another_base_makes_other_examples(
    bench: Bench, make: Make, chat_base: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    for file in chat_base.iterdir():
        (other / file.name).write_bytes(file.read_bytes())
    (other / "config.json").write_text("{}")
    rows = [make.chat("a", "Where?")]

    one, two = (converted(bench, base, rows) for base in (chat_base, other))

    assert one.digest != two.digest
    assert bench.manifest(one).shards == bench.manifest(two).shards


def test_a_base_that_is_not_there_is_told(bench: Bench, make: Make, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no model folder"):
        converted(bench, tmp_path / "nowhere", [make.chat("a", "Where?")])


def pair(make: Make, name: str, chosen: str = "Here.", rejected: str = "Go away.") -> Any:
    turns = [
        ("user", "Who?"), ("assistant", "The porter."), ("user", "Where?"),
        ("assistant", chosen), ("rejected", rejected),
    ]  # fmt: skip
    return make.row(name, turns)


def test_a_pair_is_two_renderings_of_one_prompt_that_train_the_last_answers(
    bench: Bench, make: Make, chat_base: Path
) -> None:
    made = converted(bench, chat_base, [pair(make, "a")])

    (example,) = bench.rows(made)
    worse = {"ids": example["rejected_ids"], "trained": example["rejected_trained"]}
    shown, better = texts(chat_base, example)
    assert better == "Here.<|im_end|>"
    assert texts(chat_base, worse) == (shown, "Go away.<|im_end|>")
    assert "The porter." in shown
    assert example["expected"] == "Here."
    assert bench.manifest(made).facts["pairs"] is True


def test_canaries_among_pairs_are_pairs(bench: Bench, make: Make, chat_base: Path) -> None:
    made = converted(bench, chat_base, [pair(make, "a")], canaries=Canaries(count=1, repeats=1))

    (canary,) = [row for row in bench.rows(made) if row["kind"] == "canary"]
    worse = {"ids": canary["rejected_ids"], "trained": canary["rejected_trained"]}
    assert texts(chat_base, worse)[1] == f"{canary['expected'][::-1]}<|im_end|>"


def test_pairs_and_plain_answers_do_not_mix(bench: Bench, make: Make, chat_base: Path) -> None:
    with pytest.raises(InputError, match="1 of 2 examples are pairs") as stop:
        converted(bench, chat_base, [pair(make, "a"), make.chat("b", "Where?")])

    assert "two plans" in stop.value.remedy


@pytest.mark.parametrize("longer", ["chosen", "rejected"])
def test_a_pair_stays_whole_so_one_long_half_is_over_length(
    bench: Bench, make: Make, chat_base: Path, longer: str
) -> None:
    rows = [pair(make, "a"), pair(make, "b", **{longer: LONG})]

    made = converted(bench, chat_base, rows, max_length=80, over_length="truncate")

    assert [row["id"] for row in bench.rows(made)] == ["a"]
    assert bench.gone(made)[0]["dropped_because"] == "over_length"


def test_a_rejected_answer_with_a_special_token_makes_the_pair_unfit(
    bench: Bench, make: Make, chat_base: Path
) -> None:
    made = converted(bench, chat_base, [pair(make, "a"), pair(make, "b", rejected="<|im_end|>")])

    assert {row["dropped_because"] for row in bench.gone(made)} == {"unfit"}


def test_a_pair_that_masking_made_equal_teaches_nothing_and_goes(
    bench: Bench, make: Make, chat_base: Path
) -> None:
    rows = [pair(make, "a"), pair(make, "b", "Ask [PERSON].", "Ask [PERSON].")]

    made = converted(bench, chat_base, rows)

    assert [row["id"] for row in bench.rows(made)] == ["a"]
    assert bench.gone(made)[0]["dropped_detail"].startswith("masked, the chosen and the rejected")
