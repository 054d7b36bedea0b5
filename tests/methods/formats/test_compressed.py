"""Compressed files: the same records as unpacked, and a clear end where a stream breaks."""

from __future__ import annotations

import gzip
import tempfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from burnish.methods.formats.read import BadRecord, FormatError, Record, format_of, read_records

ROWS = b"".join(b'{"n": %d, "text": "row %d"}\n' % (n, n * 7919 % 1000) for n in range(3000))


def zstd(data: bytes) -> bytes:
    return bytes(pa.Codec("zstd").compress(data, asbytes=True))


PACKERS: dict[str, Callable[[bytes], bytes]] = {".gz": gzip.compress, ".zst": zstd}
SUFFIXES = sorted(PACKERS)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_compressed_file_reads_as_the_file_inside(tmp_path: Path, suffix: str) -> None:
    plain, packed = tmp_path / "rows.jsonl", tmp_path / f"rows.jsonl{suffix}"
    plain.write_bytes(ROWS)
    packed.write_bytes(PACKERS[suffix](ROWS))

    assert list(read_records(packed)) == list(read_records(plain))


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.txt", "a.md", "a.html", "a.eml", "a.mbox"])
def test_every_streamed_format_may_be_compressed(tmp_path: Path, suffix: str, name: str) -> None:
    data = b"From a@b\nSubject: x\n\ny,z\n"
    (tmp_path / name).write_bytes(data)
    (tmp_path / (name + suffix)).write_bytes(PACKERS[suffix](data))

    plain = list(read_records(tmp_path / name))

    assert plain
    assert list(read_records(tmp_path / (name + suffix))) == plain


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_several_members_are_read_as_one(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"rows.jsonl{suffix}"
    half = len(ROWS) // 2
    path.write_bytes(PACKERS[suffix](ROWS[:half]) + PACKERS[suffix](ROWS[half:]))

    records = list(read_records(path))

    assert [item.position for item in records] == list(range(1, 3001))
    assert all(isinstance(item, Record) for item in records)


def test_zeros_after_a_gzip_member_are_padding(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl.gz"
    path.write_bytes(gzip.compress(ROWS) + b"\0" * 700_000 + gzip.compress(ROWS) + b"\0" * 5)

    assert len(list(read_records(path))) == 6000


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_torn_file_gives_its_whole_lines_and_says_where_it_breaks(
    tmp_path: Path, suffix: str
) -> None:
    path = tmp_path / f"rows.jsonl{suffix}"
    path.write_bytes(PACKERS[suffix](ROWS) + PACKERS[suffix](ROWS * 20)[:-9])

    *before, last = read_records(path)

    assert all(isinstance(item, Record) for item in before)
    assert len(before) >= 3000
    assert isinstance(last, BadRecord)
    assert last.position == len(before) + 1
    assert "breaks off here" in last.reason


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("data", [b"", b"\x1f", b"plain text"])
def test_what_is_not_compressed_at_all_is_one_bad_record(
    tmp_path: Path, suffix: str, data: bytes
) -> None:
    path = tmp_path / f"rows.jsonl{suffix}"
    path.write_bytes(data)

    (bad,) = read_records(path)

    assert isinstance(bad, BadRecord)
    assert "stream" in bad.reason


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("format", ["jsonl", "csv", "text", "eml", "mbox"])
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_no_damage_raises(suffix: str, format: str, data: st.DataObject) -> None:
    packed = bytearray(PACKERS[suffix](ROWS[:2000]))
    for _ in range(data.draw(st.integers(1, 4))):
        packed[data.draw(st.integers(0, len(packed) - 1))] = data.draw(st.integers(0, 255))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"rows{suffix}"
        path.write_bytes(packed)
        read_back = list(read_records(path, format=format))

    positions = [item.position for item in read_back]
    assert positions == sorted(set(positions))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_decompression_bomb_is_stopped(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"bomb.jsonl{suffix}"
    path.write_bytes(PACKERS[suffix]((b" " * 65_535 + b"\n") * 2_000))

    (bad,) = read_records(path)

    assert isinstance(bad, BadRecord)
    assert "decompression bomb" in bad.reason


@pytest.mark.parametrize("name", ["a.parquet.gz", "a.pdf.zst", "a.docx.gz"])
def test_formats_compressed_in_themselves_are_refused(name: str) -> None:
    with pytest.raises(FormatError, match="compressed in itself"):
        format_of(Path(name))


def test_a_stated_format_holds_for_the_file_inside(tmp_path: Path) -> None:
    path = tmp_path / "rows.log.gz"
    path.write_bytes(gzip.compress(b'{"a": 1}\n'))

    assert list(read_records(path, format="jsonl")) == [Record(1, {"a": 1})]
    assert format_of(Path("x.CSV.GZ")) == "csv"
