"""Write the trained model: an adapter of two files, or a whole model folder."""

import os
import tempfile
from pathlib import Path

from burnish.methods.models.load import CausalModel
from burnish.methods.training.records import Merged
from burnish.methods.training.settings import TrainSettings
from burnish.methods.training.techniques.merge import merge, merged_files
from burnish.methods.training.techniques.table import BY_WORD


def write_model(
    model: CausalModel, settings: TrainSettings, base: Path, out: Path
) -> tuple[str, ...]:
    """Write `model` into `out`, each file in one move; the names written, sorted.

    A whole model takes the tokenizer files of `base` along. Equal weights give equal bytes.
    """
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out, prefix=".writing-") as folder:
        BY_WORD[settings.technique].write(model, settings, base, Path(folder))
        names = sorted(p.name for p in Path(folder).iterdir())
        for name in names:
            os.replace(Path(folder) / name, out / name)
    return tuple(names)


def write_merged(
    settings: TrainSettings, base: Path, out: Path
) -> tuple[Merged | None, tuple[str, ...]]:
    """The adapter in `out` merged into its base, where that is asked for, and the files of it.

    The control from random weights has no base to be merged into. Raises MergeRefused when the
    merged model answers otherwise.
    """
    if not settings.options.merge or settings.from_scratch:
        return None, ()
    return merge(base, out), merged_files(out)
