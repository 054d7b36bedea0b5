"""`burnish key`."""

from __future__ import annotations

from pathlib import Path

import click

from burnish.api import rotating, starting
from burnish.cli.options import json_option, key_option, plan_option, say


@click.group("key")
def command() -> None:
    """Make a person's key or a release key, or give the store a new key."""


@command.command("new")
@click.argument("name")
@click.option("--kind", type=click.Choice(["ed25519", "p256"]), default="ed25519",
              help="ed25519 for people, p256 to sign bundles.")  # fmt: skip
@click.option(
    "--folder", type=click.Path(path_type=Path), default=Path("."), help="Project folder."
)
@click.option(
    "--passphrase", default=None, help="Reference of a passphrase: env:NAME or file:PATH."
)
@json_option
def new(name: str, kind: str, folder: Path, passphrase: str | None, as_json: bool) -> None:
    """Make the key pair keys/NAME.pem and keys/NAME.pem.pub."""
    path, signer = starting.key_new(folder, name, kind=kind, passphrase=passphrase)
    text = f"private key {path}\npublic key  {path}.pub\nkey id      {signer.keyid}"
    say(as_json, {"private": path, "public": f"{path}.pub", "keyid": signer.keyid}, text)


@command.command("rotate")
@click.option("--to", required=True, metavar="KEY",
              help="The new key: file:PATH (made if there is none) or env:VARIABLE.")  # fmt: skip
@key_option
@plan_option
@json_option
def rotate(to: str, key: Path | None, plan: Path, as_json: bool) -> None:
    """Give the store a new key; none of its objects is rewritten.

    The old key stays where it is. Broken off, the same command goes on.
    """
    done = rotating.rotate(plan, to, key)
    text = (
        f"the store is sealed with {done.new} and no longer with {done.old}\n"
        f"next: set store.key to {done.reference} in the plan, back the new key up, and keep the "
        "old one\nonly for backups of the store from before"
    )
    say(as_json, done, text)
