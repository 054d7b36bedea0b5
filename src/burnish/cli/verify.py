"""`burnish verify`."""

from __future__ import annotations

from pathlib import Path

import click

from burnish.api import verifying
from burnish.cli.options import json_option, plan_option, say


@click.command("verify")
@click.argument("bundle", type=click.Path(path_type=Path), required=False)
@click.option("--key", type=click.Path(path_type=Path), default=None, help="Public key file.")
@click.option("--ledger", is_flag=True, help="Check the project's ledger instead of a bundle.")
@click.option("--store", is_flag=True, help="Check that the store holds all the ledger names.")
@click.option("--checkpoint", type=click.Path(path_type=Path), default=None,
              help="An older signed checkpoint that the ledger must still contain.")  # fmt: skip
@plan_option
@json_option
def command(
    bundle: Path | None, key: Path | None, ledger: bool, checkpoint: Path | None, plan: Path,
    **how: bool,
) -> None:  # fmt: skip
    """Check BUNDLE with a public key and nothing else, or the project's ledger.

    Every file must be as it was signed, the privacy review inside must be about the bundled
    reports, and the ledger's checkpoint must be signed by a person whom the bundled plan lists.
    """
    as_json = how["as_json"]
    if how["store"]:
        _store(plan, as_json)
        return
    if ledger:
        entries = verifying.verify_ledger(plan, checkpoint, key)
        say(as_json, {"entries": entries}, f"verified {entries} ledger entries")
        return
    if bundle is None or key is None:
        raise click.UsageError("verify needs a BUNDLE and --key PUBLIC-KEY, --ledger or --store")
    verified = verifying.verify(bundle, key)
    say(
        as_json,
        verified,
        f"verified {len(verified.files)} files, signed by key {verified.keyid[:16]}, "
        f"privacy review by {verified.approved_by}, ledger of {verified.entries} entries",
    )


def _store(plan: Path, as_json: bool) -> None:
    from burnish.api.stored import verify_store  # a bundle is verified without stores and plans

    found = verify_store(plan)
    gaps = f", {found.gaps} erased ({', '.join(e[:12] for e in found.erasures)})"
    say(as_json, found, f"verified {found.objects} objects{gaps if found.gaps else ''}")
