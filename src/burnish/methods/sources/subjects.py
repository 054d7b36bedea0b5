"""The keyed hash that stands for a data subject: HMAC-SHA-256 of the identifier's plain form.

The plain form makes one person of the ways in which systems write one key. It changes nothing
that could make two people one: no dot or tag of an address is taken out, no zero, no hyphen.
"""

from __future__ import annotations

import hmac
import re
import unicodedata

_SPACE = re.compile(r"\s+")
_NAMED = re.compile(r"^[^<>]*<([^<>\s]+@[^<>\s]+)>$")
_PURPOSE = b"burnish data subject 1\0"
HASH_LENGTH = 32


def plain_form(identifier: str) -> str:
    """The identifier without differences of case, spacing and Unicode form; '' for nothing.

    Of `Name <address>` and `mailto:address` it is the address.
    """
    text = unicodedata.normalize("NFKC", identifier)
    text = "".join(sign for sign in text if unicodedata.category(sign) != "Cf")
    text = _SPACE.sub(" ", text).strip()
    if named := _NAMED.match(text):
        text = named[1]
    text = unicodedata.normalize("NFKC", text.casefold())
    return text.removeprefix("mailto:").strip() if "@" in text else text


def subject_hash(secret: bytes, identifier: str) -> str | None:
    """128 bits in hexadecimal that name a data subject; None where there is no identifier.

    HMAC (RFC 2104) hides low-entropy keys such as customer numbers from whoever lacks `secret`.
    """
    plain = plain_form(identifier)
    if not plain:
        return None
    return hmac.digest(secret, _PURPOSE + plain.encode(), "sha256").hex()[:HASH_LENGTH]
