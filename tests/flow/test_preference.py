"""Pairs of a better and a worse answer, from a file to weights that prefer the better one."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.conftest import Desk


def with_worse_answers(desk: Desk) -> None:
    """Beside each answer that of a later ticket, and a plan that learns which is the better."""
    path = desk.folder / "data" / "tickets.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    answers = [row["answer"] for row in rows]
    later = [*answers[7:], *answers[:7]]
    worse = [{**row, "worse": f"{a} Or so."} for row, a in zip(rows, later, strict=True)]
    path.write_text("\n".join(map(json.dumps, worse[:150])) + "\n", encoding="utf-8")
    desk.change(train__objective="preference", train__packing=False, train__epochs=1)
    plan = (desk.folder / "burnish.yaml").read_text(encoding="utf-8")
    named = plan.replace("subject: customer", "subject: customer\n    rejected: worse", 1)
    (desk.folder / "burnish.yaml").write_text(named, encoding="utf-8")


def test_pairs_go_the_whole_way_and_the_model_prefers_what_was_chosen(
    at: Callable[[str], Desk],
) -> None:
    desk = at("fresh")
    with_worse_answers(desk)

    assert desk("run").code == 4
    assert desk("approve", "--reason", "seen", by="priya").code == 0
    ended = desk("run")

    assert ended.code in (0, 3, 4, 5), ended.err
    first, *_, last = desk("show", "train", "--json").json["facts"]["result"]["validation"]
    assert (first["preferred"], last["preferred"] > 0.8) == (0.0, True)
    assert last["chosen_reward"] > last["rejected_reward"]
    halves = desk("show", "convert", "--tokens", "--count", "1")
    assert [line.split()[2] for line in halves.out.splitlines() if "trained" in line] == [
        "answer",
        "rejected",
    ]
