"""Identifiers of the network: mailboxes, handles, pages that tell who reads them, devices."""

import ipaddress
import re
from collections.abc import Iterator

from burnish.methods.residual.finding import Finding
from burnish.methods.residual.names import DOUBTFUL, GIVEN
from burnish.methods.residual.sheet import Sheet

_LOCAL = re.compile(r"[\w.+%'\-]+\Z")
_HOST = re.compile(r"@[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)*\.[A-Za-z]{2,}")
_FOREIGN_HOST = re.compile(r"@[\w\-]+(?:\.[\w\-]+)*\.\w{2,}")
_HANDLE = re.compile(r"@([A-Za-z_][\w.]{2,29})(?![\w@])")
_SOCIAL = re.compile(
    r"twitter|insta|tiktok|facebook|threads|mastodon|handle|follow|tweet|\bdm\b|\brt\b|\bsnap"
)
_CODE = frozenset(
    [
        "property",
        "param",
        "return",
        "returns",
        "media",
        "import",
        "override",
        "test",
        "author",
        "see",
        "since",
        "throws",
        "staticmethod",
    ]
)
_PAGE = re.compile(r"://[^\s\"'<>\0\1\2]{3,400}")
_LOGIN = re.compile(r"://([^/\s@]{2,})@")
_PATH = re.compile(
    r"/(?:users?|profiles?|u|in|members?|people|accounts?|customers?)/([A-Za-z][\w.\-]{3,})", re.I
)
_HOME = re.compile(r"/~([A-Za-z][\w.\-]{2,})")
_QUERY = re.compile(
    r"[?&;](?:e?mail|user(?:name|_?id)?|login|phone|token|access_token|session(?:_?id)?|sid|auth|apikey|api_key|password|pwd"
    r"|first_?name|last_?name)=([^&#\s]{3,})",
    re.I,
)
_SIXTH = re.compile(r":[0-9A-Fa-f]{0,4}:")
_AROUND = re.compile(r"[0-9A-Fa-f:.]{2,46}")
_DEVICE = re.compile(
    r"[0-9A-Fa-f]{2}([:-])(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}|(?:[0-9A-Fa-f]{4}\.){2}[0-9A-Fa-f]{4}"
)
_DASHED = re.compile(r"-[0-9A-Fa-f]{2}-[0-9A-Fa-f]{2}-|\.[0-9A-Fa-f]{4}\.")


def network_in(sheet: Sheet) -> Iterator[Finding]:
    """The findings at an at sign, at `://`, and between colons, dashes or dots."""
    yield from _mailboxes(sheet)
    if "://" in sheet.text:
        yield from _pages(sheet)
    yield from _devices(sheet)


def _mailboxes(sheet: Sheet) -> Iterator[Finding]:
    text, at = sheet.text, sheet.text.find("@")
    while at >= 0:
        local = _LOCAL.search(text, max(0, at - 64), at)
        host = _HOST.match(text, at) or _FOREIGN_HOST.match(text, at)
        if local and host:
            lead = len(local[0]) - len(local[0].lstrip("'.-%"))
            yield Finding(local.start() + lead, host.end(), "EMAIL", 0.97)
        elif not local:
            yield from _handle(sheet, at)
        at = text.find("@", at + 1)


def _handle(sheet: Sheet, at: int) -> Iterator[Finding]:
    match = _HANDLE.match(sheet.text, at)
    if match is None or match[1].lower() in _CODE:
        return
    start = re.match(r"[A-Za-z]+", match[1])
    lead = start[0].lower() if start else ""
    personal = any(lead.startswith(name) for name in _leads(lead))
    if personal or _SOCIAL.search(sheet.before(at, 40)):
        end = match.end() - (len(match[1]) - len(match[1].rstrip(".")))
        yield Finding(at, end, "HANDLE", 0.84)


def _leads(word: str) -> list[str]:
    """The given names of four letters or more that a word begins with."""
    return [
        n for size in range(4, len(word) + 1) if (n := word[:size]) in GIVEN and n not in DOUBTFUL
    ]


def _pages(sheet: Sheet) -> Iterator[Finding]:
    for match in _PAGE.finditer(sheet.text):
        page, start = match[0], match.start()
        login = _LOGIN.match(page)
        if login:
            yield Finding(start + login.start(1), start + login.end(1), "URL", 0.93)
        for form in (_PATH, _HOME, _QUERY):
            for part in form.finditer(page):
                yield Finding(start + part.start(1), start + part.end(1), "URL", 0.86)


def _devices(sheet: Sheet) -> Iterator[Finding]:
    done = 0
    for match in _SIXTH.finditer(sheet.text):
        if match.start() >= done:
            found = _device(sheet, match.start()) or _sixth(sheet, match.start())
            if found:
                done = found.end
                yield found
    done = 0
    for match in _DASHED.finditer(sheet.text):
        found = _device(sheet, match.start()) if match.start() >= done else None
        if found:
            done = found.end
            yield found


def _device(sheet: Sheet, place: int) -> Finding | None:
    """A hardware address (IEEE 802) whose first mark is at or shortly before this place."""
    for first in (place - 2, place - 5, place - 4):
        match = _DEVICE.match(sheet.text, first) if first >= 0 else None
        if match and not sheet.glued(*match.span()) and len(set(match[0].lower())) > 3:
            return Finding(match.start(), match.end(), "MAC", 0.93)
    return None


def _sixth(sheet: Sheet, place: int) -> Finding | None:
    """An address of version 6 (RFC 4291) around this place, of four groups or more."""
    first = place
    while first and place - first < 5 and sheet.text[first - 1] in "0123456789abcdefABCDEF:":
        first -= 1
    match = _AROUND.match(sheet.text, first)
    body = match[0].rstrip(".:") if match else ""
    if body.count(":") < 3 or sheet.glued(first, first + len(body)):
        return None
    try:
        address = ipaddress.IPv6Address(body)
    except ValueError:
        return None
    if address.is_loopback or address.is_unspecified or len(body) < 8:
        return None
    return Finding(first, first + len(body), "IP", 0.92)
