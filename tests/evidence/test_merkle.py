import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from burnish.evidence import merkle

sizes = st.integers(1, 70)


def leaves_of(size: int) -> list[bytes]:
    return [merkle.leaf(str(index).encode()) for index in range(size)]


def textbook_root(leaves: list[bytes]) -> bytes:
    """RFC 6962 section 2.1, word for word."""
    if len(leaves) == 1:
        return leaves[0]
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return merkle.node(textbook_root(leaves[:half]), textbook_root(leaves[half:]))


def test_the_known_vectors_hold() -> None:
    # Certificate Transparency's reference vectors for the empty tree and its 8 leaves
    data = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657"]
    data.append("606162636465666768696a6b6c6d6e6f")
    whole = merkle.root_of(merkle.leaf(bytes.fromhex(item)) for item in data)

    assert merkle.root(()) == hashlib.sha256(b"").digest()
    assert whole.hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


@settings(max_examples=50, deadline=None)
@given(sizes)
def test_the_frontier_gives_the_textbook_root_and_stays_small(size: int) -> None:
    frontier: merkle.Frontier = ()
    for index, leaf in enumerate(leaves_of(size)):
        frontier = merkle.push(frontier, index, leaf)

    assert merkle.root(frontier) == textbook_root(leaves_of(size))
    assert len(frontier) == size.bit_count()
    assert merkle.split(b"".join(frontier)) == frontier


@settings(max_examples=50, deadline=None)
@given(sizes, st.data())
def test_every_leaf_is_proved_at_its_place_and_nowhere_else(size: int, data: st.DataObject) -> None:
    leaves = leaves_of(size)
    index = data.draw(st.integers(0, size - 1))
    other = data.draw(
        st.integers(0, size - 1).filter(lambda i: i != index) if size > 1 else st.just(size)
    )
    proof, root = merkle.path(index, leaves), merkle.root_of(leaves)

    assert merkle.includes(proof, (index, size), leaves[index], root)
    assert not merkle.includes(proof, (other, size), leaves[index], root)
    assert not merkle.includes(proof, (index, size), merkle.leaf(b"forged"), root)
    assert not merkle.includes((*proof, root), (index, size), leaves[index], root)
    assert not merkle.includes(proof, (index, size), leaves[index], merkle.leaf(b"root"))


@settings(max_examples=50, deadline=None)
@given(st.integers(2, 70), st.data())
def test_a_proof_with_one_changed_hash_proves_nothing(size: int, data: st.DataObject) -> None:
    leaves = leaves_of(size)
    index = data.draw(st.integers(0, size - 1))
    proof = list(merkle.path(index, leaves))
    at = data.draw(st.integers(0, len(proof) - 1))
    proof[at] = merkle.leaf(proof[at])

    assert not merkle.includes(proof, (index, size), leaves[index], merkle.root_of(leaves))


def test_there_is_no_proof_of_a_leaf_that_is_not_there() -> None:
    with pytest.raises(ValueError, match="no leaf 3"):
        merkle.path(3, leaves_of(3))
    with pytest.raises(ValueError, match="whole hashes"):
        merkle.split(b"x")
