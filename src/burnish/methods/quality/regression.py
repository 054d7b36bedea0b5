"""Logistic regression with an L2 penalty over sparse rows, and Platt's sigmoid."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.sparse import csr_matrix
from scipy.special import expit

Reals = npt.NDArray[np.float64]
Truth = npt.NDArray[np.bool_]

_STEPS = 300
_FLAT = 1e-7


@dataclass(frozen=True)
class Fit:
    """Weights (columns,) and the bias."""

    weights: Reals
    bias: float

    def sums(self, rows: csr_matrix) -> Reals:
        """Return bias + row . weights of each row."""
        made: Reals = np.asarray(rows @ self.weights + self.bias, np.float64)
        return made


def fit(rows: csr_matrix, truth: Truth, penalty: float, start: Fit | None = None) -> Fit:
    """Minimise the mean log loss + penalty / 2 |weights|^2; the bias goes free.

    By Newton steps in a trust region, each solved by conjugate gradients over the sparse rows.
    `start` is where to begin, such as the fit of another penalty.
    """
    sign = np.where(truth, 1.0, -1.0)
    count, size = rows.shape
    turned = rows.T.tocsr()

    def loss(point: Reals) -> tuple[float, Reals]:
        margin = sign * (rows @ point[:size] + point[size])
        pull = -sign * expit(-margin) / count
        value = np.mean(softplus(-margin)) + 0.5 * penalty * np.sum(point[:size] ** 2)
        slope = np.append(turned @ pull + penalty * point[:size], pull.sum())
        return float(value), slope

    def bend(point: Reals, along: Reals) -> Reals:
        likely = expit(rows @ point[:size] + point[size])
        pull = likely * (1.0 - likely) / count * (rows @ along[:size] + along[size])
        return np.append(turned @ pull + penalty * along[:size], pull.sum())

    first = np.zeros(size + 1) if start is None else np.append(start.weights, start.bias)
    found = minimize(
        loss, first, jac=True, hessp=bend, method="trust-ncg",
        options={"maxiter": _STEPS, "gtol": _FLAT},
    )  # fmt: skip
    return Fit(found.x[:size], float(found.x[size]))


def softplus(values: Reals) -> Reals:
    """Return log(1 + exp(values)) without overflow."""
    made: Reals = np.maximum(values, 0.0) + np.log1p(np.exp(-np.abs(values)))
    return made


def log_loss(truth: Truth, sums: Reals) -> float:
    """Return the mean log loss of log odds."""
    return float(np.mean(softplus(np.where(truth, -sums, sums))))


def platt(truth: Truth, sums: Reals) -> tuple[float, float]:
    """Return slope and offset of the sigmoid that makes sums probabilities.

    Targets are smoothed as Platt (1999) does, so that no probability becomes 0 or 1; the slope
    is not let below 0, because a higher sum may not mean a worse text.
    """
    good, bad = int(truth.sum()), int((~truth).sum())
    target = np.where(truth, (good + 1.0) / (good + 2.0), 1.0 / (bad + 2.0))

    def loss(point: Reals) -> tuple[float, Reals]:
        odds = point[0] * sums + point[1]
        off = expit(odds) - target
        value = np.sum(softplus(odds) - target * odds)
        return float(value), np.array([np.sum(off * sums), off.sum()])

    def bend(point: Reals) -> Reals:
        likely = expit(point[0] * sums + point[1])
        pull = likely * (1.0 - likely)
        crossed = np.sum(pull * sums)
        return np.array([[np.sum(pull * sums * sums), crossed], [crossed, pull.sum()]])

    middle = float(np.log(target.mean() / (1.0 - target.mean())))
    found = minimize(
        loss, np.array([1.0, middle]), jac=True, hess=bend, method="trust-exact",
        options={"maxiter": _STEPS, "gtol": _FLAT},
    )  # fmt: skip
    slope, offset = float(found.x[0]), float(found.x[1])
    return (slope, offset) if slope > 0.0 else (0.0, middle)
