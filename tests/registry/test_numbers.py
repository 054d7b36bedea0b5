"""The number a bundle gets, and what is no version."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from burnish.core.errors import InputError
from burnish.evidence.ledger import SqlLedger
from burnish.registry.records import VERSION
from burnish.registry.register import Register
from burnish.registry.versions import State, parse

if TYPE_CHECKING:
    from tests.registry.conftest import Desk


def test_the_base_is_one_nought_nought_and_the_first_fine_tune_one_one_nought(desk: Desk) -> None:
    first = desk.add("b1")

    assert str(first) == "desk@1.1.0"
    assert first.state is State.CANDIDATE
    assert [(str(v), v.state, v.digest) for v in desk.register.versions("desk")] == [
        ("desk@1.0.0", State.BASE, desk.base["model"]),
        ("desk@1.1.0", State.CANDIDATE, desk.d("b1")),
    ]


def test_each_fine_tune_is_the_next_minor_version(desk: Desk) -> None:
    assert [str(desk.add(f"b{n}")) for n in (1, 2, 3)] == [
        "desk@1.1.0",
        "desk@1.2.0",
        "desk@1.3.0",
    ]


@pytest.mark.parametrize("part", ["model", "tokenizer", "prompt"])
def test_another_base_is_the_next_major_version(desk: Desk, part: str) -> None:
    desk.add("b1")
    other = {**desk.base, part: desk.d("another")}

    second = desk.register.register("desk", desk.d("b2"), desk.lineage("b2"), other, "rita")
    back = desk.add("b3")

    assert str(second) == "desk@2.1.0"
    assert desk.register.get("desk@2.0.0").state is State.BASE
    assert str(back) == "desk@1.2.0"


def test_the_same_weights_packed_again_are_a_patch(desk: Desk) -> None:
    desk.add("b1", model="w1")
    desk.add("b2", model="w2")

    assert str(desk.add("b1 again", model="w1")) == "desk@1.1.1"
    assert str(desk.add("b1 once more", model="w1")) == "desk@1.1.2"
    assert str(desk.add("b2 again", model="w2")) == "desk@1.2.1"
    assert str(desk.add("b3")) == "desk@1.3.0"


def test_the_base_packed_again_is_a_fine_tune_and_not_a_patch_of_the_base(desk: Desk) -> None:
    desk.add("b1")

    assert str(desk.add("b2", model="llama")) == "desk@1.2.0"


def test_the_same_bundle_registered_twice_is_the_same_version(desk: Desk) -> None:
    first = desk.add("b1")
    before = len(list(desk.ledger.entries()))

    assert desk.add("b1") == first
    assert len(list(desk.ledger.entries())) == before


def test_a_number_is_never_used_twice(desk: Desk) -> None:
    first = desk.add("b1")
    desk.register.advance(first, State.REJECTED, "rita", "loss rose")

    assert str(desk.add("b2")) == "desk@1.2.0"
    with (
        pytest.raises(sa.exc.IntegrityError, match="append-only"),
        desk.ledger.transaction() as transaction,
    ):
        transaction.execute(VERSION.delete())


def test_names_are_numbered_apart(desk: Desk) -> None:
    desk.add("b1")

    assert str(desk.add("b1", name="other")) == "other@1.1.0"
    assert len(desk.register.versions()) == 4


REGISTER = """
import runpy, sys
from burnish.evidence.ledger import SqlLedger
desk = runpy.run_path(sys.argv[2])["Desk"](SqlLedger(sys.argv[1]))
for number in range(8):
    print(desk.add(f"{sys.argv[3]} {number}"), flush=True)
"""


def test_two_processes_never_get_the_same_number(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    arguments = [str(path), str(Path(__file__).with_name("conftest.py"))]
    command = [sys.executable, "-c", REGISTER, *arguments]
    processes = [
        subprocess.Popen([*command, name], stdout=subprocess.PIPE, text=True)
        for name in ("one", "two")
    ]

    numbers = [line for process in processes for line in process.communicate()[0].split()]

    assert sorted(numbers) == sorted(f"desk@1.{minor}.0" for minor in range(1, 17))
    ledger = SqlLedger(path)
    ledger.verify()
    Register(ledger).verify()
    ledger.close()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda d, tree: tree.pop(d("tickets")), "is not listed"),
        (lambda d, tree: tree.pop(d("b1")), "is not listed"),
        (lambda d, tree: tree[d("tickets")].update(parents=[d("b1")]), "its own ancestor"),
        (lambda d, tree: tree[d("tickets")].update(parents=["x"]), "no SHA-256"),
        (lambda d, tree: tree[d("tickets")].update(kind=""), "no kind"),
        (lambda d, tree: tree.update({d("z"): dict(tree[d("tickets")])}), "leads nowhere"),
        (lambda d, tree: tree[d("model of b1")].update(kind="Adapter"), "holds 0 tuned models"),
        (lambda d, tree: tree[d("scores b1")].update(kind="Model"), "holds 2 tuned models"),
    ],
)
def test_a_lineage_with_a_gap_is_refused(desk: Desk, change: Any, why: str) -> None:
    tree = desk.lineage("b1")
    change(desk.d, tree)

    with pytest.raises(InputError, match=why):
        desk.register.register("desk", desk.d("b1"), tree, desk.base, "rita")

    assert desk.register.versions() == ()


@pytest.mark.parametrize(
    ("name", "base", "by"),
    [
        ("desk@1", None, "rita"),
        ("", None, "rita"),
        ("desk", {}, "rita"),
        ("desk", {"model": "x"}, "rita"),
        ("desk", None, ""),
    ],
)
def test_what_has_no_name_base_or_registrar_is_refused(
    desk: Desk, name: str, base: dict[str, str] | None, by: str
) -> None:
    own = desk.base if base is None else base

    with pytest.raises(InputError):
        desk.register.register(name, desk.d("b1"), desk.lineage("b1"), own, by)


@pytest.mark.parametrize(
    "text", ["desk", "desk@1", "desk@1.2", "desk@v1.2.3", "@1.2.3", "a b@1.2.3"]
)
def test_what_is_no_version_is_told_so(desk: Desk, text: str) -> None:
    with pytest.raises(InputError, match="is not a version"):
        desk.register.get(text)


def test_an_unknown_version_is_told_so(desk: Desk) -> None:
    assert parse("desk@10.2.33") == ("desk", (10, 2, 33))
    with pytest.raises(InputError, match=r"there is no version desk@9.9.9"):
        desk.register.get("desk@9.9.9")
