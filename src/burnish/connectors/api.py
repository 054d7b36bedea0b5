"""Records of a paged HTTP service that answers in JSON, as a plan describes it.

Pages are found by walking, so listing is fetching: each piece is some pages, which are held until
`fetch` asks for them. Where the walk stood after a piece lies in its mark; a walk that broke off
goes on there, and the next one asks only for what came since. A piece whose records got lost is
walked again, and must be the same to the byte.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from burnish.connectors.paging import Pager, State, Turn
from burnish.connectors.service import Service
from burnish.core.errors import InputError
from burnish.core.fingerprint import fingerprint
from burnish.core.sources import Piece
from burnish.plan_remote import Api

PIECE_BYTES, PIECE_PAGES = 256_000, 50
"""Pages are handed out together until they are so large or so many."""
LIMITS = {
    "headers", "requests_per_second", "timeout_seconds", "retries", "backoff_seconds",
    "longest_wait_seconds", "answer_megabytes",
}  # fmt: skip


@dataclass
class ApiConnector:
    """The records of a service. Holds the pages of one piece, and not when it is pickled."""

    api: Api
    root: Path
    _held: tuple[str, bytes] = field(default=("", b""), init=False, repr=False, compare=False)

    def __reduce__(self) -> tuple[object, ...]:
        return (type(self), (self.api, self.root))

    @property
    def live(self) -> bool:
        """A service is listed once."""
        return False

    @property
    def grows(self) -> bool:
        """With `since` a refresh only adds; without it everything is asked again."""
        return self.api.since is not None

    @property
    def at_once(self) -> bool:
        """The pages come with the listing."""
        return True

    @property
    def definition(self) -> str:
        """What is asked; neither how fast nor with which credentials."""
        asked = self.api.model_dump(mode="json", exclude=LIMITS)
        headers = [[h.name, h.value] for h in self.api.headers if h.secret is None]
        return fingerprint("api", asked, headers)

    @property
    def where(self) -> str:
        """The address, which holds no parameter."""
        return self.api.url

    def pieces(self, known: Sequence[Piece] = ()) -> Iterator[Piece]:
        """Pages after the known ones; what came before a failure is handed out before it."""
        marks = [_Mark.read(piece) for piece in known]
        state = self._beginning(marks)
        if state.done:
            return
        before = sum(mark.pages for mark in marks)
        with closing(self._groups(state)) as groups:
            for group in groups:
                yield self._hold(group, before)
                before += group.pages

    def fetch(self, piece: Piece, folder: Path) -> Path:
        """The records as JSON lines; asks again for those that are not held any more."""
        name, content = self._held
        if name != piece.name or _digest(content) != piece.version:
            content = self._again(piece)
        path = folder / "pages.jsonl"
        path.write_bytes(content)
        return path

    def _beginning(self, marks: Sequence[_Mark]) -> State:
        pager = Pager(self.api)
        if not marks:
            return pager.start()
        last = marks[-1].end
        return pager.anew(last) if last.done and self.grows else last

    def _hold(self, group: _Group, before: int) -> Piece:
        content = b"".join(group.lines)
        name = f"pages {before + 1}-{before + group.pages}.jsonl"
        self._held = (name, content)
        mark = _Mark(group.start, group.pages, group.end)
        return Piece(name, _digest(content), len(content), mark.write())

    def _again(self, piece: Piece) -> bytes:
        mark = _Mark.read(piece)
        lines: list[bytes] = []
        with closing(self._turns(mark.start)) as turns:
            for _, turn in zip(range(mark.pages), turns, strict=False):
                lines.extend(turn.lines)
        content = b"".join(lines)
        if _digest(content) != piece.version:
            remedy = "list it anew: burnish run --refresh SOURCE"
            if self.grows:
                remedy = "what was read is not kept any more: give the source another name"
            raise InputError(
                f"{piece.name} of {self.api.url} is not what it was when it was listed",
                remedy=remedy,
            )
        return content

    def _groups(self, state: State) -> Generator[_Group, None, None]:
        """Turns in groups of some size; the last one before a failure comes before it."""
        group, failure = _Group(state), None
        with closing(self._turns(state)) as turns:
            while True:
                try:
                    turn = next(turns, None)
                except InputError as wrong:
                    turn, failure = None, wrong
                if turn is None:
                    break
                if group.full and turn.lines:
                    yield group
                    group = _Group(group.end)
                group.add(turn)
        if group.lines:
            yield group
        if failure is not None:
            raise failure

    def _turns(self, state: State) -> Generator[Turn, None, None]:
        """Each page once, in order; raises `InputError` for a walk that goes in a circle."""
        pager, guard = Pager(self.api), _Guard(self.api)
        with Service(self.api, self.root) as service:
            while not state.done:
                guard.asked(state)
                turn = pager.turn(state, service.ask(*pager.request(state)))
                guard.answered(turn)
                state = turn.state
                yield turn
        guard.ended(state)


@dataclass
class _Group:
    """Pages that make one piece."""

    start: State
    lines: list[bytes] = field(default_factory=list)
    pages: int = 0
    size: int = 0
    end: State = field(init=False)

    def __post_init__(self) -> None:
        self.end = self.start

    @property
    def full(self) -> bool:
        return self.size >= PIECE_BYTES or self.pages >= PIECE_PAGES

    def add(self, turn: Turn) -> None:
        self.lines.extend(turn.lines)
        self.pages += 1
        self.size += sum(map(len, turn.lines))
        self.end = turn.state


@dataclass(frozen=True, slots=True)
class _Mark:
    """Where a piece begins, how many pages it has, and where it ends."""

    start: State
    pages: int
    end: State

    @classmethod
    def read(cls, piece: Piece) -> _Mark:
        start, pages, end = json.loads(piece.mark)
        return cls(State.of(start), pages, State.of(end))

    def write(self) -> str:
        return json.dumps([self.start.json(), self.pages, self.end.json()])


class _Guard:
    """Notices a walk that would never end, or that reads pages twice."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._asked: set[int] = set()
        self._answered: set[str] = set()
        self._records = 0

    def asked(self, state: State) -> None:
        """Raise `InputError` if this page was asked before, or too many were."""
        asked = hash(state.place)
        if asked in self._asked:
            raise self._circle("leads back to a page that was read already")
        self._asked.add(asked)
        if len(self._asked) > self._api.page.limit:
            raise self._circle(f"has more than {self._api.page.limit} pages")

    def answered(self, turn: Turn) -> None:
        """Raise `InputError` if another page had just these records."""
        if turn.digest in self._answered:
            raise self._circle("gives the same page twice")
        if turn.digest:
            self._answered.add(turn.digest)
        self._records += len(turn.lines)

    def ended(self, state: State) -> None:
        """Raise `InputError` if no record told how old it is, though a refresh counts on it."""
        since = self._api.since
        if since is not None and self._records and state.high is None:
            raise InputError(
                f"no record of {self._api.url} has a time or number at '{since.field}'",
                remedy="mend `since.field`",
            )

    def _circle(self, what: str) -> InputError:
        return InputError(
            f"{self._api.url} {what}",
            remedy="mend `page`: the service may not know its `parameter`, or `next` is wrong",
        )


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
