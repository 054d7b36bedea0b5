"""Secrets: keys with a known prefix, private key blocks, tokens, passwords in an assignment."""

import math
import re
from collections import Counter

from burnish.methods.privacy.anchor import Anchor, sought_as
from burnish.methods.privacy.page import Page, always
from burnish.methods.privacy.rules.keys import KEY_FORMS, keys_in
from burnish.methods.privacy.rules.rule import FinderRule, PatternRule, Rule

_KEY_BLOCK = re.compile(
    r"-----BEGIN (?P<kind>[A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?)-----"
    r"(?:.{0,16000}?-----END (?P=kind)-----|[\sA-Za-z0-9+/=:,-]{0,16000})",
    re.DOTALL,
)
_NAME = (
    r"(?:pass(?:word|wd|phrase|code)|pwd|secret|token|api[ _-]?key|access[ _-]?key|account[ _-]?key"
    r"|private[ _-]?key|secret[ _-]?key|encryption[ _-]?key|master[ _-]?key|signing[ _-]?key"
    r"|credentials?|auth[ _-]?key|connection[ _-]?string|login[ _-]?key|client[ _-]?secret)"
)
_NAMES = (
    "passw", "passphrase", "passcode", "pwd", "secret", "token", "api", "key", "credential",
    "connection",
)  # fmt: skip
_VALUE = re.compile(
    r"[=:][=>]?\s{0,3}(?P<quote>[\"'])?"
    r"(?P<value>(?(quote)[^\"'\n]{3,300}|[^\s\"',;<>]{3,300}))"
)
_NAMED = re.compile(rf"{_NAME}[\w-]*[\"'\])]*\s{{0,3}}:?$")
_TOLD = re.compile(
    rf"{_NAME}s?(?: (?:for|to|of|on) [^.:\n]{{1,40}}?)? (?:is|was|to|are|=|as)(?: now| still| set"
    rf" to| currently)?:? [\"'`]?"
    r"(?P<value>[^\s\"'`]{4,200})",
    re.IGNORECASE,
)
_PIN = re.compile(
    r"\bPIN(?: (?:code|number|no\.?))?(?: is|:|=)? ?(?P<value>\d{4,8})\b", re.IGNORECASE
)
_PASS = re.compile(
    r"\bpass(?: ?code| ?word)? ?[:=] ?[\"']?(?P<value>[^\s\"',;<>]{6,100})", re.IGNORECASE
)
_BEARER = re.compile(r"\b(?:bearer|basic) (?P<value>[\w.~+/=-]{16,4000})", re.IGNORECASE)
_USERINFO = re.compile(r"://(?P<value>[^\s/@:?#]{1,100}:[^\s/@?#]{1,200})@")
_RUN = re.compile(r"[=:][ \t]{0,2}[\"']?(?P<value>[A-Za-z0-9+/_=.-]{20,500})")
_KEYED = re.compile(
    r"(?:key|secret|token|auth|cred\w*|sig(?:nature)?|salt|seed|cookie|session\w*"
    r"|jwt)[\"']?\s{0,2}$"
)
_NOT_SECRET = re.compile(
    r"(?:sha\d*|md5|digest|checksum|hash|commit|rev(?:ision)?|integrity|etag|fingerprint|uuid|guid"
    r"|url|path|file\w*|version|https?)[\"']?\s{0,2}$"
)
_FILE_END = re.compile(r"\.[A-Za-z]{1,5}\d?$")
_RANDOM_BITS = 3.6
_DIGESTS, _LONGEST = (32, 40, 56, 64, 96, 128), 500
_HEX = re.compile(r"[0-9a-f]+|[0-9A-F]+")
_PIECE = re.compile(r"[A-Z][a-z]{3,}|(?<![A-Za-z])[a-z]{4,}|(?<![A-Za-z])[A-Z]{4,}(?![a-z])")
_CLUSTER = re.compile(r"[^aeiouy]{4}")
_PICTURES = ("iVBORw0KGgo", "/9j/", "R0lGOD", "UklGR", "JVBERi", "UEsDB", "H4sI", "AAABAA")
"""How base64 begins for PNG, JPEG, GIF, RIFF, PDF, ZIP, gzip and icons."""


def _sign(page: Page, start: int) -> int:
    """Where the `=` or `:` before a value stands."""
    return max(page.text.rfind(sign, max(0, start - 8), start) for sign in "=:")


def _assigned(page: Page, start: int, end: int) -> float:
    """A value given to a name such as `password`; a plain word after a colon is prose."""
    value = page.text[start:end].rstrip(".,;:!?)]}")
    sign = _sign(page, start)
    if len(value) < 3 or "\ufffc" in value or value.lower() in _BLANKS:
        return 0.0
    named = _NAMED.search(page.low, max(0, sign - 40), sign)
    # A key that is a name of the program ("output_token": "NextToken") opens nothing.
    if not named or ("pass" not in named[0] and value.isalpha() and worded(value)):
        return 0.0
    sure = page.text[start - 1] in "\"'" or page.text[sign] == "="
    return 0.9 if sure or _contrived(value) else 0.0


_BLANKS = {"none", "null", "true", "false", "required", "optional", "string", "str", "xxx", "..."}


def _contrived(value: str) -> bool:
    """Whether a value is unlikely to be a word: digits or marks among its letters, or odd case."""
    letters = sum(map(str.isalpha, value))
    marks = sum(not c.isalnum() and c not in "-'.,/()" for c in value)
    digits = sum(map(str.isdigit, value))
    odd_case = not value.istitle() and value[1:] != value[1:].lower() and not value.isupper()
    return len(value) >= 4 and bool(digits or marks or odd_case) and letters + digits + marks >= 4


def _told(page: Page, start: int, end: int) -> float:
    value = page.text[start:end].rstrip(".,;:!?)]}")
    return 0.85 if _contrived(value) and "\ufffc" not in value else 0.0


def _passed(page: Page, start: int, end: int) -> float:
    """A value after 'pass:' with letters, and with digits or marks: '85%' is a mark in an exam."""
    value = page.text[start:end].rstrip(".,;:!?)]}")
    letters = sum(map(str.isalpha, value))
    return 0.8 if letters >= 3 and _contrived(value) and "\ufffc" not in value else 0.0


def _entropy(value: str) -> float:
    """Shannon entropy, in bits per character."""
    total = len(value)
    return -sum(n / total * math.log2(n / total) for n in Counter(value).values())


def _mixed(value: str) -> bool:
    kinds = (str.islower, str.isupper, str.isdigit)
    return sum(any(map(kind, value)) for kind in kinds) >= 2


def _bearer(page: Page, start: int, end: int) -> float:
    value = page.text[start:end]
    return 0.8 if _mixed(value) and _entropy(value) >= 3.0 else 0.0


def _random(page: Page, start: int, end: int) -> float:
    value, sign = page.text[start:end], _sign(page, start)
    if not _mixed(value) or _NOT_SECRET.search(page.low, max(0, sign - 40), sign):
        return 0.0
    if worded(value) or value.startswith(_PICTURES):
        return 0.0
    entropy = _entropy(value)
    if _KEYED.search(page.low, max(0, sign - 40), sign):
        return 0.8 if entropy >= 3.0 else 0.0
    random = entropy >= _RANDOM_BITS and any(map(str.isdigit, value)) and len(value) >= 24
    return 0.6 if random and not _named_thing(value) else 0.0


def _named_thing(value: str) -> bool:
    """Whether a value looks like a path, a host, a UUID, a digest, or data rather than a key."""
    joined = value.count("-") > 3 or value.count("/") > 3 or value.count(".") > 2
    digest = len(value) in _DIGESTS and _HEX.fullmatch(value) is not None
    return joined or digest or len(value) >= _LONGEST or _FILE_END.search(value) is not None


def worded(value: str) -> bool:
    """Whether at least half of a value is made of what reads like words, as identifiers are.

    A piece reads like a word when it has four letters or more, of one case but for a capital
    first, with a share of vowels as in words and no four consonants in a row. A value of one case
    without a mark between its pieces is none: by chance it holds such pieces too often.
    """
    if value.isalnum() and (value.islower() or value.isupper()):
        return False
    letters = sum(len(piece) for piece in _PIECE.findall(value) if _wordlike(piece.lower()))
    return 2 * letters >= len(value)


def _wordlike(piece: str) -> bool:
    vowels = sum(sign in "aeiouy" for sign in piece)
    return 0.2 <= vowels / len(piece) <= 0.7 and _CLUSTER.search(piece) is None


RULES: tuple[Rule, ...] = (
    FinderRule("SECRET", keys_in, (), KEY_FORMS),
    PatternRule("SECRET", _KEY_BLOCK, always(0.99), ("private key",)),
    PatternRule("SECRET", sought_as(_VALUE, Anchor("[=:]", 1)), _assigned, _NAMES),
    PatternRule("SECRET", _PASS, _passed, ("pass",)),
    PatternRule("SECRET", _TOLD, _told, _NAMES),
    PatternRule("SECRET", _PIN, always(0.7), ("pin",)),
    PatternRule("SECRET", _BEARER, _bearer, ("bearer ", "basic ")),
    PatternRule("SECRET", _USERINFO, always(0.995), ("://",)),
    PatternRule("SECRET", _RUN, _random),
)  # fmt: skip
