"""Invented numbers of tax offices, health services, registers and banks."""

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


def tfn(random: Random) -> str:
    """Nine digits that weigh to a multiple of 11 (Australian Taxation Office)."""
    body = drawn_with_mod_11(random, str(random.randint(1, 9)), (1, 4, 3, 7, 5, 8, 6, 9, 10))
    return cut(body, (3, 3, 3), random.choice(("", " ", " ", "-", ".")))


def abn(random: Random) -> str:
    """Eleven digits, one less on the first, a multiple of 89 (Australian Business Register)."""
    body = digits(random, 9)
    # The leading digits ab add 10(a-1)+b = ab-10 to the sum, which must be 0 modulo 89.
    whole = f"{99 - weigh(body, (3, 5, 7, 9, 11, 13, 15, 17, 19)) % 89}{body}"
    return cut(whole, (2, 3, 3, 3), random.choice(("", " ", " ", "-")))


def acn(random: Random) -> str:
    """Nine digits, the last completing a multiple of 10 (Corporations Regulations 2001)."""
    body = digits(random, 8)
    whole = body + str(-weigh(body, (8, 7, 6, 5, 4, 3, 2, 1)) % 10)
    return cut(whole, (3, 3, 3), random.choice(("", " ", " ", "-")))


def medicare(random: Random) -> str:
    """Ten digits and often a person's number (Services Australia)."""
    body = str(random.randint(2, 6)) + digits(random, 7)
    whole = f"{body}{weigh(body, (1, 3, 7, 9, 1, 3, 7, 9)) % 10}{random.randint(1, 9)}"
    plain = cut(whole, (4, 5, 1), random.choice(("", " ", " ", "-")))
    return plain + random.choice(("", "", f"/{random.randint(1, 6)}", f" {random.randint(1, 6)}"))


def ssn(random: Random) -> str:
    """Nine digits with no area 000, 666 or 9xx (Social Security Administration)."""
    area = random.choice([n for n in range(1, 900) if n != 666])
    whole = f"{area:03d}{random.randint(1, 99):02d}{random.randint(1, 9999):04d}"
    return cut(whole, (3, 2, 4), random.choice(("-", "-", "-", " ", "", ".")))


def itin(random: Random) -> str:
    """Nine digits from 9 with a group of the tax office (Internal Revenue Service)."""
    groups = [*range(50, 66), *range(70, 89), *range(90, 93), *range(94, 100)]
    whole = f"9{digits(random, 2)}{random.choice(groups)}{random.randint(1, 9999):04d}"
    return cut(whole, (3, 2, 4), random.choice(("-", "-", " ", "")))


def nino(random: Random) -> str:
    """Two letters, six digits, a letter A to D (HMRC, National Insurance manual NIM39110)."""
    while True:
        prefix = letters(random, 2, "ABCEGHJKLMNOPRSTWXYZ")
        if prefix[1] != "O" and prefix not in ("BG", "GB", "NK", "KN", "TN", "NT", "ZZ"):
            break
    whole = prefix + digits(random, 6) + random.choice("ABCD")
    written = cut(whole, (2, 2, 2, 2, 1), random.choice(("", " ", " ", "-")))
    return written.lower() if random.random() < 0.1 else written


def nhs(random: Random) -> str:
    """Ten digits, the last a check modulo 11 (NHS Data Model and Dictionary)."""
    body = drawn_with_mod_11(random, random.choice("4679"), (10, 9, 8, 7, 6, 5, 4, 3, 2, 1))
    return cut(body, (3, 3, 4), random.choice(("", " ", " ", "-")))


def card(random: Random) -> str:
    """A payment card of seven schemes (ISO/IEC 7812-1)."""
    start, length = random.choice((
        ("4", 16), ("4", 16), (str(random.randint(51, 55)), 16), ("2345", 16),
        (random.choice(("34", "37")), 15), ("6011", 16), ("3530", 16), ("36", 14),
    ))  # fmt: skip
    whole = with_luhn(start + digits(random, length - 1 - len(start)))
    sizes = {16: (4, 4, 4, 4), 15: (4, 6, 5), 14: (4, 6, 4)}[length]
    return cut(whole, sizes, random.choice(("", " ", " ", "-", ".")))


def iban(random: Random) -> str:
    """An account of ten countries, national check digits where there are some (ISO 13616)."""
    whole = with_97(*random.choice(_ACCOUNTS)(random))
    written = random.choice((whole, cut(whole, (4,) * 8, " "), cut(whole, (4,) * 8, "-")))
    return written.lower() if random.random() < 0.1 else written


def _french_account(random: Random) -> tuple[str, str]:
    bank, branch, account = (digits(random, n) for n in (5, 5, 11))
    key = 97 - (89 * int(bank) + 15 * int(branch) + 3 * int(account)) % 97
    return "FR", f"{bank}{branch}{account}{key:02d}"


def _belgian_account(random: Random) -> tuple[str, str]:
    body = random.choice(("001", "063", "310", "734")) + digits(random, 7)
    return "BE", f"{body}{int(body) % 97 or 97:02d}"


def _spanish_account(random: Random) -> tuple[str, str]:
    bank, account = digits(random, 8), digits(random, 10)
    powers = [2**place % 11 for place in range(10)]
    marks = (11 - weigh(part, powers) % 11 for part in ("00" + bank, account))
    check = "".join(str({10: 1, 11: 0}.get(mark, mark)) for mark in marks)
    return "ES", bank + check + account


_ACCOUNTS = (
    lambda random: ("DE", digits(random, 18)),
    lambda random: ("NL", random.choice(("INGB", "RABO", "ABNA")) + digits(random, 10)),
    lambda random: ("GB", random.choice(("NWBK", "BARC", "LOYD")) + digits(random, 14)),
    lambda random: ("IE", random.choice(("AIBK", "BOFI")) + digits(random, 14)),
    lambda random: ("AT", digits(random, 16)),
    lambda random: ("PL", digits(random, 24)),
    lambda random: ("CH", digits(random, 17)),
    _french_account,
    _belgian_account,
    _spanish_account,
)


def bsb(random: Random) -> str:
    """An Australian branch (Australian Payments Network)."""
    bank = random.choice(("06", "03", "73", "01", "48", "08"))
    return f"{bank}{cut(digits(random, 4), (1, 3), '-')}"


def routing(random: Random) -> str:
    """An American routing number (American Bankers Association)."""
    while True:
        body = (
            f"{random.choice(('02', '03', '06', '07', '11', '12', '26', '31'))}{digits(random, 7)}"
        )
        if weigh(body, (3, 7, 1) * 3) % 10 == 0:
            return body


def sort_code(random: Random) -> str:
    """A British branch."""
    return cut(
        f"{random.choice(('20', '30', '40', '60', '09'))}{digits(random, 4)}", (2, 2, 2), "-"
    )


def account(random: Random) -> str:
    """An account number of six to ten digits."""
    number = str(random.randint(1, 9)) + digits(random, random.choice((5, 7, 7, 8, 9)))
    return random.choice((number, number, cut(number, (4, 4), " ")))


def eight_digits(random: Random) -> str:
    """An account number of eight digits."""
    return str(random.randint(1, 9)) + digits(random, 7)


def bic(random: Random) -> str:
    """A business identifier code of eight or eleven signs (ISO 9362)."""
    bank, country = (
        letters(random, 4),
        random.choice(("DE", "FR", "AU", "GB", "US", "NL", "IT", "SG")),
    )
    place = random.choice(("2X", "FF", "PP", "2S", "33", "22", "2L", "MM"))
    return bank + country + place + random.choice(("", "", "XXX", digits(random, 3)))


def vat_gb(random: Random) -> str:
    """Nine digits modulo 97 (HMRC)."""
    body = f"{random.randint(100, 899)}{digits(random, 4)}"
    check = 97 - weigh(body, (8, 7, 6, 5, 4, 3, 2)) % 97
    return (
        "GB"
        + random.choice(("", " "))
        + cut(f"{body}{check:02d}", (3, 4, 2), random.choice(("", " ")))
    )


def vat_eu(random: Random) -> str:
    """A VAT number of one of eight member states, with its check digits."""
    country, body = random.choice(_VATS)(random)
    return country + random.choice(("", "", " ")) + body


def _german(random: Random) -> tuple[str, str]:
    return "DE", with_mod_11_10(str(random.randint(1, 9)) + digits(random, 7))


def _french(random: Random) -> tuple[str, str]:
    siren = with_luhn(str(random.randint(3, 8)) + digits(random, 7))
    return "FR", f"{(12 + 3 * (int(siren) % 97)) % 97:02d}{siren}"


def _italian(random: Random) -> tuple[str, str]:
    return "IT", with_luhn(f"0{random.randint(100000, 999999)}{random.randint(1, 100):03d}")


def _belgian(random: Random) -> tuple[str, str]:
    body = f"0{random.randint(4000000, 7999999)}"
    return "BE", f"{body}{97 - int(body) % 97:02d}"


def _polish(random: Random) -> tuple[str, str]:
    weights = (6, 5, 7, 2, 3, 4, 5, 6, 7, -1)
    return "PL", drawn_with_mod_11(random, str(random.randint(5, 9)), weights)


def _danish(random: Random) -> tuple[str, str]:
    return "DK", drawn_with_mod_11(random, str(random.randint(1, 9)), (2, 7, 6, 5, 4, 3, 2, 1))


def _luxembourgish(random: Random) -> tuple[str, str]:
    body = str(random.randint(100000, 299999))
    return "LU", f"{body}{int(body) % 89:02d}"


def _portuguese(random: Random) -> tuple[str, str]:
    return "PT", drawn_with_mod_11(random, "5", (9, 8, 7, 6, 5, 4, 3, 2, 1))


_VATS = (
    _german, _french, _italian, _belgian, _polish, _danish, _luxembourgish, _portuguese,
)  # fmt: skip


def us_licence(random: Random) -> str:
    """A driver's license of six American states."""
    return random.choice((
        letters(random, 1) + digits(random, 7), letters(random, 1) + digits(random, 12),
        digits(random, 9), digits(random, 8),
        cut(letters(random, 1) + digits(random, 11), (4, 4, 4), "-"),
        cut(digits(random, 9), (3, 3, 3), " "),
    ))  # fmt: skip


def au_licence(random: Random) -> str:
    """A driver licence of the Australian states and territories."""
    return random.choice((
        digits(random, 8), digits(random, 9), digits(random, 10), digits(random, 7),
        letters(random, 1) + digits(random, 5), cut(digits(random, 9), (3, 3, 3), " "),
        f"{digits(random, 4)}{letters(random, 2)}",
    ))  # fmt: skip


def gb_licence(random: Random) -> str:
    """Sixteen signs: surname, birth, initials (DVLA, driver number)."""
    family = random.choice(("MORGA", "HOLLI", "DRUMM", "YARRO", "FOX99", "TUDOR", "PEMBE"))
    month = random.randint(1, 12) + random.choice((0, 50))
    born = f"{random.randint(4, 9)}{month:02d}{random.randint(1, 28):02d}{random.randint(0, 9)}"
    whole = (
        family + born + letters(random, 1) + random.choice(LETTERS + "9") + "9" + letters(random, 2)
    )
    return random.choice((whole, whole, cut(whole, (5, 6, 5), " ")))


def passport_au(random: Random) -> str:
    """One letter or two and seven digits."""
    return random.choice(("N", "E", "M", "PA", "PB", "RA")) + digits(random, 7)


def passport_nine(random: Random) -> str:
    """Nine digits, as Britain and America have."""
    return str(random.randint(1, 9)) + digits(random, 8)


def passport_us(random: Random) -> str:
    """A letter and eight digits, as American books have since 2021."""
    return random.choice("ABCXYZ") + digits(random, 8)


def passport_eu(random: Random) -> str:
    """The forms of Germany, France, Italy, Spain and the Netherlands."""
    german = "CFGHJKLMNPRTVWXYZ"
    return random.choice((
        "C" + letters(random, 1, german) + digits(random, 2) + letters(random, 2,
            german) + digits(random, 3),
        digits(random, 2) + letters(random, 2) + digits(random, 5),
        "Y" + letters(random, 1) + digits(random, 7),
        letters(random, 3) + digits(random, 6),
        "N" + letters(random, 1, "PRSW") + digits(random, 6) + "7",
    ))  # fmt: skip
