"""Several findings about one sheet as one."""

from __future__ import annotations

from collections.abc import Sequence

from burnish.methods.evaluation.bench import Found


def joined(parts: Sequence[Found]) -> Found:
    """All gates, records and limits in the order given; of equal keys told, the last."""
    return Found(
        gates=tuple(gate for part in parts for gate in part.gates),
        records=tuple(record for part in parts for record in part.records),
        told={key: value for part in parts for key, value in part.told.items()},
        limits=tuple(dict.fromkeys(line for part in parts for line in part.limits)),
    )
