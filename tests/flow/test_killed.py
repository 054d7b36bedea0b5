"""A run may be killed at any instant: the next one goes on, and nothing in it differs."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Desk
    from tests.flow.conftest import Blow, Journey

KILLED = -signal.SIGKILL
BEFORE_THE_REVIEW = ("collect", "dedup", "quality", "screen", "mask")
IN_EPOCH_2 = "train step 10 "


def made(desk: Desk) -> list[str]:
    return [facts["stage"] for facts in desk.entries("made")]


@pytest.fixture
def undisturbed(journey: Journey) -> dict[str, str]:
    return journey.moments["done"].digests()


def test_killed_in_every_step_before_the_review(
    at: Callable[[str], Desk], blow: type[Blow], undisturbed: dict[str, str]
) -> None:
    desk = at("fresh")
    desk.change(engine={"kind": "local", "workers": 2})

    for place, step in enumerate(BEFORE_THE_REVIEW):
        assert blow(signal.SIGKILL, step, "advance")(desk).code == KILLED, step
        assert made(desk) == list(BEFORE_THE_REVIEW[:place])
    ended = desk("run")

    assert ended.code == 4, ended.err
    assert desk.digests() == {step: undisturbed[step] for step in BEFORE_THE_REVIEW}


def test_killed_in_every_step_after_it(
    at: Callable[[str], Desk], blow: type[Blow], undisturbed: dict[str, str]
) -> None:
    desk = at("approved")
    blows = {
        "convert": blow(signal.SIGKILL, "convert", "advance"),
        "split": blow(signal.SIGKILL, "split", "begin"),
        "mix": blow(signal.SIGKILL, "mix", "begin"),
        "train": blow(signal.SIGKILL, "train", "advance", IN_EPOCH_2),
        "evaluate": blow(signal.SIGKILL, "evaluate", "advance"),
    }

    for step, struck in blows.items():
        assert struck(desk).code == KILLED, step
        assert step not in made(desk)
    ended = desk("run")

    assert ended.code == 0, ended.err
    assert desk.digests() == undisturbed


def test_killed_between_bundle_and_signature(
    at: Callable[[str], Desk], blow: type[Blow], undisturbed: dict[str, str]
) -> None:
    desk = at("judged")
    assert made(desk)[-1] == "evaluate"

    assert blow(signal.SIGKILL, "bundle", "end")(desk).code == KILLED
    assert not list(desk.folder.glob("bundles/*/bundle.sig"))
    half = desk.folder / "bundles" / f".desk-{undisturbed['bundle'][:12]}.part"
    half.mkdir(parents=True)
    (half / "README.md").write_text("half", encoding="utf-8")
    ended = desk("run", "--json")

    assert ended.code == 0, ended.err
    assert desk.digests() == undisturbed
    assert not half.exists()
    told = desk("verify", ended.json["bundle"], "--key", "keys/release.pem.pub")
    assert told.code == 0, told.err


def test_asked_to_stop_in_epoch_2_training_saves_itself_and_goes_on_to_the_same_weights(
    at: Callable[[str], Desk], blow: type[Blow], journey: Journey
) -> None:
    desk, done = at("approved"), journey.moments["done"]

    stopped = blow(signal.SIGTERM, "train", "advance", IN_EPOCH_2)(desk)

    assert stopped.code == 7
    assert "stopped after step 10; its checkpoint is saved" in stopped.err
    assert desk("status", "--json").json["state"] == "interrupted"
    again = blow(signal.SIGKILL, "train", "end")(desk)
    assert "train step 0 " not in again.err
    assert "train step 11 " in again.err
    assert desk.digests()["train"] == done.digests()["train"]
    here, there = (d("show", "train", "--json").json["files"] for d in (desk, done))
    assert here["weights/adapter_model.safetensors"] == there["weights/adapter_model.safetensors"]


def test_a_private_training_goes_on_to_the_same_weights_and_is_charged_once(
    at: Callable[[str], Desk], blow: type[Blow], tmp_path: Path
) -> None:
    """Both desks go on from one moment: another start would have another secret."""
    desk = at("approved")
    desk.change(train__privacy={"epsilon": 8.0}, train__max_steps=8)

    stopped = blow(signal.SIGTERM, "train", "advance", "train step 3 ")(desk)
    other = desk.copy(tmp_path / "other")
    killed = blow(signal.SIGKILL, "train", "advance", "train step 5 ")(desk)
    for one in (desk, other):
        ended = blow(signal.SIGKILL, "train", "end")(one)
        assert "train" in one.digests(), ended.err

    assert (stopped.code, killed.code) == (7, KILLED), stopped.err
    here, there = (d("show", "train", "--json").json["files"] for d in (desk, other))
    assert here == there
    assert [facts["steps"] for facts in desk.entries("charged")] == [8]
    assert desk("budget", "--json").json["sources"][0]["epsilon"] <= 8


def test_two_runs_at_once_are_refused(at: Callable[[str], Desk], blow: type[Blow]) -> None:
    desk = at("fresh")

    with blow(signal.SIGSTOP, "dedup").held(desk) as first:
        second = desk("run")
        assert second.code == 2
        assert "another run holds" in second.err
        assert "burnish status" in second.err

    assert first.returncode == 4
