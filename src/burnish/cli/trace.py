"""`burnish trace`."""

from __future__ import annotations

from pathlib import Path

import click

from burnish.api import registering, subjects
from burnish.cli.options import (
    identifier_of,
    json_option,
    key_option,
    plan_option,
    say,
    subject_options,
    table,
)
from burnish.registry.lineage import Ancestry


@click.command("trace")
@click.argument("what", required=False, default="")
@subject_options
@key_option
@plan_option
@json_option
def command(
    what: str, subject: str | None, file: Path | None, key: Path | None, plan: Path, as_json: bool
) -> None:
    """Go from a version (name@1.1.0) back to its sources, or from a source to versions.

    With --subject: find every source row, dataset and version of one person.
    """
    if subject is not None or file is not None:
        traced = subjects.trace(plan, identifier_of(subject, file), key=key)
        say(as_json, traced, _person(traced))
        return
    if not what:
        raise click.UsageError("name a version or a source, or say --subject")
    if "@" in what:
        found = registering.trace_back(plan, what)
        say(as_json, found, "\n".join(_lines(found, 0, set())))
        return
    versions = [f"{v} {v.state}" for v in registering.trace_forward(plan, what)]
    say(as_json, {"versions": versions}, "\n".join(versions) or "no version came of it")


def _person(traced: subjects.Trace) -> str:
    """What there is of a person, by the keyed hash."""
    gone = " (erased; no longer collected)" if traced.erased else ""
    rows: list[tuple[object, ...]] = [(r.source, r.id, r.origin) for r in traced.rows]
    held: list[tuple[object, ...]] = [
        (p.kind, p.stage, p.digest[:12], p.rows, f"and {p.dropped} dropped" if p.dropped else "")
        for p in traced.datasets
    ]
    learnt: list[tuple[object, ...]] = [(p.kind, p.stage, p.digest[:12]) for p in traced.models]
    versions = [
        f"{v.version} {v.state}, {'learnt from them' if v.trained else 'did not learn from them'}"
        for v in traced.versions
    ]
    return "\n\n".join(
        [
            f"data subject {traced.subject}{gone}",
            f"source rows: {len(rows)}\n{table(rows)}".rstrip(),
            f"datasets with rows: {len(held)}\n{table(held)}".rstrip(),
            f"made of them by learning: {len(learnt)}\n{table(learnt)}".rstrip(),
            "\n".join(versions) or "no version came of them",
        ]
    )


def _lines(node: Ancestry, depth: int, told: set[str]) -> list[str]:
    """The tree, each ancestor spelt out once."""
    own = f"{'  ' * depth}{node.kind} {node.name} {node.digest[:12]}"
    if node.digest in told and node.parents:
        return [f"{own} (as above)"]
    told.add(node.digest)
    return [own, *(line for parent in node.parents for line in _lines(parent, depth + 1, told))]
