"""PDF: one text of all pages, and hostile files that harm nothing."""

from __future__ import annotations

import random
import zlib
from pathlib import Path

import pytest

from burnish.methods.formats.pdf import PdfBounds, pages_text, read_pdf
from burnish.methods.formats.read import BadRecord, Record, read_records


def pdf(pages: list[list[str]], *, content: bytes | None = None, trailer: str = "") -> bytes:
    """A PDF of text lines, in Helvetica; `content` replaces every page's stream."""
    objects: list[bytes] = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids ["
        + b" ".join(b"%d 0 R" % (5 + 2 * n) for n in range(len(pages)))
        + b"] /Count %d >>" % len(pages),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Title (A title) >>",
    ]
    for number, lines in enumerate(pages):
        shown = b" ".join(b"(%s) Tj T*" % line.encode("cp1252") for line in lines)
        stream = zlib.compress(content or b"BT /F1 12 Tf 14 TL 50 800 Td " + shown + b" ET")
        objects += [
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 850] /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R >> >> >>" % (6 + 2 * number),
            b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(stream), stream),
        ]
    body, places = b"%PDF-1.5\n", []
    for number, one in enumerate(objects, start=1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    return (
        body
        + b"xref\n0 %d\n0000000000 65535 f \n" % size
        + table
        + b"trailer << /Size %d /Root 1 0 R /Info 4 0 R %s >>\n" % (size, trailer.encode())
        + b"startxref\n%d\n%%%%EOF\n" % len(body)
    )


def read(
    folder: Path, data: bytes, bounds: PdfBounds | None = None, limit: int = 1 << 20
) -> Record | BadRecord:
    path = folder / "file.pdf"
    path.write_bytes(data)
    (item,) = read_pdf(path, limit, bounds or PdfBounds())
    return item


def reason(item: Record | BadRecord) -> str:
    assert isinstance(item, BadRecord)
    return item.reason


def test_pages_are_joined_to_one_record_with_the_title(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(pdf([["Größe", "two"], ["three"]]))

    assert list(read_records(tmp_path / "a.pdf")) == [
        Record(1, {"text": "Größe\ntwo\nthree", "pages": 2, "title": "A title"})
    ]


def test_ligatures_and_words_broken_at_a_line_end_are_mended() -> None:
    assert pages_text(["the ofﬁce is ef-\r\nfective; A-\r\nB and 2-\r\n3"]) == (
        "the office is effective; A-\nB and 2-\n3"
    )
    assert pages_text(["a soft\u00ad\nhyphen over the inter-", "national page"]) == (
        "a softhyphen over the international page"
    )


def test_running_heads_and_page_numbers_are_removed_but_for_the_first_head() -> None:
    pages = [f"Handbook 2026\nbody {name}\n{n}" for n, name in enumerate("abcde", start=1)]

    assert pages_text(pages) == "Handbook 2026\nbody a\nbody b\nbody c\nbody d\nbody e"


def test_lines_of_a_short_document_are_never_taken_for_running_heads() -> None:
    assert pages_text(["Yes.\na", "Yes.\nb"]) == "Yes.\na\nYes.\nb"


def test_a_scan_without_text_is_bad(tmp_path: Path) -> None:
    scan = pdf([[], []], content=b"0 0 100 100 re f")

    assert "no text layer on any of 2 pages" in reason(read(tmp_path, scan))


def test_text_outside_the_page_is_not_read(tmp_path: Path) -> None:
    beside = pdf([["x"]], content=b"BT /F1 12 Tf 50 800 Td (seen) Tj 5000 0 Td (unseen) Tj ET")

    item = read(tmp_path, beside)

    assert isinstance(item, Record)
    assert item.fields["text"] == "seen"


def test_a_locked_document_is_bad(tmp_path: Path) -> None:
    lock = f"/Encrypt << /Filter /Standard /V 1 /R 2 /O ({'x' * 32}) /U ({'y' * 32}) /P -4 >>"
    data = pdf([["secret"]], trailer=lock + " /ID [(aaaaaaaaaaaaaaaa) (aaaaaaaaaaaaaaaa)]")

    assert "locked by a password" in reason(read(tmp_path, data))


def test_limits_on_pages_bytes_and_text_hold(tmp_path: Path) -> None:
    data = pdf([["some text"]] * 6)

    assert "6 pages, the limit is 5" in reason(read(tmp_path, data, PdfBounds(pages=5)))
    assert "its text is longer" in reason(read(tmp_path, pdf([["x" * 40] * 10] * 4), limit=1000))
    assert "longer than 160 bytes" in reason(read(tmp_path, data, limit=10))


def test_a_page_that_never_ends_is_stopped(tmp_path: Path) -> None:
    endless = pdf([["x"]], content=b"BT /F1 12 Tf 14 TL 50 800 Td " + b"(xxxx) Tj T* " * 900_000)

    said = reason(read(tmp_path, endless, PdfBounds(cpu_seconds=1), limit=1 << 26))

    assert "broke down" in said


def test_a_reader_that_waits_too_long_is_stopped(tmp_path: Path) -> None:
    assert "takes over 0 seconds" in reason(read(tmp_path, pdf([["x"]]), PdfBounds(wait_seconds=0)))


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7\nsecret", b"secret", pdf([["secret"]])[:200]])
def test_what_is_no_pdf_is_bad_and_not_quoted(tmp_path: Path, data: bytes) -> None:
    said = reason(read(tmp_path, data))

    assert "no readable PDF" in said
    assert "secret" not in said


def test_no_damage_raises(tmp_path: Path) -> None:
    whole = pdf([["one", "two"], ["three"]])
    chance = random.Random(7)
    for _ in range(12):
        damaged = bytearray(whole)
        for _ in range(6):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)

        assert isinstance(read(tmp_path, bytes(damaged)), Record | BadRecord)
