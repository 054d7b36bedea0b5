"""Check digits, worked out by hand so that nothing is shared with the first detector.

Sources: ISO/IEC 7812-1 annex B (Luhn), ISO 13616 and ISO/IEC 7064 (IBAN), the Australian Taxation
Office (TFN), the Australian Business Register (ABN), the Corporations Regulations (ACN), Services
Australia (Medicare), and those that the functions name.
"""

import hashlib

_IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AT": 20, "BE": 16, "BG": 22, "CH": 21, "CY": 28, "CZ": 24, "DE": 22,
    "DK": 18, "EE": 20, "ES": 24, "FI": 18, "FR": 27, "GB": 22, "GR": 27, "HR": 21, "HU": 28,
    "IE": 22, "IL": 23, "IS": 26, "IT": 27, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "MC": 27,
    "MT": 31, "NL": 18, "NO": 15, "PL": 28, "PT": 25, "RO": 24, "RS": 22, "SA": 24, "SE": 24,
    "SI": 19, "SK": 24, "SM": 27, "TR": 26,
}  # fmt: skip


def luhn(digits: str) -> bool:
    """Whether the sum of the digits, every second from the right doubled, ends in 0."""
    total = 0
    for place, digit in enumerate(map(int, reversed(digits))):
        twice = digit * 2 if place % 2 else digit
        total += twice - 9 if twice > 9 else twice
    return total % 10 == 0 and len(set(digits)) > 1


def tax_file_number(digits: str) -> bool:
    """Whether the nine weighted digits sum to a multiple of 11."""
    factors = [1, 4, 3, 7, 5, 8, 6, 9, 10]
    return (
        len(digits) == 9 and sum(f * int(d) for f, d in zip(factors, digits, strict=True)) % 11 == 0
    )


def business_number(digits: str) -> bool:
    """Whether eleven digits, one less on the first, weigh to a multiple of 89."""
    if len(digits) != 11 or digits[0] == "0":
        return False
    total = 10 * (int(digits[0]) - 1)
    for place in range(1, 11):
        total += (2 * place - 1) * int(digits[place])
    return total % 89 == 0


def company_number(digits: str) -> bool:
    """Whether the ninth digit completes the weighted sum of the first eight to a multiple of 10."""
    total = sum((8 - place) * int(digits[place]) for place in range(8)) if len(digits) == 9 else -1
    return total >= 0 and (total + int(digits[8])) % 10 == 0


def medicare_number(digits: str) -> bool:
    """Whether the ninth digit is the weighted sum of the first eight modulo 10."""
    if len(digits) not in (10, 11) or digits[0] not in "23456" or digits[9] == "0":
        return False
    total, weight = 0, (1, 3, 7, 9)
    for place in range(8):
        total += weight[place % 4] * int(digits[place])
    return total % 10 == int(digits[8])


def international_account(written: str) -> bool:
    """Whether an IBAN without blanks has its country's length and is 1 modulo 97."""
    if _IBAN_LENGTHS.get(written[:2]) != len(written) or not written[2:4].isdigit():
        return False
    remainder = 0
    for sign in written[4:] + written[:4]:
        value = ord(sign) - 48 if sign.isdigit() else ord(sign) - 55
        remainder = (remainder * (100 if value > 9 else 10) + value) % 97
    return remainder == 1


def iban_length(country: str) -> int:
    """The length of that country's IBAN, or 0 when it has none here."""
    return _IBAN_LENGTHS.get(country, 0)


def national_insurance(written: str) -> bool:
    """Whether two letters, six digits and a letter are a form that HMRC issues."""
    return (
        len(written) == 9
        and written[0] not in "DFIQUV"
        and written[1] not in "DFIQUVO"
        and written[:2] not in ("BG", "GB", "NK", "KN", "TN", "NT", "ZZ")
        and written[2:8].isdigit()
        and written[8] in "ABCD"
    )


def health_number(digits: str) -> bool:
    """Whether ten digits weigh to a multiple of 11 (NHS Data Model and Dictionary)."""
    if len(digits) != 10 or len(set(digits)) == 1:
        return False
    return sum((10 - place) * int(digit) for place, digit in enumerate(digits)) % 11 == 0


def social_security(digits: str) -> bool:
    """Whether nine digits may be an American number (no area 000, 666 or 9xx, no empty group)."""
    return (
        digits[:3] not in ("000", "666")
        and digits[0] != "9"
        and digits[3:5] != "00"
        and digits[5:] != "0000"
    )


def taxpayer(digits: str) -> bool:
    """Whether nine digits from 9 have a group that the Internal Revenue Service gives out."""
    group = int(digits[3:5])
    given = 50 <= group <= 65 or 70 <= group <= 88 or 90 <= group <= 92 or 94 <= group <= 99
    return digits[0] == "9" and given


def routing_number(digits: str) -> bool:
    """Whether nine digits weigh 3, 7, 1 to a multiple of 10 (American Bankers Association)."""
    total = sum((3, 7, 1)[place % 3] * int(digit) for place, digit in enumerate(digits))
    return len(digits) == 9 and digits[:2] <= "32" and total % 10 == 0 and total > 0


def value_added_tax(country: str, body: str) -> bool:
    """Whether a VAT number has its state's form, and its check digits where they are computed."""
    check = _VAT_CHECKS.get(country)
    size = _VAT_SIZES.get(country, ())
    if len(body) not in size:
        return False
    return check(body) if check and body.isdigit() else any(map(str.isdigit, body))


def _vat_german(body: str) -> bool:
    rest = 10
    for digit in body[:8]:
        rest = 2 * ((int(digit) + rest) % 10 or 10) % 11
    return (11 - rest) % 10 == int(body[8])


def _vat_british(body: str) -> bool:
    total = sum((8 - place) * int(body[place]) for place in range(7)) + int(body[7:9])
    return total % 97 in (0, 42)


def _vat_belgian(body: str) -> bool:
    return 97 - int(body[:8]) % 97 == int(body[8:])


def _vat_polish(body: str) -> bool:
    weights = (6, 5, 7, 2, 3, 4, 5, 6, 7)
    return sum(w * int(d) for w, d in zip(weights, body, strict=False)) % 11 == int(body[9])


_VAT_CHECKS = {
    "DE": _vat_german, "GB": _vat_british, "BE": _vat_belgian, "PL": _vat_polish, "IT": luhn,
}  # fmt: skip
_VAT_SIZES: dict[str, tuple[int, ...]] = {
    "AT": (9,), "BE": (10,), "BG": (9, 10), "CY": (9,), "CZ": (8, 9, 10), "DE": (9,), "DK": (8,),
    "EE": (9,), "EL": (9,),
    "ES": (9,), "FI": (8,), "FR": (11,), "GB": (9, 12), "HR": (11,), "HU": (8,), "IE": (8, 9),
    "IT": (11,), "LT": (9, 12),
    "LU": (8,), "LV": (11,), "MT": (8,), "NL": (12,), "PL": (10,), "PT": (9,), "RO": (8, 9, 10),
    "SE": (12,), "SI": (8,),
    "SK": (10,),
}  # fmt: skip
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def base58_wallet(written: str) -> bool:
    """Whether 25 bytes in base 58 end in the first four of their doubled SHA-256."""
    value = 0
    for sign in written:
        digit = _BASE58.find(sign)
        if digit < 0:
            return False
        value = value * 58 + digit
    if value >= 1 << 200:
        return False
    raw = value.to_bytes(25, "big")
    return hashlib.sha256(hashlib.sha256(raw[:21]).digest()).digest()[:4] == raw[21:]
