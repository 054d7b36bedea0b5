from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from burnish.methods.models.load import load_quantised
from burnish.methods.training.settings import TrainSettings
from burnish.methods.training.start import trainable_model
from burnish.methods.training.technique_settings import LoraSettings

NO_DROPOUT = LoraSettings(4, 8, 0.0)


@pytest.mark.parametrize(
    "change",
    [
        {"lora": replace(NO_DROPOUT, pissa=True)},
        {"technique": "prefix", "packing": False},
        {"technique": "houlsby"},
    ],
)
def test_the_start_can_be_made_again_whatever_was_drawn_since(
    base: Path, quick: TrainSettings, change: dict[str, Any]
) -> None:
    settings = replace(quick, **change)
    state = torch.get_rng_state()
    first = trainable_model(base, settings)
    assert torch.equal(torch.get_rng_state(), state)
    torch.rand(5)

    again = trainable_model(base, settings)
    other = trainable_model(base, replace(settings, seed=settings.seed + 1))

    new = [name for name, p in first.named_parameters() if p.requires_grad]
    pairs = [[dict(m.named_parameters())[name] for m in (first, again, other)] for name in new]
    assert all(torch.equal(one, two) for one, two, _ in pairs)
    assert not all(torch.equal(one, three) for one, _, three in pairs)


def test_a_base_in_four_bits_gives_gradients_also_after_a_pass_without(base: Path) -> None:
    model = load_quantised(base, "float32", double=True, device=torch.device("cpu"))
    ids = torch.tensor([[5, 6, 7]])
    with torch.no_grad():
        before = model(input_ids=ids).logits
    model.train()
    first = model.model.layers[0].mlp.down_proj
    states = []

    def note(_module: Any, _given: Any, output: torch.Tensor) -> torch.Tensor:
        states.append(output.detach().requires_grad_())
        return states[0]

    first.register_forward_hook(note)
    logits = model(input_ids=ids).logits
    logits.sum().backward()

    assert torch.equal(logits, before)
    assert states[0].grad is not None
    assert float(states[0].grad.abs().max()) > 0
