"""What a small training needs: a base model of one layer, and rows of random tokens."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa

VOCAB, STOP = 96, 2


def small_base(folder: Path) -> Path:
    """A Llama of one layer of width 16, the same in every process."""
    import torch  # only where a base is made: programs of tests import this module too
    from transformers import LlamaConfig, LlamaForCausalLM
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    config = LlamaConfig(
        vocab_size=VOCAB, hidden_size=16, intermediate_size=32, num_hidden_layers=1,
        num_attention_heads=2, initializer_range=0.1, eos_token_id=STOP,
    )  # fmt: skip
    with torch.random.fork_rng():
        torch.manual_seed(7)
        LlamaForCausalLM(config).save_pretrained(folder)
    return folder


def table(rows: int, seed: int, subjects: int = 0) -> pa.Table:
    """Rows of a part as training reads them; with `subjects`, of so many people in turn."""
    rng = np.random.default_rng(seed)
    ids = [[*rng.integers(3, VOCAB, 9).tolist(), STOP] for _ in range(rows)]
    people = [f"s{n % subjects}" if subjects else None for n in range(rows)]
    return pa.table(
        {
            "id": [f"{seed}-{n}" for n in range(rows)],
            "ids": pa.array(ids, pa.list_(pa.int32())),
            "trained": [[False] * 4 + [True] * 6] * rows,
            "open_end": [False] * rows,
            "digest": [f"d{seed}-{n}" for n in range(rows)],
            "subject": pa.array(people, pa.string()),
        }
    )
