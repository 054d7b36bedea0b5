"""Check digits, worked out by hand so that nothing is shared with the first detector.

Sources: ISO/IEC 7812-1 annex B (Luhn), ISO 13616 and ISO/IEC 7064 (IBAN), the Australian Taxation
Office (TFN), the Australian Business Register (ABN), the Corporations Regulations (ACN), Services
Australia (Medicare).
"""

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
