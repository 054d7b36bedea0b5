"""`burnish eval sets`."""

from __future__ import annotations

from pathlib import Path

import click

from burnish.cli.options import json_option, plan_option, say, table


@click.command("sets")
@plan_option
@json_option
def command(plan: Path, as_json: bool) -> None:
    """Show the plan's evaluation sets, those that ship with burnish, and public ones to fetch."""
    from burnish.api.evalsets import Sets, SetView, sets

    def rows(found: tuple[SetView, ...]) -> str:
        head: tuple[object, ...] = ("name", "gate", "format", "items", "left out", "sha256")
        return table([head, *(_row(one) for one in found)])

    def text(found: Sets) -> str:
        lines = ["of the plan:", rows(found.plan) if found.plan else "none"]
        lines += [f"  {one.name}: {one.problem}" for one in found.plan if one.problem]
        lines += ["", "with burnish (path: builtin:NAME):", rows(found.starters)]
        head: tuple[object, ...] = ("name", "gate", "items", "licence", "sha256", "")
        public = [
            (one.name, one.gate, one.items, one.licence, _short(one.sha256), one.about)
            for one in found.public
        ]
        lines += ["", "public (burnish eval fetch NAME):", table([head, *public])]
        return "\n".join(lines)

    def _row(one: SetView) -> tuple[object, ...]:
        pinned = (
            _short(one.sha256) if one.pinned or not one.sha256 else f"{one.sha256[:12]} unpinned"
        )
        return (one.name, one.gate, one.format, one.items, one.left_out or None, pinned)

    found = sets(plan)
    say(as_json, found, text(found))


def _short(digest: str | None) -> str:
    return "unpinned" if digest is None else digest[:12]
