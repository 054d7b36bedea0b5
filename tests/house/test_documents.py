"""The documents say what the code does."""

import ast
import re
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from burnish.core.artifact import Kept, Manifest, Parts, Shard
from burnish.core.gate import Look
from burnish.core.ports import Ledger, Notary
from burnish.core.rows import CORPUS
from burnish.core.stage import Place, Work
from burnish.core.verdict import Outcome
from burnish.engines.inline import InlineEngine
from burnish.evidence.ledger import SqlLedger
from burnish.evidence.signoff import PlanNotary
from burnish.storage.memory import MemoryStore

HEADINGS = ["Decision", "Why", "Not taken", "What would change our mind"]
Row = tuple[str, str, str, str]


def steps_of(source: str) -> list[Row]:
    """Name, kind, arguments and result of each call of the flow, in order."""
    calls = [
        (call, targets)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Assign | ast.Return) and isinstance(call := node.value, ast.Call)
        for targets in [node.targets if isinstance(node, ast.Assign) else []]
    ]
    return [_step(call, targets) for call, targets in calls]


def _step(call: ast.Call, targets: list[ast.expr]) -> Row:
    names = [ast.unparse(argument) for argument in call.args]
    kind = {"run.do": "stage", "run.clear": "gate"}[ast.unparse(call.func)]
    made = ast.unparse(targets[0]) if targets else "the signed bundle"
    return names[0], kind, ", ".join(names[1:]), made


def table_of_steps(page: str) -> list[Row]:
    """The rows of the first table under 'The flow'."""
    section = page.split("## The flow")[1].split("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("|")]
    return [(a.strip(), b.strip(), c.strip(), d.strip()) for a, b, c, d in rows[2:]]


def test_the_table_of_steps_is_the_flow(root: Path, modules: dict[str, str]) -> None:
    page = (root / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert table_of_steps(page) == steps_of(modules["flow.py"])


def test_a_step_that_the_page_does_not_know_is_seen(modules: dict[str, str]) -> None:
    longer = modules["flow.py"] + "\n\ndef more(run, plan):\n    a = run.do(polish, plan)\n"
    assert steps_of(longer) == [*steps_of(modules["flow.py"]), ("polish", "stage", "plan", "a")]


def test_every_room_has_its_row(root: Path, package: Path) -> None:
    page = (root / "docs" / "architecture.md").read_text(encoding="utf-8")
    rooms = [p.name for p in package.iterdir() if p.is_dir() and list(p.glob("*.py"))]
    assert [room for room in sorted(rooms) if f"| `{room}/` |" not in page] == []


def decisions(root: Path) -> list[Path]:
    """The decision notes."""
    return sorted((root / "docs" / "decisions").glob("[0-9]*.md"))


def test_decisions_are_numbered_without_gaps_and_listed(root: Path) -> None:
    notes = decisions(root)
    index = (root / "docs" / "decisions" / "README.md").read_text(encoding="utf-8")
    assert [int(note.name[:4]) for note in notes] == list(range(1, len(notes) + 1))
    assert [note.name for note in notes if f"({note.name})" not in index] == []


def test_a_decision_says_what_was_not_taken(root: Path) -> None:
    for note in decisions(root):
        text = note.read_text(encoding="utf-8")
        assert re.findall(r"^## (.+)$", text, re.MULTILINE) == HEADINGS, note.name
        assert text.startswith(f"# {note.name[:4]}: "), note.name
        assert text.count("\n") <= 70, note.name


LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)\)")


def test_links_between_files_lead_somewhere(root: Path) -> None:
    pages = [*root.glob("*.md"), *(root / "docs").rglob("*.md"), *(root / "recipes").glob("*.md")]
    broken = [
        f"{page.relative_to(root)}: {target}"
        for page in pages
        for target in LINK.findall(page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]
    assert broken == []


@pytest.fixture(scope="module")
def example(root: Path) -> dict[str, Any]:
    """What the code on the page for contributors defines."""
    page = (root / "CONTRIBUTING.md").read_text(encoding="utf-8")
    names: dict[str, Any] = {"__name__": "burnish.flow"}  # a module that has a source file
    for block in re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL):
        exec(compile(block, "CONTRIBUTING.md", "exec", dont_inherit=True), names)
    return names


@pytest.fixture
def look(tmp_path: Path) -> Look:
    """An empty project as a gate sees it."""
    ledger: Ledger = SqlLedger(tmp_path / "ledger.db")
    notary: Notary = PlanNotary(())
    return Look(MemoryStore(), ledger, notary, date(2026, 1, 1))


def test_the_stage_on_the_page_for_contributors_runs(
    example: dict[str, Any], look: Look, tmp_path: Path
) -> None:
    rows = [{"id": str(n), "label": label} for n, label in enumerate(["billing", None, "cats"])]
    shard = Shard(look.store.put_table(pa.Table.from_pylist(rows, schema=CORPUS)), 3)
    corpus = Kept(look.store.put_bytes(Manifest("Kept", 3, (shard,)).to_bytes()), 3)
    work = Work(look.store, InlineEngine(), Place(tmp_path, look.today), look)
    made = example["labels"](work, corpus, example["LabelsPlan"]())
    assert (made.rows, dict(work.dropped)) == (1, {"label": 2})


@pytest.mark.parametrize(
    ("rows", "outcome"), [(0, Outcome.UNJUDGED), (4, Outcome.FAILED), (5, Outcome.PASSED)]
)
def test_the_gate_on_the_page_for_contributors_judges(
    example: dict[str, Any], look: Look, rows: int, outcome: Outcome
) -> None:
    manifest = Manifest("Parts", rows, (Shard("0" * 64, rows, "train"),))
    parts = Parts(look.store.put_bytes(manifest.to_bytes()), rows)
    assert example["enough"](look, parts, 5).outcome is outcome
