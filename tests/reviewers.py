"""A masked project that waits for its privacy officer: what a reviewer's sample is drawn from."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from burnish.api.running import run
from burnish.api.sampling import Sitting, sit_down
from burnish.api.starting import key_new
from burnish.api.verdicts import Missed, Verdict
from burnish.core.errors import GateClosed
from burnish.core.ports import LedgerEntry
from burnish.samples import write_world
from burnish.samples.project import PLAN
from burnish.wiring import open_project

PEOPLE = {"dana": ["data_engineer"], "priya": ["privacy_officer"], "petra": ["privacy_officer"],
          "omar": ["approver"]}  # fmt: skip
LEFT = "ada.keller@example.org"
"""An address that the plan lets pass, so that the residual scan sets its document aside."""


@dataclass(frozen=True)
class Reviewable:
    """The project's folder, and its people at work."""

    folder: Path

    def key(self, name: str) -> Path:
        return self.folder / "keys" / f"{name}.pem"

    def sit(self, name: str = "priya", size: int | None = None) -> Sitting:
        return sit_down(self.folder, key=self.key(name), size=size)

    def look_through(
        self, size: int, *, missed: tuple[int, ...] = (), over: tuple[int, ...] = ()
    ) -> Sitting:
        """Judge that many documents; in those of these numbers a word or a mask is wrong."""
        sitting = self.sit(size=size)
        for number in range(1, size + 1):
            document = sitting.document(number)
            word = (Missed("PERSON", text=self.word(sitting, number)),)
            sitting.judge(
                Verdict(
                    document.id,
                    missed=word if number in missed else (),
                    over=(1,) if number in over else (),
                )
            )
        return sitting

    @staticmethod
    def word(sitting: Sitting, number: int) -> str:
        """The longest word of a document that stands in no mask."""
        text = sitting.document(number).parts[0].text
        words = (word for word in text.split() if word.isalpha())
        return max(words, key=lambda word: (len(word), word))

    @staticmethod
    def masked(sitting: Sitting, count: int = 1) -> list[int]:
        """The numbers of documents with at least so many masks in their first text."""
        numbers = range(1, len(sitting.documents.sample.documents) + 1)
        return [n for n in numbers if len(sitting.document(n).parts[0].masks) >= count]

    def change(self, **edits: Any) -> None:
        """Edit the plan's section on privacy."""
        path = self.folder / "burnish.yaml"
        plan = yaml.safe_load(path.read_text(encoding="utf-8"))
        plan["privacy"].update(edits)
        path.write_text(yaml.safe_dump(plan, sort_keys=False), encoding="utf-8")

    def entries(self, event: str) -> list[LedgerEntry]:
        return list(open_project(self.folder).ledger.entries(event))

    def run(self) -> GateClosed:
        """Run, and hand back the gate that closes."""
        with pytest.raises(GateClosed) as closed:
            run(self.folder, key=self.key("dana"))
        return closed.value


def _tickets(folder: Path) -> None:
    left = {
        "question": f"Please write to {LEFT} about the broken lamp in the reading room.",
        "answer": "This goes to team Harbour with priority 2.",
    }
    with (folder / "data" / "tickets.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps({**left, "customer": "C-77", "team": "Harbour"}) + "\n")


@pytest.fixture(scope="session")
def waiting_for_review(tmp_path_factory: pytest.TempPathFactory) -> Reviewable:
    folder = tmp_path_factory.mktemp("reviewable") / "desk"
    write_world(folder / "data", tickets=120, house=10)
    _tickets(folder)
    for name in PEOPLE:
        key_new(folder, name)
    key_new(folder, "release", kind="p256")
    plan = yaml.safe_load(PLAN)
    plan["engine"] = {"kind": "inline"}
    plan["sources"][0]["bad_records"] = 0.1
    plan["mask"] = {"allow": [LEFT], "engines": ["rules"], "canaries_per_category": 2,
                    "min_recall": 0.0, "bars": []}  # fmt: skip
    plan["privacy"]["max_residual_rate"] = 0.5
    plan["people"] = [
        {"name": name, "roles": roles, "key": f"keys/{name}.pem.pub"}
        for name, roles in PEOPLE.items()
    ]
    (folder / "burnish.yaml").write_text(yaml.safe_dump(plan, sort_keys=False), encoding="utf-8")
    project = Reviewable(folder)
    assert project.run().exit_code == 4
    return project


@pytest.fixture
def reviewable(waiting_for_review: Reviewable, tmp_path: Path) -> Reviewable:
    """A copy of it, to do with as one likes."""
    return Reviewable(Path(shutil.copytree(waiting_for_review.folder, tmp_path / "desk")))
