"""Further numbers of offices, services and banks: legacy lengths, more countries, more spacing."""

from random import Random

from burnish.methods.privacy.canaries.digits import (
    LETTERS,
    cut,
    digits,
    drawn_with_mod_11,
    letters,
    weigh,
    with_97,
    with_luhn,
    with_mod_11_10,
)
from burnish.methods.privacy.canaries.numbers import (
    abn,
    acn,
    bsb,
    itin,
    medicare,
    nhs,
    nino,
    sort_code,
    ssn,
    tfn,
    vat_gb,
)

_NO_BREAK = "\N{NO-BREAK SPACE}"
_SOLID_TYPES = str.maketrans("", "", " -./" + _NO_BREAK)


def _bare(written: str) -> str:
    return written.translate(_SOLID_TYPES)


def tfn_apart(random: Random) -> str:
    """Nine digits, or the eight of numbers issued before 1989 (Australian Taxation Office)."""
    if random.random() < 0.2:
        old = drawn_with_mod_11(random, str(random.randint(1, 9)), (10, 7, 8, 4, 6, 3, 5, 1))
        return cut(old, (2, 3, 3), random.choice(("", " ")))
    return cut(_bare(tfn(random)), (3, 3, 3), random.choice(("", " ", _NO_BREAK, " - ", "/")))


def abn_apart(random: Random) -> str:
    """Eleven digits with other joints."""
    return cut(_bare(abn(random)), (2, 3, 3, 3), random.choice(("", " ", _NO_BREAK, ".", "-")))


def acn_apart(random: Random) -> str:
    """Nine digits with other joints."""
    return cut(_bare(acn(random)), (3, 3, 3), random.choice(("", " ", _NO_BREAK, ".", "-")))


def medicare_apart(random: Random) -> str:
    """Ten digits with the person's number behind a sign or in one piece."""
    whole = _bare(medicare(random))[:10]
    person = random.randint(1, 6)
    return random.choice((
        f"{whole}{person}", f"{cut(whole, (4, 5, 1), ' ')} - {person}", cut(whole, (4, 6), " "),
        cut(whole, (4, 5, 1), _NO_BREAK), f"{cut(whole, (4, 5, 1), ' ')}-{person}", whole,
    ))  # fmt: skip


def ssn_apart(random: Random) -> str:
    """Nine digits with other joints."""
    joint = random.choice(("-", " - ", "\N{EN DASH}", _NO_BREAK, " ", ""))
    return cut(_bare(ssn(random)), (3, 2, 4), joint)


def itin_apart(random: Random) -> str:
    """Nine digits with other joints."""
    joint = random.choice(("-", " - ", "\N{EN DASH}", _NO_BREAK, " ", ""))
    return cut(_bare(itin(random)), (3, 2, 4), joint)


def nino_apart(random: Random) -> str:
    """In pairs, or the letters apart from the digits (HMRC, NIM39110)."""
    whole = _bare(nino(random)).upper()
    return random.choice((
        cut(whole, (2, 6, 1), " "), cut(whole, (2, 6, 1), "-"), cut(whole, (2, 2, 2, 2, 1), "."),
        f"{whole[:8]} {whole[8]}", whole.lower(), cut(whole, (2, 2, 2, 2, 1), _NO_BREAK),
    ))  # fmt: skip


def nhs_apart(random: Random) -> str:
    """Ten digits with other joints."""
    whole = _bare(nhs(random))
    return random.choice((
        cut(whole, (3, 3, 4), "."), cut(whole, (3, 7), " "), cut(whole, (3, 3, 4), _NO_BREAK),
        cut(whole, (3, 3, 4), " - "), whole, cut(whole, (3, 3, 4), " "),
    ))  # fmt: skip


def card_apart(random: Random) -> str:
    """Cards of more schemes and lengths, with other joints (ISO/IEC 7812-1)."""
    start, length = random.choice((
        ("4", 16), ("2221", 16), ("2720", 16), ("65", 16), ("3589", 16), ("34", 15), ("62", 16),
        ("55", 16), ("622126", 19), ("38", 14), ("644", 16), ("4", 13),
    ))  # fmt: skip
    whole = with_luhn(start + digits(random, length - 1 - len(start)))
    sizes = {15: (4, 6, 5), 14: (4, 6, 4), 13: (4, 3, 3, 3)}.get(length, (4, 4, 4, 4))
    return cut(whole, sizes, random.choice(("", " ", _NO_BREAK, " - ", "-", "  ")))


def _italian_account(random: Random) -> tuple[str, str]:
    odd = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21)
    body = digits(random, 22)
    total = sum(odd[int(d)] if place % 2 == 0 else int(d) for place, d in enumerate(body))
    return "IT", LETTERS[total % 26] + body


def _portuguese_account(random: Random) -> tuple[str, str]:
    body = digits(random, 19)
    return "PT", f"{body}{98 - int(body + '00') % 97:02d}"


_ACCOUNTS = (
    lambda random: ("SE", digits(random, 20)),
    lambda random: ("DK", digits(random, 14)),
    lambda random: ("LT", digits(random, 16)),
    lambda random: ("LV", random.choice(("HABA", "UNLA")) + digits(random, 13)),
    lambda random: ("GR", digits(random, 23)),
    lambda random: ("CY", digits(random, 24)),
    lambda random: ("RO", random.choice(("BTRL", "RNCB")) + digits(random, 16)),
    lambda random: ("LU", digits(random, 16)),
    lambda random: ("FI", with_luhn(digits(random, 13))),
    lambda random: ("MT", "VALL" + digits(random, 23)),
    _italian_account,
    _portuguese_account,
)


def iban_apart(random: Random) -> str:
    """An account of twelve more countries (SWIFT, IBAN Registry)."""
    whole = with_97(*random.choice(_ACCOUNTS)(random))
    joint = random.choice(("", " ", " ", _NO_BREAK, "."))
    return cut(whole, (4,) * 8, joint)


def account_apart(random: Random) -> str:
    """An account of six to twelve digits, grouped as cheques and statements have it."""
    return random.choice((
        cut(digits(random, 9), (3, 3, 3), " "), digits(random, 12), f"{digits(random, 6)}",
        cut(digits(random, 9), (2, 4, 3), "-"), cut(digits(random, 12), (4, 4, 4), " "),
        cut(digits(random, 8), (2, 6), "-"), digits(random, 10),
    ))  # fmt: skip


def bsb_apart(random: Random) -> str:
    """A branch with a space or in one piece."""
    return bsb(random).replace("-", random.choice(("", " ", _NO_BREAK, "-")))


def sort_apart(random: Random) -> str:
    """A sort code with spaces or in one piece."""
    return sort_code(random).replace("-", random.choice(("", " ", _NO_BREAK, "/")))


def bic_apart(random: Random) -> str:
    """A business identifier code, in capitals, in its parts, or in small letters (ISO 9362)."""
    country = random.choice(("AT", "BE", "CH", "DK", "ES", "IE", "JP", "NZ", "PL", "SE", "PT"))
    bank, place = letters(random, 4), random.choice(("WW", "BB", "M1", "GG", "T2", "PL", "4L"))
    branch = random.choice(("", "", "XXX", letters(random, 3)))
    parts = [part for part in (bank, country, place, branch) if part]
    whole = "".join(parts)
    return random.choice((whole, whole, whole, " ".join(parts), whole.lower()))


def vat_gb_apart(random: Random) -> str:
    """Northern Ireland, branches of three more digits, and the bare nine digits (HMRC)."""
    whole = _bare(vat_gb(random))[2:]
    return random.choice((
        f"XI{whole}", f"XI {cut(whole, (3, 4, 2), ' ')}", f"GB{whole}001",
        cut(whole, (3, 4, 2), " "),
        f"GB-{whole}", f"GB{_NO_BREAK}{whole}", f"gb{whole}",
    ))  # fmt: skip


def vat_eu_apart(random: Random) -> str:
    """A VAT number of ten more member states, with its check digits."""
    country, body = random.choice(_VATS)(random)
    return country + random.choice(("", "", " ", "-", _NO_BREAK)) + body


def _austrian(random: Random) -> tuple[str, str]:
    body = digits(random, 7)
    doubled = [int(d) * (1 + place % 2) for place, d in enumerate(body)]
    return "AT", f"U{body}{-(sum(d // 10 + d % 10 for d in doubled) + 4) % 10}"


def _dutch(random: Random) -> tuple[str, str]:
    return "NL", drawn_with_mod_11(random, "1", (9, 8, 7, 6, 5, 4, 3, 2, -1)) + "B01"


def _finnish(random: Random) -> tuple[str, str]:
    return "FI", drawn_with_mod_11(random, "2", (7, 9, 10, 5, 8, 4, 2, 1))


def _greek(random: Random) -> tuple[str, str]:
    body = "0" + digits(random, 7)
    return "EL", f"{body}{weigh(body, [2**n for n in range(8, 0, -1)]) % 11 % 10}"


def _hungarian(random: Random) -> tuple[str, str]:
    body = "1" + digits(random, 6)
    return "HU", f"{body}{-weigh(body, (9, 7, 3, 1, 9, 7, 3)) % 10}"


def _irish(random: Random) -> tuple[str, str]:
    body = str(random.randint(3, 9)) + digits(random, 6)
    return "IE", body + "WABCDEFGHIJKLMNOPQRSTUV"[weigh(body, range(8, 1, -1)) % 23]


def _estonian(random: Random) -> tuple[str, str]:
    body = "10" + digits(random, 6)
    return "EE", f"{body}{-weigh(body, (3, 7, 1, 3, 7, 1, 3, 7)) % 10}"


_VATS = (
    _austrian, _dutch, _finnish, _greek, _hungarian, _irish, _estonian,
    lambda random: ("SE", with_luhn("55" + digits(random, 7)) + "01"),
    lambda random: ("HR", with_mod_11_10(digits(random, 10))),
    lambda random: ("ES", spanish_id(random)),
)  # fmt: skip


def spanish_id(random: Random) -> str:
    """Eight digits and their letter (Real Decreto 1553/2005: DNI, and NIF from it)."""
    body = digits(random, 8)
    return body + "TRWAGMYFPDXBNJZSQVHLCKE"[int(body) % 23]
