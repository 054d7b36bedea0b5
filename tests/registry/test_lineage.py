import hashlib

import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from burnish.evidence.ledger import MemoryLedger
from burnish.registry import lineage as family
from burnish.registry.lineage import ARTEFACT, DERIVED, METADATA, Node, read_lineage, rows_of


def d(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()


@st.composite
def trees(draw: st.DrawFn) -> dict[int, list[int]]:
    """Parents of each number, all smaller; the last number is the top of everything."""
    size = draw(st.integers(1, 12))
    parents = {
        child: sorted(draw(st.sets(st.integers(0, child - 1), max_size=3))) if child else []
        for child in range(size)
    }
    loose = set(range(size - 1)) - {p for above in parents.values() for p in above}
    parents[size - 1] = sorted({*parents[size - 1], *loose})
    return parents


def reach(edges: dict[int, list[int]], start: int) -> set[int]:
    found = {start}
    while more := {n for f in found for n in edges.get(f, [])} - found:
        found |= more
    return found


@settings(max_examples=50, deadline=None)
@given(trees(), st.data())
def test_both_directions_reach_what_a_plain_search_reaches(
    parents: dict[int, list[int]], data: st.DataObject
) -> None:
    nodes = {d(n): Node("Step", str(n), tuple(d(p) for p in above)) for n, above in parents.items()}
    children: dict[int, list[int]] = {}
    for child, above in parents.items():
        for parent in above:
            children.setdefault(parent, []).append(child)
    start = data.draw(st.sampled_from(sorted(parents)))
    ledger = MemoryLedger()
    ledger.provide(METADATA)
    artefacts, edges = rows_of(nodes)

    with ledger.transaction() as transaction:
        transaction.execute(ARTEFACT.insert(), artefacts)
        if edges:
            transaction.execute(DERIVED.insert(), edges)
        below = family.descendants(transaction.execute, d(start))
        above_ = family.ancestors(transaction.execute, d(start))
        tree = family.ancestry(transaction.execute, d(start))
        left = family.missing_rows(transaction.execute, artefacts, edges)

    assert below == {d(n) for n in reach(children, start)}
    assert above_ == {d(n) for n in reach(parents, start)}
    assert {item.digest for item in tree.walk()} == above_
    assert {item.digest for item in tree.sources()} == {
        d(n) for n in reach(parents, start) if not parents[n]
    }
    assert left == ([], [])
    ledger.close()


@settings(max_examples=50, deadline=None)
@given(trees())
def test_a_whole_lineage_is_read_as_given(parents: dict[int, list[int]]) -> None:
    given = {
        d(n): {"kind": "Step", "name": str(n), "parents": [d(p) for p in above]}
        for n, above in parents.items()
    }

    nodes = read_lineage(given, d(max(parents)))

    assert {digest: list(node.parents) for digest, node in nodes.items()} == {
        digest: fields["parents"] for digest, fields in given.items()
    }


def test_a_long_chain_is_walked_whole() -> None:
    ledger = MemoryLedger()
    ledger.provide(METADATA)
    with ledger.transaction() as transaction:
        rows = [{"digest": d(n), "kind": "Step", "name": str(n)} for n in range(1500)]
        transaction.execute(ARTEFACT.insert(), rows)
        links = [{"parent": d(n), "child": d(n + 1)} for n in range(1499)]
        transaction.execute(DERIVED.insert(), links)

    with ledger.reading() as reader:
        tree = family.ancestry(reader.execute, d(1499))
        count = reader.execute(sa.select(sa.func.count()).select_from(ARTEFACT)).scalar_one()

    assert len(list(tree.walk())) == count == 1500
    assert [item.name for item in tree.sources()] == ["0"]
