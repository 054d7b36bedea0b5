"""Where a plan's base model lies."""

from pathlib import Path

from burnish.methods.models.files import model_folder
from burnish.samples import base_model_path

BUILTIN = "builtin"


def base_folder(path: str, root: Path) -> Path:
    """The folder of `path`: the built-in model, a folder (relative to `root`), or a hub id.

    Raises ValueError when there is no such model within reach.
    """
    if path == BUILTIN:
        return base_model_path()
    local = root / Path(path).expanduser()
    return model_folder(local if local.is_dir() else path)
