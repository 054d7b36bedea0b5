"""Which row stands for others: the best, then the oldest, and no accident of arrangement."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Rows = npt.NDArray[np.int64]
UNKNOWN = np.iinfo(np.int64).max

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Standing:
    """What ranks n rows, best first: the higher score, the earlier instant, the content, the id.

    `scores` is float64, `instants` microseconds since 1970 (int64; `UNKNOWN` comes last),
    `digests` uint64 (n, 2), `ids` strings.
    """

    scores: npt.NDArray[np.float64]
    instants: npt.NDArray[np.int64]
    digests: npt.NDArray[np.uint64]
    ids: pa.ChunkedArray

    def visits(self) -> Rows:
        """Return the rows in visiting order, best first. Ids are looked at where all else ties."""
        first, second = self.digests[:, 0], self.digests[:, 1]
        order = np.lexsort((second, first, self.instants, -self.scores)).astype(np.int64)
        tied = np.zeros(len(order), np.bool_)
        if len(order) > 1:
            tied[1:] = self._same(order[1:], order[:-1])
        runs = np.cumsum(~tied)
        several = np.flatnonzero(tied | np.append(tied[1:], False))
        if len(several):
            ids = pc.take(self.ids, pa.array(order[several]))
            table = pa.table({"run": runs[several], "id": ids})
            by = pc.sort_indices(table, [("run", "ascending"), ("id", "ascending")])
            order[several] = order[several][by.to_numpy()]
        return order

    def _same(self, left: Rows, right: Rows) -> npt.NDArray[np.bool_]:
        same: npt.NDArray[np.bool_] = (self.digests[left] == self.digests[right]).all(axis=1)
        same &= self.scores[left] == self.scores[right]
        same &= self.instants[left] == self.instants[right]
        return same


def instants(created: Iterable[str | None]) -> npt.NDArray[np.int64]:
    """Return ISO 8601 times as microseconds since 1970; a missing or odd one is `UNKNOWN`."""
    return np.array([UNKNOWN if text is None else _instant(text) for text in created], np.int64)


def _instant(text: str) -> int:
    """Return microseconds; a time without a zone is taken as UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return UNKNOWN
    since = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
