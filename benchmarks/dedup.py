"""Megabytes per CPU second of deduplication, beside datasketch where that is installed.

    python benchmarks/dedup.py --megabytes 20

Writes one JSON line per measurement. The corpus is generated from a seed: documents of 20 to
800 words drawn with Zipf-like frequencies, a tenth of them copied with a few words changed and a
twentieth copied exactly. CPU seconds are user plus system time of this process; compiling or
loading the kernels is done before the clock starts. `pip install datasketch` adds the comparison,
which signs and indexes the same shingles (128 hashes, 20 bands of 6) without verifying.
"""

import argparse
import importlib
import json
import random
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from burnish.core.artifact import Collected, Corpus, Manifest, Shard
from burnish.core.gate import Look
from burnish.core.rows import CORPUS, table_of
from burnish.core.stage import Place, Work
from burnish.engines.inline import InlineEngine
from burnish.evidence.ledger import MemoryLedger
from burnish.evidence.signoff import PlanNotary
from burnish.methods.dedup.find import find_duplicates
from burnish.methods.dedup.minhash import Scan, scan
from burnish.methods.dedup.settings import NearSettings
from burnish.methods.quality.language import identify
from burnish.methods.quality.measure import measure_all
from burnish.plan import DedupPlan
from burnish.stages.dedup import dedup
from burnish.storage.folder import FolderStore
from burnish.storage.keys import FileKeyProvider

VOCABULARY = 20_000
SHARD_ROWS = 10_000


def corpus(megabytes: float, seed: int = 7) -> list[str]:
    """Return documents of `megabytes` (10**6 bytes) in all."""
    draw = random.Random(seed)
    lexicon = [
        "".join(draw.choices("etaoinshrdlu", k=draw.randrange(2, 9))) for _ in range(VOCABULARY)
    ]
    weights = [1 / (rank + 2) for rank in range(VOCABULARY)]
    texts: list[str] = []
    size = 0.0
    while size < megabytes * 1e6:
        words = draw.choices(lexicon, weights, k=draw.randrange(20, 800))
        texts.append(" ".join(words))
        chance = draw.random()
        if chance < 0.15:
            for _ in range(0 if chance < 0.05 else draw.randrange(1, 1 + len(words) // 40 + 1)):
                words[draw.randrange(len(words))] = draw.choice(lexicon)
            texts.append(" ".join(words))
        size += len(texts[-1]) + (len(texts[-2]) if chance < 0.15 else 0)
    draw.shuffle(texts)
    return texts


def timed(name: str, megabytes: float, work: Callable[[], Any]) -> Any:
    """Run `work` and write its rate."""
    start = time.process_time()
    result = work()
    spent = time.process_time() - start
    line = {"name": name, "cpu_seconds": round(spent, 3), "mb_per_cpu_second": megabytes / spent}
    sys.stdout.write(json.dumps({**line, "mb_per_cpu_second": round(megabytes / spent, 2)}) + "\n")
    return result


def scan_shards(texts: list[str], settings: NearSettings) -> list[Scan]:
    """Return one scan per shard."""
    return [scan(texts[at : at + SHARD_ROWS], settings) for at in range(0, len(texts), SHARD_ROWS)]


def over_shards(texts: list[str], megabytes: float, folder: Path) -> Corpus:
    """Deduplicate as a run does, in one process, with all tables sealed in a store in `folder`.

    Writes the rate of the whole step, and of the measures of quality and the languages in it.
    """
    store = FolderStore(folder / "store", FileKeyProvider.ensure(folder / "key"))
    corpus = stored(store, texts)
    place = Place(folder, date.today())
    look = Look(store, MemoryLedger(), PlanNotary(()), place.today)
    work = Work(store, InlineEngine(), place, look)
    dedup(work, stored(store, texts[:200]), DedupPlan())
    timed("measures and languages", megabytes, lambda: (measure_all(texts), identify(texts)))
    unique: Corpus = timed(
        "dedup over shards, with measures and languages",
        megabytes,
        lambda: dedup(work, corpus, DedupPlan()),
    )
    sys.stdout.write(json.dumps({"documents": corpus.rows, "kept": unique.rows}) + "\n")
    return unique


def stored(store: FolderStore, texts: list[str]) -> Collected:
    """Return the texts as plain documents in a store, in shards of `SHARD_ROWS`."""
    shards = []
    for start in range(0, len(texts), SHARD_ROWS):
        rows = [
            {"id": f"{n:09d}", "source": "generated", "origin": f"generated:{n}",
             "messages": [{"role": "document", "content": text}]}
            for n, text in enumerate(texts[start : start + SHARD_ROWS], start)
        ]  # fmt: skip
        shards.append(Shard(store.put_table(table_of(rows, CORPUS)), len(rows)))
    manifest = Manifest("Collected", len(texts), tuple(shards))
    return Collected(store.put_bytes(manifest.to_bytes()), len(texts))


def sketch(library: Any, texts: list[str]) -> int:
    """Return how many texts datasketch finds a match for among those before them."""
    index = library.MinHashLSH(num_perm=128, params=(20, 6))
    matched = 0
    for row, text in enumerate(texts):
        words = text.lower().split()
        signature = library.MinHash(num_perm=128)
        grams = {" ".join(words[at : at + 5]) for at in range(max(1, len(words) - 4))}
        signature.update_batch([gram.encode() for gram in grams])
        matched += bool(index.query(signature))
        index.insert(row, signature)
    return matched


def main() -> None:
    """Generate, warm up, measure."""
    parser = argparse.ArgumentParser(description="Rates of deduplication.")
    parser.add_argument("--megabytes", type=float, default=20.0)
    texts = corpus(parser.parse_args().megabytes)
    size = sum(map(len, texts)) / 1e6
    lean = NearSettings(keep_shingles=False)
    find_duplicates(scan_shards(texts[:200], NearSettings()))

    timed("scan without shingle sets", size, lambda: scan_shards(texts, lean))
    scans = timed("scan", size, lambda: scan_shards(texts, NearSettings()))
    found = timed("find duplicates from scans", size, lambda: find_duplicates(scans))
    sys.stdout.write(json.dumps({"documents": len(texts), **found.counts()}) + "\n")
    timed("whole", size, lambda: find_duplicates(scan_shards(texts, NearSettings())))
    with TemporaryDirectory() as folder:
        over_shards(texts, size, Path(folder))
    try:
        library = importlib.import_module("datasketch")
    except ImportError:
        return
    matched = timed("datasketch", size, lambda: sketch(library, texts))
    sys.stdout.write(json.dumps({"datasketch matched": matched}) + "\n")


if __name__ == "__main__":
    main()
