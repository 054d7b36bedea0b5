"""Checkpoints as bytes: everything that the rest of the run depends on, safetensors and JSON only.

Files: ``weights.safetensors`` (trained weights), ``optimiser.safetensors`` (AdamW's moments and
step counts), ``random.safetensors`` and the generators in ``progress.json`` (of every rank, by its
number), which also holds the place in the data, the history and the fingerprint;
``manifest.json`` has the SHA-256 of the others. Tensors are whole, however they are sharded.
What an objective needs besides lies in ``beside-<name>.safetensors``.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import nn

from burnish.methods.training.parallel.port import Entry, Parallel
from burnish.methods.training.records import EvalRecord
from burnish.methods.training.reproducible import generator_states, restore_generators
from burnish.methods.training.tensors_file import fetch_only, tensors_file

_MANIFEST = "manifest.json"
_NAMES = ("weights.safetensors", "optimiser.safetensors", "random.safetensors", "progress.json")
_FORMAT = 2


class CheckpointRefused(ValueError):
    """The checkpoint is damaged or belongs to another run; nothing was taken from it."""


@dataclass
class Progress:
    """How far a run has come: whole steps done, tokens learned, and what was recorded."""

    step: int = 0
    trained_tokens: int = 0
    losses: list[float] = field(default_factory=list)
    validation: list[EvalRecord] = field(default_factory=list)


class Beside(Protocol):
    """Tensors that must come back with a checkpoint, besides weights and optimiser."""

    def begin(self, beat: Callable[[], None]) -> None:
        """Make them for a run that starts at its first step; `beat` says that it is going on."""

    def tensors(self) -> Mapping[str, torch.Tensor]:
        """The tensors by name, as they are now."""

    def take_back(self, tensors: Mapping[str, torch.Tensor]) -> None:
        """Put them back as a checkpoint had them."""


@dataclass(frozen=True)
class Trainable:
    """What a checkpoint captures and restores: trained parameters by name, their optimiser,
    the other ranks, the steps in an epoch, the fingerprint of the run, and what an objective
    keeps by name.
    """

    parameters: Mapping[str, nn.Parameter]
    optimiser: torch.optim.Optimizer
    parallel: Parallel
    steps_per_epoch: int
    fingerprint: Mapping[str, str]
    beside: Mapping[str, Beside] = field(default_factory=dict)

    @property
    def files(self) -> dict[str, Beside]:
        """The files that hold what lies beside."""
        return {f"beside-{name}.safetensors": kept for name, kept in self.beside.items()}


def encode(progress: Progress, run: Trainable) -> dict[str, bytes]:
    """The files of a checkpoint of `run` at `progress`; none on ranks that do not lead.

    All ranks take part. A tensor that is sharded, or on a device, is whole in main memory only
    where it lies in its file. Raises Drifted where copies that must be equal are not.
    """
    run.parallel.require_equal()
    random, plain = _generators(run.parallel)
    if not run.parallel.member.leads:
        fetch_only(_weights(run))
        fetch_only(_moments(run))
        return {}
    epoch, position = divmod(progress.step, run.steps_per_epoch)
    place = {
        "format": _FORMAT,
        **asdict(progress),
        "epoch": epoch,
        "position": position,
        "learning_rates": [group["lr"] for group in run.optimiser.param_groups],
        "generators": plain,
        "fingerprint": dict(run.fingerprint),
    }
    files = {
        "weights.safetensors": tensors_file(_weights(run)),
        "optimiser.safetensors": tensors_file(_moments(run)),
        "random.safetensors": save(random),
        "progress.json": _json(place),
        **{name: save(_plain_all(kept.tensors())) for name, kept in run.files.items()},
    }
    return {**files, _MANIFEST: _json({name: _sha256(files[name]) for name in files})}


def restore(step: int, files: Mapping[str, bytes], run: Trainable) -> Progress:
    """Put `run` and the generators into the state of the checkpoint; raises CheckpointRefused."""
    _require_whole(files, (*_NAMES, *run.files))
    place = json.loads(files["progress.json"])
    _require_same_run(step, place, run)
    try:
        weights, moments = load(files["weights.safetensors"]), load(files["optimiser.safetensors"])
        tensors = load(files["random.safetensors"])
        beside = {name: load(files[name]) for name in run.files}
    except SafetensorError as broken:
        raise CheckpointRefused(f"the checkpoint of step {step} cannot be read") from broken
    if {n: tuple(t.shape) for n, t in weights.items()} != {e.name: e.shape for e in _weights(run)}:
        raise CheckpointRefused(f"the checkpoint of step {step} holds other weights than this run")
    _place(weights, moments, run)
    for name, kept in run.files.items():
        kept.take_back(beside[name])
    for group, rate in zip(run.optimiser.param_groups, place["learning_rates"], strict=True):
        group["lr"] = rate
    number = run.parallel.member.number
    own = {n.partition(".")[2]: t for n, t in tensors.items() if n.startswith(f"{number}.")}
    restore_generators(own, place["generators"][number])
    validation = [EvalRecord(**record) for record in place["validation"]]
    return Progress(place["step"], place["trained_tokens"], place["losses"], validation)


def require_same(kept: tuple[int, Mapping[str, bytes]] | None, parallel: Parallel) -> None:
    """Raise CheckpointRefused unless every rank has read the same checkpoint, or none."""
    mine = b"" if kept is None else b"%d " % kept[0] + kept[1].get(_MANIFEST, b"")
    if len(set(parallel.gather(mine))) > 1:
        raise CheckpointRefused(
            "the ranks have read different checkpoints; see that all reach the same store"
        )


def _require_whole(files: Mapping[str, bytes], names: Sequence[str]) -> None:
    remedy = "remove this checkpoint and run again: the run goes on from the one before it"
    absent = sorted({*names, _MANIFEST} - set(files))
    if absent:
        raise CheckpointRefused(f"the checkpoint lacks {', '.join(absent)}; {remedy}")
    try:
        manifest = json.loads(files[_MANIFEST])
    except ValueError as broken:
        raise CheckpointRefused(f"the checkpoint's manifest cannot be read; {remedy}") from broken
    for name in names:
        if not isinstance(manifest, dict) or manifest.get(name) != _sha256(files[name]):
            raise CheckpointRefused(f"the checkpoint's {name} is damaged; {remedy}")


def _require_same_run(step: int, place: Mapping[str, Any], run: Trainable) -> None:
    if place.get("format") != _FORMAT:
        raise CheckpointRefused("the checkpoint is of another format; start anew")
    kept, here = place["fingerprint"], run.fingerprint
    differing = sorted(n for n in {*kept, *here} if kept.get(n) != here.get(n))
    if differing:
        raise CheckpointRefused(
            f"the checkpoint belongs to another run (different: {', '.join(differing)}); "
            "put these back as they were, or start anew without the checkpoint"
        )
    known = divmod(place["step"], run.steps_per_epoch) == (place["epoch"], place["position"])
    if place["step"] != step or not known:
        raise CheckpointRefused(f"the checkpoint filed under step {step} is of another place")


def _place(
    weights: Mapping[str, torch.Tensor], moments: Mapping[str, torch.Tensor], run: Trainable
) -> None:
    by_name: dict[str, dict[str, torch.Tensor]] = {}
    for key, tensor in moments.items():
        name, _, part = key.rpartition("|")
        by_name.setdefault(name, {})[part] = tensor
    for name, parameter in run.parameters.items():
        run.parallel.place(parameter, weights[name])
        if name in by_name:
            run.parallel.place_moments(parameter, by_name[name])


def _weights(run: Trainable) -> list[Entry]:
    return [run.parallel.weight(name, p) for name, p in run.parameters.items()]


def _moments(run: Trainable) -> list[Entry]:
    found = (run.parallel.moments(name, p) for name, p in run.parameters.items())
    return [entry for entries in found for entry in entries]


def _generators(parallel: Parallel) -> tuple[dict[str, torch.Tensor], list[Any]]:
    """The random states of every rank: tensors by rank and name, and JSON values by rank."""
    tensors, plain = generator_states()
    states = [load(said) for said in parallel.gather(save(tensors))]
    by_rank = {f"{n}.{name}": t for n, state in enumerate(states) for name, t in state.items()}
    return by_rank, [json.loads(said) for said in parallel.gather(_json(plain))]


def _plain_all(tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {name: _plain(tensor) for name, tensor in tensors.items()}


def _plain(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.detach().cpu().contiguous()


def _json(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
