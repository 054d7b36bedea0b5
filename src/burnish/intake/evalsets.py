"""Evaluation sets of the plan, read from where they lie and held to their pins."""

from __future__ import annotations

import hashlib
from pathlib import Path

from burnish.core.errors import InputError
from burnish.methods.evaluation.suites import Suite, SuiteError, load_suite
from burnish.plan_evaluate import EvalSet


def set_digest(root: Path, one: EvalSet) -> str:
    """SHA-256 of the file that a set is read from."""
    return hashlib.sha256(set_path(root, one).read_bytes()).hexdigest()


def read_set(root: Path, one: EvalSet) -> Suite:
    """The items of a set; raises `InputError` naming the set, where they are not what was pinned.

    `root` is the project's folder, to which paths are relative.
    """
    try:
        suite = load_suite(set_path(root, one), one.name, kind=one.metric)
    except SuiteError as wrong:
        raise InputError(f"evaluate.sets.{one.name}: {wrong}", remedy="mend the file") from wrong
    _require(one, "SHA-256", suite.pin.sha256, one.sha256)
    _require(one, "number of items", suite.pin.items, one.rows)
    return suite


def set_path(root: Path, one: EvalSet) -> Path:
    """Where a set's file lies."""
    path = root / one.path
    if not path.is_file():
        raise InputError(
            f"evaluate.sets.{one.name}: there is no file {one.path}",
            remedy="give the path of a .jsonl or .csv file, relative to the project",
        )
    return path


def _require(one: EvalSet, what: str, found: object, pinned: object) -> None:
    if pinned is not None and found != pinned:
        raise InputError(
            f"evaluate.sets.{one.name}: its {what} is {found}, the plan pins {pinned}",
            remedy="use the pinned file, or review this one and pin it",
        )
