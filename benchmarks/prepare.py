"""Data preparation beside its rivals on one generated corpus: rates, memory, recall, precision.

    python benchmarks/prepare.py --megabytes 200 --peers peers/bin/python --text-dedup td/bin/python

`peers.py` says how the rivals' environments are made; without them only burnish is measured.
Everything runs in one sitting, each in a process of its own. CPU seconds are user plus system time
of a process and all it started; a rate is what the second half of the corpus costs more than the
first (so that start-up and compiling do not count), in MB (10**6 bytes of text) per CPU second.
Memory is the largest resident set of one process. Recall and precision are taken against brute
force over all pairs of a slice: a removed row is right when its true Jaccard similarity with a
row that stays is 0.8 or more. `--grow 10,100,500` draws the growth curve, `--incremental` adds one
per cent of the rows and runs again.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import corpus

HERE = Path(__file__).parent
FILES = 16
PLAN = """\
name: bench
purpose: bench
base_model: {path: builtin, licence: Apache-2.0, provenance: bench}
sources:
  - name: web
    system: generator
    owner: bench
    paths: [data/*.jsonl]
    collected: 2026-01-01
    classification: PUBLIC
    licence: CC0-1.0
    basis: {kind: open_licence, reference: CC0, purposes: [bench], expires: 2099-01-01}
    fields: {text: text, keep: [id]}
engine: {kind: local, workers: 2}
"""
Line = dict[str, Any]


def stages(folder: Path, upto: str) -> None:
    """Run burnish's own steps over a project; one JSON line for each, and the ids that stay."""
    from burnish.core.rows import texts_of
    from burnish.evidence.signoff import Person
    from burnish.stages.collect import collect
    from burnish.stages.dedup import dedup
    from burnish.stages.quality import quality
    from burnish.wiring import engine_for, make_run, open_project

    project = open_project(folder)
    plan = project.plan
    made: Any = None
    for name in ("collect", "dedup", "quality"):
        engine = engine_for(plan.engine, project.store)
        run = make_run(project, Person("bench", (), ""), engine)
        began, cpu = time.perf_counter(), spent()
        if name == "collect":
            made = run.do(collect, plan.sources, plan.purpose, plan.normalise)
        elif name == "dedup":
            made = run.do(dedup, made, plan.dedup)
        else:
            made = run.do(quality, made, plan.quality)
        line = {"step": name, "cpu": spent() - cpu, "wall": time.perf_counter() - began}
        say({**line, "rows": made.rows, "largest_mb": largest()})
        engine.close()
        if name == upto:
            break
    manifest = project.look().manifest(made)
    with (folder / "kept.txt").open("w", encoding="utf-8") as out:
        for shard in manifest.shards:
            table = project.store.get_table(shard.digest)
            assert len(texts_of(table, ("document",))) == table.num_rows
            out.writelines(
                f"{json.loads(meta)['id']}\n" for meta in table.column("meta").to_pylist()
            )


def spent() -> float:
    """CPU seconds of this process and of its descendants that live or were waited for.

    Workers are children of a server of forks that nobody waits for, so /proc is asked.
    """
    tick = os.sysconf("SC_CLK_TCK")
    return sum(sum(map(int, fields[11:15])) for fields in family().values()) / tick


def family() -> dict[int, list[str]]:
    """The fields of /proc/PID/stat after the name, for this process and its descendants."""
    every: dict[int, list[str]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            every[int(path.parent.name)] = path.read_text().rpartition(")")[2].split()
    found, ours = {}, {os.getpid()}
    while ours:
        found |= {pid: every[pid] for pid in ours}
        ours = {pid for pid, fields in every.items() if int(fields[1]) in ours} - set(found)
    return found


def largest() -> float:
    """The largest resident set so far of this process or one of its descendants, in MB."""
    peaks = [0.0]
    for pid in family():
        with contextlib.suppress(OSError):
            lines = Path(f"/proc/{pid}/status").read_text().splitlines()
            peaks += [int(line.split()[1]) * 1024 / 1e6 for line in lines if "VmHWM" in line]
    return max(peaks)


def say(line: Mapping[str, Any]) -> None:
    """Write a measurement as a JSON line."""
    rounded = {k: round(v, 4) if isinstance(v, float) else v for k, v in line.items()}
    sys.stdout.write(json.dumps(rounded) + "\n")
    sys.stdout.flush()


def measured(command: list[str], where: Path) -> tuple[Line, list[Line]]:
    """Run a command: its cost, and the JSON lines that it wrote."""
    began = time.perf_counter()
    with (
        (where / "out.txt").open("w+", encoding="utf-8") as out,
        (where / "err.txt").open("w") as err,
    ):
        child = subprocess.Popen(
            command, stdout=out, stderr=err, env={**os.environ, "HF_HOME": str(where)}
        )
        _, status, usage = os.wait4(child.pid, 0)
        if status:
            raise SystemExit(f"{command} failed: {(where / 'err.txt').read_text()[-2000:]}")
        out.seek(0)
        lines = [json.loads(line) for line in out if line.startswith("{")]
    cost = {
        "cpu": usage.ru_utime + usage.ru_stime,
        "wall": time.perf_counter() - began,
        "largest_mb": usage.ru_maxrss * 1024 / 1e6,
    }
    return cost, lines


def project(where: Path, megabytes: float) -> tuple[Path, int]:
    """A project over a generated corpus, and how many bytes of text it has."""
    shutil.rmtree(where, ignore_errors=True)
    size = corpus.write(where / "data", megabytes, FILES)
    (where / "burnish.yaml").write_text(PLAN, encoding="utf-8")
    return where, size


def ours(where: Path, upto: str = "quality") -> tuple[Line, list[Line]]:
    """Burnish over a project, in a process of its own."""
    return measured([sys.executable, str(HERE / "prepare.py"), "--stages", str(where), upto], where)


def slope(run: Callable[[Path], Line], folders: list[tuple[Path, int]]) -> Line:
    """The rate over what the larger corpus has more than the smaller one."""
    (small, few), (large, many) = folders
    first, second = run(small), run(large)
    cpu = max(second["cpu"] - first["cpu"], 1e-9)
    return {
        "mb_per_cpu_second": (many - few) / 1e6 / cpu,
        "wall": second["wall"],
        "largest_mb": second["largest_mb"],
        "megabytes": many / 1e6,
    }


def rates(scratch: Path, options: argparse.Namespace) -> None:
    """Burnish step by step, then each peer on as much as it can take."""
    pair = [project(scratch / f"p{half}", options.megabytes / half) for half in (2, 1)]
    runs = [ours(folder) for folder, _ in pair]
    more = (pair[1][1] - pair[0][1]) / 1e6
    for small, large in zip(runs[0][1], runs[1][1], strict=True):
        rate = more / max(large["cpu"] - small["cpu"], 1e-9)
        say({"name": f"burnish {large['step']}", "mb_per_cpu_second": rate, **large})
        if large["step"] == "dedup":
            alone(options.megabytes / 4, rate)
    few, many = (total(lines) for _, lines in runs)
    rate = more / (many["cpu"] - few["cpu"])
    say({"name": "burnish, all of it", "mb_per_cpu_second": rate, "megabytes": more * 2, **many})
    peers = [
        ("datasketch", options.peers, 20),
        ("datatrove-minhash", options.peers, 12),
        ("datatrove-quality", options.peers, 6),
        ("text-dedup", options.text_dedup, 40),
    ]
    for name, python, megabytes in peers:
        if python is None:
            continue
        sized = [project(scratch / f"{name}{half}", megabytes / half) for half in (2, 1)]
        found = slope(lambda folder, n=name, p=python: peer(n, p, folder), sized)  # type: ignore[misc]
        say({"name": name, **found})


def total(lines: list[Line]) -> Line:
    """The cost of all steps together."""
    return {
        "cpu": sum(line["cpu"] for line in lines),
        "wall": sum(line["wall"] for line in lines),
        "largest_mb": max(line["largest_mb"] for line in lines),
    }


def alone(megabytes: float, dedup: float) -> None:
    """Deduplication without, and the statistics and rules of quality with nothing else.

    The step of deduplication measures quality and tells languages as it goes; of its rate `dedup`
    what those cost is taken off. They are measured in this process, compiled beforehand.
    """
    import numpy as np
    import pyarrow as pa

    from burnish.methods.quality.judge import Judged, Thresholds, reasons_of, single
    from burnish.methods.quality.language import identify
    from burnish.methods.quality.measure import measure_all

    texts = list(corpus.documents(megabytes))
    size = sum(map(len, texts)) / 1e6
    measured = measure_all(texts[:50])
    identify(texts[:50])
    began = time.process_time()
    measured, languages = measure_all(texts), identify(texts)
    judging = time.process_time()
    codes = pa.array([code for code, _ in languages])
    sure = np.array([probability for _, probability in languages], np.float32)
    every = Thresholds(rules=("gopher", "c4", "fineweb"))
    reasons_of(Judged(single(measured), codes, sure), every)
    ended = time.process_time()
    rate = 1 / (1 / dedup - (judging - began) / size)
    say({"name": "burnish dedup alone", "mb_per_cpu_second": rate})
    rate = size / (ended - began)
    say({"name": "burnish quality, all rules, and language alone", "mb_per_cpu_second": rate})


def peer(name: str, python: str, where: Path) -> Line:
    """One rival over a project's files; what it keeps goes to `kept.txt`."""
    command = [python, str(HERE / "peers.py"), name, str(where / "data"), str(where / "kept.txt")]
    return measured(command, where)[0]


def faithful(scratch: Path, options: argparse.Namespace) -> None:
    """Recall and precision of what each removes, against brute force over a slice."""
    where, _ = project(scratch / "slice", options.slice)
    rows = [json.loads(line) for path in sorted((where / "data").glob("*.jsonl"))
            for line in path.read_text(encoding="utf-8").splitlines()]  # fmt: skip
    alike = corpus.truth([row["text"] for row in rows], 0.5)
    names = [row["id"] for row in rows]
    say(
        {
            "name": "brute force",
            "rows": len(rows),
            "pairs_08": sum(j >= 0.8 for j in alike.values()),
        }
    )
    runs: list[tuple[str, Callable[[], object]]] = [("burnish", lambda: ours(where, "dedup"))]
    for name, python in (("datasketch", options.peers), ("datatrove-minhash", options.peers),
                         ("text-dedup", options.text_dedup)):  # fmt: skip
        if python:
            runs.append((name, lambda n=name, p=python: peer(n, p, where)))  # type: ignore[misc]
    for name, run in runs:
        run()
        kept = set((where / "kept.txt").read_text(encoding="utf-8").split())
        say({"name": name, **verdict(names, kept, alike)})


def verdict(names: list[str], kept: set[str], alike: Mapping[tuple[int, int], float]) -> Line:
    """How many removed rows are like a row that stays, and how many like pairs both stay."""
    stays = [name in kept for name in names]
    best = [0.0] * len(names)
    both = near = 0
    for (a, b), likeness in alike.items():
        if stays[b]:
            best[a] = max(best[a], likeness)
        if stays[a]:
            best[b] = max(best[b], likeness)
        near += likeness >= 0.8
        both += likeness >= 0.8 and stays[a] and stays[b]
    removed = [best[n] for n, stay in enumerate(stays) if not stay]
    right = sum(likeness >= 0.8 for likeness in removed)
    return {
        "removed": len(removed),
        "precision": right / len(removed) if removed else 1.0,
        "pair_recall": 1 - both / near if near else 1.0,
    }


def growth(scratch: Path, sizes: list[float]) -> None:
    """Time and memory as the corpus grows."""
    for megabytes in sizes:
        where, size = project(scratch / "grow", megabytes)
        cost = total(ours(where)[1])
        shutil.rmtree(where)
        each = 1000 * cost["cpu"] / (size / 1e6)
        say({"name": "growth", "megabytes": size / 1e6, **cost, "cpu_seconds_a_gb": each})


def incremental(scratch: Path, megabytes: float) -> None:
    """The first run, a run with nothing new, and a run with one per cent more rows."""
    where, _ = project(scratch / "more", megabytes)
    for name in ("first", "nothing new", "1 % more rows"):
        if name.startswith("1"):
            corpus.write(where / "add", megabytes / 100, 1, seed=8)
            (where / "add" / "000.jsonl").rename(where / "data" / "zzz.jsonl")
        _, lines = ours(where)
        say({"name": name, **total(lines), **{line["step"]: line["cpu"] for line in lines}})


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description="Rates of data preparation.")
    parser.add_argument("--megabytes", type=float, default=100.0)
    parser.add_argument("--slice", type=float, default=20.0, help="MB compared by brute force")
    parser.add_argument("--peers", help="Python with datatrove, spacy and datasketch")
    parser.add_argument("--text-dedup", help="Python with text-dedup")
    parser.add_argument("--grow", help="sizes in MB, with commas")
    parser.add_argument("--incremental", type=float, help="MB")
    parser.add_argument("--stages", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.stages:
        stages(Path(options.stages[0]), options.stages[1])
        return
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        if options.grow:
            growth(scratch, [float(size) for size in options.grow.split(",")])
        elif options.incremental:
            incremental(scratch, options.incremental)
        else:
            rates(scratch, options)
            faithful(scratch, options)


if __name__ == "__main__":
    main()
