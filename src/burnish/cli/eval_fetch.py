"""`burnish eval fetch`."""

from __future__ import annotations

from pathlib import Path

import click

from burnish.cli.options import json_option, plan_option, say


@click.command("fetch")
@click.argument("names", nargs=-1)
@plan_option
@click.option(
    "--accept-licence", "accepted", multiple=True, metavar="NAME",
    help="A licence with conditions that you accept, such as CC-BY-NC-4.0. Repeatable.",
)  # fmt: skip
@click.option(
    "--from", "mirror", default=None, metavar="URL",
    help="A mirror: it has URL/SET/FILE; for hub: files, the address of another hub.",
)  # fmt: skip
@json_option
def command(
    names: tuple[str, ...], plan: Path, accepted: tuple[str, ...], mirror: str | None, as_json: bool
) -> None:
    """Fetch public sets NAMES, or hub:OWNER/NAME@COMMIT/FILE; without NAMES, list sources."""
    from burnish.api.evalfetch import Fetched, Wishes, fetch
    from burnish.api.evalsets import public

    def told(one: Fetched) -> str:
        how = "was there" if one.was_there else f"fetched, {one.files} files"
        known = "as pinned" if one.pinned else "unpinned until now: review it, then keep this pin"
        count = "" if one.items is None else f", {one.items} items"
        left = f", {one.left_out} rows can test nothing" if one.left_out else ""
        return f"{one.name}: {how}{count}{left}, {one.licence}, {known}\n    {one.line}"

    if not names:
        listed = public()
        text = "\n".join(f"{one.name}: {one.licence}, {one.path}" for one in listed)
        return say(as_json, {"public": listed}, text)
    found = fetch(plan, names, Wishes(accepted, mirror))
    note = "The indented lines go under evaluate.sets of the plan."
    say(as_json, {"fetched": found}, "\n".join([*map(told, found), "", note]))
