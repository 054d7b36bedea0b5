"""`burnish key`."""

from __future__ import annotations

from pathlib import Path

import click

from burnish.api import starting
from burnish.cli.options import json_option, say


@click.group("key")
def command() -> None:
    """Make a person's key or a release key."""


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
