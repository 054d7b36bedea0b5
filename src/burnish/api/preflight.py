"""What a run needs at its end, looked at before it begins and before anybody signs."""

from __future__ import annotations

from burnish.core.errors import InputError
from burnish.evidence.keys import Signer, load_signer
from burnish.methods.models.where import base_folder
from burnish.wiring import Project


def preflight(project: Project) -> None:
    """Raise `InputError` when the base model or the key that signs bundles is not within reach."""
    try:
        folder = base_folder(project.plan.base_model.path, project.root)
    except ValueError as wrong:
        raise InputError(str(wrong), remedy="mend base_model.path in the plan") from wrong
    if not (folder / "tokenizer.json").is_file():
        raise InputError(
            f"the base model at {folder} has no tokenizer.json",
            remedy="save it with its fast tokenizer, or name another base_model.path",
        )
    release_signer(project)


def release_signer(project: Project) -> Signer:
    """The key that signs bundles; raises `InputError` when there is none or it is no P-256 key."""
    named = project.plan.bundle.key
    path = project.root / named
    remedy = f"burnish key new {path.stem} --kind p256 makes keys/{path.stem}.pem"
    if not path.is_file():
        raise InputError(f"there is no key to sign bundles with at {named}", remedy=remedy)
    signer = load_signer(path)
    if signer.verifier.kind != "p256":
        kind = signer.verifier.kind
        raise InputError(f"the key at {named} is {kind}; bundles need p256", remedy=remedy)
    return signer
