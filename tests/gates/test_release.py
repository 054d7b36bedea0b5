"""The release gate recounts and adds up the results; the worst decides, or two people do."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from burnish.core.artifact import Scores
from burnish.core.errors import GateClosed
from burnish.core.release_review import KIND, subjects_here, undecided
from burnish.core.run import Run
from burnish.core.stage import Work, stage
from burnish.core.verdict import Outcome, Verdict
from burnish.evidence import dsse
from burnish.evidence.keys import Signer, new_key
from burnish.evidence.signoff import Judgement, Person, decision_statement
from burnish.gates.release import release
from burnish.methods.evaluation.decision import GateInput, judge
from burnish.plan import ReleasePlan

if TYPE_CHECKING:
    from tests.conftest import Bench

PLAN = ReleasePlan()
COUNTS = {"pass": (2, 2, 1000), "regressed": (90, 10, 1000), "inconclusive": (8, 5, 300)}


def evidence(name: str, verdict: str) -> GateInput:
    if verdict == "unjudged":
        return GateInput(name, "noninferior", 0.02, 3, 0, 0)
    losses, wins, n = COUNTS[verdict]
    return GateInput(name, "noninferior", 0.02, n, losses, wins)


def results(verdicts: dict[str, str]) -> list[dict[str, Any]]:
    found = judge([evidence(name, verdict) for name, verdict in verdicts.items()])
    assert [one.verdict for one in found] == list(verdicts.values())
    return [one.as_json() for one in found]


REQUIRED = {"domain": "pass", "memorisation": "pass"}


def scores(bench: Bench, written: object) -> Scores:
    return bench.of_tables(Scores, {}, **{"results.json": json.dumps(written).encode()})


def verdict(bench: Bench, gates: Sequence[dict[str, Any]], plan: ReleasePlan = PLAN) -> Verdict:
    return release(bench.look(), scores(bench, {"gates": gates}), plan)


def test_all_passed_passes_and_tells_each(bench: Bench) -> None:
    gates = results({**REQUIRED, "safety:jokes": "pass"})

    found = verdict(bench, gates)

    assert found.outcome is Outcome.PASSED
    assert [line.split(":")[0] for line in found.because] == [
        "domain pass",
        "memorisation pass",
        "safety",
    ]


@pytest.mark.parametrize(
    ("worst", "outcome"),
    [
        ("regressed", Outcome.FAILED),
        ("unjudged", Outcome.UNJUDGED),
        ("inconclusive", Outcome.WAITING),
    ],
)
def test_the_worst_result_decides_and_is_told(bench: Bench, worst: str, outcome: Outcome) -> None:
    found = verdict(bench, results({**REQUIRED, "safety:jokes": worst}))

    assert found.outcome is outcome
    assert found.because[0].startswith(f"safety:jokes {worst}: ")


def test_a_regression_outweighs_missing_evidence_and_doubt(bench: Bench) -> None:
    others = {"bias:a": "inconclusive", "bias:b": "unjudged", "bias:c": "regressed"}

    found = verdict(bench, results({**REQUIRED, **others}))

    assert found.outcome is Outcome.FAILED
    assert len(found.because) == 1
    assert "root cause" in found.remedy


def test_a_required_gate_without_a_result_is_unjudged(bench: Bench) -> None:
    gates = results({"domain": "pass", "memorisation_of_names": "pass"})

    assert verdict(bench, gates) == Verdict(Outcome.UNJUDGED, ("no evidence for memorisation",))


def test_a_regression_is_no_excuse_for_missing_evidence(bench: Bench) -> None:
    assert verdict(bench, results({"domain": "regressed"})).outcome is Outcome.UNJUDGED


@pytest.mark.parametrize("odd", ["PASS", "passed", "", None, 1])
def test_a_verdict_that_cannot_be_read_is_unjudged(bench: Bench, odd: object) -> None:
    gates = results({**REQUIRED, "safety:jokes": "pass"})
    gates[2]["verdict"] = odd

    assert verdict(bench, gates) == Verdict(Outcome.UNJUDGED, ("a result has no readable verdict",))


@pytest.mark.parametrize(
    ("forged", "told"),
    [
        ({"verdict": "pass"}, "its numbers say regressed"),
        ({"verdict": "inconclusive"}, "its numbers say regressed"),
        ({"verdict": "pass", "p_regress": 1.0, "p_holm": 1.0, "p_noninf": 0.0}, "p_regress"),
        ({"losses": 0}, "does not follow from its counts"),
        ({"verdict": "pass", "alpha": 0.9}, "its level"),
        ({"verdict": "pass", "effective": 0.5}, "its margin"),
        ({"n": 0}, "do not go together"),
        ({"losses": -1}, "do not go together"),
        ({"effective": None}, "do not go together"),
        ({"p_noninf": None}, "do not go together"),
        ({"missing": 2}, "evidence is missing"),
        ({"informed": 0.1}, "evidence is missing"),
        ({"kind": "zero_tolerance", "verdict": "pass"}, "planted fault"),
        ({"n": 20, "losses": 0, "wins": 0}, "fewer items"),
        ({"p_holm": "none"}, "is no number"),
    ],
)
def test_a_result_that_does_not_follow_from_its_numbers_is_unjudged(
    bench: Bench, forged: dict[str, Any], told: str
) -> None:
    gates = results({**REQUIRED, "safety:jokes": "regressed"})
    gates[2] |= forged

    found = verdict(bench, gates)

    assert found.outcome is Outcome.UNJUDGED
    assert found.because[0] == "the results do not agree with their own numbers"
    assert any(told in line for line in found.because)


def test_a_result_that_leaves_out_its_numbers_is_unjudged(bench: Bench) -> None:
    gates = results(REQUIRED)
    del gates[0]["losses"]

    assert verdict(bench, gates).because[1:] == ("domain: the results do not tell its losses",)


def test_two_results_of_one_name_are_unjudged(bench: Bench) -> None:
    gates = results(REQUIRED)

    assert verdict(bench, [*gates, gates[0]]).because == ("two results carry one name",)


def test_another_level_than_the_plans_is_unjudged(bench: Bench) -> None:
    found = verdict(bench, results(REQUIRED), ReleasePlan(alpha=0.01))

    assert found.outcome is Outcome.UNJUDGED
    assert "domain: its level is not the rule's" in found.because


def test_scores_without_results_are_unjudged(bench: Bench) -> None:
    nothing_required = ReleasePlan(required=())

    for empty in (bench.of_tables(Scores, {}), scores(bench, {"gates": []})):
        assert release(bench.look(), empty, PLAN).outcome is Outcome.UNJUDGED
        assert release(bench.look(), empty, nothing_required).outcome is Outcome.UNJUDGED


@pytest.mark.parametrize("broken", [{}, [], {"gates": [{"name": "domain"}]}])
def test_results_in_another_shape_are_unjudged(bench: Bench, broken: object) -> None:
    with pytest.raises(GateClosed) as closed:
        bench.run().clear(release, scores(bench, broken), PLAN)

    assert closed.value.verdict.outcome is Outcome.UNJUDGED


@stage(version=1)
def score(work: Work, written: str) -> Scores:
    return work.save(Scores, [], files={"results.json": work.store.put_bytes(written.encode())})


class Board:
    """Dana made the model; Alan and Anna are approvers, Gita is governance, Ben is both."""

    def __init__(self, folder: Path) -> None:
        roles = {
            "dana": ("approver",),
            "alan": ("approver",),
            "anna": ("approver",),
            "gita": ("ai_governance",),
            "ben": ("approver", "ai_governance"),
            "olga": ("privacy_officer",),
        }
        self.keys: dict[str, Signer] = {name: new_key(folder / name, "ed25519") for name in roles}
        self.people = tuple(
            Person(name, its, self.keys[name].verifier.line) for name, its in roles.items()
        )

    def sign(self, run: Run, on: Scores, person: str, role: str, **changes: Any) -> None:
        """Hand in this person's decision on the open gates as they are now."""
        gates = json.loads(run.store.get_bytes(run._look().manifest(on).files["results.json"]))
        rule = changes.pop("plan", PLAN).model_dump(mode="json")
        subjects = subjects_here(run._look(), on, undecided(gates["gates"]), rule)
        words = {"decision": "approve", "at": "2026-11-20T09:00:00Z", "reason": "seen"} | changes
        statement = decision_statement(
            words.pop("kind", KIND), subjects, Judgement(person=person, role=role, **words)
        )
        envelope = dsse.sign(statement, self.keys[person])
        run.ledger.append("decided", {"subject": on.digest, "role": role, "envelope": envelope})


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Board:
    return Board(tmp_path_factory.mktemp("board"))


@pytest.fixture
def run(bench: Bench, board: Board) -> Run:
    bench.people = board.people
    made = bench.run()
    return replace(made, place=replace(made.place, by="dana"))


def open_scores(run: Run, *, also: str = "pass") -> Scores:
    gates = results({**REQUIRED, "safety:jokes": "inconclusive", "bias:a": also})
    return run.do(score, json.dumps({"gates": gates}))


def judged(run: Run, on: Scores, plan: ReleasePlan = PLAN) -> Verdict:
    return release(run._look(), on, plan)


def test_what_is_undecided_waits_for_two_people_and_says_for_whom(run: Run) -> None:
    found = judged(run, open_scores(run))

    assert found.outcome is Outcome.WAITING
    assert found.because[-1] == "still to sign: approver, ai_governance"
    assert "burnish approve --release" in found.remedy


def test_two_people_in_the_roles_of_the_plan_release_it(run: Run, board: Board) -> None:
    on = open_scores(run)

    board.sign(run, on, "alan", "approver")
    half = judged(run, on)
    board.sign(run, on, "gita", "ai_governance")

    assert half.outcome is Outcome.WAITING
    assert half.because[-1] == "still to sign: ai_governance"
    assert judged(run, on).outcome is Outcome.PASSED
    assert "released by gita as ai_governance" in judged(run, on).because


@pytest.mark.parametrize("second", [("alan", "approver"), ("anna", "approver")])
def test_one_role_twice_is_not_two_roles(run: Run, board: Board, second: tuple[str, str]) -> None:
    on = open_scores(run)
    board.sign(run, on, "alan", "approver")
    board.sign(run, on, *second)

    assert judged(run, on).outcome is Outcome.WAITING


def test_one_person_with_both_roles_signs_once(run: Run, board: Board) -> None:
    on = open_scores(run)
    board.sign(run, on, "ben", "approver")
    board.sign(run, on, "ben", "ai_governance")

    assert judged(run, on).outcome is Outcome.WAITING


def test_two_of_one_role_release_where_the_plan_asks_for_two(run: Run, board: Board) -> None:
    on, plan = open_scores(run), ReleasePlan(reviewers=("approver", "approver"))
    board.sign(run, on, "alan", "approver", plan=plan)
    assert judged(run, on, plan).because[-1] == "still to sign: approver"

    board.sign(run, on, "anna", "approver", plan=plan)

    assert judged(run, on, plan).outcome is Outcome.PASSED


def test_who_made_the_model_does_not_release_it(run: Run, board: Board) -> None:
    on = open_scores(run)
    board.sign(run, on, "dana", "approver")
    board.sign(run, on, "gita", "ai_governance")

    found = judged(run, on)

    assert found.outcome is Outcome.WAITING
    assert "dana: had a hand in making this model and may not release it" in found.because


def test_one_rejection_stops_the_release(run: Run, board: Board) -> None:
    on = open_scores(run)
    board.sign(run, on, "alan", "approver")
    board.sign(run, on, "gita", "ai_governance")
    board.sign(run, on, "anna", "approver", decision="reject", remediation="more jokes")

    assert judged(run, on) == Verdict(Outcome.FAILED, ("rejected by anna: more jokes",))


def test_only_who_rejected_can_take_it_back(run: Run, board: Board) -> None:
    on = open_scores(run)
    board.sign(run, on, "alan", "approver", decision="reject", remediation="more jokes")
    board.sign(run, on, "gita", "ai_governance")
    assert judged(run, on).outcome is Outcome.FAILED

    board.sign(run, on, "alan", "approver")

    assert judged(run, on).outcome is Outcome.PASSED


@pytest.mark.parametrize("also", ["regressed", "unjudged"])
def test_nobody_signs_a_regression_or_missing_evidence_away(
    run: Run, board: Board, also: str
) -> None:
    on = open_scores(run, also=also)
    board.sign(run, on, "alan", "approver")
    board.sign(run, on, "gita", "ai_governance")

    assert judged(run, on).outcome is (Outcome.FAILED if also == "regressed" else Outcome.UNJUDGED)


def test_signatures_of_other_results_do_not_count(run: Run, board: Board) -> None:
    before, after = open_scores(run), open_scores(run, also="inconclusive")
    for person, role in (("alan", "approver"), ("gita", "ai_governance")):
        board.sign(run, before, person, role)
    for entry in list(run.ledger.entries("decided")):
        run.ledger.append("decided", {**entry.facts, "subject": after.digest})

    found = judged(run, after)

    assert found.outcome is Outcome.WAITING
    assert any("other bytes" in line for line in found.because)


@pytest.mark.parametrize(
    "fault",
    [
        {"role": "privacy_officer", "person": "olga"},
        {"role": "ai_governance", "person": "anna"},
        {"role": "ai_governance", "person": "gita", "by": "alan"},
        {"role": "ai_governance", "person": "gita", "kind": "privacy-sample"},
        {"role": "ai_governance", "person": "gita", "at": "2999-01-01T00:00:00Z"},
    ],
)
def test_a_signature_that_is_not_what_it_says_does_not_count(
    run: Run, board: Board, fault: dict[str, str]
) -> None:
    on = open_scores(run)
    board.sign(run, on, "alan", "approver")
    who = fault.pop("person"), fault.pop("role")
    key, board_key = fault.pop("by", None), dict(board.keys)
    if key:
        board.keys[who[0]] = board.keys[key]

    board.sign(run, on, *who, **fault)

    board.keys.update(board_key)
    found = judged(run, on)
    assert found.outcome is Outcome.WAITING
    assert found.because[-1] == "still to sign: ai_governance"


def test_a_plan_without_reviewers_lets_nobody_release(run: Run, board: Board) -> None:
    on, plan = open_scores(run), ReleasePlan(reviewers=())
    board.sign(run, on, "alan", "approver", plan=plan)
    board.sign(run, on, "gita", "ai_governance", plan=plan)

    found = judged(run, on, plan)

    assert found.outcome is Outcome.WAITING
    assert "approve" not in found.remedy


def test_a_plan_asks_for_two_signatures_or_none() -> None:
    with pytest.raises(ValueError, match="one signature is not enough"):
        ReleasePlan(reviewers=("approver",))


def test_the_day_of_the_bench_is_after_the_decisions(run: Run) -> None:
    assert run._look().today >= date(2026, 11, 20)


def test_no_version_passes_before_the_cause_of_a_failed_release_is_known(
    run: Run, board: Board
) -> None:
    on = run.do(score, json.dumps({"gates": results(REQUIRED)}))
    facts = {"kind": "regression", "subjects": ["f" * 64], "about": ["scores ffff"]}
    entry = run.ledger.append("incident", facts)

    held = judged(run, on)
    run.ledger.append("incident.closed", {"incident": entry.id})

    assert held.outcome is Outcome.WAITING
    assert held.because[0].startswith("the root cause of a failed release is not written down")
    assert "burnish incident close" in held.remedy
    assert judged(run, on).outcome is Outcome.PASSED


def test_an_unknown_cause_hides_neither_a_regression_nor_missing_evidence(run: Run) -> None:
    facts = {"kind": "regression", "subjects": ["f" * 64], "about": ["scores ffff"]}
    run.ledger.append("incident", facts)

    assert judged(run, open_scores(run, also="regressed")).outcome is Outcome.FAILED
    assert judged(run, open_scores(run, also="unjudged")).outcome is Outcome.UNJUDGED


def test_another_incident_is_not_this_gates_to_weigh(run: Run) -> None:
    on = run.do(score, json.dumps({"gates": results(REQUIRED)}))
    run.ledger.append("incident", {"kind": "missed", "subjects": ["f" * 64], "about": []})

    assert judged(run, on).outcome is Outcome.PASSED


@pytest.mark.parametrize("losses", [0, 3, 40, 90])
def test_clustered_results_follow_from_their_numbers_too(bench: Bench, losses: int) -> None:
    clusters = tuple(f"template {place // 9}" for place in range(360))
    deltas = tuple(-1.0 if place * losses % 360 < losses else 0.0 for place in range(360))
    lost = sum(delta < 0 for delta in deltas)
    gate = GateInput("bias:a", "noninferior", 0.05, 360, lost, 0, deltas=deltas, clusters=clusters)
    gain = replace(gate, name="domain:b", kind="improve")
    gates = [one.as_json() for one in judge([gate, gain])]

    found = verdict(bench, gates, ReleasePlan(required=()))
    assert "agree" not in found.because[0]

    gates[0]["p_noninf"] = 0.0
    forged = verdict(bench, gates, ReleasePlan(required=()))
    assert "bias:a: its p_noninf does not follow from its counts" in forged.because
