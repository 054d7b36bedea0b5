"""The end of a run: the change is proved, and the model written, from whole weights."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from burnish.methods.models.load import CausalModel
from burnish.methods.training.output import write_merged, write_model
from burnish.methods.training.parallel.port import Parallel
from burnish.methods.training.proof import probe_logits, prove
from burnish.methods.training.ready import Ready
from burnish.methods.training.records import Merged, Proof
from burnish.methods.training.settings import TrainSettings
from burnish.methods.training.start import trainable_model

_CPU = torch.device("cpu")


@dataclass(frozen=True)
class Written:
    """The proof, the files written in the output folder, and what a merge was found to be."""

    proof: Proof
    files: tuple[str, ...]
    merged: Merged | None


def write(ready: Ready, path: Path, pad_id: int, settings: TrainSettings, out: Path) -> Written:
    """Prove and write on the rank that leads; every rank learns the proof.

    Raises Unchanged and MergeRefused there.
    """
    parallel = ready.state.parallel
    parallel.require_equal()
    after = probe_logits(ready.forward, ready.probes, pad_id)
    whole = _whole(ready, path, settings)
    if whole is None:
        said = json.loads(parallel.gather(b"")[0])
        return Written(Proof(**said), (), None)
    proof = prove(ready.base_logits, after, whole, path, settings)
    files = write_model(whole, settings, path, out)
    merged, more = write_merged(settings, path, out)
    parallel.gather(json.dumps(asdict(proof)).encode())
    return Written(proof, (*files, *more), merged)


def _whole(ready: Ready, path: Path, settings: TrainSettings) -> CausalModel | None:
    """The model with whole weights, in main memory where they are sharded; None off the lead."""
    parallel = ready.state.parallel
    if not settings.parallel.sharded:
        return ready.model if parallel.member.leads else None
    return _gathered(ready, path, settings, parallel)


def _gathered(
    ready: Ready, path: Path, settings: TrainSettings, parallel: Parallel
) -> CausalModel | None:
    model = trainable_model(path, settings, _CPU) if parallel.member.leads else None
    into = dict(model.named_parameters()) if model is not None else {}
    for name, parameter in ready.named.items():
        tensor = parallel.weight(name, parameter).fetch()
        if name in into:
            with torch.no_grad():
                into[name].copy_(tensor)
    return model
