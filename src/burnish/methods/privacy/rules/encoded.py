"""Personal data hidden in base64: the whole blob is a find of what its plain text holds."""

import base64
import binascii
import re
from collections.abc import Iterator, Sequence

from burnish.methods.privacy.anchor import Anchor
from burnish.methods.privacy.page import Page
from burnish.methods.privacy.rules.rule import Rule
from burnish.methods.privacy.spans import Span

_BLOB = re.compile(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{16,20000}={0,2}(?![A-Za-z0-9+/_=-])")

BLOB = Anchor(r"[^A-Za-z0-9+/_-][A-Za-z0-9+/_-]{16}", 16)
"""Seen once for each run of such characters, at its sixteenth."""


def plain_text(blob: str) -> str | None:
    """What a base64 blob says, or None where it is not readable text."""
    try:
        raw = base64.b64decode(
            blob.rstrip("=") + "=" * (-len(blob.rstrip("=")) % 4),
            altchars=b"-_" if set("-_") & set(blob) else None,
            validate=True,
        )
        text = raw.decode("utf-8")
    except (binascii.Error, ValueError):
        return None
    return text if all(c.isprintable() or c in "\n\r\t" for c in text) else None


def encoded(page: Page, rules: Sequence[Rule]) -> Iterator[Span]:
    """The blobs of the page in whose plain text one of the rules finds something."""
    for match in page.matches(_BLOB, BLOB):
        plain = plain_text(match[0])
        if plain is None:
            continue
        inner = Page(plain)
        finds = [span for rule in rules for span in rule.find(inner)]
        if finds:
            best = max(finds, key=lambda span: (span.score, span.category))
            yield Span(match.start(), match.end(), best.category, best.score)
