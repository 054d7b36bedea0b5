"""Where a plan's base model lies."""

from pathlib import Path

from burnish.methods.models.files import model_folder
from burnish.methods.models.warm import warm
from burnish.samples import base_model_path

BUILTIN = "builtin"
MODELS = Path(".burnish", "models")
"""Where a project keeps models from a hub; a link to a shared folder where the plan names one."""


def base_folder(path: str, root: Path) -> Path:
    """The folder of `path`: the built-in model, a folder (relative to `root`), or a hub id.

    A hub model is fetched once and used from the project's warm folder after. Raises ValueError
    when there is no such model within reach, or it did not arrive whole.
    """
    if path == BUILTIN:
        return base_model_path()
    local = root / Path(path).expanduser()
    if local.is_dir():
        return local
    place = root / MODELS
    return warm(path, place, model_folder).folder(place)
