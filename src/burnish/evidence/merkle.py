"""The Merkle tree of RFC 6962 (RFC 9162 section 2.1) over SHA-256, as pure functions.

A frontier is the roots of the full subtrees of a tree, largest first: all that is needed to
append, in O(log n) bytes. A hash is 32 bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

HASH_BYTES = 32
Frontier = tuple[bytes, ...]


def leaf(data: bytes) -> bytes:
    """The hash of a leaf."""
    return hashlib.sha256(b"\x00" + data).digest()


def node(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def push(frontier: Frontier, size: int, new: bytes) -> Frontier:
    """The frontier of `size` leaves after one more leaf hash."""
    roots = [*frontier, new]
    while size & 1:
        right, left = roots.pop(), roots.pop()
        roots.append(node(left, right))
        size >>= 1
    return tuple(roots)


def root(frontier: Frontier) -> bytes:
    """The root of the tree; of an empty tree the hash of nothing."""
    if not frontier:
        return hashlib.sha256(b"").digest()
    whole = frontier[-1]
    for left in reversed(frontier[:-1]):
        whole = node(left, whole)
    return whole


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The root over leaf hashes."""
    frontier: Frontier = ()
    for size, new in enumerate(leaves):
        frontier = push(frontier, size, new)
    return root(frontier)


def path(index: int, leaves: Sequence[bytes]) -> tuple[bytes, ...]:
    """The inclusion proof of leaf `index`, nearest sibling first (RFC 9162 2.1.3.1)."""
    if not 0 <= index < len(leaves):
        raise ValueError(f"no leaf {index} in a tree of {len(leaves)}")
    if len(leaves) == 1:
        return ()
    half = 1 << ((len(leaves) - 1).bit_length() - 1)
    if index < half:
        return (*path(index, leaves[:half]), root_of(leaves[half:]))
    return (*path(index - half, leaves[half:]), root_of(leaves[:half]))


def includes(proof: Sequence[bytes], place: tuple[int, int], entry: bytes, whole: bytes) -> bool:
    """Whether leaf hash `entry` is at `place` = (index, tree size) of root `whole`.

    RFC 9162 section 2.1.3.2.
    """
    index, size = place
    if not 0 <= index < size:
        return False
    last, found = size - 1, entry
    for sibling in proof:
        if last == 0:
            return False
        if index & 1 or index == last:
            found = node(sibling, found)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            found = node(found, sibling)
        index, last = index >> 1, last >> 1
    return last == 0 and found == whole


def split(data: bytes) -> Frontier:
    """A frontier from its concatenated hashes."""
    if len(data) % HASH_BYTES:
        raise ValueError("a frontier is whole hashes")
    return tuple(data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES))
