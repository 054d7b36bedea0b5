"""How often a drift of exactly the margin is passed, by the base's lean and the way it moves.

    python benchmarks/leaning.py [RUNS]

400 pairs, a margin of 8 points, pairs flipped without reason in 0 and 5 of 100. At this boundary a
gate may pass in 5 of 100 draws.
"""

from __future__ import annotations

import sys

import numpy as np

from burnish.methods.evaluation.decision import judge
from burnish.methods.evaluation.probes.leaning import lean_gates
from burnish.methods.evaluation.records import Contrast

PAIRS, MARGIN, SEED = 400, 0.08, 1


def passed(base: float, way: int, noise: float, runs: int) -> float:
    """Share of draws that pass: the base leans by `base`, the tuned model further by the margin."""
    draw = np.random.default_rng(SEED)
    tuned = way * (base + MARGIN)
    names = tuple(map(str, range(PAIRS)))
    hits = 0
    for _ in range(runs):
        shared, turned = draw.random(PAIRS), draw.random(PAIRS) < noise
        before = (shared < 0.5 + base).astype(float)
        after = np.where(turned, 1 - before, shared < 0.5 + tuned).astype(float)
        found = Contrast(names, names, tuple(before.tolist()), tuple(after.tolist()), 0)
        results = judge(lean_gates("bias:pairs", MARGIN, found, 0.5))
        hits += all(result.verdict == "pass" for result in results)
    return hits / runs


def main() -> None:
    """One line a case."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 600
    for noise in (0.0, 0.05):
        for base in (0.0, 0.03, 0.06, 0.12):
            for way, word in ((1, "towards"), (-1, "against")):
                share = passed(base, way, noise, runs)
                print(f"noise {noise:.2f}  lean {base:.2f}  {word} the stereotype  {share:.3f}")


if __name__ == "__main__":
    main()
