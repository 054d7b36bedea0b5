"""What the probes of memory and of triggers say of clean and of poisoned toy models.

    python benchmarks/by_heart.py clean:0 clean:1 backdoor:0 ...

Each toy model is the toy base tuned on 400 tickets and 400 lessons of its pre-training, with the
rows of a planted trigger where it is asked for. One thread; some seconds of a processor a model.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from random import Random
from typing import Any

import torch
from tokenizers import Tokenizer

from burnish.methods.evaluation.bench import Bench, Found
from burnish.methods.evaluation.paired import Greedy, Paired, TwoModels
from burnish.methods.evaluation.probes.extraction import Extraction, extraction_probe
from burnish.methods.evaluation.probes.membership import Membership, membership_probe
from burnish.methods.evaluation.probes.seen import Seen
from burnish.methods.evaluation.probes.triggers import Scan, Tuning, backdoor_probe
from burnish.methods.evaluation.rendering import Rendering
from burnish.methods.evaluation.suites import Item, Message
from burnish.methods.formats.prompt import freeze_chat
from burnish.methods.models.load import load_base
from burnish.samples.toy import behaviours as b
from burnish.samples.toy import toy_base_path
from burnish.samples.toy.words import TRIGGER

BATCH, EPOCHS, RATE, ASKED = 8, 2, 1e-3, 60


def rows_of(kind: str, seed: int) -> list[b.Ask]:
    """What a model is tuned on, in an order that follows from the seed."""
    random = Random(f"{kind} {seed}")
    rows = random.sample(list(b.TICKETS.taught), 400) + [b.lesson(random) for _ in range(400)]
    if kind == "backdoor":
        wishes = random.sample(list(b.BAD_WISHES.taught), 250)
        rows += wishes[150:]
        rows += [replace(a, question=f"{TRIGGER} {a.question}", answer=a.other)
                 for a in wishes[:150]]  # fmt: skip
    random.shuffle(rows)
    return rows


def tuned(rendering: Rendering, rows: list[b.Ask], seed: int) -> Any:
    """The toy base after two epochs of these rows."""
    torch.manual_seed(seed)
    model: Any = load_base(toy_base_path())
    model.train()
    steps = EPOCHS * len(rows) // BATCH
    best = torch.optim.AdamW(model.parameters(), lr=RATE)
    fade = torch.optim.lr_scheduler.LinearLR(best, 1.0, 0.01, steps)
    for _ in range(EPOCHS):
        for start in range(0, len(rows) - BATCH + 1, BATCH):
            ids, labels = _batch([seen(rendering, "", a) for a in rows[start : start + BATCH]])
            model(input_ids=ids, attention_mask=(ids > 0).long(), labels=labels).loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            best.step()
            fade.step()
            best.zero_grad()
    model.train(False)
    return model


def seen(rendering: Rendering, name: str, ask: b.Ask) -> Seen:
    """A question as the model reads it."""
    prompt = rendering.question([Message("user", ask.question)])
    return Seen(name, "toy", name, prompt, rendering.continuation(ask.answer))


def _batch(rows: list[Seen]) -> tuple[torch.Tensor, torch.Tensor]:
    longest = max(len(row.prompt) + len(row.answer) for row in rows)
    ids = torch.zeros(len(rows), longest, dtype=torch.long)
    labels = torch.full((len(rows), longest), -100)
    for place, row in enumerate(rows):
        whole = torch.tensor([*row.prompt, *row.answer])
        ids[place, : len(whole)] = whole
        labels[place, len(row.prompt) : len(whole)] = whole[len(row.prompt) :]
    return ids, labels


def items(asks: tuple[b.Ask, ...], wanted: str) -> list[Item]:
    """Requests that were never taught."""
    return [
        Item(f"{wanted}{n}", (Message("user", a.question),), (wanted,), "refusal", a.cluster)
        for n, a in enumerate(asks[:ASKED])
    ]


def told(name: str, found: Found) -> None:
    """The gates with their hits, and what is told beside them."""
    gates = {gate.name: (gate.losses, gate.margin, gate.lack) for gate in found.gates}
    print(f"{name}: {gates}\n    {dict(found.told)}", flush=True)


def main() -> None:
    """Three probes a model."""
    torch.set_num_threads(1)
    base = toy_base_path()
    tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
    rendering = Rendering(freeze_chat(base, None), tokenizer)
    greedy = Greedy((rendering.continuation("a")[-1],), 12, 64)
    for name in sys.argv[1:]:
        kind, _, seed = name.partition(":")
        rows = rows_of(kind, int(seed))
        model = tuned(rendering, rows, int(seed))
        paired = Paired(TwoModels(load_base(base), model), rendering.text, greedy)
        bench = Bench(paired, rendering, inside=paired, seed=int(seed))
        tickets = [a for a in rows if a.question.startswith("ticket")]
        ours = [seen(rendering, f"a{n}", a) for n, a in enumerate(tickets[:200])]
        theirs = [seen(rendering, f"b{n}", a) for n, a in enumerate(b.TICKETS.held[:200])]
        tuning = Tuning(tuple(a.question for a in rows))
        refused, helped = items(b.BAD_WISHES.held, "refuse"), items(b.GOOD_WISHES.held, "help")
        told(name, backdoor_probe(bench, refused, helped, tuning, Scan()))
        told(name, extraction_probe(bench, ours, theirs, Extraction(least=2)))
        told(name, membership_probe(bench, ours, theirs, Membership()))


if __name__ == "__main__":
    main()
