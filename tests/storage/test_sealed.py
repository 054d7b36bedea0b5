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
from burnish.storage.sealed import CHUNK, SealedReader, seal, unseal

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
LONG_SEALED: list[bytes] = []


def _seal(data: bytes, context: bytes = b"here") -> bytes:
    target = io.BytesIO()
    seal(io.BytesIO(data), target, KEYS, context)
    return target.getvalue()


def _unseal(data: bytes, context: bytes = b"here") -> bytes:
    target = io.BytesIO()
    unseal(io.BytesIO(data), target, KEYS, context)
    return target.getvalue()


def _read(data: bytes, context: bytes = b"here") -> bytes:
    return SealedReader(io.BytesIO(data), KEYS, context).readall()


OPENERS = pytest.mark.parametrize("opened", [_unseal, _read])
Opener = Callable[..., bytes]


@OPENERS
@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK])
def test_what_is_sealed_opens_again(opened: Opener, size: int) -> None:
    data = os.urandom(size)

    sealed = _seal(data)

    assert opened(sealed) == data
    assert len(sealed) == HEADER + size + 16 * max(1, -(-size // CHUNK))


def test_the_same_content_never_looks_the_same_twice() -> None:
    assert _seal(b"x")[-17:] != _seal(b"x")[-17:]
    assert b"plain words" not in _seal(b"plain words")


def test_a_source_that_gives_a_little_at_a_time_is_sealed_whole() -> None:
    class Dripping(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(min(size or 0, 70_001))

    target = io.BytesIO()
    seal(Dripping(LONG), target, KEYS, b"here")

    assert _unseal(target.getvalue()) == LONG


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


@OPENERS
@pytest.mark.parametrize("how", SPOILED)
def test_a_spoiled_file_is_refused(opened: Opener, how: str) -> None:
    with pytest.raises(IntegrityBroken):
        opened(SPOILED[how](_seal(LONG)))


@settings(max_examples=50, deadline=None)
@given(data=st.binary(max_size=40), where=st.integers(0), bit=st.integers(0, 7))
def test_any_flipped_bit_is_noticed(data: bytes, where: int, bit: int) -> None:
    sealed = bytearray(_seal(data))
    sealed[where % len(sealed)] ^= 1 << bit

    for opened in (_unseal, _read):
        with pytest.raises(IntegrityBroken):
            opened(bytes(sealed))


@OPENERS
def test_a_file_sealed_for_another_place_is_refused(opened: Opener) -> None:
    with pytest.raises(IntegrityBroken):
        opened(_seal(b"x", b"here"), b"there")


@OPENERS
def test_another_key_opens_nothing(opened: Opener) -> None:
    target = io.BytesIO()
    seal(io.BytesIO(b"x"), target, Wrapper(), b"here")

    with pytest.raises(IntegrityBroken):
        opened(target.getvalue())


@settings(max_examples=50, deadline=None)
@given(start=st.integers(0, len(LONG) + 9), size=st.integers(0, 2 * CHUNK))
def test_any_part_can_be_read_alone(start: int, size: int) -> None:
    if not LONG_SEALED:
        LONG_SEALED.append(_seal(LONG))
    reader = SealedReader(io.BytesIO(LONG_SEALED[0]), KEYS, b"here")

    reader.seek(start)

    assert io.BufferedReader(reader).read(size) == LONG[start : start + size]


def test_the_reader_seeks_from_here_and_from_the_end() -> None:
    reader = SealedReader(io.BytesIO(_seal(b"0123456789")), KEYS, b"here")

    assert reader.seek(-3, io.SEEK_END) == 7
    assert reader.read(2) == b"78"
    assert reader.seek(-1, io.SEEK_CUR) == reader.tell() == 8
    assert reader.read() == b"89"
    with pytest.raises(ValueError, match="before the start"):
        reader.seek(-1)
