"""Pages for the terminal, and what data may not do to it."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from burnish.api.previewing import Ask, Shown, View
from burnish.cli.preview import page_of


def page(view: View, *found: dict[str, Any], full: bool = False) -> str:
    shown = Shown("d" * 64, "Unique", len(found), {}, {}, {}, view, found)
    return page_of(shown, Ask(view=view), "dedup", full=full)


def row(text: str, name: str = "r1") -> dict[str, Any]:
    return {"id": name, "source": "tickets", "messages": [{"role": "user", "content": text}]}


def test_a_removed_row_shows_the_words_in_which_it_differs() -> None:
    gone = {**row("Where is the blue lamp?", "r2"), "similarity": 0.833}
    told = page("clusters", {"survivor": row("Where is the red lamp?"), "removed": [gone]})

    assert "Where is the [-red-]{+blue+} lamp?" in told
    assert "0.833 alike" in told


def test_masking_marks_what_was_and_what_is() -> None:
    turn = {"role": "user", "before": "I am Ada.", "after": "I am [PERSON]."}
    span = {"field": "messages", "index": 0, "start": 5, "end": 8, "category": "PERSON"}
    told = page("masking", {"id": "r1", "source": "s", "messages": [turn], "spans": [span]})

    assert "I am ⟦Ada⟧." in told
    assert "I am [PERSON]." in told


def test_the_loss_mask_is_seen_without_colour() -> None:
    tokens = [
        {"text": text, "ids": [n], "trained": trained}
        for n, (text, trained) in enumerate([("Where", False), ("He", True), ("re", True)])
    ]
    told = page("tokens", {"id": "r", "source": "s", "kind": "k", "trained": 2, "tokens": tokens})

    assert "Where⟦Here⟧" in told
    assert "2 of 3 tokens trained" in told


def test_a_long_text_is_cut_unless_all_of_it_is_asked_for() -> None:
    assert "400 more characters; --full" in page("rows", row("x" * 1000))
    assert "x" * 1000 in page("rows", row("x" * 1000), full=True)


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=60))
def test_no_text_can_steer_the_terminal_or_hide(text: str) -> None:
    told = page("rows", row(f"\x1b]0;gone\x07\u202e{text}\U000e0041\u200b"))

    hidden = [c for c in told if (ord(c) < 32 and c not in "\n\t") or 0x7F <= ord(c) < 0xA0]
    assert not hidden
    assert not set(told) & {"\u202e", "\u200b", "\U000e0041"}
