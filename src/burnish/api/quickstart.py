"""The sample project, taken through the whole flow with all of its people played."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from burnish.api.registering import promote, register
from burnish.api.reviewing import approve
from burnish.api.running import Finished, run
from burnish.api.showing import made_by
from burnish.api.starting import key_new
from burnish.core.artifact import Manifest
from burnish.core.errors import GateClosed, InputError, IntegrityBroken
from burnish.core.ports import Progress, Silent
from burnish.core.verdict import Outcome
from burnish.samples import write_world
from burnish.samples.project import PLAN
from burnish.wiring import open_project

PEOPLE = ("dana", "priya", "omar")
MARK = "# The sample project"
TICKETS, HOUSE = 2000, 900


@dataclass(frozen=True, slots=True)
class Answered:
    """One question with what base and tuned model say."""

    set: str
    question: str
    expected: str
    base: str
    tuned: str


@dataclass(frozen=True, slots=True)
class Started:
    """A project that went through: its bundle, version, page, scores and some answers.

    `gates` counts the evaluation's gates by verdict.
    """

    folder: Path
    bundle: Path
    report: Path
    version: str
    state: str
    sets: tuple[dict[str, Any], ...]
    gates: dict[str, int]
    control: dict[str, Any] | None
    answers: tuple[Answered, ...]


def quickstart(folder: Path, progress: Progress | None = None) -> Started:
    """Write the sample project into `folder` and take it to a released version.

    A folder that holds an earlier quickstart is gone on with. Raises `InputError` for a folder
    with anything else in it.
    """
    told = progress or Silent()
    plan_file = write_project(folder)
    keys = {name: folder / "keys" / f"{name}.pem" for name in PEOPLE}
    try:
        done = run(plan_file, key=keys["dana"], progress=told)
    except GateClosed as closed:
        if closed.gate != "privacy" or closed.verdict.outcome is not Outcome.WAITING:
            raise
        entry = approve(plan_file, key=keys["priya"], reason="sample data, seen and agreed")
        told.end("priya", f"privacy officer signed, ledger entry {entry[:12]}")
        done = run(plan_file, key=keys["dana"], progress=told)
    version = register(plan_file, key=keys["dana"])
    told.end("register", f"{version} {version.state}")
    if version.state != "released":
        version = promote(plan_file, str(version), key=keys["omar"], reason="sample release")
        told.end("omar", f"approver signed, {version} {version.state}")
    return _started(plan_file, done, str(version), str(version.state))


def write_project(folder: Path) -> Path:
    """World, keys and plan of the sample project; an earlier one is kept."""
    plan_file = folder / "burnish.yaml"
    if plan_file.exists():
        if not plan_file.read_text(encoding="utf-8").startswith(MARK):
            raise InputError(
                f"{folder} holds another project", remedy="give quickstart a folder of its own"
            )
        return plan_file
    if folder.exists() and any(folder.iterdir()):
        raise InputError(f"{folder} is not empty", remedy="give quickstart a folder of its own")
    write_world(folder / "data", tickets=TICKETS, house=HOUSE)
    for name in PEOPLE:
        key_new(folder, name)
    key_new(folder, "release", kind="p256")
    plan_file.write_text(PLAN, encoding="utf-8")
    return plan_file


def _started(plan_file: Path, done: Finished, version: str, state: str) -> Started:
    project = open_project(plan_file)
    scores = made_by(project, "evaluate", done.run)
    if scores is None:
        raise IntegrityBroken(
            f"the ledger does not say what run {done.run} evaluated",
            remedy="burnish verify --ledger",
        )
    files = Manifest.from_bytes(project.store.get_bytes(scores.digest)).files
    results = json.loads(project.store.get_bytes(files["results.json"]))
    lines = project.store.get_bytes(files["items.jsonl"]).decode().splitlines()
    return Started(
        folder=plan_file.parent,
        bundle=done.bundle,
        report=done.report,
        version=version,
        state=state,
        sets=tuple(results["sets"]),
        gates=dict(Counter(gate["verdict"] for gate in results["gates"])),
        control=results["control"],
        answers=tuple(_answers([json.loads(line) for line in lines])),
    )


def _answers(records: list[dict[str, Any]]) -> Iterator[Answered]:
    """Three held-out tickets that the tuning changed, and one item of each other set."""
    wanted = {"domain": 3}
    sides: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}
    for record in records:
        if ":" not in record["set"]:  # asked otherwise for a part of a gate: drawn, say
            sides.setdefault((record["set"], record["item"]), {})[record["model"]] = record
    for (name, _), pair in sides.items():
        base, tuned = pair["base"], pair["tuned"]
        left = wanted.setdefault(name, 1)
        if not left or base["output"] is None or (name == "domain" and not tuned["score"]):
            continue
        wanted[name] = left - 1
        said = (base["question"], base["expected"], base["output"], tuned["output"])
        yield Answered(name, *(str(text).strip() for text in said))
