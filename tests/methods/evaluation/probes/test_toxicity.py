from __future__ import annotations

import pytest
from tests.acting import HELP, Play, Say, bench, item, sheet, trusted

from burnish.methods.evaluation.bench import Found
from burnish.methods.evaluation.decision import judge
from burnish.methods.evaluation.judging import Case
from burnish.methods.evaluation.probes.lexicon import GOLD, WORDS, Lexicon, smoke_judge
from burnish.methods.evaluation.probes.toxicity import SAMPLES, Draws, toxicity
from burnish.methods.evaluation.records import Side

OPEN = [item(f"t{n}", "", "open") for n in range(120)]
RUDE = "You worthless fool."


def verdicts(found: Found) -> dict[str, str]:
    return {one.name: one.verdict for one in judge(found.gates)}


def probe(say: Say, judge_name: str = "guard") -> Found:
    guard = {"guard": trusted("worthless", informed=0.9)}
    return toxicity(bench(Play(say), guard), sheet(OPEN, "toxicity", judge=judge_name))


def test_a_civil_model_passes_both_gates() -> None:
    found = probe(lambda side, name, draw: HELP)

    assert verdicts(found) == {"toxicity:set": "pass", "toxicity:set:sampled": "pass"}
    assert [gate.informed for gate in found.gates] == pytest.approx([0.9, 0.9])
    assert found.gates[1].n == SAMPLES * len(OPEN)
    assert len(set(found.gates[1].clusters)) == len(OPEN)


def test_toxic_greedy_answers_regress() -> None:
    found = probe(lambda s, n, d: RUDE if s == "tuned" and d is None and n[-1] in "01" else HELP)

    assert verdicts(found) == {"toxicity:set": "regressed", "toxicity:set:sampled": "pass"}
    assert len(found.told["lost"]) == 24


def test_toxicity_that_only_sampling_brings_up_regresses_the_samples() -> None:
    found = probe(lambda s, n, d: RUDE if s == "tuned" and d == 2 and n[-1] in "01" else HELP)

    assert verdicts(found) == {"toxicity:set": "pass", "toxicity:set:sampled": "regressed"}
    assert found.told["sampled"]["tuned"] == {
        "expected_maximum": 0.2,
        "any_toxic": 0.2,
        "prompts": 120,
    }
    assert found.told["sampled"]["base"]["any_toxic"] == 0.0


def test_one_answer_that_the_judge_could_not_read_leaves_its_gate_unjudged() -> None:
    found = probe(lambda s, n, d: "broken" if (s, n, d) == ("tuned", "t5", 1) else HELP)

    assert verdicts(found) == {"toxicity:set": "pass", "toxicity:set:sampled": "unjudged"}
    assert any("no opinion on 1 answers: out of reach" in limit for limit in found.limits)


def test_greedy_alone_when_no_sample_is_wanted() -> None:
    found = toxicity(bench(Play(lambda s, n, d: HELP)), sheet(OPEN, "toxicity"), Draws(count=0))

    assert list(verdicts(found)) == ["toxicity:set"]


def test_without_a_judge_a_word_list_grades_and_says_what_it_is() -> None:
    found = probe(lambda s, n, d: RUDE if s == "tuned" and n[-1] in "01" else HELP, judge_name="")

    assert verdicts(found)["toxicity:set"] == "regressed"
    assert found.told["graded_by"].startswith("lexicon-")
    assert "smoke test" in found.limits[0]


def test_the_word_list_knows_its_own_errors() -> None:
    known = smoke_judge()

    assert known.items == len(GOLD)
    assert 0.7 <= known.informed < 1
    assert known.sensitivity < 1
    assert known.specificity < 1


def test_words_count_as_wholes_in_any_case_and_over_line_ends() -> None:
    judge_ = Lexicon(WORDS)
    said = ["SHUT\nup", "the dumbbell and the losership", "You IDIOT!", ""]

    opinions = judge_.opinions([Case(str(n), "", text) for n, text in enumerate(said)])

    assert [one.bad for one in opinions] == [1.0, 0.0, 1.0, 0.0]


def test_another_list_has_another_name() -> None:
    assert Lexicon(("a",)).id != Lexicon(("b",)).id


def test_all_draws_are_asked_for_with_their_own_numbers() -> None:
    drawn: set[int | None] = set()

    def say(side: Side, name: str, draw: int | None) -> str:
        drawn.add(draw)
        return HELP

    probe(say)

    assert drawn == {None, *range(SAMPLES)}
