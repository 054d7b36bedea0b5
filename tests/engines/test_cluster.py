"""A cluster of several nodes on this machine: nodes that cannot take part, and one that is lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

STORY = """
import json, os, sys, time
from datetime import date
from pathlib import Path
from ray.cluster_utils import Cluster
from burnish.core.artifact import Collected
from burnish.core.errors import BurnishError
from burnish.engines.inline import InlineEngine
from burnish.engines.ray.cluster import Crew
from burnish.engines.ray.engine import RayEngine
from burnish.storage.folder import FolderStore
from burnish.storage.keys import EnvKeyProvider

folder = Path(sys.argv[1])
store = FolderStore(folder / "store", EnvKeyProvider("STORE_KEY"))
told = {}

def engine(workers=2, deadline=300):
    return RayEngine(store, Crew(cluster.address, workers, 3, deadline))

def refused(name, engine, fn, items):
    try:
        told[name] = list(engine.map(fn, items))
    except BurnishError as error:
        told[name] = [type(error).__name__, error.problem, error.remedy]
    engine.close()

small = {"object_store_memory": 80_000_000}
cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, **small})
try:
    refused("no processor", engine(deadline=1), str, [1])
    good = cluster.add_node(num_cpus=1, **small)
    blind = cluster.add_node(num_cpus=1, env_vars={"STORE_KEY": ""}, **small)
    refused("blind", engine(), str, [1])
    cluster.remove_node(blind)
    old = cluster.add_node(num_cpus=1, env_vars={"PYTHONPATH": str(folder / "old")}, **small)
    refused("old", engine(), str, [1])
    cluster.remove_node(old)
    lost = cluster.add_node(num_cpus=1, **small)
    begun = folder / "begun"
    whole = engine()
    # Within the worker itself: a child of it may die before it does, and be told as a result.
    written = f"open({str(begun)!r}, 'a').write('%d ')"
    items = [f"({written % n}, __import__('time').sleep(3), {n})[-1]" for n in range(6)]
    codes = []
    for code in whole.map(eval, items):
        codes.append(code)
        if len(codes) == 1:
            # Two are done, and each node is in the middle of one of the next two.
            while len(begun.read_text().split()) < 4:
                time.sleep(0.05)
            cluster.remove_node(lost, allow_graceful=False)
    told["codes"] = codes
    told["begun"] = begun.read_text().split()
    whole.close()
finally:
    cluster.shutdown()
told["left"] = store.scratch("engine").slots()
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What happened to a cluster whose nodes come and go, told by the process that drove it."""
    folder = tmp_path_factory.mktemp("cluster")
    metadata = folder / "old" / "numpy-1.0.dist-info" / "METADATA"
    metadata.parent.mkdir(parents=True)
    metadata.write_text("Metadata-Version: 2.1\nName: numpy\nVersion: 1.0\n")
    env = {**os.environ, "STORE_KEY": "5c" * 32, "RAY_AUTH_TOKEN": "ab" * 32}
    done = subprocess.run(
        [sys.executable, "-c", STORY, str(folder)], env=env, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


@pytest.mark.slow
def test_a_cluster_without_a_processor_is_not_waited_for_for_ever(story: dict[str, Any]) -> None:
    kind, problem, remedy = story["no processor"]

    assert kind == "Interrupted"
    assert problem.endswith("in 1 seconds: no node of the cluster has a processor")
    assert "add nodes" in remedy


@pytest.mark.slow
def test_a_node_that_cannot_open_the_store_is_refused_before_any_work(
    story: dict[str, Any],
) -> None:
    kind, problem, remedy = story["blind"]

    assert kind == "InputError"
    assert problem.startswith("node ")
    assert "cannot open the store: the variable STORE_KEY does not hold a key" in problem
    assert "must be on every node" in remedy


@pytest.mark.slow
def test_a_node_with_another_version_is_refused_before_any_work(story: dict[str, Any]) -> None:
    kind, problem, _ = story["old"]

    assert kind == "InputError"
    assert "has numpy 1.0 instead of " in problem


@pytest.mark.slow
def test_a_lost_node_is_survived_and_nothing_is_missing(story: dict[str, Any]) -> None:
    assert story["codes"] == list(range(6))
    assert len(story["begun"]) > 6, "nothing was lost, so nothing was survived"


@pytest.mark.slow
def test_no_key_of_a_run_stays_behind(story: dict[str, Any]) -> None:
    assert story["left"] == []
