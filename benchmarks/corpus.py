"""A corpus for the benchmarks, generated from a seed, with copies whose likeness is known.

Documents are sentences of common English words, 300 bytes to 20 KB (log-normal, 2 KB on average),
written as JSON lines. Of all documents 8 % are exact copies, 12 % near ones (words exchanged, or
other text added before or after) at an aimed Jaccard similarity of 0.95 down to 0.5, some in
families, and 15 % share a template with others, so that pairs between 0.5 and 0.8 are common, as
they are in real collections.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

COMMON = """
the of and to in is that it was for on are as with his they at be this from have or by one had not
but what all were when we there can an your which their said if do will each about how up out them
then she many some so these would other into has more her two like him see time could no make than
first been its who now people my made over did down only way find use may water long little very
after words called just where most know get through back much before go good new write our used me
man too any day same right look think also around another came come work three word must because
does part even place well such here take why things help put years different away again off went
old number great tell men say small every found still between name should home big give air line
set own under read last never us left end along while might next sound below saw something thought
both few those always looked show large often together asked house world going want school
important until form food keep children feet land side without boy once animals life enough took
sometimes four head above kind began almost live page got earth need far hand high year mother
light parts country father let night following picture being study second eyes soon times story
boys since white days ever paper hard near sentence better best across during today others however
sure means knew try told young miles sun ways thing whole hear example heard several change answer
room sea against top turned learn point city play toward five using himself usually money seen car
morning table report office order invoice system customer account service number request problem
answer printer network screen letter meeting project manager delivery contract supply product
"""
WORDS = COMMON.split()
ENDS = (".", ".", ".", ".", "?", "!")
AIMS = (0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.6, 0.5)
WORD = re.compile(r"\w+")


def documents(megabytes: float, seed: int = 7) -> Iterator[str]:
    """Documents of `megabytes` (10**6 bytes) in all, in an order that mixes copies among them."""
    draw = random.Random(seed)
    lexicon = WORDS + ["".join(draw.choices("aeioustrnlmdp", k=draw.randrange(4, 10)))
                       for _ in range(4000)]  # fmt: skip
    weights = [1.0 / (rank + 3) for rank in range(len(lexicon))]
    templates = [_text(draw, lexicon, weights, 1500) for _ in range(200)]
    recent: list[str] = []
    size = 0
    while size < megabytes * 1e6:
        for text in _next(draw, (lexicon, weights), templates, recent):
            size += len(text)
            yield text


def write(folder: Path, megabytes: float, files: int = 16, seed: int = 7) -> int:
    """Write the documents as JSON lines, in `files` files; return how many bytes of text."""
    folder.mkdir(parents=True, exist_ok=True)
    outs = [(folder / f"{number:03d}.jsonl").open("w", encoding="utf-8") for number in range(files)]
    size = 0
    for number, text in enumerate(documents(megabytes, seed)):
        size += len(text)
        line = {"id": f"d{number}", "text": text}
        outs[number * files // _expected(megabytes) % files].write(json.dumps(line) + "\n")
    for out in outs:
        out.close()
    return size


def truth(texts: list[str], least: float, words: int = 5) -> dict[tuple[int, int], float]:
    """Every pair of texts with a Jaccard similarity of `least` or more, by brute force.

    Shingles are the text's runs of `words` words, found by another code than burnish's; all
    pairs that share one are compared, none is skipped.
    """
    sets = [_shingles(text, words) for text in texts]
    names = {name: at for at, name in enumerate(sorted(set().union(*sets)))}
    rows = np.repeat(np.arange(len(sets)), [len(one) for one in sets])
    columns = np.array([names[name] for one in sets for name in sorted(one)], np.int64)
    shape = (len(sets), len(names))
    matrix = sp.csr_matrix((np.ones(len(rows), np.int32), (rows, columns)), shape=shape)
    sizes = np.asarray(matrix.sum(axis=1)).ravel()
    found: dict[tuple[int, int], float] = {}
    for start in range(0, len(sets), 500):
        found |= _likely(matrix[start : start + 500] @ matrix.T, start, sizes, least)
    return found


def _likely(
    shared: sp.csr_matrix, start: int, sizes: npt.NDArray[np.int64], least: float
) -> dict[tuple[int, int], float]:
    pairs = shared.tocoo()
    left, right = pairs.row + start, pairs.col
    alike = pairs.data / (sizes[left] + sizes[right] - pairs.data)
    chosen = (left < right) & (alike >= least)
    ends = zip(left[chosen].tolist(), right[chosen].tolist(), strict=True)
    return dict(zip(ends, alike[chosen].tolist(), strict=True))


def _shingles(text: str, words: int) -> set[str]:
    found = WORD.findall(text.lower())
    return {" ".join(found[at : at + words]) for at in range(max(1, len(found) - words + 1))}


def _expected(megabytes: float) -> int:
    return max(1, int(megabytes * 1e6 / 2000))


def _next(
    draw: random.Random,
    speech: tuple[list[str], list[float]],
    templates: list[str],
    recent: list[str],
) -> list[str]:
    """One new document, or copies of one that came shortly before."""
    chance = draw.random()
    if chance < 0.2 and recent:
        original = draw.choice(recent)
        copies = 1 if draw.random() < 0.7 else draw.randrange(2, 6)
        if chance < 0.08:
            return [original] * copies
        return [_near(draw, original, draw.choice(AIMS), speech) for _ in range(copies)]
    text = _text(draw, *speech, int(min(20_000, max(300, draw.lognormvariate(7.3, 0.8)))))
    if chance > 0.85:
        text = f"{draw.choice(templates)}\n\n{text[: draw.randrange(200, 900)]}"
    recent.append(text)
    if len(recent) > 5000:
        recent[draw.randrange(len(recent) - 1)] = recent.pop()
    return [text]


def _near(draw: random.Random, text: str, aim: float, speech: tuple[list[str], list[float]]) -> str:
    """A copy whose similarity comes near `aim`: exchanging words breaks five shingles each."""
    if draw.random() < 0.3:
        more = _text(draw, *speech, int(len(text) * (1 / aim - 1)))
        return f"{text}\n\n{more}" if draw.random() < 0.5 else f"{more}\n\n{text}"
    share = 1 - (2 * aim / (1 + aim)) ** (1 / 5)
    words = text.split(" ")
    for at in range(len(words)):
        if draw.random() < share:
            words[at] = f"{draw.choice(speech[0])}{draw.randrange(1000)}"
    return " ".join(words)


def _text(draw: random.Random, lexicon: list[str], weights: list[float], size: int) -> str:
    """About `size` bytes of sentences in paragraphs."""
    words = draw.choices(lexicon, weights, k=max(20, size // 5))
    parts: list[str] = []
    at = 0
    while at < len(words):
        length = draw.randrange(6, 18)
        sentence = " ".join(words[at : at + length])
        parts.append(sentence.capitalize() + draw.choice(ENDS))
        at += length
    breaks = {n for n in range(len(parts)) if draw.random() < 0.2}
    return "".join(p + ("\n\n" if n in breaks else " ") for n, p in enumerate(parts)).strip()
