"""The rivals of `benchmarks/prepare.py`, each run in a process of its own under its own Python.

    python -m venv peers && peers/bin/pip install 'datatrove[processing,io]' spacy datasketch
    peers/bin/python benchmarks/peers.py datasketch FOLDER OUT

Reads the JSON lines of FOLDER and writes to OUT the ids that are kept, one a line.
"""

from __future__ import annotations

import glob
import importlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from typing import Any

WORKERS = 2


def read(folder: str) -> Iterator[tuple[str, str]]:
    """Id and text of each line of each file."""
    for path in sorted(glob.glob(f"{folder}/*.jsonl")):
        with open(path, encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                yield row["id"], row["text"]


def datasketch(folder: str) -> list[str]:
    """128 hashes in 20 bands of 6, nothing verified: its usual use."""
    library: Any = importlib.import_module("datasketch")
    index = library.MinHashLSH(num_perm=128, params=(20, 6))
    kept: list[str] = []
    for name, text in read(folder):
        words = text.lower().split()
        signature = library.MinHash(num_perm=128)
        grams = {" ".join(words[at : at + 5]) for at in range(max(1, len(words) - 4))}
        signature.update_batch([gram.encode() for gram in grams])
        if not index.query(signature):
            kept.append(name)
            index.insert(name, signature)
    return kept


def datatrove_minhash(folder: str) -> list[str]:
    """Its four stages with its defaults (14 buckets of 8 hashes)."""
    steps: Any = importlib.import_module("datatrove.pipeline.dedup")
    config: Any = importlib.import_module("datatrove.pipeline.dedup.minhash").MinhashConfig(
        num_buckets=14, hashes_per_bucket=8, n_grams=5
    )
    with tempfile.TemporaryDirectory() as out:
        tasks = len(glob.glob(f"{folder}/*.jsonl"))
        signing = steps.MinhashDedupSignature(f"{out}/sig", config=config, language="eng")
        go([reader(folder), signing], tasks, out, "sig")
        go([steps.MinhashDedupBuckets(f"{out}/sig", f"{out}/bk", config=config)], 14, out, "bk")
        go([steps.MinhashDedupCluster(f"{out}/bk", f"{out}/rm", config=config)], 1, out, "rm")
        go([reader(folder), steps.MinhashDedupFilter(f"{out}/rm"), writer(f"{out}/kept")],
           tasks, out, "kept")  # fmt: skip
        return ids(f"{out}/kept")


def datatrove_quality(folder: str) -> list[str]:
    """Gopher quality, Gopher repetition, C4 and FineWeb, each row through all that it passes."""
    filters: Any = importlib.import_module("datatrove.pipeline.filters")
    with tempfile.TemporaryDirectory() as out:
        chain = [
            filters.GopherQualityFilter(),
            filters.GopherRepetitionFilter(),
            filters.C4QualityFilter(filter_no_terminal_punct=False),
            filters.FineWebQualityFilter(),
        ]
        tasks = len(glob.glob(f"{folder}/*.jsonl"))
        go([reader(folder), *chain, writer(f"{out}/kept")], tasks, out, "quality")
        return ids(f"{out}/kept")


def reader(folder: str) -> Any:
    """The reader of JSON lines."""
    module: Any = importlib.import_module("datatrove.pipeline.readers")
    return module.JsonlReader(folder, glob_pattern="*.jsonl", text_key="text", id_key="id")


def writer(folder: str) -> Any:
    """The writer of JSON lines."""
    module: Any = importlib.import_module("datatrove.pipeline.writers")
    return module.JsonlWriter(folder, compression=None)


def go(pipeline: list[Any], tasks: int, out: str, name: str) -> None:
    """Run a pipeline on its local executor."""
    executor: Any = importlib.import_module("datatrove.executor.local").LocalPipelineExecutor
    executor(
        pipeline=pipeline, tasks=tasks, workers=WORKERS, logging_dir=f"{out}/log-{name}",
        start_method="fork",
    ).run()  # fmt: skip


def ids(folder: str) -> list[str]:
    """The ids that a pipeline wrote."""
    kept: list[str] = []
    for path in sorted(glob.glob(f"{folder}/*.jsonl")):
        with open(path, encoding="utf-8") as lines:
            kept += [json.loads(line)["id"] for line in lines]
    return kept


def text_dedup(folder: str) -> list[str]:
    """Its command, with 14 bands of 8 hashes."""
    command: Any = importlib.import_module("text_dedup.minhash")
    with tempfile.TemporaryDirectory() as out:
        sys.argv = [
            "minhash", "--path", "json", "--data_files", f"{folder}/*.jsonl", "--split", "train",
            "--column", "text", "--ngram", "5", "--num_perm", "112", "--b", "14", "--r", "8",
            "--threshold", "0.8", "--num_proc", str(WORKERS), "--batch_size", "10000",
            "--output", f"{out}/kept", "--cache_dir", f"{out}/cache",
        ]  # fmt: skip
        command.main(standalone_mode=False)
        loaded: Any = importlib.import_module("datasets").load_from_disk(f"{out}/kept")
        kept: list[str] = list(loaded["id"])
        shutil.rmtree(out, ignore_errors=True)
        return kept


PEERS = {
    "datasketch": datasketch,
    "datatrove-minhash": datatrove_minhash,
    "datatrove-quality": datatrove_quality,
    "text-dedup": text_dedup,
}


def main() -> None:
    """Run the peer that is named."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    name, folder, out = sys.argv[1:4]
    kept = PEERS[name](folder)
    with open(out, "w", encoding="utf-8") as file:
        file.write("\n".join(kept))


if __name__ == "__main__":
    main()
