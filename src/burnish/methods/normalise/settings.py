"""What normalisation may do to a text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Form = Literal["none", "NFC", "NFKC"]

ORDER: tuple[str, ...] = (
    "mojibake",
    "control",
    "nfc",
    "nfkc",
    "newlines",
    "quoted_reply",
    "signature",
    "boilerplate",
)
"""Names of what may change a text, in the order in which a row records them."""


@dataclass(frozen=True)
class Settings:
    """Which steps are taken.

    `form` is the Unicode normalisation form (UAX 15); `mojibake` repairs text that was decoded
    with the wrong charset; `control` removes control characters (but tab) and writes every line
    end as a line feed; `quoted_replies` and `signatures` take from mail what its writer did not
    write in it; `boilerplate` removes disclaimers, banners and cookie notices.
    """

    form: Form = "NFC"
    mojibake: bool = True
    control: bool = True
    quoted_replies: bool = False
    signatures: bool = False
    boilerplate: bool = False
