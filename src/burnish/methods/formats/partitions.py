"""Fields that the folders of a partitioned data set carry in their names, as Hive writes them."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import PurePosixPath
from urllib.parse import unquote

from burnish.methods.formats.records import FormatError

NULL = "__HIVE_DEFAULT_PARTITION__"
"""The folder value that stands for no value."""


def partition_fields(name: str, reserved: Collection[str] = ()) -> dict[str, str | None]:
    """Fields of a file's name such as `year=2026/month=10/part-0.parquet`, in order.

    Names and values are percent-decoded as UTF-8 and stay text; the default partition is None.
    Only folders count, never the file's own name. Raises `FormatError` for a field that is given
    twice, has no name, is in `reserved`, begins with `_` or `.` (metadata in Hive and Spark), or
    holds a control character, or bytes that are not UTF-8; the message quotes no value.
    """
    fields: dict[str, str | None] = {}
    for place, folder in enumerate(PurePosixPath(name).parts[:-1], start=1):
        key, equals, value = folder.partition("=")
        if not equals:
            continue
        key = _decoded(key, place)
        if why := _wrong(key, fields, reserved):
            raise FormatError(
                f"folder {place} of a partitioned name {why}; rename the folder, or name its "
                "files one by one"
            )
        fields[key] = None if value == NULL else _decoded(value, place)
    return fields


def _decoded(text: str, place: int) -> str:
    try:
        decoded = unquote(text, errors="strict")
        decoded.encode("utf-8")
    except UnicodeError:
        raise FormatError(f"folder {place} of a partitioned name is not UTF-8") from None
    if any(character < " " or character == "\x7f" for character in decoded):
        raise FormatError(f"folder {place} of a partitioned name holds a control character")
    return decoded


def _wrong(key: str, fields: Collection[str], reserved: Collection[str]) -> str | None:
    if not key.strip():
        return "gives a field no name"
    if key in fields:
        return "gives a field twice"
    if key.startswith(("_", ".")):
        return "gives a field a name that begins with `_` or `.`"
    return f"gives the reserved field `{key}`" if key in reserved else None
