"""Made-up secrets for a memorisation probe: some planted in training, the rest never trained.

Planted and control canaries are independent draws from one distribution, so whatever sets them
apart afterwards was learned from the planted rows (Carlini and others 2019, "The Secret Sharer").
Draws come from SHA-256, not from a library's generator: a seed means the same canaries for ever.
"""

import hashlib
from dataclasses import dataclass
from typing import Literal

# Digits are what a probe wants: every model has them and uses them all, so that no secret
# differs from another by its vocabulary. Each carries 3.3 bits.
DIGITS = "0123456789"

_LOCKERS = 900_000
_FIRST_LOCKER = 100_000


@dataclass(frozen=True)
class Canary:
    """A prompt and the secret that follows it.

    `prompt` is a question for chat rows, `lead` the opening of the same fact in plain text; no
    two canaries share a locker.
    """

    id: str
    locker: int
    secret: str
    planted: bool

    @property
    def prompt(self) -> str:
        """The question whose answer is the secret."""
        return f"What is the access code of locker {self.locker}?"

    @property
    def lead(self) -> str:
        """The plain text before the secret."""
        return f"The access code of locker {self.locker} is"

    @property
    def text(self) -> str:
        """The whole fact as one sentence."""
        return f"{self.lead} {self.secret}."


def make_canaries(
    seed: int, count: int, controls: int | None = None, digits: int = 8
) -> tuple[tuple[Canary, ...], tuple[Canary, ...]]:
    """`count` canaries to plant and `controls` (four times as many) never to be trained.

    Each secret is `digits` digits, parted by blanks. Raises ValueError for a count or length below
    one and for more canaries than there are lockers to share out.
    """
    wanted = 4 * count if controls is None else controls
    if min(count, wanted, digits) < 1 or count + wanted > _LOCKERS // 10:
        raise ValueError("a probe needs at least one planted canary, one control and one digit")
    lockers = _lockers(seed, count + wanted)
    made = tuple(
        Canary(
            _name(place < count, place, count),
            locker,
            _secret(seed, "own", place, digits),
            place < count,
        )
        for place, locker in enumerate(lockers)
    )
    return made[:count], made[count:]


def candidates(seed: int, canary: Canary, number: int) -> tuple[str, ...]:
    """`number` other secrets of the same length that the canary might have had."""
    digits = len(canary.secret.split())
    found: dict[str, None] = {}
    for place in range(2 * number + 100):
        guess = _secret(seed, f"candidate {canary.id}", place, digits)
        if guess != canary.secret:
            found[guess] = None
        if len(found) == number:
            return tuple(found)
    raise ValueError(f"secrets of {digits} digits do not give {number} different candidates")


def _name(planted: bool, place: int, count: int) -> str:
    kind: Literal["planted", "control"] = "planted" if planted else "control"
    return f"{kind}-{place if planted else place - count:04d}"


def _lockers(seed: int, number: int) -> list[int]:
    found: dict[int, None] = {}
    place = 0
    while len(found) < number:
        found[_FIRST_LOCKER + _draw(seed, "locker", place) % _LOCKERS] = None
        place += 1
    return list(found)


def _secret(seed: int, purpose: str, place: int, digits: int) -> str:
    number = _draw(seed, purpose, place)
    picked = []
    for _ in range(digits):
        number, which = divmod(number, len(DIGITS))
        picked.append(DIGITS[which])
    return " ".join(picked)


def _draw(seed: int, purpose: str, place: int) -> int:
    text = f"burnish canary {seed} {purpose} {place}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest(), "big")
