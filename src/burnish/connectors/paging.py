"""How one answer of a service leads to the next, and which of its records are new."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin

from burnish.connectors.service import Answer
from burnish.core.errors import InputError
from burnish.plan_remote import Api, Since

SEEN = 5_000
"""Records of the newest moment that are remembered; of more, some may come again on a refresh."""
Place = int | str | None


@dataclass(frozen=True, slots=True)
class State:
    """Where a walk through the pages stands. Everything in it is JSON.

    `place` is the number, offset, cursor or link that is asked next, and `begun` and `done` say
    whether the walk has begun and ended. `since` is the value sent, `drop` the records of that
    moment that are known already. `high` is the highest value seen, `seen` the records of that
    moment.
    """

    place: Place = None
    begun: bool = False
    done: bool = False
    since: str | None = None
    drop: tuple[str, ...] = ()
    high: str | int | float | None = None
    seen: tuple[str, ...] = ()

    def json(self) -> dict[str, Any]:
        """As JSON, for `of`."""
        return asdict(self)

    @classmethod
    def of(cls, value: dict[str, Any]) -> State:
        """The state of its JSON."""
        return cls(**value | {"drop": tuple(value["drop"]), "seen": tuple(value["seen"])})


@dataclass(frozen=True, slots=True)
class Turn:
    """What one answer brought: lines of JSON, and where the walk stands after it."""

    lines: tuple[bytes, ...]
    state: State
    digest: str


class Pager:
    """Reads the answers of one service as its description says."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def start(self) -> State:
        """Before the first request ever."""
        start = self._api.since.start if self._api.since else None
        return State(since=start)

    def anew(self, ended: State) -> State:
        """Before the first request of a refresh."""
        if self._api.since is None or ended.high is None:
            return self.start()
        sent = _sent(self._api.since, ended.high)
        return State(since=sent, drop=ended.seen, high=ended.high, seen=ended.seen)

    def request(self, state: State) -> tuple[str, dict[str, str]]:
        """Address and parameters of the next request."""
        api, page = self._api, self._api.page
        if page.kind == "link" and state.begun:
            return str(state.place), {}
        asked: dict[str, str] = {}
        if page.size_parameter is not None:
            asked[page.size_parameter] = str(page.size)
        if api.since is not None and state.since is not None:
            asked[api.since.parameter] = state.since
        place = state.place
        if not state.begun and page.kind in ("number", "offset"):
            place = page.first if page.kind == "number" else 0
        if page.parameter is not None and place is not None:
            asked[page.parameter] = str(place)
        return api.url, asked

    def turn(self, state: State, answer: Answer) -> Turn:
        """The records of an answer, less those known already; raises `InputError`."""
        records = self._records(answer.value)
        place = self._next(state, answer, len(records))
        known = set(state.drop)
        fresh = [r for r in records if not (known and self._name(r) in known)]
        after = self._aged(replace(state, place=place, begun=True, done=place is None), records)
        digest = hashlib.sha256(_canonical(records).encode("utf-8", "surrogatepass")).hexdigest()
        return Turn(tuple(map(self._line, fresh)), after, digest if records else "")

    def _records(self, value: Any) -> list[Any]:
        found, there = _at(value, self._api.records)
        if there and found is None:
            return []
        if not isinstance(found, list):
            where = f"at '{self._api.records}'" if self._api.records else "as a whole"
            raise InputError(
                f"an answer of {self._api.url} has no list {where}",
                remedy="mend `records`; some services report their errors so",
            )
        return found

    def _next(self, state: State, answer: Answer, count: int) -> Place:
        page = self._api.page
        if page.kind == "none" or self._is_last(answer.value):
            return None
        if page.kind in ("number", "offset"):
            if count == 0:
                return None
            first = page.first if page.kind == "number" else 0
            here = state.place if isinstance(state.place, int) else first
            return here + (1 if page.kind == "number" else count)
        told = answer.link if not page.next else _at(answer.value, page.next)[0]
        if told is None or told == "":
            return None
        if isinstance(told, bool) or not isinstance(told, str | int):
            raise InputError(
                f"an answer of {self._api.url} has no text or number at '{page.next}'",
                remedy="mend `page.next`",
            )
        return self._joined(answer.url, str(told)) if page.kind == "link" else told

    def _joined(self, here: str, link: str) -> str:
        try:
            return urljoin(here, link)
        except ValueError:
            raise InputError(
                f"an answer of {self._api.url} links to what is no address",
                remedy="mend `page.next`",
            ) from None

    def _is_last(self, value: Any) -> bool:
        page = self._api.page
        if page.more is not None and not _at(value, page.more)[0]:
            return True
        return page.last is not None and bool(_at(value, page.last)[0])

    def _aged(self, state: State, records: list[Any]) -> State:
        """The state with the newest moment among the records."""
        since = self._api.since
        if since is None:
            return state
        high, seen = state.high, list(state.seen)
        for record in records:
            told = _at(record, since.field)[0]
            if isinstance(told, bool) or not isinstance(told, str | int | float):
                continue
            if high is None or self._age(told) > self._age(high):
                same = high is not None and _sent(since, told) == _sent(since, high)
                high, seen = told, seen if same else []
            if _sent(since, told) == _sent(since, high) and len(seen) < SEEN:
                seen.append(self._name(record))
        return replace(state, high=high, seen=tuple(dict.fromkeys(seen)))

    def _age(self, value: str | int | float) -> Any:
        moment = _moment(value)
        return _Age(self._api.url, value if moment is None else moment)

    def _name(self, record: Any) -> str:
        """What tells a record from others: its key and time, or its whole content."""
        key, since = self._api.key, self._api.since
        named = _at(record, key)[0] if key else None
        time = _at(record, since.field)[0] if since else None
        told = _canonical(record if named is None else [named, time])
        return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:16]

    def _line(self, record: Any) -> bytes:
        if not (self._api.flatten and isinstance(record, dict)):
            return json.dumps(record).encode("ascii") + b"\n"
        # Two fields of one dotted name stay two: the reader refuses the record and says so.
        pairs = (f"{json.dumps(name)}: {json.dumps(value)}" for name, value in _flat(record))
        return ("{" + ", ".join(pairs) + "}\n").encode("ascii")


@dataclass(frozen=True, slots=True)
class _Age:
    """A place in time; refuses to be compared with one of another kind."""

    url: str
    value: str | int | float

    def __gt__(self, other: _Age) -> bool:
        if isinstance(self.value, str) and isinstance(other.value, str):
            return self.value > other.value
        if isinstance(self.value, str) or isinstance(other.value, str):
            raise InputError(
                f"records of {self.url} have times of several kinds in `since.field`",
                remedy="name a field that is always a number, or always a time",
            )
        return self.value > other.value


def _at(value: Any, path: str) -> tuple[Any, bool]:
    """What is at a dotted path, and whether the path is there."""
    for name in path.split(".") if path else ():
        if not isinstance(value, dict) or name not in value:
            return None, False
        value = value[name]
    return value, True


def _moment(value: str | int | float) -> float | None:
    """Seconds since 1970 of an ISO time; without a zone it is taken as UTC."""
    if not isinstance(value, str) or "-" not in value:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _sent(since: Since, value: str | int | float) -> str:
    """A time as the service wants it."""
    moment = _moment(value)
    return str(value) if since.form == "same" or moment is None else str(math.floor(moment))


def _flat(record: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in record.items():
        if isinstance(value, dict) and value:
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True)
