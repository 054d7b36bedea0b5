"""What the teacher says of text without labels, token by token, for the student to learn.

    python recipes/ner/silver.py --raw RAW.jsonl --data DATA --encoder ENCODER --teacher TEACHER \
        --out SILVER.npz

Half of the pronouns of the third person are first replaced by names (`people`), so that names stand
in text of every kind. The odds are kept as bytes, one row a token of burnish's own tokens.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from random import Random

import numpy as np
import torch
from data import TAGS, Text
from names import Namer, pools
from people import peopled
from safetensors.torch import load_file
from teacher import Tagger, tokenizer_of

from burnish.methods.privacy.ner.tokens import tokenise

PIECES = 6000
MOST = 254


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("raw", "data", "encoder", "teacher", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    namer = Namer(pools(given.data)[0], Random("burnish silver"))
    texts = [json.loads(line)["text"] for line in given.raw.read_text("utf-8").splitlines()]
    rows = [peopled(Text(text), namer, 0.5) for text in texts]
    tokenizer = tokenizer_of(given.encoder)
    model = Tagger(given.encoder)
    model.load_state_dict(load_file(given.teacher / "teacher.safetensors"))
    model.to(torch.bfloat16).eval()
    found = tokenizer.encode_batch([row.text for row in rows])
    order = sorted(range(len(rows)), key=lambda i: len(found[i].ids))
    odds: list[np.ndarray] = [np.zeros((0, len(TAGS)), np.uint8)] * len(rows)
    started, place = time.time(), 0
    while place < len(order):
        group = [order[place]]
        width = min(len(found[order[place]].ids), MOST + 2)
        for index in order[place + 1 :]:
            width = min(max(width, len(found[index].ids)), MOST + 2)
            if width * (len(group) + 1) > PIECES:
                break
            group.append(index)
        ids = torch.zeros(len(group), width, dtype=torch.long)
        mask = torch.zeros(len(group), width, dtype=torch.long)
        for line, index in enumerate(group):
            cut = found[index].ids[:width]
            ids[line, : len(cut)] = torch.tensor(cut)
            mask[line, : len(cut)] = 1
        with torch.no_grad():
            said = model(ids, mask).float().softmax(-1).numpy()
        for line, index in enumerate(group):
            size = min(len(found[index].ids), width)
            odds[index] = on_tokens(
                rows[index].text, found[index].offsets[1 : size - 1], said[line, 1:]
            )
        place += len(group)
        if place % 50 < len(group):
            print(f"{place}/{len(order)} {time.time() - started:.0f} s", flush=True)
    texts_json = json.dumps([[r.text, [[e.start, e.end] for e in r.entities]] for r in rows])
    lengths = np.array([len(o) for o in odds])
    np.savez(given.out, odds=np.concatenate(odds), lengths=lengths, rows=np.array(texts_json))


def on_tokens(text: str, offsets: list[tuple[int, int]], said: np.ndarray) -> np.ndarray:
    """The odds of each token that lies whole within the pieces read: its first piece's.

    `said` is float [pieces, tags]; the answer is bytes [tokens, tags].
    """
    starts = tokenise([text]).starts
    begins = np.array([start for start, _ in offsets])
    last = offsets[-1][1] if offsets else 0
    starts = starts[starts < last]
    pieces = np.clip(np.searchsorted(begins, starts, "right") - 1, 0, None)
    return np.rint(said[pieces] * 255).astype(np.uint8)


if __name__ == "__main__":
    main()
