"""Check digits by construction, from the public standards that each function names."""

import hashlib
from collections.abc import Sequence
from random import Random

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


def digits(random: Random, count: int) -> str:
    """So many random digits."""
    return "".join(random.choice("0123456789") for _ in range(count))


def letters(random: Random, count: int, among: str = LETTERS) -> str:
    """So many random letters."""
    return "".join(random.choice(among) for _ in range(count))


def cut(written: str, sizes: Sequence[int], joint: str) -> str:
    """The text in groups of these sizes; what is left over is one more group."""
    groups, place = [], 0
    for size in sizes:
        groups.append(written[place : place + size])
        place += size
    return joint.join(group for group in (*groups, written[place:]) if group)


def weigh(written: str, weights: Sequence[int]) -> int:
    """The weighted sum of the digits."""
    return sum(int(digit) * weight for digit, weight in zip(written, weights, strict=True))


def with_luhn(body: str) -> str:
    """The digits and their check digit (ISO/IEC 7812-1, annex B)."""
    doubled = [int(d) * (2 if place % 2 == 0 else 1) for place, d in enumerate(reversed(body))]
    return body + str(-sum(d // 10 + d % 10 for d in doubled) % 10)


def with_97(country: str, body: str) -> str:
    """An IBAN: country, two check digits, account (ISO 13616, ISO/IEC 7064 MOD 97-10)."""
    value = int("".join(str(int(sign, 36)) for sign in f"{body}{country}00"))
    return f"{country}{98 - value % 97:02d}{body}"


def with_mod_11_10(body: str) -> str:
    """The digits and their check digit (ISO/IEC 7064 MOD 11,10: the German VAT number)."""
    product = 10
    for digit in body:
        total = (int(digit) + product) % 10 or 10
        product = 2 * total % 11
    return body + str((11 - product) % 10)


def drawn_with_mod_11(random: Random, lead: str, weights: Sequence[int]) -> str:
    """Digits that begin with `lead`; their weighted sum is a multiple of 11."""
    while True:
        body = lead + digits(random, len(weights) - len(lead))
        if weigh(body, weights) % 11 == 0:
            return body


def base58_check(random: Random, version: int) -> str:
    """A base58check address of 20 random bytes (Bitcoin wiki, "Base58Check encoding")."""
    payload = bytes([version]) + random.randbytes(20)
    payload += hashlib.sha256(hashlib.sha256(payload).digest()).digest()[:4]
    value, written = int.from_bytes(payload, "big"), ""
    while value:
        value, rest = divmod(value, 58)
        written = _BASE58[rest] + written
    return "1" * (len(payload) - len(payload.lstrip(b"\0"))) + written


def bech32(random: Random, human: str, version: int) -> str:
    """A segregated-witness address (BIP 173; BIP 350 from version 1 on)."""
    data = [version, *_fives(random.randbytes(20 if version == 0 else 32))]
    spread = [ord(sign) >> 5 for sign in human] + [0] + [ord(sign) & 31 for sign in human]
    final = _polymod([*spread, *data, 0, 0, 0, 0, 0, 0]) ^ (1 if version == 0 else 0x2BC830A3)
    check = [final >> 5 * (5 - place) & 31 for place in range(6)]
    return f"{human}1{''.join(_BECH32[value] for value in [*data, *check])}"


def _fives(payload: bytes) -> list[int]:
    bits = "".join(f"{byte:08b}" for byte in payload)
    bits += "0" * (-len(bits) % 5)
    return [int(bits[place : place + 5], 2) for place in range(0, len(bits), 5)]


def _polymod(values: Sequence[int]) -> int:
    generator = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for place, factor in enumerate(generator):
            check ^= factor if top >> place & 1 else 0
    return check
