"""Write a bundle as a folder, with the ledger's checkpoint, and sign it."""

from __future__ import annotations

import shutil
from pathlib import Path

from burnish.api.preflight import release_signer
from burnish.api.verifying import CHECKPOINT, SIGNATURE
from burnish.core.artifact import Bundle, Manifest
from burnish.core.errors import IntegrityBroken
from burnish.evidence.keys import Signer
from burnish.evidence.oms import sign_folder
from burnish.wiring import Project


def publish(project: Project, bundle: Bundle, person: Signer) -> Path:
    """Write and sign the bundle's folder; a whole one that is there already is kept.

    The release key signs the bundle, the person who runs the flow the ledger's checkpoint in it.
    The folder appears under its name only when everything in it is written and signed.
    """
    folder = bundle_folder(project, bundle)
    if (folder / SIGNATURE).exists():
        return folder
    if folder.exists():
        raise IntegrityBroken(
            f"{folder} has lost its signature", remedy="move the folder away and run again"
        )
    signer = release_signer(project)
    part = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    _write_files(project, bundle, part)
    checkpoint = part / CHECKPOINT
    checkpoint.parent.mkdir(exist_ok=True)
    checkpoint.write_text(project.ledger.checkpoint(person), encoding="utf-8")
    sign_folder(part, signer, part / SIGNATURE)
    part.replace(folder)
    project.ledger.append(
        "signed", {"bundle": bundle.digest, "folder": folder.name, "keyid": signer.keyid}
    )
    return folder


def bundle_folder(project: Project, bundle: Bundle) -> Path:
    """Where this bundle lies, named by its plan and digest."""
    return project.root / project.plan.bundle.folder / f"{project.plan.name}-{bundle.digest[:12]}"


def _write_files(project: Project, bundle: Bundle, part: Path) -> None:
    manifest_bytes = project.store.get_bytes(bundle.digest)
    for name, digest in Manifest.from_bytes(manifest_bytes).files.items():
        target = part / name
        target.parent.mkdir(parents=True, exist_ok=True)
        project.store.get_file(digest, target)
    (part / "manifest.json").write_bytes(manifest_bytes)
