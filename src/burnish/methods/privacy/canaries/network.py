"""Further mailboxes, devices, pages, handles, wallets and keys, by standards and makers."""

import base64
import hashlib
from random import Random

from burnish.methods.privacy.canaries.cultures import ascii_name
from burnish.methods.privacy.canaries.digits import (
    LETTERS,
    base58_check,
    bech32,
    cut,
    digits,
    letters,
)
from burnish.methods.privacy.canaries.online import Written

_HOSTS = (
    "wattlebird.example", "students.ostrava.test", "tidewell.com.au", "pfad-werk.de", "lune.fr",
    "mx2.cobalt.example.org", "northmoor.ac.uk", "foundry.photography", "brook.gov.au",
)  # fmt: skip
_SIGNS = LETTERS + LETTERS.lower() + "0123456789"
_HEX = "0123456789abcdef"
_BITCOIN = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_RIPPLE = "rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz"


def email(random: Random) -> str:
    """A mailbox with more arrangements of the name (RFC 5321, RFC 6531), also spelt out."""
    given, family = ascii_name(random)
    host = random.choice(_HOSTS)
    local = random.choice((
        f"{given}.{family[0]}.{family}", f"{family}{random.randint(1, 999)}",
        f"{given}.o'{family}", f"{given}",
        f"{given}+news.2024", f"{family}.{given}{random.randint(60, 99)}", f"_{given}_",
        f"{given[0]}.{family}",
        f"{given}%{family}", f"{given.title()}{family.title()}", f"{given}-{family}",
    ))  # fmt: skip
    if random.random() < 0.15:
        return random.choice((
            f"{local} at {host.replace('.', ' dot ')}",
            f"{local} [at] {host.replace('.', ' [dot] ')}",
            f"{local}(at){host}",
        ))  # fmt: skip
    other = random.choice((host.upper(), "münchner-post.example", "[192.0.2.7]"))
    return f"{local}@{random.choice((host, host, host, other))}"


def ip(random: Random) -> Written:
    """An address with port, prefix or zone beside it (RFC 3986, RFC 4007, RFC 4291)."""
    four = f"{random.randint(11, 126)}.{'.'.join(str(random.randint(1, 254)) for _ in range(3))}"
    g = [f"{random.randint(4096, 65535):x}" for _ in range(6)]
    return random.choice((
        ("", four, f":{random.randint(1024, 65000)}"), ("", four, "/24"),
        ("http://", four, "/admin"),
        ("", f"172.{random.randint(16, 31)}.{random.randint(0, 255)}.{random.randint(2, 254)}", ""),
        ("", f"192.168.{random.randint(0, 255)}.{random.randint(2, 254)}", ""),
        ("", f"::ffff:{four}", ""),
        ("[", f"2001:db8:{g[0]}::{g[1]}", "]:443"),
        ("", f"fe80::{g[0]}:{g[1]}:{g[2]}:{g[3]}", "%eth0"),
        ("", f"2a00:{g[0]}:{g[1]}:{g[2]}::1", "/64"), ("", f"2606:{':'.join(g)}:0", ""),
        ("", four, ""),
    ))  # fmt: skip


def mac(random: Random) -> str:
    """Six octets in one piece or in two, eight octets, capitals (IEEE 802, EUI-64)."""
    plain = letters(random, 12, _HEX)
    return random.choice((
        cut(plain, (6, 6), "-"), cut(letters(random, 16, _HEX), (2,) * 8, ":"),
        cut(plain, (2,) * 6, " "),
        cut(plain.upper(), (4, 4, 4), "."), cut(letters(random, 16, _HEX).upper(), (2,) * 8, "-"),
        cut(plain, (2,) * 6, ":"), plain.upper(), cut(plain.upper(), (2,) * 6, "-"),
    ))  # fmt: skip


def url(random: Random) -> Written:
    """A page that tells its reader in more places: path, query, parameter, fragment (RFC 3986)."""
    given, family = ascii_name(random)
    host, token = random.choice(_HOSTS), letters(random, random.choice((22, 32, 43)), _SIGNS)
    user, number = f"{given}-{family}", digits(random, random.choice((8, 10, 15)))
    return random.choice((
        ("https://www.linkedin.com/in/", f"{user}-{letters(random, 8, _HEX)}", "/"),
        ("https://github.com/", f"{given}{family}", ""),
        ("https://www.facebook.com/profile.php?id=", number, ""),
        (f"https://{host}/members/", user, "/photos"),
        (f"https://{host}/app?uid=", number, "&lang=de"),
        (f"https://{host}/cb#access_token=", token, "&type=bearer"),
        (f"https://{host}/shop;jsessionid=", letters(random, 32, "0123456789ABCDEF"), "?p=1"),
        (f"http://{host}/index.php?PHPSESSID=", letters(random, 26, _HEX), ""),
        (f"https://{host}/@", f"{given}_{family}", ""),
        (f"https://{host}/verify/", token, ""), (f"https://{host}/account/", number, "/settings"),
        (f"https://{host}/track?phone=", f"%2B614{digits(random, 8)}", "&r=1"),
        ("sftp://", f"{given}{family[0]}", f"@{host}:22/home"),
        (f"https://{host}/people/", f"{given}.{family}", ""),
        (f"https://{host}/s?name=", f"{given}+{family}", "&x=2"),
    ))  # fmt: skip


def handle(random: Random) -> Written:
    """A name with its server, of a forum, or with signs (ActivityPub, Reddit, AT Protocol)."""
    given, family = ascii_name(random)
    return random.choice((
        f"@{given}{family[0]}@{random.choice(('social.example', 'mastodon.example.org'))}",
        f"u/{given}_{random.randint(2, 999)}",
        f"@{given}.{family}", f"@{given.title()}_{family.title()}{random.randint(1, 99)}",
        f"@{given}.bsky.social",
        f"@_{given}_", f"@{family}{random.randint(1950, 2012)}", f"@{given}x{family}",
        ("/", f"u/{family}{given[0]}", ""),
    ))  # fmt: skip


def bare_handle(random: Random) -> str:
    """A handle without any sign before it; only its label tells it."""
    given, family = ascii_name(random)
    return random.choice((
        f"{given}.{family}", f"{given}_{family}", f"{given}{random.randint(10, 999)}",
        f"x{given}x_{family[:3]}",
        f"{given}{family}",
    ))  # fmt: skip


def _base58(payload: bytes) -> str:
    payload += hashlib.sha256(hashlib.sha256(payload).digest()).digest()[:4]
    value, written = int.from_bytes(payload, "big"), ""
    while value:
        value, rest = divmod(value, 58)
        written = _BITCOIN[rest] + written
    return "1" * (len(payload) - len(payload.lstrip(b"\0"))) + written


def crypto(random: Random) -> Written:
    """Wallets of seven more kinds, and addresses within links (BIP 21, BIP 350, EIP-681)."""
    ether = "0x" + letters(random, 40, _HEX)
    return random.choice((
        ("", bech32(random, "bc", 1), ""), ("bitcoin:", bech32(random, "bc", 0), "?amount=0.2"),
        ("ethereum:", ether, "@1"),
        ("", base58_check(random, 0x4C), ""), ("", _base58(b"\x1c\xb8" + random.randbytes(20)), ""),
        ("", base58_check(random, 0).translate(str.maketrans(_BITCOIN, _RIPPLE)), ""),
        ("", bech32(random, "cosmos", 0), ""),
        ("https://etherscan.io/address/", ether, ""), ("bitcoin:", base58_check(random, 0), ""),
        ("", base58_check(random, 5), ""),
        ("", "0x" + letters(random, 40, _HEX).upper(), ""),
    ))  # fmt: skip


def key(random: Random) -> Written:
    """A key of further makers in their documented form, or the secret part of a link."""

    def s(count: int) -> str:
        return letters(random, count, _SIGNS)

    hexed = letters(random, 64, _HEX)
    return random.choice((
        f"ASIA{letters(random, 16, LETTERS + '234567')}", f"ghs_{s(36)}", f"gho_{s(36)}",
        f"rk_live_{s(24)}", f"whsec_{s(32)}",
        f"ya29.{s(120)}", f"SK{hexed[:32]}", f"key-{hexed[:32]}",
        f"{hexed[:32]}-us{random.randint(1, 21)}", f"sq0atp-{s(22)}",
        f"glsa_{s(32)}_{hexed[:8]}", f"xapp-1-A{letters(random, 10)}-{digits(random, 13)}-{hexed}",
        f"shpss_{hexed[:32]}",
        f"lin_api_{s(40)}", f"dckr_pat_{s(27)}", f"PMAK-{hexed[:24]}-{hexed[24:58]}",
        f"NRAK-{letters(random, 27)}",
        f"tskey-auth-{s(12)}CNTRL-{s(32)}", f"hvs.{s(95)}", f"ATATT3xFfGF0{s(170)}",
        f"pul-{hexed[:40]}",
        ("https://hooks.slack.com/services/",
            f"T{letters(random, 8)}/B{letters(random, 8)}/{s(24)}", ""), _block(random),
        ("postgres://app:", s(16), "@db.brindle.example:5432/main"),
        ("AccountKey=", base64.b64encode(random.randbytes(64)).decode(), ";"),
    ))  # fmt: skip


def _block(random: Random) -> str:
    kind = random.choice(
        ("OPENSSH PRIVATE KEY", "EC PRIVATE KEY", "PRIVATE KEY", "PGP PRIVATE KEY BLOCK")
    )
    lines = [base64.b64encode(random.randbytes(48)).decode() for _ in range(4)]
    return "\n".join((f"-----BEGIN {kind}-----", *lines, f"-----END {kind}-----"))


def password(random: Random) -> str:
    """Phrases, leetspeak, a season and its year, and what a manager makes."""
    word = random.choice(("maple", "Copper", "dragonfly", "Winter", "pepper", "Sunday"))
    return random.choice((
        f"{word}-{random.choice(('stair', 'lamp'))}-{random.choice(('orbit', 'clay'))}",
        f"{word}{random.randint(2015, 2026)}",
        f"{letters(random, 12, _SIGNS)}!",
        f"{word.replace('a', '@').replace('e', '3')}{random.randint(1, 99)}",
        f"{word}_{random.randint(100, 999)}$", letters(random, 16, _SIGNS + '#%+*'),
    ))  # fmt: skip


def random_key(random: Random) -> str:
    """A long key without any prefix: base64, a UUID, hexadecimal."""
    plain = letters(random, 32, _HEX)
    return random.choice((
        base64.b64encode(random.randbytes(30)).decode(), cut(plain, (8, 4, 4, 4, 12), "-"),
        letters(random, 64, _HEX),
        letters(random, 24, _SIGNS) + digits(random, 2),
    ))  # fmt: skip
