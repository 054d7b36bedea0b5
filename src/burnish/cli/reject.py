"""`burnish reject`."""

from __future__ import annotations

from pathlib import Path

import click

from burnish.api import reviewing
from burnish.cli.options import json_option, key_option, plan_option, say


@click.command("reject")
@click.option("--release", is_flag=True, help="Refuse the release, not the privacy review.")
@click.option("--remediation", required=True, help="What must be mended.")
@click.option("--reason", default="", help="Why.")
@plan_option
@key_option
@json_option
def command(
    release: bool, remediation: str, reason: str, plan: Path, key: Path | None, as_json: bool
) -> None:
    """Refuse the privacy review, or with --release the release, with what must be mended."""
    if release:
        _release(plan, (remediation, reason), key, as_json)
        return
    entry = reviewing.reject(plan, remediation=remediation, key=key, reason=reason)
    say(as_json, {"entry": entry}, f"rejected; ledger entry {entry[:12]}")


def _release(plan: Path, words: tuple[str, str], key: Path | None, as_json: bool) -> None:
    from burnish.api import releasing

    remediation, reason = words
    signed = releasing.reject_release(plan, remediation=remediation, reason=reason, key=key)
    say(as_json, signed, f"{signed.person} rejected the release; ledger entry {signed.entry[:12]}")
