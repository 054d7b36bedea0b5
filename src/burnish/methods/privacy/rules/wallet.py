"""Addresses of crypto currencies, each proved by its own checksum, and their private keys.

Base58Check (Bitcoin, Litecoin, Dogecoin, Dash, Zcash, Tron, and in its own alphabet XRP), Bech32
and Bech32m (BIP 173, BIP 350), CashAddr (Bitcoin Cash), EIP-55 (Ethereum), Monero's blocks of
Base58 with Keccak, Stellar's strkey (SEP 23). A Solana address has no checksum: it needs a word
such as 'wallet' beside it.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Iterator

from stdnum.bitcoin import b58decode, bech32_checksum

from burnish.methods.privacy.page import Page
from burnish.methods.privacy.rules.keccak import keccak_256
from burnish.methods.privacy.rules.rule import FinderRule, Rule, words
from burnish.methods.privacy.spans import Span

_RUN = re.compile(r"[0-9A-Za-z](?<![0-9A-Za-z_][0-9A-Za-z])[0-9A-Za-z]{24,110}(?![0-9A-Za-z_])")
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_RIPPLE = "rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz"
_TO_BITCOIN = str.maketrans(_RIPPLE, _BASE58)
_IN_BASE58 = re.compile(r"[1-9A-HJ-NP-Za-km-z]+")
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_HUMAN_PARTS = re.compile(
    r"(bc|tb|bcrt|ltc|tltc|addr|addr_test|stake|cosmos|osmo|terra|juno|inj|kava|celestia|sei|bnb|zs|lnurl|npub|nsec)1([02-9ac-hj-np-z]{6,})"
)
_BECH32_OK = (1, 0x2BC830A3)
_ADDRESS_VERSIONS = frozenset(
    (
        b"\x00",
        b"\x05",
        b"\x30",
        b"\x32",
        b"\x1e",
        b"\x16",
        b"\x4c",
        b"\x10",
        b"\x41",
        b"\x6f",
        b"\xc4",
        b"\x3a",
    )
)
"""Version bytes of addresses: Bitcoin, Litecoin, Dogecoin, Dash, Tron, test networks."""
_ZCASH = (b"\x1c\xb8", b"\x1c\xbd", b"\x1d\x25", b"\x1c\xba")
_PUBLIC_KEYS = ("xpub", "ypub", "zpub", "tpub", "upub", "vpub", "Ltub", "dgub")
_PRIVATE_KEYS = ("xprv", "yprv", "zprv", "tprv", "uprv", "vprv")
_HEX_40 = re.compile(r"0x[0-9a-fA-F]{40}")
_HEX_64 = re.compile(r"(?:0x)?[0-9a-fA-F]{64}")
_BLOCK_BYTES = {11: 8, 7: 5}
_SOLANA = words(r"solana", r"sol", r"wallet", r"phantom", r"spl", r"crypto", r"airdrop")
_PRIVATE = words(r"private key", r"secret key", r"priv(?:ate)? ?key")


def _checked(plain: str) -> bytes:
    """What a Base58Check text holds, without its checksum; empty where that is wrong."""
    raw = b58decode(plain)
    body, check = raw[:-4], raw[-4:]
    return body if hashlib.sha256(hashlib.sha256(body).digest()).digest()[:4] == check else b""


def _base58check(run: str) -> float:
    if not 26 <= len(run) <= 35 or not _IN_BASE58.fullmatch(run):
        return 0.0
    body = _checked(run)
    long = len(body) == 22 and body[:2] in _ZCASH
    return 0.99 if long or (len(body) == 21 and body[:1] in _ADDRESS_VERSIONS) else 0.0


def _extended_key(run: str) -> float:
    wanted = run.startswith(_PUBLIC_KEYS) and len(run) == 111 and _IN_BASE58.fullmatch(run)
    return 0.99 if wanted and _checked(run) else 0.0


def _ripple(run: str) -> float:
    if run[0] != "r" or not 25 <= len(run) <= 35 or any(sign not in _RIPPLE for sign in run):
        return 0.0
    return 0.99 if len(_checked(run.translate(_TO_BITCOIN))) == 21 else 0.0


def _bech32(run: str) -> float:
    low = run.lower()
    match = _HUMAN_PARTS.fullmatch(low)
    if match is None or run not in (low, run.upper()):
        return 0.0
    human = match[1]
    head = [ord(sign) >> 5 for sign in human] + [0] + [ord(sign) & 31 for sign in human]
    data = [_BECH32.index(sign) for sign in match[2]]
    return 0.99 if bech32_checksum([*head, *data]) in _BECH32_OK else 0.0


def _cash_address(run: str) -> float:
    """CashAddr without its prefix (Bitcoin Cash specification, address encoding)."""
    low = run.lower()
    if len(run) != 42 or low[0] not in "qp" or any(sign not in _BECH32 for sign in low):
        return 0.0
    prefix = [ord(sign) & 31 for sign in "bitcoincash"]
    total = 1
    for value in [*prefix, 0, *map(_BECH32.index, low)]:
        top = total >> 35
        total = ((total & 0x07FFFFFFFF) << 5) ^ value
        for bit, term in enumerate(
            (0x98F2BC8E61, 0x79B76D99E2, 0xF33E5FB3C4, 0xAE2EABE2A8, 0x1E4F43E470)
        ):
            total ^= term if top >> bit & 1 else 0
    return 0.99 if total == 1 else 0.0


def _ethereum(run: str) -> float:
    """An address; one in mixed case must keep EIP-55, where the case of a letter is a check bit."""
    if not _HEX_40.fullmatch(run):
        return 0.0
    body = run[2:]
    if body in (body.lower(), body.upper()):
        return 0.9 if len(set(body)) > 4 else 0.0
    sums = keccak_256(body.lower().encode()).hex()
    right = "".join(
        c.upper() if int(s, 16) > 7 else c for c, s in zip(body.lower(), sums, strict=False)
    )
    return 0.99 if right == body else 0.0


def _monero(run: str) -> float:
    if len(run) not in (95, 106) or run[0] not in "48" or not _IN_BASE58.fullmatch(run):
        return 0.0
    raw = b"".join(_block(run[place : place + 11]) for place in range(0, len(run), 11))
    return 0.99 if keccak_256(raw[:-4])[:4] == raw[-4:] else 0.0


def _block(signs: str) -> bytes:
    value = 0
    for sign in signs:
        value = value * 58 + _BASE58.index(sign)
    size = _BLOCK_BYTES[len(signs)]
    return (value % (1 << 8 * size)).to_bytes(size, "big")


def _stellar(run: str) -> float:
    if len(run) != 56 or run[0] not in "GM" or not run.isupper():
        return 0.0
    return 0.99 if _strkey(run) else 0.0


def _strkey(run: str) -> bool:
    try:
        raw = base64.b32decode(run)
    except binascii.Error:
        return False
    return binascii.crc_hqx(raw[:-2], 0) == int.from_bytes(raw[-2:], "little")


def _private_key(run: str) -> float:
    """Wallet import format, extended private keys and Stellar seeds: who has them has the money."""
    if len(run) == 56 and run[0] == "S" and run.isupper():
        return 0.99 if _strkey(run) else 0.0
    if not _IN_BASE58.fullmatch(run):
        return 0.0
    if len(run) in (51, 52) and run[0] in "5KL9c":
        body = _checked(run)
        return 0.99 if len(body) in (33, 34) and body[:1] in (b"\x80", b"\xef") else 0.0
    return 0.99 if len(run) == 111 and run.startswith(_PRIVATE_KEYS) and _checked(run) else 0.0


_KINDS: tuple[Callable[[str], float], ...] = (
    _base58check, _extended_key, _ripple, _bech32, _cash_address, _ethereum, _monero, _stellar,
)  # fmt: skip


def _addresses(page: Page) -> Iterator[Span]:
    for match in page.matches(_RUN):
        score = max(kind(match[0]) for kind in _KINDS) or _named(page, match)
        if score:
            yield Span(match.start(), match.end(), "CRYPTO", score)


def _named(page: Page, match: re.Match[str]) -> float:
    """A Solana address: 32 bytes in Base58, of mixed case, with a digit, beside a word for it."""
    run = match[0]
    if not 32 <= len(run) <= 44 or not _IN_BASE58.fullmatch(run) or run.isalpha() or run.isdigit():
        return 0.0
    mixed = run not in (run.lower(), run.upper()) and len(b58decode(run)) == 32
    return 0.8 if mixed and page.before(match.start(), _SOLANA) else 0.0


def _private_keys(page: Page) -> Iterator[Span]:
    for match in page.matches(_RUN):
        score = _private_key(match[0])
        if not score and _HEX_64.fullmatch(match[0]) and page.before(match.start(), _PRIVATE):
            score = 0.9
        if score:
            yield Span(match.start(), match.end(), "SECRET", score)


RULES: tuple[Rule, ...] = (
    FinderRule("CRYPTO", _addresses, (), (_RUN,)),
    FinderRule("SECRET", _private_keys, (), (_RUN,)),
)
