"""One reviewer at the sample, a document at a time, in the terminal."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from rich.console import Console
from rich.text import Text

from burnish.api.sample_rows import Document, Part
from burnish.api.sampling import Sitting
from burnish.api.verdicts import Missed, Verdict
from burnish.cli.preview import VISIBLE
from burnish.core.errors import InputError

LOW = 0.75
UNNAMED = "UNNAMED"
PLACE = re.compile(r"(\d+):(\d+)-(\d+)")
CATEGORY = re.compile(r"[A-Z][A-Z0-9_]*")
SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
KEYS = "[r]ight  [m]issed  [o]ver-masked  [s]kip  [u]ndo  [c]lear text  [?]  [q]uit"
HELP = """\
r  Right: nothing personal is left, and every mask hides something personal.
m  Missed: type the text that should have been masked, as it stands above; all its places count.
   Or say where: 2:14-25 is characters 14 to 25 of part 2, counted from 0. Then its category.
o  Over-masked: the numbers of masks that hide nothing personal, such as 1 3.
   m and o may be used more than once; Enter then accepts what is marked, x takes the marks back.
s  Skip: you cannot tell. Skipped documents widen the interval; they never improve it.
u  Undo: take the last verdict back and look at its document again.
c  Clear text: the document before masking. The ledger will say that you looked.
q  Quit: every verdict is kept; burnish review --look goes on where you stopped.
"""

End = Literal["done", "quit"]
Step = Callable[["Session"], "End | None"]


@dataclass
class Marks:
    """What is marked in the document at hand and not yet accepted."""

    missed: list[Missed] = field(default_factory=list)
    over: list[int] = field(default_factory=list)

    def verdict(self, document: Document, *, skipped: bool = False) -> Verdict:
        """The marks as a verdict on a document."""
        missed, over = tuple(self.missed), tuple(dict.fromkeys(self.over))
        return Verdict(document.id, missed, over, skipped, document.clear)


class Session:
    """Shows documents, asks for verdicts, and hands them on one by one."""

    def __init__(self, sitting: Sitting, console: Console, *, clear: bool = False) -> None:
        self._sitting, self._console = sitting, console
        self._categories, self._clear = sitting.categories, clear
        self._last = ""
        self._marks = Marks()
        self._document: Document | None = None

    def run(self) -> End:
        """Go through what has no verdict yet, until all have one or the reviewer quits."""
        progress = self._sitting.progress()
        while progress.next:
            self._open(progress.next, self._clear)
            try:
                end = self._one_document()
            except (EOFError, KeyboardInterrupt):
                end = "quit"
            if end == "quit":
                return end
            progress = self._sitting.progress()
        return "done"

    def _open(self, number: int, clear: bool) -> None:
        self._marks = Marks()
        self._document = self._sitting.document(number, clear=clear)
        self._console.print(self._head())
        for line in lines_of(self._document):
            self._console.print(line, soft_wrap=True)

    @property
    def _now(self) -> Document:
        if self._document is None:
            raise RuntimeError("no document is open")
        return self._document

    def _head(self) -> Text:
        progress, document = self._sitting.progress(), self._now
        if document.number <= progress.documents:
            told = f"document {document.number} of {progress.documents}, {progress.left} to go"
        else:
            first = document.number - progress.documents
            told = f"set aside {first} of {progress.set_aside}"
        source = document.source.translate(VISIBLE)
        return Text(f"\n── {told} ── {document.meaning} ── {source}", style="bold")

    def _one_document(self) -> End | None:
        """Ask until the document has a verdict (or the one before gets it back)."""
        while True:
            said = self._ask(self._prompt()).lower()
            step = STEPS.get(said[:1] if len(said) <= 1 or said in WORDS else "?", Session._help)
            try:
                end = step(self)
            except InputError as wrong:
                self._tell(f"{wrong.problem}: {wrong.remedy}")
                continue
            if end:
                return end

    def _prompt(self) -> str:
        marks = self._marks
        if not marks.missed and not marks.over:
            return f"{KEYS}\n> "
        return (
            f"marked: {len(marks.missed)} missed, {len(marks.over)} over-masked; Enter accepts\n> "
        )

    def _right(self) -> End | None:
        if self._marks.missed or self._marks.over:
            self._tell("something is marked here: Enter accepts it, x takes it back")
            return None
        return self._give(self._marks.verdict(self._now))

    def _accept(self) -> End | None:
        if not self._marks.missed and not self._marks.over:
            self._tell("r if the document is right, ? for help")
            return None
        return self._give(self._marks.verdict(self._now))

    def _skip(self) -> End | None:
        return self._give(Marks().verdict(self._now, skipped=True))

    def _give(self, verdict: Verdict) -> End | None:
        if self._now.withheld and not verdict.skipped:
            self._tell("its text is not shown yet: c shows it, s skips it")
            return None
        self._sitting.judge(verdict)
        return "done"

    def _missed(self) -> None:
        text = self._ask("missed text (or part:start-end): ")
        if not text:
            return
        missed = self._place(text)
        self._sitting.check(Verdict(self._now.id, (missed,), clear=self._now.clear))
        if category := self._category():
            self._marks.missed.append(replace(missed, category=category))
            self._last = category

    def _place(self, text: str) -> Missed:
        """The text itself, or its place in a part where that is what was typed."""
        if not (found := PLACE.fullmatch(text)):
            return Missed(UNNAMED, text=text)
        number, start, end = map(int, found.groups())
        if not 1 <= number <= len(self._now.parts):
            raise InputError(f"there is no part {number}", remedy="parts are numbered as shown")
        part = self._now.parts[number - 1]
        return Missed(UNNAMED, field=part.field, index=part.index, start=start, end=end)

    def _category(self) -> str:
        """A category by its beginning, one of one's own in capitals, or the last one again."""
        self._tell("  ".join(self._categories))
        again = f" (Enter: {self._last})" if self._last else ""
        while said := self._ask(f"category{again}: ") or self._last:
            fit = [name for name in self._categories if name.startswith(said.upper())]
            if said.upper() in fit or len(fit) == 1:
                return said.upper() if said.upper() in fit else fit[0]
            if not fit and CATEGORY.fullmatch(said):
                return said
            self._tell(f"which one: {', '.join(fit) or 'write one of your own in capitals'}?")
        return ""

    def _over(self) -> None:
        numbers = [int(word) for word in re.findall(r"\d+", self._ask("numbers of the masks: "))]
        self._sitting.check(Verdict(self._now.id, over=tuple(numbers), clear=self._now.clear))
        self._marks.over += [number for number in numbers if number not in self._marks.over]

    def _undo(self) -> End | None:
        if not self._sitting.undo():
            self._tell("there is nothing to take back")
            return None
        return "done"

    def _unmark(self) -> None:
        self._marks = Marks()

    def _see(self) -> None:
        self._open(self._now.number, clear=True)

    def _help(self) -> None:
        self._tell(HELP)

    def _quit(self) -> End:
        return "quit"

    def _ask(self, prompt: str) -> str:
        return self._console.input(Text(prompt, style="dim")).strip()

    def _tell(self, words: str) -> None:
        self._console.print(Text(words, style="dim"), soft_wrap=True)


STEPS: dict[str, Step] = {
    "r": Session._right,
    "": Session._accept,
    "m": Session._missed,
    "o": Session._over,
    "s": Session._skip,
    "u": Session._undo,
    "x": Session._unmark,
    "c": Session._see,
    "?": Session._help,
    "q": Session._quit,
}
WORDS = ("right", "missed", "over", "over-masked", "skip", "undo", "clear", "quit", "help")


def lines_of(document: Document) -> Iterator[Text]:
    """A document as coloured lines: each part with its number, each mask with its own."""
    if document.withheld:
        yield Text(
            "its text holds what the residual scan found: c shows it in the clear, s skips it"
        )
    for number, part in enumerate(document.parts, 1):
        yield Text.assemble((f"{number} {part.role}: ", "dim"), _text(part, document.clear))


def _text(part: Part, clear: bool) -> Text:
    """Masks in green, those of low confidence in yellow, values in the clear in red."""
    out, at = Text(style="none"), 0
    for mask in part.masks:
        out.append(part.text[at : mask.start].translate(VISIBLE))
        hidden = part.text[mask.start : mask.end].translate(VISIBLE)
        sure = "bold green" if mask.score >= LOW else "bold yellow"
        out.append(f"⟦{hidden}⟧" if clear else hidden, style="bold red" if clear else sure)
        out.append(str(mask.number).translate(SUBSCRIPTS), style="dim")
        at = mask.end
    return out.append(part.text[at:].translate(VISIBLE))
