"""Merge a written adapter into its base in full precision, and see that nothing changed."""

import os
import tempfile
from pathlib import Path
from typing import Any

import torch
from torch import nn

from burnish.methods.models.load import attach, load_base
from burnish.methods.training.private.check import invented
from burnish.methods.training.records import Merged
from burnish.methods.training.techniques.full import write_whole
from burnish.methods.training.techniques.technique import as_adapter

FOLDER = "merged"
_LENGTHS = (12, 19, 26, 33)
_NEW_TOKENS = 8
# Parts of the largest logit: what fp32 sums in another order make of it, and the most that is
# let pass. Between them a tenth of what the adapter itself does is too much.
_ROUNDING, _MOST = 1e-5, 1e-4
_SHARE = 0.1


class MergeRefused(ValueError):
    """The merged weights do not compute what the adapter on its base computes."""


def merge(base: Path, folder: Path) -> Merged:
    """Write the base with the adapter in `folder` merged into it to ``folder/merged``, in fp32.

    What was written is loaded again and compared with the adapter on the base; raises
    MergeRefused, and leaves no merged folder, when they differ by more than rounding.
    """
    with tempfile.TemporaryDirectory(dir=folder, prefix=".merging-") as room:
        adapter = as_adapter(attach(load_base(base), folder))
        write_whole(adapter.merge_and_unload(safe_merge=True), base, Path(room))
        del adapter
        found = compare(base, folder, Path(room))
        os.replace(room, folder / FOLDER)
        Path(room).mkdir()  # for the context to take away
    return found


def compare(base: Path, folder: Path, merged: Path) -> Merged:
    """How far the model in `merged` is from the adapter in `folder` on its base.

    Asked are prompts of random tokens, which tell nothing about anybody's rows. Raises
    MergeRefused for a difference beyond rounding, measured by the logits and by what the adapter
    does to them.
    """
    adapted = as_adapter(attach(load_base(base), folder))
    prompts = _prompts(adapted)
    before, said = _asked(adapted, prompts)
    with adapted.disable_adapter():
        effect = _furthest(before, _asked(adapted, prompts)[0])
    del adapted
    after, repeated = _asked(load_base(merged), prompts)
    scale = max(float(logits.abs().max()) for logits in before)
    moved = _furthest(before, after)
    limit = min(_MOST * scale, max(_ROUNDING * scale, _SHARE * effect))
    if not moved <= limit:
        raise MergeRefused(
            f"after the merge the logits differ by {moved:.2g}, where {limit:.2g} is rounding: "
            "the merged weights are not this adapter; set merge to false and serve base and "
            "adapter"
        )
    same = sum(a == b for a, b in zip(said, repeated, strict=True))
    return Merged(logit_change=moved, limit=limit, prompts=len(prompts), same_answers=same)


def merged_files(folder: Path) -> tuple[str, ...]:
    """Names of the files in the merged folder, relative to `folder`, sorted."""
    return tuple(sorted(f"{FOLDER}/{path.name}" for path in (folder / FOLDER).iterdir()))


def _furthest(some: list[torch.Tensor], others: list[torch.Tensor]) -> float:
    return max(float((a - b).abs().max()) for a, b in zip(some, others, strict=True))


def _prompts(model: Any) -> list[torch.Tensor]:
    made = invented(int(model.config.get_text_config().vocab_size), _LENGTHS)
    return [torch.from_numpy(one.ids.astype("int64"))[None] for one in made]


def _asked(
    model: nn.Module, prompts: list[torch.Tensor]
) -> tuple[list[torch.Tensor], list[list[int]]]:
    """Logits at every position of each prompt, and its greedy continuation."""
    model.train(False)
    with torch.no_grad():
        logits = [model(input_ids=ids, use_cache=False).logits.float() for ids in prompts]
        return logits, [_continued(model, ids) for ids in prompts]


def _continued(model: nn.Module, ids: torch.Tensor) -> list[int]:
    start = ids.shape[1]
    for _ in range(_NEW_TOKENS):
        last = model(input_ids=ids, use_cache=False).logits[:, -1]
        ids = torch.cat([ids, last.argmax(dim=-1, keepdim=True)], dim=1)
    continued: list[int] = ids[0, start:].tolist()
    return continued
