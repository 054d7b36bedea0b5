"""A sealed file opens whole and unchanged, or not at all."""

from __future__ import annotations

import io
import os
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from burnish.core.errors import IntegrityBroken
from burnish.storage.keys import unwrap_key, wrap_key
from burnish.storage.sealed import CHUNK, sealing, unsealing

HEADER = 20 + 2 + 60
BLOCK = CHUNK + 16


class Wrapper:
    """A key held in memory."""

    def __init__(self) -> None:
        self.secret = os.urandom(32)

    def wrap(self, dek: bytes, context: bytes) -> bytes:
        """Seal a data key."""
        return wrap_key(self.secret, dek, context)

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """Open a data key."""
        return unwrap_key(self.secret, wrapped, context)


KEYS = Wrapper()
LONG = bytes(range(251)) * 13_000  # 3.1 chunks


def _seal(data: bytes, context: bytes = b"here") -> bytes:
    return b"".join(sealing(io.BytesIO(data), KEYS, context))


def _unseal(data: bytes, context: bytes = b"here") -> bytes:
    return b"".join(unsealing(io.BytesIO(data), KEYS, context))


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK])
def test_what_is_sealed_opens_again(size: int) -> None:
    data = os.urandom(size)

    sealed = _seal(data)

    assert _unseal(sealed) == data
    assert len(sealed) == HEADER + size + 16 * max(1, -(-size // CHUNK))


def test_the_same_content_never_looks_the_same_twice() -> None:
    assert _seal(b"x")[-17:] != _seal(b"x")[-17:]
    assert b"plain words" not in _seal(b"plain words")


def test_a_source_that_gives_a_little_at_a_time_is_sealed_whole() -> None:
    class Dripping(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(min(size or 0, 70_001))

    assert _unseal(b"".join(sealing(Dripping(LONG), KEYS, b"here"))) == LONG


def _moved(data: bytes, first: int, second: int) -> bytes:
    """Two chunks exchanged."""
    blocks = [data[at : at + BLOCK] for at in range(HEADER, len(data), BLOCK)]
    blocks[first], blocks[second] = blocks[second], blocks[first]
    return data[:HEADER] + b"".join(blocks)


SPOILED: dict[str, Callable[[bytes], bytes]] = {
    "nothing left": lambda data: b"",
    "cut in the header": lambda data: data[:30],
    "only the header": lambda data: data[:HEADER],
    "cut by a byte": lambda data: data[:-1],
    "cut by the last chunk": lambda data: data[: HEADER + 3 * BLOCK],
    "cut by all chunks but one": lambda data: data[: HEADER + BLOCK],
    "a byte added": lambda data: data + b"\0",
    "the last chunk twice": lambda data: data + data[HEADER + 3 * BLOCK :],
    "first chunks exchanged": lambda data: _moved(data, 0, 1),
    "inner chunks exchanged": lambda data: _moved(data, 1, 2),
    "a chunk left out": lambda data: data[: HEADER + BLOCK] + data[HEADER + 2 * BLOCK :],
    "a chunk of another file": lambda data: (
        data[:HEADER] + _seal(LONG)[HEADER : HEADER + BLOCK] + data[HEADER + BLOCK :]
    ),
    "the header of another file": lambda data: _seal(LONG)[:HEADER] + data[HEADER:],
    "the key of another file": lambda data: data[:22] + _seal(LONG)[22:HEADER] + data[HEADER:],
    "plain text": lambda data: LONG,
}


@pytest.mark.parametrize("how", SPOILED)
def test_a_spoiled_file_is_refused(how: str) -> None:
    with pytest.raises(IntegrityBroken):
        _unseal(SPOILED[how](_seal(LONG)))


@settings(max_examples=50, deadline=None)
@given(data=st.binary(max_size=40), where=st.integers(0), bit=st.integers(0, 7))
def test_any_flipped_bit_is_noticed(data: bytes, where: int, bit: int) -> None:
    sealed = bytearray(_seal(data))
    sealed[where % len(sealed)] ^= 1 << bit

    with pytest.raises(IntegrityBroken):
        _unseal(bytes(sealed))


def test_a_file_sealed_for_another_place_is_refused() -> None:
    with pytest.raises(IntegrityBroken):
        _unseal(_seal(b"x", b"here"), b"there")


def test_another_key_opens_nothing() -> None:
    sealed = b"".join(sealing(io.BytesIO(b"x"), Wrapper(), b"here"))

    with pytest.raises(IntegrityBroken):
        _unseal(sealed)
