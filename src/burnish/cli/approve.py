"""`burnish approve`."""

from __future__ import annotations

from pathlib import Path

import click

from burnish.api import reviewing
from burnish.cli.options import json_option, key_option, plan_option, say


@click.command("approve")
@click.option(
    "--release",
    is_flag=True,
    help="Release the model although evaluation left gates undecided; wants a reason.",
)
@click.option("--reason", default="", help="Why.")
@click.option("--condition", "conditions", multiple=True, help="A condition; may be repeated.")
@plan_option
@key_option
@json_option
def command(
    release: bool,
    reason: str,
    conditions: tuple[str, ...],
    plan: Path,
    key: Path | None,
    as_json: bool,
) -> None:
    """Sign the privacy review, or with --release for what evaluation could not decide.

    The privacy review is about legal bases, residual rate, purpose and processors' agreements. A
    release takes as many people as the plan names roles in release.reviewers; see `burnish review`.
    """
    if release:
        _release(plan, reason, conditions, key, as_json)
        return
    entry = reviewing.approve(plan, key=key, reason=reason, conditions=conditions)
    say(as_json, {"entry": entry}, f"approved; ledger entry {entry[:12]}\nnext: burnish run")


def _release(
    plan: Path, reason: str, conditions: tuple[str, ...], key: Path | None, as_json: bool
) -> None:
    from burnish.api import releasing

    if conditions:
        raise click.UsageError("--condition belongs to the privacy review; say it in --reason")
    signed = releasing.approve_release(plan, reason=reason, key=key)
    left = f"still to sign: {', '.join(signed.lacking)}" if signed.lacking else "next: burnish run"
    told = (
        f"{signed.person} approved as {signed.role} the release with {', '.join(signed.gates)} "
        f"undecided; ledger entry {signed.entry[:12]}"
    )
    say(as_json, signed, f"{told}\n{left}")
