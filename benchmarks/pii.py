"""Detecting personal data beside its rivals, interleaved in one process: MB per CPU second.

    python benchmarks/pii.py --megabytes 4 --slice 0.1 --presidio --spacy PATH

Two corpora: `mixed` is prose with a name, a number or an address in one sentence of about thirty,
`dense` has one in every second sentence. `--texts FOLDER` takes the `.txt` and `.md` files of a
folder instead of the first. Burnish masks `--megabytes` of each: by its rules, by rules and
named-entity model, and with the residual scan of what was written; the rivals get `--slice`, since
they are slower. Each is run `--rounds` times in turn and the medians are printed, with the ratio to
Presidio and spaCy together. CPU seconds are those of this process; MB are 10**6 bytes of text.

Presidio: an `AnalyzerEngine` of its pattern recognisers over a blank spaCy tokeniser, no entities
by model. spaCy: the pipeline at PATH (an unpacked `en_core_web_sm`, say), or without a path an
untrained tok2vec and ner of its shape. `--flat N` masks N, 4 N and 16 N MB as shards, each in a
process of its own, and prints the largest resident set.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import random
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import corpus

SHARD = 1_000_000
PIECE = 2_000
Line = dict[str, Any]
Work = Callable[[list[str]], object]


def mixed(megabytes: float) -> Iterator[str]:
    """Generated prose in which about one sentence in thirty carries an identifier."""
    draw = random.Random(3)
    said = sentences(megabytes * 1e6 / 2_500)
    for text in corpus.documents(megabytes):
        parts = text.split(". ")
        for at in range(draw.randrange(30), len(parts), 30):
            parts[at] = f"{parts[at]}. {next(said)}"
        yield ". ".join(parts)


def dense(megabytes: float) -> Iterator[str]:
    """Short documents with an identifier in every second sentence."""
    said = sentences(megabytes * 1e6 / 110)
    size = 0.0
    for text in corpus.documents(megabytes, seed=8):
        parts = text[:PIECE].split(". ")
        spliced = ". ".join(f"{part}. {next(said)}" for part in parts)
        size += len(spliced.encode())
        yield spliced
        if size >= megabytes * 1e6:
            return


def sentences(count: float) -> Iterator[str]:
    """Sentences with an invented identifier, drawn from the canaries, without end."""
    from burnish.methods.privacy.canaries.planting import plant

    canaries = plant(11, ["."], max(20, min(400, int(count / 40))))
    said = [canary.text.strip() for canary in canaries]
    random.Random(5).shuffle(said)
    while True:
        yield from said


def read(folder: str) -> Iterator[str]:
    """Pieces of the text files of a folder."""
    for path in sorted(Path(folder).rglob("*")):
        if path.suffix in (".txt", ".md"):
            text = path.read_text(encoding="utf-8", errors="replace")
            yield from (text[at : at + PIECE] for at in range(0, len(text), PIECE))


def upto(texts: Iterator[str], megabytes: float) -> list[str]:
    """The first texts, `megabytes` of them."""
    taken: list[str] = []
    size = 0
    for text in texts:
        taken.append(text)
        size += len(text.encode())
        if size >= megabytes * 1e6:
            break
    return taken


def shards(texts: list[str]) -> Iterator[list[str]]:
    """The texts in stretches of about a megabyte, as a job has them."""
    shard: list[str] = []
    size = 0
    for text in texts:
        shard.append(text)
        size += len(text)
        if size >= SHARD:
            yield shard
            shard, size = [], 0
    yield shard


def burnish(engines: tuple[str, ...], residual: bool = False) -> Work:
    """Burnish as a job runs it: find with these engines, mask, scan what was written."""
    from burnish.methods.privacy.build import detector
    from burnish.methods.privacy.replace import mask
    from burnish.methods.privacy.rules import REGIONS
    from burnish.methods.privacy.spans import DEFAULT_CATEGORIES
    from burnish.methods.residual.scan import scan_documents

    finder = detector(DEFAULT_CATEGORIES, REGIONS, engines=engines)

    def work(texts: list[str]) -> None:
        for shard in shards(texts):
            found = finder.detect(shard)
            masked = [mask(text, spans) for text, spans in zip(shard, found, strict=True)]
            if residual:
                scan_documents([{"text": text} for text in masked])

    return work


def presidio() -> Work:
    """Presidio's pattern recognisers behind its engine, over a blank tokeniser."""
    logging.disable(logging.CRITICAL)
    import spacy
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.nlp_engine import SpacyNlpEngine

    class Blank(SpacyNlpEngine):
        def __init__(self) -> None:
            super().__init__(models=[{"lang_code": "en", "model_name": "blank"}])
            self.nlp: Any = {"en": spacy.blank("en")}

        def load(self) -> None:
            pass

    registry = RecognizerRegistry()
    registry.load_predefined_recognizers(languages=["en"])
    registry.remove_recognizer("SpacyRecognizer")
    engine = AnalyzerEngine(registry=registry, nlp_engine=Blank(), supported_languages=["en"])

    def work(texts: list[str]) -> None:
        for text in texts:
            engine.analyze(text, "en")

    return work


def spacy_pipeline(path: str | None) -> Work:
    """A spaCy pipeline from a folder, or an untrained one of en_core_web_sm's tok2vec and ner."""
    import spacy

    if path:
        pipeline = spacy.load(path)
    else:
        pipeline = spacy.blank("en")
        tok2vec = {
            "@architectures": "spacy.HashEmbedCNN.v2", "pretrained_vectors": None, "width": 96,
            "depth": 4, "embed_size": 2000, "window_size": 1, "maxout_pieces": 3,
            "subword_features": True,
        }  # fmt: skip
        ner: Any = pipeline.add_pipe("ner", config={"model": {"tok2vec": tok2vec}})
        for label in ("PERSON", "ORG", "GPE", "DATE", "CARDINAL"):
            ner.add_label(label)
        pipeline.initialize()

    def work(texts: list[str]) -> None:
        for document in pipeline.pipe(texts):
            _ = document.ents

    return work


def contenders(options: argparse.Namespace) -> dict[str, tuple[Work, bool]]:
    """What is measured, and whether it is one of the rivals, which get the slice."""
    chosen: dict[str, tuple[Work, bool]] = {
        "burnish, rules": (burnish(("rules",)), False),
        "burnish, rules and model": (burnish(("rules", "ner")), False),
        "burnish, all with residual scan": (burnish(("rules", "ner"), residual=True), False),
    }
    if options.presidio:
        chosen["presidio, patterns"] = (presidio(), True)
    if options.spacy is not None:
        chosen["spacy"] = (spacy_pipeline(options.spacy or None), True)
    return chosen


def measure(name: str, texts: list[str], options: argparse.Namespace) -> None:
    """The medians of a corpus, and the ratio to the rivals together."""
    chosen = contenders(options)
    part = upto(iter(texts), options.slice)
    speeds: dict[str, list[float]] = {label: [] for label in chosen}
    for work, _ in chosen.values():
        work(part[:20])
    burnish(("rules", "ner"))(texts)
    for _ in range(options.rounds):
        for label, (work, rival) in chosen.items():
            given = part if rival else texts
            began = time.process_time()
            work(given)
            spent = time.process_time() - began
            speeds[label].append(sum(len(text.encode()) for text in given) / 1e6 / spent)
    medians = {label: statistics.median(found) for label, found in speeds.items()}
    together = sum(1 / medians[label] for label, (_, rival) in chosen.items() if rival)
    for label, rate in medians.items():
        line: Line = {"corpus": name, "name": label, "mb_per_cpu_second": rate}
        if together and not chosen[label][1]:
            line["times_the_rivals_together"] = rate * together
        say(line)


def flat(megabytes: float) -> None:
    """The largest resident set at N, 4 N and 16 N MB, each in a process of its own."""
    for times in (1, 4, 16):
        size = megabytes * times
        command = [sys.executable, __file__, "--largest", str(size)]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        say({"name": "memory", "megabytes": size, **json.loads(said)})


def largest(megabytes: float) -> None:
    """Mask generated text shard by shard as it is made; print the largest resident set."""
    work = burnish(("rules", "ner"), residual=True)
    shard: list[str] = []
    size = 0
    for text in mixed(megabytes):
        shard.append(text)
        size += len(text)
        if size >= SHARD:
            work(shard)
            shard, size = [], 0
    work(shard)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    say({"largest_mb": peak})


def say(line: Line) -> None:
    """Write a measurement as a JSON line."""
    rounded = {k: round(v, 4) if isinstance(v, float) else v for k, v in line.items()}
    sys.stdout.write(json.dumps(rounded) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description="Rates of detecting personal data.")
    parser.add_argument("--megabytes", type=float, default=4.0)
    parser.add_argument("--slice", type=float, default=0.1, help="MB for each rival")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--texts", help="a folder of .txt and .md files in place of `mixed`")
    parser.add_argument("--presidio", action="store_true")
    parser.add_argument("--spacy", nargs="?", const="", help="a pipeline's folder, or none")
    parser.add_argument("--flat", type=float, help="MB")
    parser.add_argument("--largest", type=float, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.largest:
        largest(options.largest)
    elif options.flat:
        flat(options.flat)
    else:
        first = read(options.texts) if options.texts else mixed(options.megabytes)
        measure("mixed", upto(first, options.megabytes), options)
        measure("dense", upto(dense(options.megabytes / 4), options.megabytes / 4), options)


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main()
