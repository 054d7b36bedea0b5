"""What people see of a run's artefacts: pages, clusters, masking side by side, tokens."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from burnish.api.previewing import Ask, View, show
from burnish.core.errors import InputError, NotAllowed

if TYPE_CHECKING:
    from tests.conftest import Desk


@pytest.fixture
def desk(at: Callable[[str], Desk]) -> Desk:
    return at("done")


def seen(desk: Desk, step: str, view: View = "rows", by: str = "dana", **ask: Any) -> Any:
    key = desk.folder / f"keys/{by}.pem"
    return show(Path(desk.folder), step, Ask(view=view, **ask), key=key)


def test_pages_follow_each_other_without_gap_or_overlap(desk: Desk) -> None:
    whole = seen(desk, "mask", count=7).page
    pages = [row for start in (0, 3, 6) for row in seen(desk, "mask", start=start, count=3).page]

    assert [row["id"] for row in pages[:7]] == [row["id"] for row in whole]
    told = desk("show", "mask", "--count", "3")
    assert "more: burnish show mask --start 3" in told.out


def test_dropped_rows_can_be_asked_for_by_reason_and_source(desk: Desk) -> None:
    reasons = seen(desk, "dedup", count=0).reasons

    found = seen(desk, "dedup", dropped=True, reason="exact_duplicate", count=999, clear=True)

    assert len(found.page) == reasons["exact_duplicate"]
    assert {row["dropped_because"] for row in found.page} == {"exact_duplicate"}
    assert not seen(desk, "mask", source="nobody").page


def test_a_cluster_shows_who_stays_beside_who_goes(desk: Desk) -> None:
    shown = seen(desk, "dedup", "clusters", count=999, clear=True)

    removed = [row for cluster in shown.page for row in cluster["removed"]]
    assert len(removed) == sum(shown.reasons.values())
    for cluster in shown.page:
        stays = cluster["survivor"]
        assert stays["messages"]
        assert all(row["cluster"] == stays["cluster"] for row in cluster["removed"])
        assert all(row["similarity"] >= 0.8 for row in cluster["removed"])
    second = seen(desk, "dedup", "clusters", start=1, count=1, clear=True)
    assert second.page == shown.page[1:2]


def test_masking_shows_what_each_span_was(desk: Desk) -> None:
    shown = seen(desk, "mask", "masking", count=40, clear=True)

    cut = [
        row["messages"][span["index"]]["before"][span["start"] : span["end"]]
        for row in shown.page
        for span in row["spans"]
        if span["field"] == "messages"
    ]
    assert len(cut) > 40
    assert all(cut)
    for row in shown.page:
        for message in row["messages"]:
            assert (message["before"] == message["after"]) is not any(
                span["field"] == "messages" and row["messages"][span["index"]] is message
                for span in row["spans"]
            )


def test_tokens_are_told_with_what_is_trained(desk: Desk) -> None:
    for row in seen(desk, "convert", "tokens", count=5).page:
        trained = [token for token in row["tokens"] if token["trained"]]
        context = "".join(token["text"] for token in row["tokens"] if not token["trained"])

        assert sum(len(token["ids"]) for token in trained) == row["trained"] > 0
        assert not any("user" in token["text"] for token in trained)
        assert "user" in context
    told = desk("show", "convert", "--tokens", "--count", "2").out
    assert told.count("⟦") == told.count("⟧") == 2


def test_the_sealed_test_part_is_never_shown(desk: Desk) -> None:
    entry = desk.entries("made")
    counted = next(e["rows"] for e in entry if e["stage"] == "split")

    shown = seen(desk, "split", count=10_000)

    assert 0 < len(shown.page) < counted
    assert len(shown.page) == counted - shown.facts["rows"]["test"]


@pytest.mark.parametrize(("step", "view"), [("quality", "rows"), ("mask", "masking")])
def test_what_is_not_masked_needs_a_word_and_leaves_one(
    at: Callable[[str], Desk], step: str, view: View
) -> None:
    desk = at("done")
    with pytest.raises(NotAllowed, match="not masked") as refused:
        seen(desk, step, view)
    assert "--in-the-clear" in refused.value.remedy
    assert not desk.entries("shown")

    assert seen(desk, step, view, by="priya", clear=True, count=2).page

    (told,) = desk.entries("shown")
    assert (told["by"], told["view"], told["start"], told["count"]) == ("priya", view, 0, 2)


def test_who_may_not_see_personal_data_is_refused(at: Callable[[str], Desk]) -> None:
    desk = at("done")

    with pytest.raises(NotAllowed, match="omar may not"):
        seen(desk, "quality", by="omar", clear=True)

    assert not desk.entries("shown")


@pytest.mark.parametrize(
    ("step", "view", "remedy"),
    [("mask", "clusters", "dedup"), ("dedup", "masking", "mask"), ("mask", "tokens", "convert")],
)
def test_a_view_that_an_artefact_has_not_is_refused_with_the_step_that_has(
    desk: Desk, step: str, view: View, remedy: str
) -> None:
    with pytest.raises(InputError, match=f"has no {view}") as refused:
        seen(desk, step, view, clear=True)

    assert remedy in refused.value.remedy
