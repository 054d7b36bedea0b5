"""A run makes each artefact once, counts its rows, and goes through no closed gate."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from burnish.core.artifact import Collected, Kept, Unique
from burnish.core.errors import GateClosed, IntegrityBroken, NotAllowed, RowsLost
from burnish.core.fingerprint import RUNS
from burnish.core.gate import Look
from burnish.core.rows import dropped_rows, kept_rows
from burnish.core.shards import ShardResult, Sifted
from burnish.core.stage import Stage, Work, stage
from burnish.core.verdict import Cleared, Outcome, Verdict
from burnish.evidence.ledger import MemoryLedger

if TYPE_CHECKING:
    from tests.conftest import Bench, Make


@dataclass(frozen=True)
class Word:
    """Rows with this word are dropped; every look at a shard is noted in `calls`."""

    word: str
    calls: list[int] = field(default_factory=list, metadata={RUNS: True})


def drop_word(table: pa.Table, settings: Word) -> Sifted:
    settings.calls.append(table.num_rows)
    said = [messages[0]["content"] for messages in table.column("messages").to_pylist()]
    gone = {i: ("word", "") for i, text in enumerate(said) if settings.word in text}
    return Sifted(kept_rows(table, gone), dropped_rows(table, gone))


def lose_a_row(table: pa.Table, settings: str) -> Sifted:
    return Sifted(table.slice(1))


@stage(version=1)
def sift(work: Work, corpus: Collected, settings: Word) -> Kept:
    return work.save(Kept, work.map_shards(drop_word, work.manifest(corpus).shards, settings))


@stage(version=1)
def careless(work: Work, corpus: Collected) -> Kept:
    return work.save(Kept, work.map_shards(lose_a_row, work.manifest(corpus).shards, ""))


@stage(version=1)
def forgetful(work: Work, corpus: Collected) -> Kept:
    """Leaves out whole shards, which no function over a shard can notice."""
    return work.save(Kept, [ShardResult(work.manifest(corpus).shards[1:])])


@stage(version=1)
def copy_twice(work: Work, corpus: Collected, told: int) -> Kept:
    shards = work.manifest(corpus).shards
    work.added["copies"] = told
    return work.save(Kept, [ShardResult(shards), ShardResult(shards)])


@stage(version=1)
def two_words(work: Work, corpus: Collected, first: str, second: str = "none") -> Kept:
    facts = {"first": first, "second": second}
    return work.save(Kept, [ShardResult(work.manifest(corpus).shards)], facts=facts)


@stage(version=1)
def after_the_gate(work: Work, corpus: Cleared[Kept]) -> Unique:
    return work.save(Unique, [ShardResult(work.manifest(corpus.artifact).shards)])


def always(look: Look, corpus: Kept) -> Verdict:
    return Verdict(Outcome.PASSED, ("looks fine",))


def never(look: Look, corpus: Kept) -> Verdict:
    return Verdict(Outcome.FAILED, ("looks bad",))


def clumsy(look: Look, corpus: Kept) -> Verdict:
    evidence: dict[str, Outcome] = {}
    return Verdict(evidence["missing"])


def finds_damage(look: Look, corpus: Kept) -> Verdict:
    look.store.get_bytes("0" * 64)
    return Verdict(Outcome.PASSED)


class Notes:
    """A progress that keeps what it was told."""

    def __init__(self) -> None:
        self.ends: list[tuple[str, str]] = []

    def begin(self, step: str, total: int | None) -> None: ...

    def advance(self, done: int = 1, note: str = "") -> None: ...

    def end(self, step: str, note: str) -> None:
        self.ends.append((step, note))


@pytest.fixture
def corpus(bench: Bench, make: Make) -> Collected:
    first = [make.chat("1", "a good day"), make.chat("2", "a bad day")]
    return bench.given(Collected, first, [make.chat("3", "a third day")])


def test_a_stage_is_made_once_and_then_remembered(bench: Bench, corpus: Collected) -> None:
    settings = Word("bad")

    made = bench.run().do(sift, corpus, settings)
    again = bench.run().do(sift, corpus, settings)

    assert again == made
    assert settings.calls == [2, 1]
    assert bench.events() == ["made", "reused"]


def test_a_made_entry_tells_inputs_people_rows_and_reasons(bench: Bench, corpus: Collected) -> None:
    made = bench.run().do(sift, corpus, Word("bad"))

    facts = bench.ledger.find("made", digest=made.digest)
    assert facts is not None
    named = {key: facts.facts[key] for key in ("stage", "kind", "rows", "dropped", "inputs", "by")}
    assert named == {
        "stage": "sift",
        "kind": "Kept",
        "rows": 2,
        "dropped": {"word": 1},
        "inputs": [corpus.digest],
        "by": ["dana"],
    }


def test_other_settings_make_it_anew(bench: Bench, corpus: Collected) -> None:
    bench.run().do(sift, corpus, Word("bad"))

    assert bench.run().do(sift, corpus, Word("good")).rows == 2
    assert bench.events() == ["made", "made"]


def test_another_version_makes_it_and_its_shards_anew(bench: Bench, corpus: Collected) -> None:
    settings = Word("bad")
    bench.run().do(sift, corpus, settings)

    bench.run().do(Stage(sift.body, sift.makes, 2), corpus, settings)

    assert settings.calls == [2, 1, 2, 1]
    assert bench.events() == ["made", "made"]


def test_other_input_makes_it_anew(bench: Bench, make: Make, corpus: Collected) -> None:
    bench.run().do(sift, corpus, Word("bad"))
    other = bench.given(Collected, [make.chat("9", "a new day")])

    assert bench.run().do(sift, other, Word("bad")).rows == 1


def test_a_keyword_is_named_by_its_place_and_not_by_its_turn(
    bench: Bench, corpus: Collected
) -> None:
    run = bench.run()

    one = run.do(two_words, corpus, first="x", second="y")
    two = run.do(two_words, corpus, second="x", first="y")

    assert bench.manifest(one).facts == {"first": "x", "second": "y"}
    assert bench.manifest(two).facts == {"first": "y", "second": "x"}
    assert run.do(two_words, corpus, "x", "y") == one
    assert run.do(two_words, corpus, "x") == run.do(two_words, corpus, "x", second="none")


def test_an_artefact_whose_shard_has_gone_is_made_again(bench: Bench, corpus: Collected) -> None:
    settings = Word("bad")
    made = bench.run().do(sift, corpus, settings)
    lost = bench.manifest(made).shards[0].digest
    bench.store.__dict__["_tables"].pop(lost)

    assert bench.run().do(sift, corpus, settings) == made
    assert settings.calls == [2, 1, 2]
    assert bench.store.has(lost)


def test_a_changed_code_at_the_same_version_is_told(bench: Bench, corpus: Collected) -> None:
    settings, notes = Word("bad"), Notes()
    bench.run().do(sift, corpus, settings)
    bench.ledger = rewritten(bench.ledger, code="0" * 64)

    bench.run(progress=notes).do(sift, corpus, settings)

    assert notes.ends == [
        ("sift", "2 rows, already made; its code changed since at the same version 1")
    ]


def rewritten(ledger: MemoryLedger, **changes: Any) -> MemoryLedger:
    """The same history as it would have been with these facts."""
    other = MemoryLedger()
    for entry in ledger.entries():
        other.append(entry.event, {**entry.facts, **changes})
    return other


def test_a_row_that_vanishes_from_a_shard_stops_the_run(bench: Bench, corpus: Collected) -> None:
    with pytest.raises(RowsLost, match=r"'lose_a_row' read 2 rows .* kept 1 and dropped 0"):
        bench.run().do(careless, corpus)

    assert bench.events() == []


def test_a_shard_that_vanishes_from_a_stage_stops_the_run(bench: Bench, corpus: Collected) -> None:
    with pytest.raises(RowsLost, match=r"'forgetful' read 3 rows, added 0, dropped 0.* but made 1"):
        bench.run().do(forgetful, corpus)

    assert bench.events() == []


def test_rows_that_a_stage_adds_must_be_counted(bench: Bench, corpus: Collected) -> None:
    assert bench.run().do(copy_twice, corpus, 3).rows == 6

    with pytest.raises(RowsLost, match="added 2"):
        bench.run().do(copy_twice, corpus, 2)


def test_a_passed_gate_lets_its_artefact_through(bench: Bench, corpus: Collected) -> None:
    run = bench.run()
    kept = run.do(sift, corpus, Word("bad"))

    assert run.do(after_the_gate, run.clear(always, kept)).rows == 2
    assert bench.events() == ["made", "judged", "made"]


def test_nothing_runs_after_a_closed_gate(bench: Bench, corpus: Collected) -> None:
    run = bench.run()
    kept = run.do(sift, corpus, Word("bad"))

    with pytest.raises(GateClosed, match="gate 'never' FAILED: looks bad") as closed:
        run.do(after_the_gate, run.clear(never, kept))

    assert closed.value.exit_code == 3
    assert bench.events() == ["made", "judged"]


def test_a_check_that_breaks_down_is_missing_evidence(bench: Bench, corpus: Collected) -> None:
    run = bench.run()
    kept = run.do(sift, corpus, Word("bad"))

    with pytest.raises(GateClosed, match=r"UNJUDGED: the check broke down .*KeyError") as closed:
        run.clear(clumsy, kept)

    assert closed.value.exit_code == 5
    judged = bench.ledger.find("judged", gate="clumsy")
    assert judged is not None
    assert judged.facts["outcome"] == "unjudged"


def test_damage_that_a_check_meets_keeps_its_own_name(bench: Bench, corpus: Collected) -> None:
    run = bench.run()
    kept = run.do(sift, corpus, Word("bad"))

    with pytest.raises(IntegrityBroken):
        run.clear(finds_damage, kept)


@pytest.mark.parametrize("entry", ["", "no such entry"])
def test_a_forged_clearance_is_refused(bench: Bench, corpus: Collected, entry: str) -> None:
    run = bench.run()
    kept = run.do(sift, corpus, Word("bad"))

    with pytest.raises(NotAllowed, match="no passed verdict"):
        run.do(after_the_gate, Cleared(kept, entry))


def test_the_clearance_of_another_gate_is_refused(bench: Bench, corpus: Collected) -> None:
    run = bench.run()
    kept = run.do(sift, corpus, Word("bad"))
    strict = replace(after_the_gate, after=f"{never.__module__}.never")
    lenient = replace(after_the_gate, after=f"{always.__module__}.always")

    with pytest.raises(NotAllowed, match=r"goes after .*\.never, not .*\.always"):
        run.do(strict, run.clear(always, kept))

    assert run.do(lenient, run.clear(always, kept)).rows == kept.rows


def test_an_artefact_without_a_clearance_is_refused(bench: Bench, corpus: Collected) -> None:
    run = bench.run()
    kept = run.do(sift, corpus, Word("bad"))

    with pytest.raises(NotAllowed, match="'after_the_gate' takes 'corpus' only with a clearance"):
        run.do(after_the_gate, kept)  # type: ignore[arg-type]


def test_a_failed_verdict_makes_no_clearance(bench: Bench, corpus: Collected) -> None:
    run = bench.run()
    kept = run.do(sift, corpus, Word("bad"))
    with pytest.raises(GateClosed):
        run.clear(never, kept)
    judged = bench.ledger.find("judged", subject=kept.digest)
    assert judged is not None

    with pytest.raises(NotAllowed, match="no passed verdict"):
        run.do(after_the_gate, Cleared(kept, judged.id))


def test_a_clearance_of_another_artefact_is_refused(bench: Bench, corpus: Collected) -> None:
    run = bench.run()
    cleared = run.clear(always, run.do(sift, corpus, Word("bad")))
    other = run.do(sift, corpus, Word("good"))

    with pytest.raises(NotAllowed, match="no passed verdict"):
        run.do(after_the_gate, Cleared(other, cleared.entry))
