import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from burnish.methods.privacy.detect import RuleDetector
from burnish.methods.privacy.rules.keccak import keccak_256

_DETECTOR = RuleDetector(categories=("CRYPTO",), scan=False)
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

_ADDRESSES = {
    "Bitcoin, to a key": "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
    "Bitcoin, to a script": "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy",
    "Bitcoin, Bech32": "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq",
    "Bitcoin, Bech32m": "bc1p5cyxnuxmeuwuvkwfem96lqzszd02n6xdcjrs20cac6yqjjwudpxqkedrcr",
    "Bitcoin, capitals": "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4",
    "Ethereum": "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
    "Ethereum, small": "0xde709f2102306220921060314715629080e2fb77",
    "Litecoin": "LdP8Qox1VAhCzLJNqrr74YovaWYyNBUWvL",
    "Dogecoin": "DH5yaieqoZN36fDVciNyRueRGvGLR3mr7L",
    "XRP": "rEb8TK3gBgk5auZkwc6sHnwrGVJH8DuaLh",
    "Tron": "TJRabPrwbZy45sbavfcjinPJC18kjpRTv8",
    "Stellar": "GAAZI4TCR3TY5OJHCTJC2A4QSY6CJWJH5IAJTGKIN2ER7LBNVKOCCWN7",
    "Bitcoin Cash": "qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a",
    "Monero": (
        "44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBEt7f2wfn3RV"
        "GQBEP3A"
    ),
}
"""Published examples: BIP 173, BIP 350, EIP-55 and the documentation of each currency."""


@pytest.mark.parametrize("name", _ADDRESSES)
def test_an_address_is_found_and_with_one_sign_changed_it_is_not(name: str) -> None:
    address = _ADDRESSES[name]
    changed = address[:-1] + ("q" if address[-1] != "q" else "p")

    spans = _DETECTOR.detect([f"send it to {address}, today"])[0]

    assert [(s.start, s.end) for s in spans] == [(11, 11 + len(address))]
    if name != "Ethereum, small":
        assert _DETECTOR.detect([f"send it to {changed}, today"])[0] == []


@settings(max_examples=50, deadline=None)
@given(st.binary(min_size=20, max_size=20), st.sampled_from((0x00, 0x05, 0x30, 0x1E, 0x41)))
def test_any_address_with_its_checksum_is_found(key: bytes, version: int) -> None:
    body = bytes([version]) + key
    address = _base58(body + hashlib.sha256(hashlib.sha256(body).digest()).digest()[:4])

    assert [(s.start, s.end) for s in _DETECTOR.detect([address])[0]] == [(0, len(address))]


@settings(max_examples=50, deadline=None)
@given(st.text(_BASE58, min_size=26, max_size=44))
def test_random_letters_and_digits_are_no_address(run: str) -> None:
    assert _DETECTOR.detect([f"build {run} done"])[0] == []


@settings(max_examples=50, deadline=None)
@given(st.binary(min_size=20, max_size=20))
def test_an_ethereum_address_keeps_its_case_or_is_none(key: bytes) -> None:
    low = key.hex()
    sums = keccak_256(low.encode()).hex()
    right = "".join(c.upper() if int(s, 16) > 7 else c for c, s in zip(low, sums, strict=False))

    assert len(_DETECTOR.detect([f"0x{right}"])[0]) == (1 if len(set(low)) > 4 else 0)
    if right.swapcase() not in (low, low.upper()):
        assert _DETECTOR.detect([f"0x{right.swapcase()}"])[0] == []


def test_digests_and_commits_are_no_wallets() -> None:
    digest = hashlib.sha256(b"x").hexdigest()

    assert _DETECTOR.detect([f"commit {digest[:40]} of sha256:{digest}"])[0] == []


def test_a_solana_address_needs_a_word_beside_it() -> None:
    address = "7EcDhSYGxXyscszYEp35KHN8vvw3svAuLKTzXwCFLtV"

    assert len(_DETECTOR.detect([f"my Solana wallet {address}"])[0]) == 1
    assert _DETECTOR.detect([f"trace {address}"])[0] == []


@pytest.mark.parametrize(
    ("message", "digest"),
    [
        (b"", "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"),
        (b"abc", "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"),
        (b"a" * 136, "a6c4d403279fe3e0af03729caada8374b5ca54d8065329a3ebcaeb4b60aa386e"),
    ],
)
def test_keccak_gives_the_published_digests(message: bytes, digest: str) -> None:
    assert keccak_256(message).hex() == digest


def _base58(raw: bytes) -> str:
    value, signs = int.from_bytes(raw, "big"), ""
    while value:
        value, place = divmod(value, 58)
        signs = _BASE58[place] + signs
    return "1" * (len(raw) - len(raw.lstrip(b"\0"))) + signs
