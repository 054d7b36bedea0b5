"""Keys, tokens, passwords and wallets: long pieces without a break, and values given to a label."""

import base64
import binascii
import itertools
import re
from collections.abc import Iterator

from burnish.methods.residual import checks
from burnish.methods.residual.finding import Finding
from burnish.methods.residual.sheet import Sheet

_LONG = 20
_ISSUED = re.compile(
    r"(?<![A-Za-z0-9])(?:(?:AKIA|ASIA)[0-9A-Z]{16}|gh[pousr]_[0-9A-Za-z]{30,}|github_pat_\w{30,}"
    r"|glpat-[\w\-]{20,}"
    r"|xox[abpr]-[\w\-]{20,}|[sr]k_(?:live|test)_\w{20,}|sk-[\w\-]{24,}|AIza[\w\-]{35}"
    r"|hf_\w{24,}|npm_\w{30,}|pypi-\w{40,}"
    r"|SG\.[\w\-]{16,}\.[\w\-]{16,}|hvs\.\w{20,}|dop_v1_\w{30,}|shp(?:at|ss|ca|pa)_\w{30,}"
    r"|GOCSPX-[\w\-]{20,}|dapi[0-9a-f]{30,}"
    r"|[0-9]{8,10}:AA[\w\-]{30,})"
)
_WEB_TOKEN = re.compile(r"eyJ[\w\-]{8,2000}\.[\w\-]+")
_WALLET = re.compile(
    r"(?<![A-Za-z0-9])(?:[13LMADT9][1-9A-HJ-NP-Za-km-z]{25,34}|(?:bc|ltc"
    r"|tb)1[02-9ac-hj-np-z]{30,87}|0x[0-9a-fA-F]{40})(?![A-Za-z0-9])"
)
_GIVEN = re.compile(
    r"[:=]\s{0,3}[\"']?(?=[^\s\"',;<>\0\1\2]{0,60}[0-9])([^\s\"',;<>\0\1\2]{6,200})"
)
_SAID = re.compile(r"[\"']?\s+(?:is|was|to)\s+[\"']?([^\s\"',;<>\0\1\2]{6,})")
_SECRET = re.compile(
    r"(?:pass(?:w(?:or)?d|phrase|code)?|\bpwd|secret(?:[_ ]?key)?|token"
    r"|api[ _-]?key)[\"']?\s{0,3}\Z"
)
_BESIDE = re.compile(r"(?:secret|token|key|bearer|authorization)\W{0,4}(?:bearer\s+)?\Z")
_RANDOM = re.compile(r"[A-Za-z0-9+/_\-]{32,}={0,2}")


def keys_in(sheet: Sheet) -> Iterator[Finding]:
    """The findings in the long pieces between blanks, and the values given to a label."""
    for start, end in sheet.long:
        if end - start >= _LONG:
            yield from _piece(sheet, start, end)
    yield from _labelled(sheet)
    for place in sheet.places("private key-----"):
        yield Finding(place - 16, place, "SECRET", 0.97)


def _labelled(sheet: Sheet) -> Iterator[Finding]:
    for match in _GIVEN.finditer(sheet.text):
        if _SECRET.search(sheet.before(match.start(), 24)):
            yield from _value(match)
    for word in ("password", "passcode", "passphrase"):
        for place in sheet.places(word):
            said = _SAID.match(sheet.text, place)
            if said:
                yield from _value(said)


def _value(match: re.Match[str]) -> Iterator[Finding]:
    """The value of a label, if digits and other signs are mixed in it."""
    value = match[1].rstrip(".!?)}]")
    if len(value) >= 6 and any(map(str.isdigit, value)) and not value.replace(".", "").isdigit():
        yield Finding(match.start(1), match.start(1) + len(value), "SECRET", 0.86)


def _piece(sheet: Sheet, start: int, end: int) -> Iterator[Finding]:
    for form, category, confidence, sure in (
        (_ISSUED, "SECRET", 0.95, _is_issued),
        (_WEB_TOKEN, "SECRET", 0.95, _is_web_token),
        (_WALLET, "CRYPTO", 0.93, _is_wallet),
    ):
        for match in form.finditer(sheet.text, start, end):
            if sure(match[0]):
                yield Finding(*match.span(), category, confidence)
    for match in _RANDOM.finditer(sheet.text, start, end):
        if _is_random(match[0]) and _BESIDE.search(sheet.before(match.start(), 24)):
            yield Finding(*match.span(), "SECRET", 0.85)


def _is_issued(key: str) -> bool:
    """Whether a piece with an issuer's prefix is no word that only begins alike."""
    return any(map(str.isdigit, key)) or not key.islower()


def _is_wallet(written: str) -> bool:
    return written.startswith(("0x", "bc1", "ltc1", "tb1")) or checks.base58_wallet(written)


def _is_random(piece: str) -> bool:
    """Whether digits and letters change places often, as in a key and not in a name."""
    turns = sum(a.isdigit() != b.isdigit() for a, b in itertools.pairwise(piece))
    return turns >= 6


def _is_web_token(text: str) -> bool:
    """Whether the part before the first dot is base64 for a JSON object (RFC 7519)."""
    head = text.split(".")[0]
    try:
        plain = base64.b64decode(head + "=" * (-len(head) % 4), altchars=b"-_")
    except (binascii.Error, ValueError):
        return False
    return plain.startswith(b'{"')
