"""The base model by its bytes: large files are read again only when they may have changed."""

from __future__ import annotations

from burnish.core.errors import InputError, IntegrityBroken
from burnish.core.sources import Piece
from burnish.core.stage import Work
from burnish.core.stamps import stamp, with_digests
from burnish.methods.models.files import listing_digest, model_files
from burnish.methods.models.warm import promised
from burnish.methods.models.where import base_folder
from burnish.plan import BaseModelPlan


def base_listing(work: Work, base: BaseModelPlan) -> str:
    """One digest over the files of the plan's base model.

    Raises `InputError` when there is no such model, or it is not the one that the plan pins, and
    `IntegrityBroken` for a warm copy that was changed.
    """
    try:
        folder = base_folder(base.path, work.place.root)
    except ValueError as wrong:
        raise InputError(f"base_model: {wrong}", remedy="mend base_model.path") from wrong
    pieces = [Piece(name, "", mark=stamp(path)[0]) for name, path in model_files(folder).items()]
    rehash = work.place.reach.rehash
    read = with_digests(work.store, "base model", pieces, work.map, rehash=rehash)
    found = listing_digest((piece.name, piece.version) for piece in read)
    if promised(folder) not in (None, found):
        raise IntegrityBroken(
            "the warm copy of the base model is not what was fetched: its files were changed",
            remedy=f"delete .burnish/models/sha256/{folder.name} and run again: it is fetched anew",
        )
    if base.sha256 and base.sha256 != found:
        raise InputError(
            f"the base model's digest is {found}, the plan pins {base.sha256}",
            remedy="use the pinned model, or review this one and pin it",
        )
    return found
