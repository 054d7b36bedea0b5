"""The fields of a mail message (RFC 5322) with its MIME parts (RFC 2045 to 2047, 2231)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC
from email import message_from_bytes
from email.message import Message
from email.utils import parsedate_to_datetime

from burnish.methods.formats.charsets import decode, decode_header, parameter

_PARTS_LIMIT = 500
_HEADER_LIMIT = 64 * 1024
_FIELDS = {"subject": "subject", "from": "from", "to": "to", "message_id": "message-id"}
_BOUNDARY = re.compile(rb"boundary[ \t]{0,9}=", re.IGNORECASE)
_ID = re.compile(r"<[^<>\s]+>")
_LINE_END = re.compile(r"\r\n?")


@dataclass
class _Content:
    """What the parts of a message hold: texts in order, and names of what is not read."""

    texts: list[str] = field(default_factory=list)
    attachments: list[str] = field(default_factory=list)


def message_fields(data: bytes) -> dict[str, object] | str:
    """Fields of a message, or why it is none.

    They are `subject`, `from`, `to`, `date` (ISO 8601 with offset), `message_id`, `in_reply_to`
    (None where the message has none), `text`, and `attachments`, the names of parts that are not
    read. Of alternatives the plain text is taken, else the HTML; wrong or missing charsets are
    mended. Parsed in the older manner of the standard library (policy `compat32`), whose header
    parser fails on no input, and decoded here.
    """
    if data.count(b"=") > _PARTS_LIMIT and len(_BOUNDARY.findall(data)) > _PARTS_LIMIT:
        return f"the message has over {_PARTS_LIMIT} nested parts"
    try:
        message = message_from_bytes(data)
        headers = _headers(message)
        content = _Content()
        _collect(message, content)
    except RecursionError:
        return "the parts of the message are nested too deeply"
    except (ValueError, LookupError, TypeError, AttributeError):
        return "the message cannot be parsed"
    if not headers:
        return "the message has no header"
    text = "\n\n".join(filter(None, (text.strip("\n") for text in content.texts)))
    if not text.strip() and not headers.get("subject"):
        return "the message has neither subject nor text"
    return {**_named(headers), "text": text, "attachments": content.attachments}


def _headers(message: Message) -> dict[str, str]:
    """The first header of each name, decoded, in one line."""
    found: dict[str, str] = {}
    for name, value in message.raw_items():
        found.setdefault(name.lower(), decode_header(str(value)[:_HEADER_LIMIT]))
    return found


def _named(headers: dict[str, str]) -> dict[str, object]:
    fields: dict[str, object] = {ours: headers.get(name) for ours, name in _FIELDS.items()}
    parent = _ID.search(headers.get("in-reply-to", ""))
    date = _iso(headers.get("date", ""))
    return {**fields, "date": date, "in_reply_to": parent[0] if parent else None}


def _iso(date: str) -> str | None:
    try:
        moment = parsedate_to_datetime(date[:100])
        stated = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return stated.isoformat()
    except (ValueError, TypeError, LookupError, ArithmeticError):
        return None


def _collect(part: Message, content: _Content) -> None:
    kind = part.get_content_type()
    if kind == "message/rfc822" or _attached(part):
        content.attachments.append(_name(part) or f"(unnamed, {kind})")
    elif kind == "multipart/alternative":
        _choose(_inner(part), content)
    elif part.is_multipart():
        for inner in _inner(part):
            _collect(inner, content)
    else:
        content.texts.append(_words(part))


def _inner(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [inner for inner in payload if isinstance(inner, Message)] if payload else []


def _choose(parts: list[Message], content: _Content) -> None:
    """The first alternative that says anything: plain text before all others."""
    said = False
    for part in sorted(parts, key=lambda part: part.get_content_type() != "text/plain"):
        tried = _Content()
        _collect(part, tried)
        content.attachments.extend(tried.attachments)
        if not said and any(text.strip() for text in tried.texts):
            content.texts.extend(tried.texts)
            said = True


def _attached(part: Message) -> bool:
    if part.is_multipart():
        return False
    disposition = _raw(part, "content-disposition").strip().lower()
    return part.get_content_maintype() != "text" or disposition.startswith("attachment")


def _name(part: Message) -> str:
    given = parameter(_raw(part, "content-disposition"), "filename")
    return given or parameter(_raw(part, "content-type"), "name")


def _raw(part: Message, header: str) -> str:
    return next((str(value) for name, value in part.raw_items() if name.lower() == header), "")


def _words(part: Message) -> str:
    data = part.get_payload(decode=True)
    stated = _raw(part, "content-type")
    text = decode(data, parameter(stated, "charset")) if isinstance(data, bytes) else ""
    text = _LINE_END.sub("\n", text)
    if part.get_content_subtype() == "html":
        from burnish.methods.formats.markup import html_text  # its parser is dear to import

        fields = html_text(text)
        return "" if isinstance(fields, str) else str(fields["text"])
    if parameter(stated, "format").lower() == "flowed":
        return "\n".join(_flowed(text, parameter(stated, "delsp").lower() == "yes"))
    return text


def _flowed(text: str, close: bool) -> Iterator[str]:
    """Paragraphs of `format=flowed` (RFC 3676): a line that ends in a space goes on in the next."""
    held: list[str] = []
    depth = 0
    for line in text.split("\n"):
        bare = line.lstrip(">")
        mark, depth_here = line[: len(line) - len(bare)], len(line) - len(bare)
        words = bare.removeprefix(" ")
        if held and depth_here != depth:
            yield "".join(held)
            held = []
        soft = words.endswith(" ") and words != "-- "
        start = mark + (" " if mark and words else "") if not held else ""
        held.append(start + (words[:-1] if soft and close else words))
        depth = depth_here
        if not soft:
            yield "".join(held)
            held = []
    if held:
        yield "".join(held)
