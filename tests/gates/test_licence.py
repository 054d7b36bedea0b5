"""The licence gate: permits, forbids, depends, contradicted by the model's folder, or unjudged."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from burnish.core.artifact import Mixed
from burnish.core.verdict import Outcome, Verdict
from burnish.gates import licence as gate
from burnish.gates.licence import licence
from burnish.plan import BaseModelPlan

if TYPE_CHECKING:
    from tests.conftest import Bench

CARD = "---\nlicense: {}\n{}---\n# A model\n"


@pytest.fixture
def base(bench: Bench) -> Path:
    """The folder of a base model that says nothing of itself."""
    folder = bench.root / "base"
    folder.mkdir()
    return folder


def judge(
    bench: Bench, name: str, tuning: bool | None = None, derivatives: bool | None = None
) -> Verdict:
    base = BaseModelPlan(
        path="base",
        licence=name,
        provenance="the maker's site",
        permits_fine_tuning=tuning,
        permits_derivatives=derivatives,
    )
    return licence(bench.look(), Mixed("0" * 64, 1), base)


def test_a_permissive_licence_passes_and_tells_source_conditions_and_pin(
    bench: Bench, base: Path
) -> None:
    verdict = judge(bench, "Apache-2.0")

    assert verdict.outcome is Outcome.PASSED
    assert verdict.because[0] == "licence Apache-2.0, from the maker's site"
    told = " ".join(verdict.because)
    assert "condition: keep its notices" in told
    assert "https://www.apache.org/licenses/LICENSE-2.0" in told
    assert "not pinned" in told
    assert "names no licence: the plan's word stands alone" in told


@pytest.mark.parametrize("name", ["CC-BY-NC-4.0", "qwen-research", "MRL"])
def test_a_licence_that_forbids_it_fails_whatever_the_plan_states(
    bench: Bench, base: Path, name: str
) -> None:
    assert judge(bench, name).outcome is Outcome.FAILED
    assert judge(bench, name, True, True).outcome is Outcome.FAILED


@pytest.mark.parametrize("stated", [(False, True), (True, False), (False, None), (None, False)])
def test_a_stated_no_fails_whatever_the_licence(
    bench: Bench, base: Path, stated: tuple[bool | None, bool | None]
) -> None:
    for name in ("Apache-2.0", "House licence 3"):
        assert judge(bench, name, *stated).outcome is Outcome.FAILED


def test_an_unknown_licence_passes_when_the_plan_states_both_permissions(
    bench: Bench, base: Path
) -> None:
    assert judge(bench, "House licence 3", True, True).outcome is Outcome.PASSED


@pytest.mark.parametrize("name", ["House licence 3", "llama3.1", "Gemma Terms of Use", "openrail"])
@pytest.mark.parametrize("stated", [(None, None), (True, None), (None, True)])
def test_an_unknown_or_conditional_licence_is_unjudged_and_says_what_to_state(
    bench: Bench, base: Path, name: str, stated: tuple[bool | None, bool | None]
) -> None:
    verdict = judge(bench, name, *stated)

    assert verdict.outcome is Outcome.UNJUDGED
    assert "base_model.permits_fine_tuning" in verdict.remedy


def test_the_conditions_of_a_community_licence_are_told_before_and_after_somebody_judged(
    bench: Bench, base: Path
) -> None:
    for verdict in (
        judge(bench, "llama3.1"),
        judge(bench, "Llama 3.1 Community License", True, True),
    ):
        told = " ".join(verdict.because)
        assert "show 'Built with Llama'" in told
        assert "700 million" in told
        assert "https://www.llama.com/llama3_1/license/" in told


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("README.md", CARD.format("cc-by-nc-4.0", "")),
        ("README.md", CARD.format("other", "license_name: llama3.1\n")),
        ("README.md", CARD.format("[mit, gemma]", "")),
        ("LICENSE.txt", "LLAMA 3.1 COMMUNITY LICENSE AGREEMENT\nVersion Release Date ..."),
        ("LICENSE", "Gemma Terms of Use\n\nLast modified"),
    ],
)
def test_a_folder_that_contradicts_the_plan_fails_and_names_the_file(
    bench: Bench, base: Path, file: str, text: str
) -> None:
    (base / file).write_text(text, encoding="utf-8")

    verdict = judge(bench, "Apache-2.0", True, True)

    assert verdict.outcome is Outcome.FAILED
    assert file in verdict.because[0]


def test_a_folder_that_says_the_same_in_other_words_agrees(bench: Bench, base: Path) -> None:
    (base / "README.md").write_text(CARD.format("apache-2.0", ""), encoding="utf-8")
    head = ("Apache License", "Version 2.0, January 2004", "http://www.apache.org/licenses/")
    (base / "LICENSE").write_text("\n".join(f"{line:>60}" for line in head), encoding="utf-8")

    verdict = judge(bench, "Apache License 2.0")

    assert verdict.outcome is Outcome.PASSED
    assert verdict.because[-1] == "README.md and LICENSE of the model say the same"


def test_a_licence_text_that_nobody_knows_is_for_a_person(bench: Bench, base: Path) -> None:
    (base / "LICENSE").write_text("Terms of our house", encoding="utf-8")

    assert judge(bench, "Apache-2.0").outcome is Outcome.UNJUDGED
    assert judge(bench, "Apache-2.0", True, True).outcome is Outcome.PASSED


def test_the_licence_of_the_model_it_was_made_from_binds_too(bench: Bench, base: Path) -> None:
    front = CARD.format("apache-2.0", "base_model: meta-llama/Llama-3.1-8B\n")
    (base / "README.md").write_text(front, encoding="utf-8")

    verdict = judge(bench, "Apache-2.0")

    assert verdict.outcome is Outcome.UNJUDGED
    assert "made from meta-llama/Llama-3.1-8B, whose licence llama3.1" in verdict.because[0]


def test_a_card_that_cannot_be_read_is_no_evidence(bench: Bench, base: Path) -> None:
    (base / "README.md").write_text("---\nlicense: [\n---\n", encoding="utf-8")

    with pytest.raises(ValueError, match="front matter"):
        judge(bench, "Apache-2.0")


def test_a_judgement_that_could_not_fail_is_no_judgement(
    bench: Bench, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "judge", lambda base, stated: Verdict(Outcome.PASSED))

    assert judge(bench, "Apache-2.0").outcome is Outcome.UNJUDGED
