"""Where ranks and driver talk: beside the driver, and understanding none of what it passes on.

Everything said is ciphertext. It is a process of its own, so it imports little.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from burnish.engines.ray.envelope import Refused


class Switchboard:
    """Passes sealed words from the ranks to the driver, and sealed answers back."""

    def __init__(self) -> None:
        self._words: list[tuple[str, int, Any]] = []
        self._news = asyncio.Event()
        self._answers: dict[int, asyncio.Future[bytes]] = {}
        self._halted = False

    async def came(self, rank: int, facts: Mapping[str, Any]) -> None:
        """A rank is there: its worker and its node."""
        self._put("came", rank, dict(facts))

    async def say(self, rank: int, sealed: bytes) -> None:
        """A rank tells something."""
        self._put("said", rank, sealed)

    async def ended(self, rank: int, sealed: bytes | Refused) -> None:
        """A rank is through, or was refused."""
        self._put("ended", rank, sealed)

    async def ask(self, sealed: bytes) -> bytes:
        """The driver's answer, waited for."""
        number = len(self._answers)
        self._answers[number] = asyncio.get_running_loop().create_future()
        self._put("asked", number, sealed)
        return await self._answers[number]

    async def answer(self, number: int, sealed: bytes) -> None:
        """Answer a question."""
        self._answers[number].set_result(sealed)

    async def hear(self, seconds: float) -> list[tuple[str, int, Any]]:
        """All that was said since; waits a while for a first word."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), seconds)
        self._news.clear()
        words, self._words = self._words, []
        return words

    async def halt(self) -> None:
        """Ask every rank to save and stop."""
        self._halted = True

    async def halted(self) -> bool:
        """Whether the ranks are to stop."""
        return self._halted

    def _put(self, kind: str, number: int, what: Any) -> None:
        self._words.append((kind, number, what))
        self._news.set()
