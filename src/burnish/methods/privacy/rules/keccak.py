"""Keccak-256 as Ethereum and Monero use it (the original padding, before FIPS 202).

Source: Bertoni, Daemen, Peeters, Van Assche, The Keccak reference, version 3.0 (2011).
"""

_RATE = 136
_WORD = (1 << 64) - 1


def _round_constants() -> tuple[int, ...]:
    """The constants of the 24 rounds, from the linear feedback register of section 1.2."""
    state, constants = 1, []
    for _ in range(24):
        constant = 0
        for power in range(7):
            constant ^= (state & 1) << ((1 << power) - 1)
            state = (state << 1) ^ (0x171 if state & 0x80 else 0)
        constants.append(constant)
    return tuple(constants)


_CONSTANTS = _round_constants()


def _turned(word: int, by: int) -> int:
    return ((word << by) | (word >> (64 - by))) & _WORD if by else word


def _permuted(lanes: list[int]) -> list[int]:
    """Keccak-f[1600] on 25 lanes; lane x, y stands at x + 5 y."""
    for constant in _CONSTANTS:
        columns = [
            lanes[x] ^ lanes[x + 5] ^ lanes[x + 10] ^ lanes[x + 15] ^ lanes[x + 20]
            for x in range(5)
        ]
        theta = [columns[(x - 1) % 5] ^ _turned(columns[(x + 1) % 5], 1) for x in range(5)]
        lanes = [lane ^ theta[place % 5] for place, lane in enumerate(lanes)]
        lanes = _moved(lanes)
        lanes = [
            lanes[place]
            ^ (
                ~lanes[place - place % 5 + (place + 1) % 5]
                & lanes[place - place % 5 + (place + 2) % 5]
            )
            for place in range(25)
        ]
        lanes[0] ^= constant
    return lanes


def _moved(lanes: list[int]) -> list[int]:
    """The steps rho and pi."""
    moved = list(lanes)
    x, y, current = 1, 0, lanes[1]
    for step in range(24):
        x, y = y, (2 * x + 3 * y) % 5
        current, moved[x + 5 * y] = (
            lanes[x + 5 * y],
            _turned(current, (step + 1) * (step + 2) // 2 % 64),
        )
    return moved


def keccak_256(message: bytes) -> bytes:
    """The 32-byte digest of a message."""
    padded = bytearray(message + bytes(_RATE - len(message) % _RATE))
    padded[len(message)] ^= 0x01
    padded[-1] ^= 0x80
    lanes = [0] * 25
    for block in range(0, len(padded), _RATE):
        for lane in range(_RATE // 8):
            start = block + 8 * lane
            lanes[lane] ^= int.from_bytes(padded[start : start + 8], "little")
        lanes = _permuted(lanes)
    return b"".join(lane.to_bytes(8, "little") for lane in lanes[:4])
