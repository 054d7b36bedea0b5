"""The shape of a row, and the few things every stage does with rows."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pyarrow as pa

from burnish.core.shards import DETAIL, REASON

MESSAGE = pa.struct([("role", pa.string()), ("content", pa.string())])
SPAN = pa.struct(
    [
        ("field", pa.string()),
        ("index", pa.int32()),
        ("start", pa.int32()),
        ("end", pa.int32()),
        ("category", pa.string()),
        ("score", pa.float64()),
        ("masked_start", pa.int32()),
        ("masked_end", pa.int32()),
    ]
)
"""What was masked in a row, and never its value.

`field` is messages, label, origin or meta. `index` is the place of the message; in meta it is the
place of the key or value among all of them (`methods.privacy.leaves`), in the others 0. `start` and
`end` count characters of the text before masking, `masked_start` and `masked_end` those of the text
as it stands in the row. `score` is the detector's confidence, 0 to 1.
"""
CORPUS = pa.schema(
    [
        ("id", pa.string()),
        ("source", pa.string()),
        ("origin", pa.string()),
        ("messages", pa.list_(MESSAGE)),
        ("label", pa.string()),
        ("subject", pa.string()),
        ("meta", pa.string()),
        ("created", pa.string()),
        ("normalised", pa.list_(pa.string())),
    ]
)
"""`created` is an ISO 8601 time in UTC, or null; `normalised` names what was mended in the text."""

Row = dict[str, Any]


def texts_of(table: pa.Table, roles: Collection[str], joint: str = "\n") -> list[str]:
    """The text of each row's messages in these roles."""
    return [
        joint.join(message["content"] for message in messages if message["role"] in roles)
        for messages in table.column("messages").to_pylist()
    ]


def table_of(rows: Sequence[Row], schema: pa.Schema) -> pa.Table:
    """Rows as a table of exactly this schema."""
    return pa.Table.from_pylist(list(rows), schema=schema)


def dropped_rows(table: pa.Table, reasons: Mapping[int, tuple[str, str]]) -> pa.Table:
    """The rows at these positions, each with its reason and detail."""
    positions = sorted(reasons)
    rows = table.take(pa.array(positions, pa.int64()))
    why = pa.array([reasons[i][0] for i in positions], pa.string())
    detail = pa.array([reasons[i][1] for i in positions], pa.string())
    return rows.append_column(REASON, why).append_column(DETAIL, detail)


def kept_rows(table: pa.Table, dropped: Mapping[int, tuple[str, str]]) -> pa.Table:
    """The rows that are not at these positions."""
    keep = [i for i in range(table.num_rows) if i not in dropped]
    return table.take(pa.array(keep, pa.int64()))
