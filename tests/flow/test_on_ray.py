"""On Ray the flow makes the same bytes, also when it is killed in the middle and run again."""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Desk
    from tests.flow.conftest import Blow, Journey

BEFORE_THE_REVIEW = ("collect", "dedup", "quality", "screen", "mask")


@pytest.mark.slow
def test_killed_and_run_again_on_ray_it_makes_what_it_makes_in_one_process(
    at: Callable[[str], Desk],
    blow: type[Blow],
    journey: Journey,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("RAY_AUTH_TOKEN", "ab" * 32)  # else Ray writes one into the home folder
    undisturbed = journey.moments["done"].digests()
    desk = at("fresh")
    desk.change(engine={"kind": "ray", "address": "local", "workers": 2})

    assert blow(signal.SIGKILL, "mask", "advance")(desk).code == -signal.SIGKILL
    polite = blow(signal.SIGTERM, "mask", "begin")(desk)
    ended = desk("run")

    assert polite.code == 7, polite.err
    assert "burnish run goes on where it stopped" in polite.err
    assert ended.code == 4, ended.err
    assert desk.digests() == {step: undisturbed[step] for step in BEFORE_THE_REVIEW}
    assert desk.leaks() == []
