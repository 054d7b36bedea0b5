"""A safetensors file made in one piece of memory of its own size, tensor by tensor.

The library's own writer holds every tensor's bytes and then the file: twice its size at its peak.
The format: the header's length (8 bytes, little-endian), the header (JSON: type, shape and place
of each tensor), the values.
"""

import io
import json
import math
from collections.abc import Sequence

import torch

from burnish.methods.training.parallel.port import Entry

_NAMES = {
    torch.float64: "F64",
    torch.float32: "F32",
    torch.float16: "F16",
    torch.bfloat16: "BF16",
    torch.int64: "I64",
    torch.int32: "I32",
    torch.int8: "I8",
    torch.uint8: "U8",
    torch.bool: "BOOL",
}


def tensors_file(entries: Sequence[Entry]) -> bytes:
    """The file of these tensors; each is fetched once, when its turn comes."""
    entries = _ordered(entries)
    header, size = _header(entries)
    file = io.BytesIO(bytes(len(header) + size))
    with file.getbuffer() as room:
        room[: len(header)] = header
        place = len(header)
        for entry in entries:
            place = _fill(room, place, entry)
    return file.getvalue()  # the very memory: CPython hands on what nobody else holds


def fetch_only(entries: Sequence[Entry]) -> None:
    """Take part in the gathering of tensors that another rank writes."""
    for entry in _ordered(entries):
        entry.fetch()


def _ordered(entries: Sequence[Entry]) -> list[Entry]:
    """The widest types first, so that every value lies at a multiple of its size."""
    return sorted(entries, key=lambda entry: -entry.dtype.itemsize)


def _header(entries: Sequence[Entry]) -> tuple[bytes, int]:
    fields: dict[str, object] = {}
    place = 0
    for entry in entries:
        end = place + _bytes(entry)
        fields[entry.name] = {
            "dtype": _NAMES[entry.dtype],
            "shape": list(entry.shape),
            "data_offsets": [place, end],
        }
        place = end
    text = json.dumps(fields, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text, place


def _fill(room: memoryview, place: int, entry: Entry) -> int:
    """Copy a tensor to its place; returns where the next one goes."""
    end = place + _bytes(entry)
    if end > place:
        view = torch.frombuffer(room[place:end], dtype=entry.dtype).view(entry.shape)
        view.copy_(entry.fetch())
    else:
        entry.fetch()
    return end


def _bytes(entry: Entry) -> int:
    return math.prod(entry.shape) * entry.dtype.itemsize
