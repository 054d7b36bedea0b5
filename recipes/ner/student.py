"""The student: hashed words and a short stack of convolutions, fast enough for every document.

    python recipes/ner/student.py --data DATA --silver SILVER.npz --vectors VECTORS.npz \
        --out STUDENT

It learns from the labelled sets (people renamed, pronouns replaced), from invented text, and from
the teacher's odds on raw text; texts appear in lower, upper and title case as well. A tenth of
the words are hidden, so that it reads prefixes, endings and neighbours.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

import numpy as np
import numpy.typing as npt
import torch
from data import LABELS, TAGS, Text, joined, ordinary, parts
from invent import Inventor, renamed
from names import Namer, pools
from people import peopled
from safetensors.torch import load_file, save_file
from torch import nn

from burnish.methods.privacy.ner.tokens import Tokens, tokenise

SIZES = (1 << 17, 1 << 14, 1 << 14, 1 << 12, 1 << 14, 1 << 8)
WIDTHS = (64, 32, 32, 16, 24, 16)
GAPS = 5
BLANK = 4
BATCH_CHARACTERS = 24_000

Odds = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Shape:
    """The student's size: channels and the dilation of each convolution."""

    channels: int = 96
    dilations: tuple[int, ...] = (1, 1, 2, 4)

    @property
    def halo(self) -> int:
        """How many tokens to either side can matter to one."""
        return sum(self.dilations)


class Student(nn.Module):
    """Words [U, 6] and their places [T] -> logits [T, tags]; blank rows keep texts apart."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        wide = shape.channels
        self.tables = nn.ModuleList(
            nn.Embedding(size, width, sparse=True)
            for size, width in zip(SIZES, WIDTHS, strict=True)
        )
        for table in self.tables:
            nn.init.normal_(table.weight, 0, 0.1)
        self.word = nn.ModuleList([nn.Linear(sum(WIDTHS), 2 * wide), nn.Linear(2 * wide, wide)])
        self.gap = nn.Embedding(GAPS, wide)
        self.layers = nn.ModuleList(nn.Linear(3 * wide, wide) for _ in shape.dilations)
        self.norms = nn.ModuleList(nn.BatchNorm1d(wide) for _ in shape.dilations)
        self.out = nn.Linear(wide, len(TAGS))
        self.drop = nn.Dropout(0.15)
        self.dilations = shape.dilations

    def forward(
        self, words: torch.Tensor, places: torch.Tensor, gaps: torch.Tensor
    ) -> torch.Tensor:
        x = torch.cat([table(words[:, i]) for i, table in enumerate(self.tables)], 1)
        x = self.word[1](torch.relu(self.word[0](self.drop(x))))
        x = torch.cat([x, x.new_zeros(1, x.shape[1])])[places] + self.gap(gaps)
        x = torch.relu(x)
        for layer, norm, step in zip(self.layers, self.norms, self.dilations, strict=True):
            edge = x.new_zeros(step, x.shape[1])
            around = torch.cat([torch.cat([edge, x[:-step]]), x, torch.cat([x[step:], edge])], 1)
            x = x + self.drop(torch.relu(norm(layer(around))))
        logits: torch.Tensor = self.out(x)
        return logits


@dataclass(frozen=True, slots=True)
class Lesson:
    """A text and the odds of its first tokens, float32 [tokens, tags]."""

    text: str
    odds: Odds


@dataclass(frozen=True, slots=True)
class Batch:
    """Texts set apart by blank rows; `real` says which rows are tokens."""

    words: torch.Tensor
    places: torch.Tensor
    gaps: torch.Tensor
    real: npt.NDArray[np.int64]


def laid_out(tokens: Tokens, halo: int) -> Batch:
    """The rows of a batch, with `halo` blank rows before, between and after texts."""
    counts = np.diff(tokens.firsts)
    text_of = np.repeat(np.arange(len(counts)), counts)
    real = np.arange(len(tokens.starts)) + (text_of + 1) * halo
    rows = len(tokens.starts) + (len(counts) + 1) * halo
    places = np.full(rows, len(tokens.features), np.int64)
    gaps = np.full(rows, BLANK, np.int64)
    places[real], gaps[real] = tokens.words, tokens.gaps
    words = torch.from_numpy(tokens.features.astype(np.int64))
    return Batch(words, torch.from_numpy(places), torch.from_numpy(gaps), real)


def labelled(rows: Sequence[Text]) -> list[Lesson]:
    """Lessons with certain labels."""
    tokens = tokenise([row.text for row in rows])
    lessons = []
    for index, row in enumerate(rows):
        cut = slice(tokens.firsts[index], tokens.firsts[index + 1])
        starts, ends = tokens.starts[cut], tokens.ends[cut]
        odds = np.zeros((len(starts), len(TAGS)), np.float32)
        odds[:, 0] = 1
        for entity in row.entities:
            first, last = (
                np.searchsorted(ends, entity.start, "right"),
                np.searchsorted(starts, entity.end),
            )
            if first < last:
                tag = 1 + 2 * LABELS.index(entity.label)
                odds[first:last] = 0
                odds[first, tag] = 1
                odds[first + 1 : last, tag + 1] = 1
        lessons.append(Lesson(row.text, odds))
    return lessons


def read_silver(path: Path) -> list[Lesson]:
    """The teacher's lessons; where a name was put in by hand, the truth stands."""
    kept = np.load(path)
    rows = json.loads(str(kept["rows"]))
    every, lengths = kept["odds"], kept["lengths"]
    ends = np.cumsum(lengths)
    texts = tokenise([text for text, _ in rows])
    lessons = []
    for index, (text, people) in enumerate(rows):
        odds = every[ends[index] - lengths[index] : ends[index]].astype(np.float32)
        odds /= np.maximum(odds.sum(1, keepdims=True), 1)
        cut = slice(texts.firsts[index], texts.firsts[index + 1])
        for start, end in people:
            first = int(np.searchsorted(texts.ends[cut], start, "right"))
            last = int(np.searchsorted(texts.starts[cut], end))
            odds[first:last] = 0
            odds[first : first + 1, 1] = 1
            odds[first + 1 : last, 2] = 1
        starts = texts.starts[cut][: len(odds)].tolist()
        picture = [not (text[start].isalnum() or text[start] < "\x80") for start in starts]
        odds[picture] = np.eye(len(TAGS), dtype=np.float32)[0]
        lessons.append(Lesson(text, odds))
    return lessons


def recased(lesson: Lesson, random: Random) -> Lesson:
    """The lesson in another case, where that keeps every character in its place."""
    draw = random.random()
    if draw > 0.36:
        return lesson
    text = lesson.text
    if draw < 0.28:
        other = text.lower()
    elif draw < 0.33:
        other = text.upper()
    else:
        other = text.title()
    return replace(lesson, text=other) if len(other) == len(text) else lesson


def one_pass(
    train: dict[str, list[Text]], inventor: Inventor, invented: int, silver: Sequence[Lesson]
) -> list[Lesson]:
    """Everything once, in a new order, with new names."""
    namer, random = inventor.namer, inventor.namer.random
    texts = []
    for name in sorted(train):
        rows, place = train[name], 0
        while place < len(rows):
            count = random.choice((1, 1, 2, 3, 4))
            group = []
            for row in rows[place : place + count]:
                row = renamed(row, namer, inventor) if random.random() < 0.5 else row
                group.append(peopled(row, namer, 0.3) if random.random() < 0.4 else row)
            texts.append(joined(group, random.choice((" ", " ", "\n", "\n\n"))))
            place += count
    texts += [inventor.text() for _ in range(invented)]
    lessons = [recased(lesson, random) for lesson in [*labelled(texts), *silver]]
    random.shuffle(lessons)
    return lessons


def batches(
    lessons: Sequence[Lesson], halo: int
) -> Iterator[tuple[Batch, torch.Tensor, torch.Tensor]]:
    """(batch, rows with a target, their odds)."""
    place = 0
    while place < len(lessons):
        group: list[Lesson] = []
        size = 0
        while place < len(lessons) and size < BATCH_CHARACTERS:
            group.append(lessons[place])
            size += len(lessons[place].text)
            place += 1
        tokens = tokenise([lesson.text for lesson in group])
        batch = laid_out(tokens, halo)
        rows, odds = [], []
        for index, lesson in enumerate(group):
            first, last = tokens.firsts[index], tokens.firsts[index + 1]
            count = min(last - first, len(lesson.odds))
            rows.append(batch.real[first : first + count])
            odds.append(lesson.odds[:count])
        yield batch, torch.from_numpy(np.concatenate(rows)), torch.from_numpy(np.concatenate(odds))


def hide(batch: Batch, random: np.random.Generator, share: float) -> Batch:
    """The batch with the whole-word feature of some words made another word's."""
    words = batch.words.clone()
    hidden = torch.from_numpy(random.random(len(words)) < share)
    words[hidden, 0] = torch.from_numpy(random.integers(0, SIZES[0], int(hidden.sum())))
    return replace(batch, words=words)


def odds_of(model: Student, texts: Sequence[str], halo: int) -> tuple[Tokens, Odds]:
    """Tokens of all texts and their odds, float32 [tokens, tags]."""
    model.eval()
    found = []
    with torch.no_grad():
        for place in range(0, len(texts), 200):
            batch = laid_out(tokenise(texts[place : place + 200]), halo)
            said = model(batch.words, batch.places, batch.gaps).softmax(-1).numpy()
            found.append(said[batch.real])
    model.train()
    return tokenise(texts), np.concatenate(found)


def told(model: Student, rows: Sequence[Text], halo: int, *, lower: bool = False) -> str:
    """Recall of person tokens and share of other tokens over each of four bars, as words."""
    rows = [replace(row, text=row.text.lower()) if lower else row for row in rows]
    truth = np.concatenate([lesson.odds[:, 1] + lesson.odds[:, 2] for lesson in labelled(rows)]) > 0
    _, odds = odds_of(model, [row.text for row in rows], halo)
    share = odds[:, 1] + odds[:, 2]
    return "  ".join(
        f"{bar}: {np.mean(share[truth] > bar):.3f} ({np.mean(share[~truth] > bar):.3f})"
        for bar in (0.5, 0.1, 0.05, 0.02)
    )


def begun(shape: Shape, vectors: Path | None) -> Student:
    """A student that knows nothing yet but these word vectors."""
    model = Student(shape)
    if vectors:
        kept = np.load(vectors)
        rows = torch.from_numpy(kept["buckets"])
        with torch.no_grad():
            model.tables[0].weight[rows] = torch.from_numpy(kept["vectors"])
    return model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("data", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--silver", type=Path)
    parser.add_argument("--vectors", type=Path)
    parser.add_argument("--passes", type=int, default=6)
    parser.add_argument("--invented", type=int, default=12000)
    parser.add_argument("--channels", type=int, default=96)
    parser.add_argument("--dilations", type=int, nargs="+", default=(1, 1, 2, 4))
    given = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    shape = Shape(given.channels, tuple(given.dilations))
    split = parts(given.data)
    inventor = Inventor(
        Namer(pools(given.data)[0], Random("burnish student")), ordinary(split["train"])
    )
    silver = read_silver(given.silver) if given.silver else []
    model = begun(shape, given.vectors)
    dense = [p for n, p in model.named_parameters() if not n.startswith("tables")]
    steps = torch.optim.AdamW(dense, lr=2e-3, weight_decay=1e-2)
    sparse = torch.optim.SparseAdam(list(model.tables.parameters()), lr=2e-3)
    noise = np.random.default_rng(0)
    started, clock = time.time(), time.process_time()
    for turn in range(given.passes):
        lessons = one_pass(split["train"], inventor, given.invented, silver)
        total = sum(len(lesson.text) for lesson in lessons)
        seen, losses = 0, []
        for batch, rows, odds in batches(lessons, shape.halo):
            done = (turn + min(1.0, seen / total)) / given.passes
            rate = min(1.0, (len(losses) + 1) / 100 if turn == 0 else 1.0) * max(0.02, 1 - done)
            for kind, most in ((steps, 2e-3), (sparse, 3e-3)):
                kind.param_groups[0]["lr"] = most * rate
            batch = hide(batch, noise, 0.12)
            said = model(batch.words, batch.places, batch.gaps)[rows].log_softmax(-1)
            loss = -(odds * said).sum(1).mean()
            steps.zero_grad()
            sparse.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(dense, 1.0)
            steps.step()
            sparse.step()
            seen += BATCH_CHARACTERS
            losses.append(loss.item())
        spent = f"{time.process_time() - clock:.0f} CPU s {time.time() - started:.0f} s"
        print(f"pass {turn} loss {np.mean(losses):.4f} {spent}", flush=True)
        if turn % 2 or turn == given.passes - 1:
            for name, rest in split["dev"].items():
                print(f"  {name:9s} {told(model, rest, shape.halo)}")
                print(f"  {'lower':9s} {told(model, rest, shape.halo, lower=True)}", flush=True)
        given.out.mkdir(parents=True, exist_ok=True)
        save_file(model.state_dict(), given.out / "student.safetensors")
    facts = {"channels": shape.channels, "dilations": shape.dilations, "passes": given.passes}
    (given.out / "student.json").write_text(json.dumps(facts))


def load(folder: Path) -> tuple[Student, Shape]:
    """A trained student and its shape."""
    facts = json.loads((folder / "student.json").read_text())
    shape = Shape(facts["channels"], tuple(facts["dilations"]))
    model = Student(shape)
    model.load_state_dict(load_file(folder / "student.safetensors"))
    return model.eval(), shape


if __name__ == "__main__":
    main()
