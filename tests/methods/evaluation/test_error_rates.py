"""Error rates of the rule by simulation: six gates, 5,000 suites, the rule written in vectors."""

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from burnish.methods.evaluation.decision import GateInput, decide, judge
from burnish.methods.evaluation.power import items_required
from burnish.methods.evaluation.statistics import tango_z

RUNS, PSI, MARGIN = 5000, 0.05, 0.02


def suites(n: int, true: list[float]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    draw = np.random.default_rng(7)
    columns = []
    for loss in true:
        psi = max(PSI, loss)
        shares = [(psi + loss) / 2, (psi - loss) / 2]
        columns.append(draw.multinomial(n, [*shares, 1 - sum(shares)], size=RUNS)[:, :2])
    table = np.stack(columns, axis=2)
    return table[:, 0], table[:, 1]


def holm_rejects_any(p_values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Holm rejects something exactly when Bonferroni does."""
    rejected: NDArray[np.bool_] = p_values.min(axis=1) * p_values.shape[1] <= 0.05
    return rejected


def rates(n: int, true: list[float]) -> tuple[float, float]:
    """Share of suites passed by "no significant drop" and by the declared rule."""
    losses, wins = suites(n, true)
    regressed = holm_rejects_any(stats.binom.sf(losses - 1, losses + wins, 0.5))
    safe = (stats.norm.cdf(tango_z(losses, wins, n, MARGIN)) < 0.05).all(axis=1)
    return float((~regressed).mean()), float((safe & ~regressed).mean())


def test_the_declared_rule_lets_few_real_regressions_through_however_few_the_items() -> None:
    regression = [MARGIN, *[0.0] * 5]
    enough = items_required(PSI, MARGIN, power=1 - 0.05 / 6)

    small_usual, small_ours = rates(500, regression)
    large_usual, large_ours = rates(enough, regression)

    assert small_usual > 0.30
    assert large_usual < 0.15
    assert small_ours <= 0.05
    assert large_ours <= 0.055


def test_a_clean_model_is_seldom_blocked_when_the_suite_was_sized_for_it() -> None:
    enough = items_required(PSI, MARGIN, power=1 - 0.05 / 6)

    _, passed = rates(enough, [0.0] * 6)
    _, starved = rates(500, [0.0] * 6)

    assert passed > 0.90
    assert starved < 0.5


def test_the_simulated_rule_is_the_rule() -> None:
    losses, wins = suites(1400, [MARGIN / 2, *[0.0] * 5])
    regressed = holm_rejects_any(stats.binom.sf(losses - 1, losses + wins, 0.5))
    safe = (stats.norm.cdf(tango_z(losses, wins, 1400, MARGIN)) < 0.05).all(axis=1)

    for run in range(60):
        gates = [
            GateInput(f"g{i}", "noninferior", MARGIN, 1400, int(b), int(c))
            for i, (b, c) in enumerate(zip(losses[run], wins[run], strict=True))
        ]
        expected = "failed" if regressed[run] else "passed" if safe[run] else "waiting"
        assert decide(judge(gates)) == expected
