"""A reviewer at the terminal: keys, marks, help, undo, and going on where one stopped."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import select
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

from burnish.cli.main import burnish
from burnish.core.errors import BurnishError

if TYPE_CHECKING:
    from tests.reviewers import Reviewable

SIZE = 8
LOOK = ("--look", "--count", str(SIZE))


def call(reviewable: Reviewable, *words: str, by: str = "priya", keys: str = "") -> Result:
    """`burnish review` in this process, with what a reviewer types."""
    argv = ["review", "--plan", str(reviewable.folder), "--key", str(reviewable.key(by)), *words]
    return CliRunner().invoke(burnish, argv, input=keys)


def test_a_whole_sample_is_gone_through_and_signed(reviewable: Reviewable) -> None:
    aside = reviewable.sit(size=SIZE).progress().set_aside

    done = call(reviewable, *LOOK, keys="r\n" * SIZE + "s\n" * aside + "y\n")

    assert done.exit_code == 0, done.output
    assert f"document 1 of {SIZE}, {SIZE} to go" in done.output
    assert f"document {SIZE} of {SIZE}, 1 to go" in done.output
    assert f"{SIZE} of {SIZE} documents judged, 0 skipped, 0 left" in done.output
    assert "sign these verdicts as priya?" in done.output
    assert "documents with a miss 0.00%" in done.output
    assert len(reviewable.entries("sampled")) == 1


def test_who_quits_goes_on_there(reviewable: Reviewable) -> None:
    first = call(reviewable, *LOOK, keys="r\ns\nq\n")
    second = call(reviewable, "--look", keys="")

    assert "1 of 8 documents judged, 1 skipped, 6 left" in first.output
    assert "burnish review --look goes on here" in first.output
    assert f"document 3 of {SIZE}, 6 to go" in second.output
    assert reviewable.entries("sampled") == []


def test_a_miss_is_typed_as_it_stands_and_named_by_the_beginning_of_its_category(
    reviewable: Reviewable,
) -> None:
    word = reviewable.word(reviewable.sit(size=SIZE), 1)

    done = call(reviewable, *LOOK, keys=f"m\n{word}\npers\n\nq\n")

    assert "marked: 1 missed, 0 over-masked; Enter accepts" in done.output
    (kept,) = reviewable.sit()._given.values()
    assert {(place["text"], place["category"]) for place in kept["missed"]} == {(word, "PERSON")}


def test_a_miss_may_be_given_by_its_place_and_a_category_of_ones_own(
    reviewable: Reviewable,
) -> None:
    text = reviewable.sit(size=SIZE).document(1).parts[1].text

    call(reviewable, *LOOK, keys="m\n2:0-4\nBADGE_NUMBER\n\nq\n")

    (kept,) = reviewable.sit()._given.values()
    (place,) = kept["missed"]
    assert (place["field"], place["index"], place["category"]) == ("messages", 1, "BADGE_NUMBER")
    assert place["text"] == text[:4]


def test_masks_that_hide_nothing_are_numbers(reviewable: Reviewable) -> None:
    sitting = reviewable.sit(size=SIZE)
    number = reviewable.masked(sitting)[0]

    done = call(reviewable, *LOOK, keys="r\n" * (number - 1) + "o\n1\n\nq\n")

    assert "]₁" in done.output
    kept = reviewable.sit()._given[sitting.document(number).id]
    assert len(kept["over"]) == 1


def test_what_is_not_there_is_told_and_asked_again(reviewable: Reviewable) -> None:
    done = call(reviewable, *LOOK, keys="m\nZyxwvut\no\n77\nm\n9:0-1\nnonsense\n\nq\n")

    assert "has not the missed text: type it as it stands there" in done.output
    assert "has no mask 77" in done.output
    assert "there is no part 9" in done.output
    assert "Skipped documents widen the interval" in done.output
    assert "r if the document is right" in done.output
    assert reviewable.sit().progress().judged == 0


def test_marks_are_accepted_or_taken_back_and_not_overlooked(reviewable: Reviewable) -> None:
    word = reviewable.word(reviewable.sit(size=SIZE), 1)

    done = call(reviewable, *LOOK, keys=f"m\n{word}\nPERSON\nr\nx\nr\nq\n")

    assert "something is marked here" in done.output
    (kept,) = reviewable.sit()._given.values()
    assert kept["missed"] == []


def test_the_last_verdict_is_undone(reviewable: Reviewable) -> None:
    done = call(reviewable, *LOOK, keys="u\nr\nr\nu\ns\nq\n")

    assert "there is nothing to take back" in done.output
    assert "1 of 8 documents judged, 1 skipped, 6 left" in done.output


def test_the_clear_text_comes_when_asked_for_and_the_ledger_says_so(
    reviewable: Reviewable,
) -> None:
    sitting = reviewable.sit(size=SIZE)
    number = reviewable.masked(sitting)[0]
    masked = sitting.document(number).parts[0].text
    clear = sitting.documents.document(number, clear=True).parts[0].text
    hidden = clear[slice(*_first(sitting.documents.document(number, clear=True)))]

    before = call(reviewable, *LOOK, keys="r\n" * (number - 1) + "q\n")
    after = call(reviewable, "--look", keys="c\nq\n")

    assert hidden not in masked + before.output
    assert f"⟦{hidden}⟧" in after.output
    assert len(reviewable.entries("shown")) == 1


def _first(document: Any) -> tuple[int, int]:
    mask = document.parts[0].masks[0]
    return mask.start, mask.end


def test_a_document_set_aside_has_no_verdict_before_it_is_seen(reviewable: Reviewable) -> None:
    done = call(reviewable, *LOOK, keys="r\n" * SIZE + "r\nc\nr\nn\n")

    assert "its text is not shown yet" in done.output
    assert "set aside 1 of 1" in done.output
    assert "ada.keller@example.org" in done.output


def test_a_text_cannot_steer_the_terminal(reviewable: Reviewable) -> None:
    from rich.console import Console

    from burnish.api.sample_rows import Document, Part
    from burnish.cli.reviewer import lines_of

    part = Part("messages", 0, "user", "a\x1b[2Jb [bold]c[/bold]\x07", ())
    shown = Document(1, "r", "s", "none", "without any mask", 1.0, False, False, (part,))
    console = Console(width=200, record=True, file=io.StringIO())

    for line in lines_of(shown):
        console.print(line)

    text = console.export_text()
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "[bold]c[/bold]" in text


def test_the_wrong_person_is_refused_before_anything_is_shown(reviewable: Reviewable) -> None:
    done = call(reviewable, *LOOK, by="dana", keys="r\n")

    assert isinstance(done.exception, BurnishError)
    assert "dana is data_engineer" in done.exception.problem
    assert "document 1" not in done.output


def test_a_person_does_not_answer_in_json(reviewable: Reviewable) -> None:
    done = call(reviewable, *LOOK, "--json")

    assert isinstance(done.exception, BurnishError)
    assert "--draw FILE" in done.exception.remedy
    assert call(reviewable, "--look", "--sign").exit_code == 2


def test_a_script_draws_judges_signs_and_checks(reviewable: Reviewable) -> None:
    drawn, cases = reviewable.folder / "drawn.jsonl", reviewable.folder / "cases.jsonl"
    word = reviewable.word(reviewable.sit(size=SIZE), 1)

    assert call(reviewable, "--draw", str(drawn), "--count", str(SIZE)).exit_code == 0
    records = [json.loads(line) for line in drawn.read_text(encoding="utf-8").splitlines()]
    kept = [{**one, "verdict": "right"} for one in records if not one["withheld"]]
    kept[0] |= {"verdict": "missed", "missed": [{"text": word, "category": "PERSON"}]}
    drawn.write_text("".join(json.dumps(one) + "\n" for one in kept), encoding="utf-8")
    signed = call(reviewable, "--verdicts", str(drawn), "--count", str(SIZE), "--json")
    checked = call(reviewable, "--check", "--json")
    written = call(reviewable, "--cases", str(cases), "--json")

    assert json.loads(signed.output)["documents"] == SIZE
    assert checked.exit_code == 3
    assert json.loads(checked.output)["failing"][0]["kind"] == "missed"
    assert json.loads(written.output)["cases"] == len(cases.read_text("utf-8").splitlines())
    assert word not in signed.output + checked.output + written.output


def test_the_page_shows_what_people_found_beside_the_other_measures(
    reviewable: Reviewable,
) -> None:
    reviewable.change(sample=12, max_sampled_miss_rate=0.3)
    empty = call(reviewable, "--samples", "1")
    reviewable.look_through(SIZE, missed=(2,)).sign()
    page = call(reviewable, "--samples", "1")

    assert "nobody has looked at a document yet; the plan asks for 12" in empty.output
    assert f"LACKING people have looked at {SIZE} of 12 documents" in page.output
    assert re.search(r"residual   \d+\.\d+% of documents", page.output)
    assert re.search(r"canaries   \d+\.\d+% \(.* to .*\) of planted", page.output)
    assert re.search(r"sample     \d+\.\d+% \(.* to .*\) of documents with a miss", page.output)
    assert "at most 30.00%" in page.output


class Terminal:
    """A real terminal with `burnish review` in it."""

    def __init__(self, reviewable: Reviewable, *words: str) -> None:
        self.master, there = pty.openpty()
        left = {k: v for k, v in os.environ.items() if not k.startswith("BURNISH_")}
        key = ("--key", str(reviewable.key("priya")))
        self.process = subprocess.Popen(
            [str(Path(sys.executable).with_name("burnish")), "review", *words, *key],
            cwd=reviewable.folder, stdin=there, stdout=there, stderr=there, close_fds=True,
            env={**left, "TERM": "xterm-256color", "COLUMNS": "150", "OMP_NUM_THREADS": "1"},
        )  # fmt: skip
        os.close(there)
        self.seen = ""

    def until(self, words: str, again: str = "") -> str:
        """Read until these words were shown; fails when the terminal falls silent.

        While it is silent the keys `again` are pressed: a terminal loses an end of input that comes
        while its mode changes.
        """
        deadline = time.monotonic() + 120
        while words not in self.seen:
            if time.monotonic() > deadline:
                self.process.kill()
                self.process.wait()
                pytest.fail(f"the terminal fell silent after: {self.seen}")
            if select.select([self.master], [], [], 1)[0]:
                self.seen += os.read(self.master, 65536).decode(errors="replace")
            else:
                self.type(again)
        shown, found, self.seen = self.seen.partition(words)
        return shown + found

    def type(self, keys: str) -> None:
        os.write(self.master, keys.encode())

    def close(self) -> int:
        code = self.process.wait(timeout=60)
        os.close(self.master)
        return code


@pytest.mark.slow
def test_on_a_terminal_the_page_offers_the_sample_and_masks_are_in_colour(
    reviewable: Reviewable,
) -> None:
    terminal = Terminal(reviewable, "--samples", "0", "--count", str(SIZE))

    page = terminal.until("look at documents of the sample now?")
    terminal.type("y\n")
    first = terminal.until("[q]uit")
    terminal.type("r\n")
    terminal.until(f"document 2 of {SIZE}")
    terminal.until("[q]uit")
    terminal.until("> ")
    last = terminal.until("goes on here", again="\x04")

    assert terminal.close() == 0
    assert "what is left, by three measures" in page
    assert re.search(r"\x1b\[1;3[23]m\[[A-Z_]+\]", first)
    assert f"1 of {SIZE} documents judged" in last
