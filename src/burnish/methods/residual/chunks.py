"""Identifiers written without a break: keys, tokens, passwords, IBAN, IPv6 addresses."""

import base64
import binascii
import ipaddress
from collections.abc import Iterator

from burnish.methods.residual import checks
from burnish.methods.residual.finding import Finding
from burnish.methods.residual.stream import BLANK, LINE, MASKED, Stream

_EDGES = "\"'`,;()<>{}|"
_PREFIXES: tuple[tuple[str, int], ...] = (
    ("AKIA", 20), ("ASIA", 20), ("ghp_", 30), ("gho_", 30), ("ghs_", 30), ("github_pat_", 30),
    ("glpat-", 20), ("xoxb-", 20), ("xoxp-", 20), ("xoxa-", 20), ("sk-", 24), ("sk_live_", 20),
    ("sk_test_", 20), ("rk_live_", 20), ("AIza", 35), ("hf_", 24), ("npm_", 30), ("SG.", 30),
    ("hvs.", 24), ("dop_v1_", 30),
)  # fmt: skip
_PASSWORDS = {"password", "passwd", "pwd", "passphrase", "secret", "token", "apikey"}


def chunks_in(stream: Stream) -> Iterator[Finding]:
    """The findings among the pieces between blanks, and the passwords given to a name."""
    pieces = list(_pieces(stream))
    for start, end in pieces:
        text = stream.text[start:end]
        if len(text) >= 11:
            yield from _key(text, start)
            yield from _sixth(text, start)
    yield from _accounts(stream, pieces)
    yield from _passwords(stream)
    place = stream.text.find("PRIVATE KEY-----")
    if place >= 0:
        yield Finding(place, place + 16, "SECRET", 0.97)


def _pieces(stream: Stream) -> Iterator[tuple[int, int]]:
    """Where the pieces between blanks, line ends, quotes, commas and brackets stand."""
    start = 0
    for token in stream.tokens:
        if token.kind in (BLANK, LINE, MASKED) or token.text in _EDGES:
            if token.start > start:
                yield start, token.start
            start = token.end
    if len(stream.text) > start:
        yield start, len(stream.text)


def _key(text: str, start: int) -> Iterator[Finding]:
    for prefix, least in _PREFIXES:
        place = text.find(prefix)
        if place < 0 or (place and text[place - 1].isalnum()):
            continue
        body = text[place:].rstrip(".:!?]")
        varied = any(map(str.isdigit, body)) or not body.islower()
        if len(body) >= least and varied:
            yield Finding(start + place, start + place + len(body), "SECRET", 0.95)
            return
    if "eyJ" in text and _web_token(text[text.find("eyJ") :]):
        yield Finding(start + text.find("eyJ"), start + len(text), "SECRET", 0.95)


def _web_token(text: str) -> bool:
    """Whether the part before the first dot is base64 for a JSON object (RFC 7519)."""
    head = text.split(".")[0]
    try:
        plain = base64.b64decode(head + "=" * (-len(head) % 4), altchars=b"-_")
    except (binascii.Error, ValueError):
        return False
    return "." in text and plain.startswith(b'{"')


def _sixth(text: str, start: int) -> Iterator[Finding]:
    """An IPv6 address (RFC 4291) of four groups or more."""
    body = text.strip("[].").split("/")[0].split("%")[0]
    if body.count(":") < 4 or not all(sign in "0123456789abcdefABCDEF:." for sign in body):
        return
    try:
        address = ipaddress.IPv6Address(body)
    except ValueError:
        return
    if not address.is_loopback:
        place = start + text.find(body)
        yield Finding(place, place + len(body), "IP", 0.92)


def _accounts(stream: Stream, pieces: list[tuple[int, int]]) -> Iterator[Finding]:
    """IBAN, written whole or in blocks: pieces are joined until the country's length is reached."""
    for index, (start, end) in enumerate(pieces):
        head = stream.text[start:end].upper()
        needed = checks.iban_length(head[:2]) if head[2:4].isdigit() else 0
        joined, stop = head.rstrip(".:!?"), index
        while len(joined) < needed and stop + 1 < len(pieces) and stop - index < 9:
            stop += 1
            joined += stream.text[slice(*pieces[stop])].upper().rstrip(".:!?")
        if (
            needed
            and joined.isascii()
            and joined.isalnum()
            and checks.international_account(joined)
        ):
            yield Finding(start, pieces[stop][1], "IBAN", 0.97)


def _passwords(stream: Stream) -> Iterator[Finding]:
    for index, low in enumerate(stream.low):
        if low not in _PASSWORDS:
            continue
        place = index + 1
        while stream.at(place) in ('"', "'", " "):
            place += 1
        if stream.at(place) in (":", "=", "is"):
            yield from _value(stream, place + 1)


def _value(stream: Stream, index: int) -> Iterator[Finding]:
    while stream.at(index) in ('"', "'", " "):
        index += 1
    last = index
    while last < len(stream.tokens) and stream.kind(last) not in (BLANK, LINE, MASKED):
        if stream.at(last) in ('"', "'", ",", ";"):
            break
        last += 1
    if last == index:
        return
    start, end = stream.tokens[index].start, stream.tokens[last - 1].end
    value = stream.text[start:end].rstrip(".!?")
    if len(value) >= 6 and not value.isalpha() and any(map(str.isdigit, value)):
        yield Finding(start, end, "SECRET", 0.86)
