"""The plan on disk: `load_plan` reads burnish.yaml and reports everything wrong with it at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from burnish.core.errors import PlanError
from burnish.plan import Plan
from burnish.plan_example import example_plan
from burnish.plan_faults import faults_of, sections
from burnish.plan_text import LONGEST_BYTES, BadText, Document, Fault, read_text, write_text
from burnish.plan_words import words

__all__ = ["effective", "example_plan", "json_schema", "load_plan"]

MOST_TOLD = 50


def load_plan(path: Path) -> Plan:
    """Read and check a plan file.

    Raises:
        PlanError: there is no such file, it is not YAML, or it is not a plan; every fault is
            named with `file:line: key: what is wrong`.

    """
    try:
        document = read_text(_bytes_of(path))
    except BadText as bad:
        told = f"{path}:{bad.line}:{bad.column}: {bad.problem}"
        raise PlanError(told, remedy=f"mend line {bad.line}, column {bad.column}") from None
    if document.value is None and not document.faults:
        raise PlanError(f"{path}:1: the plan is empty", remedy=_start_over(path))
    return _checked(document, path)


def effective(plan: Plan) -> str:
    """The plan with every default written out, as YAML that `load_plan` reads back the same."""
    return write_text(plan.model_dump())


def json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a plan file, every key with its description."""
    schema = Plan.model_json_schema()
    for section in sections():
        told = schema if section is Plan else schema["$defs"][section.__name__]
        for key, rule in told["properties"].items():
            if text := words(section, key):
                rule["description"] = text
    draft = "https://json-schema.org/draft/2020-12/schema"
    return {"$schema": draft, **schema, "title": "burnish plan"}


def _bytes_of(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(LONGEST_BYTES + 1)
    except FileNotFoundError:
        problem = f"there is no plan file at {path}"
        raise PlanError(problem, remedy=f"burnish init {path.parent}, or name another") from None
    except (OSError, ValueError) as fault:
        told = fault.strerror if isinstance(fault, OSError) else str(fault)
        raise PlanError(f"cannot read {path}: {told}", remedy="name a readable file") from None


def _start_over(path: Path) -> str:
    return f"delete it and run burnish init {path.parent}"


def _checked(document: Document, path: Path) -> Plan:
    faults = list(document.faults)
    try:
        plan = Plan.model_validate_json(json.dumps(document.value))
    except ValidationError as invalid:
        faults += faults_of(invalid, document)
    else:
        if not faults:
            return plan
    raise _error(path, sorted(faults))


def _error(path: Path, faults: list[Fault]) -> PlanError:
    told = [f"{path}:{fault.line}: {fault.key}: {fault.problem}" for fault in faults[:MOST_TOLD]]
    if len(faults) > MOST_TOLD:
        told.append(f"{path}: and {len(faults) - MOST_TOLD} more")
    which = "this line" if len(faults) == 1 else f"these {len(faults)} places"
    remedy = f"mend {which}; burnish init writes a commented example"
    return PlanError("\n".join(told), remedy=remedy)
