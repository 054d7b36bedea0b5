"""The normal form in which two texts count as the same, and its content hash."""

import hashlib
import unicodedata

DIGEST_BYTES = 16

PART = "\x1e"
"""Record separator (U+001E): joins the parts of one text, such as the messages of a row."""


def normalise(text: str) -> str:
    """Return `text` case-folded, compatibility-normalised and with single spaces.

    The form is NFKC(casefold(NFKC(casefold(NFD(text))))), the compatibility caseless match of
    the Unicode Standard (section 3.13, D146), which is stable: normalising twice changes
    nothing. Every run of white space becomes one space and none is left at the ends.
    Punctuation, accents and invisible format characters are kept, and so is `PART`.
    """
    return PART.join(map(_normalise, text.split(PART)))


def _normalise(text: str) -> str:
    if text.isascii():
        return " ".join(text.lower().split())
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFD", text).casefold())
    return " ".join(unicodedata.normalize("NFKC", folded.casefold()).split())


def digest_normal(normal: bytes) -> bytes:
    """Return the 128-bit BLAKE2b (RFC 7693) of a text that is in normal form already."""
    return hashlib.blake2b(normal, digest_size=DIGEST_BYTES).digest()


def digest(text: str) -> bytes:
    """Return the 16-byte content hash of `text`: equal for texts of equal normal form."""
    return digest_normal(encode(normalise(text)))


def encode(text: str) -> bytes:
    """Return UTF-8 bytes; a lone surrogate, which UTF-8 forbids, keeps its three-byte form."""
    return text.encode("utf-8", "surrogatepass")
