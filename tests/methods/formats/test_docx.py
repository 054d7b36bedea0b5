"""Word documents."""

from __future__ import annotations

import io
import tempfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from burnish.methods.formats.read import BadRecord, Record, read_records

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def relations(**targets: str) -> str:
    inner = "".join(
        f'<Relationship Id="r{kind}" Type="{OFFICE}/{kind.replace("_", "-")}" Target="{target}"/>'
        for kind, target in targets.items()
    )
    return f'<Relationships xmlns="{PACKAGE}">{inner}</Relationships>'


def part(body: str, root: str = "document") -> str:
    inner = f"<w:body>{body}</w:body>" if root == "document" else body
    return f'<w:{root} xmlns:w="{W}" xmlns:mc="mc">{inner}</w:{root}>'


def p(words: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:t>{words}</w:t></w:r></w:p>"


def archive(body: str, **parts: str) -> bytes:
    """A document of a body, with further parts by their short names."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(
            "_rels/.rels",
            relations(officeDocument="/word/document.xml", core_properties="docProps/core.xml"),
        )
        file.writestr("word/document.xml", body)
        file.writestr(
            "word/_rels/document.xml.rels",
            relations(footnotes="footnotes.xml", endnotes="endnotes.xml"),
        )
        for name, text in parts.items():
            file.writestr("docProps/core.xml" if name == "core" else f"word/{name}.xml", text)
    return made.getvalue()


def read(data: bytes, limit: int = 1 << 20) -> Record | BadRecord:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file.docx"
        path.write_bytes(data)
        (item,) = read_records(path, limit=limit)
        return item


def text(body: str, **parts: str) -> object:
    item = read(archive(part(body), **parts))
    assert isinstance(item, Record), item
    return item.fields["text"]


def reason(data: bytes, limit: int = 1 << 20) -> str:
    item = read(data, limit)
    assert isinstance(item, BadRecord)
    return item.reason


def test_paragraphs_lists_and_tables_are_parted_as_in_a_web_page() -> None:
    row = "<w:tr><w:tc>{}</w:tc><w:tc>{}</w:tc></w:tr>"
    table = "<w:tbl>" + row.format(p("Model"), p("R2") + p("new")) + row.format(p(""), p("x"))

    assert text(
        p("Reset", '<w:pStyle w:val="Heading1"/>')
        + p("Hold it.")
        + p("Green", "<w:numPr/>")
        + p("Done", "<w:numPr/>")
        + table
        + "</w:tbl>"
        + p("End")
    ) == ("Reset\n\nHold it.\n\nGreen\nDone\n\nModel\tR2 new\n\tx\n\nEnd")


def test_footnotes_are_numbered_as_called_and_stand_at_the_end() -> None:
    call = '<w:r><w:{}Reference w:id="{}"/></w:r>'
    calls = call.format("endnote", 7) + call.format("footnote", 2)
    body = f"<w:p><w:r><w:t>One</w:t></w:r>{calls}</w:p>"
    notes = '<w:{0} w:id="{1}">{2}</w:{0}>'

    assert (
        text(
            body,
            footnotes=part(
                notes.format("footnote", 0, p("separator")) + notes.format("footnote", 2, p("two")),
                "footnotes",
            ),
            endnotes=part(notes.format("endnote", 7, p("seven")), "endnotes"),
        )
        == "One[1][2]\n\n[1] seven\n[2] two"
    )


def test_deleted_hidden_repeated_and_field_code_text_is_left_out() -> None:
    run = "<w:r>{}<w:t>{}</w:t></w:r>"
    body = (
        "<w:p>"
        + run.format("", "kept")
        + f"<w:del>{run.format('', 'gone')}</w:del>"
        + f"<w:ins>{run.format('', ' new')}</w:ins>"
        + run.format("<w:rPr><w:vanish/></w:rPr>", "hidden")
        + run.format('<w:rPr><w:vanish w:val="0"/></w:rPr>', " shown")
        + "<w:r><w:instrText>HYPERLINK x</w:instrText><w:tab/><w:br/></w:r>"
        + f"<mc:AlternateContent><mc:Choice>{run.format('', 'box')}</mc:Choice>"
        + f"<mc:Fallback>{run.format('', 'box')}</mc:Fallback></mc:AlternateContent></w:p>"
    )

    assert text(body) == "kept new shown\t\nbox"


def test_the_title_is_read_and_comments_are_not() -> None:
    core = (
        '<c:p xmlns:c="c" xmlns:d="d"><d:title> A\n title</d:title><d:creator>x</d:creator></c:p>'
    )

    item = read(archive(part(p("x")), core=core, comments=part(p("secret"), "comments")))

    assert item == Record(1, {"text": "x", "title": "A title"})


def test_a_document_type_is_refused_so_that_no_entity_is_ever_resolved() -> None:
    for declared in ('[<!ENTITY e SYSTEM "file:///etc/passwd">]', 'SYSTEM "http://localhost/x"'):
        body = f"<!DOCTYPE x {declared}>" + part(p("x"))

        assert "document type" in reason(archive(body))


def test_a_part_that_swells_beyond_measure_is_refused() -> None:
    assert "decompression bomb" in reason(archive(part(p("x" * 30_000_000))), limit=1 << 26)
    assert "decompression bomb" in reason(archive(part(p("xyz" * 1_000))), limit=100)


def test_text_over_the_limit_is_bad() -> None:
    assert "longer than the limit of 1000 bytes" in reason(
        archive(part(p("xyz" * 400))), limit=1000
    )


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "no readable DOCX"),
        (b"PK\x03\x04 secret", "no readable DOCX"),
        (archive("<w:p>secret"), "no readable DOCX"),
        (archive(part("")), "no text"),
        (archive(part(p("secret")))[:-30], "no readable DOCX"),
    ],
)
def test_what_cannot_be_read_says_why_but_not_what(data: bytes, why: str) -> None:
    said = reason(data)

    assert why in said
    assert "secret" not in said


def test_an_archive_of_another_kind_is_bad() -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        file.writestr("notes.txt", "secret")

    assert "no main document" in reason(made.getvalue())


def test_deep_nesting_is_read_without_recursion() -> None:
    assert text("<w:sdt>" * 50_000 + p("deep") + "</w:sdt>" * 50_000) == "deep"


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_no_damage_to_the_markup_raises(data: st.DataObject) -> None:
    body = bytearray(
        part(p("Reset") + f"<w:tbl><w:tr><w:tc>{p('x')}</w:tc></w:tr></w:tbl>").encode()
    )
    pieces = [
        b"",
        b"<w:p>",
        b"</w:p>",
        b"<w:tc>",
        b"</w:tr>",
        b"&x;",
        b"\xff",
        b"<![CDATA[",
        b"<w:r>",
    ]
    for _ in range(data.draw(st.integers(1, 5))):
        place = data.draw(st.integers(0, len(body)))
        body[place : place + data.draw(st.integers(0, 12))] = data.draw(st.sampled_from(pieces))
    whole = bytearray(archive(bytes(body).decode("latin-1")))
    if data.draw(st.booleans()):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))

    assert isinstance(read(bytes(whole)), Record | BadRecord)
