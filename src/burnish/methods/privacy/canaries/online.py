"""Invented identifiers of the network: mailboxes, devices, pages, handles, wallets, keys.

A form returns the identifier, or what stands before it, the identifier, and what stands after it,
where the identifier is a part of something written in one piece.
"""

import base64
import json
from random import Random

from burnish.methods.privacy.canaries.digits import (
    LETTERS,
    base58_check,
    bech32,
    cut,
    digits,
    letters,
)
from burnish.methods.privacy.canaries.people import ascii_name

Written = str | tuple[str, str, str]
_HOSTS = (
    "brindle.example", "quokka.test", "larkspur.example.org", "oriel.co.uk", "ts-group.com.au",
    "zeta.io",
    "mail.kestrel.example.net", "uni-haus.de", "post.fjord.no",
)  # fmt: skip
_SIGNS = LETTERS + LETTERS.lower() + "0123456789"
_HEX = "0123456789abcdef"


def email(random: Random) -> str:
    """A mailbox (RFC 5322), names in six arrangements."""
    given, family = ascii_name(random)
    local = random.choice((
        f"{given}.{family}", f"{given}_{family}{random.randint(1, 99)}", f"{given[0]}{family}",
        f"{given}+desk",
        f"{family}-{given}", f"{given.upper()}.{family.upper()}",
        f"{given}{random.randint(1950, 2010)}",
    ))  # fmt: skip
    return f"{local}@{random.choice(_HOSTS)}"


def ip(random: Random) -> str:
    """An address of version 4 or 6 (RFC 791, RFC 4291, RFC 5952)."""
    first = random.choice([n for n in range(1, 224) if n not in (10, 127)])
    four = ".".join(str(part) for part in (first, *(random.randint(1, 254) for _ in range(3))))
    groups = [f"{random.randint(4096, 65535):x}" for _ in range(8)]
    return random.choice((
        four, four, four,
        f"10.{random.randint(0, 255)}.{random.randint(0, 255)}.{random.randint(2, 254)}",
        ":".join(groups), f"2001:db8:{groups[0]}::{groups[1]}",
        f"2A02:{':'.join(groups[:7])}".upper(),
        f"fe80::{':'.join(groups[:4])}",
    ))  # fmt: skip


def mac(random: Random) -> str:
    """Six octets with colons, dashes or in groups of four (IEEE 802)."""
    octets = cut(letters(random, 12, _HEX), (2,) * 6, ":")
    return random.choice((
        octets, octets.upper(), octets.replace(":", "-"), octets.replace(":", "-").upper(),
        cut(octets.replace(":", ""), (4, 4, 4), "."),
    ))  # fmt: skip


def url(random: Random) -> Written:
    """A page whose address tells who reads it; the telling part is the identifier (RFC 3986)."""
    given, family = ascii_name(random)
    host, token = random.choice(_HOSTS), letters(random, random.choice((24, 32, 40)), _SIGNS)
    user = random.choice(
        (f"{given}.{family}", f"{given}{family}", f"{given}_{random.randint(1, 999)}")
    )
    return random.choice((
        (f"https://{host}/users/", user, "/orders"), (f"https://{host}/profile/", user, ""),
        (f"http://www.{host}/~", user, "/"), (f"https://{host}/u/", user, "?tab=posts"),
        (f"https://{host}/reset?token=", token, ""),
        (f"https://{host}/in?sid=7&session_id=", token, "&p=2"),
        (f"https://{host}/unsubscribe?email=", f"{given}%40{family}.example", "&list=4"),
        ("https://", f"{given}:{letters(random, 9, _SIGNS)}", f"@{host}/private"),
        (f"https://{host}/login?username=", user, "&lang=en"),
        ("ftp://", f"{given}", f"@{host}/inbox"),
    ))  # fmt: skip


def handle(random: Random) -> str:
    """A name with an at sign, as social media have them."""
    given, family = ascii_name(random)
    return "@" + random.choice((
        f"{given}_{family[0]}", f"{given}{family}", f"{given}{random.randint(10, 99)}",
        f"the_real_{given}", f"{family}.{given}",
        f"{given.title()}{family.title()}",
    ))  # fmt: skip


def crypto(random: Random) -> str:
    """A wallet of Bitcoin, Ethereum, Litecoin, Dogecoin or Tron."""
    return random.choice((
        base58_check(random, 0), base58_check(random, 5), bech32(random, "bc", 0),
        bech32(random, "bc", 1),
        "0x" + letters(random, 40, _HEX), base58_check(random, 0x30), bech32(random, "ltc", 0),
        base58_check(random, 0x1E), base58_check(random, 0x41),
    ))  # fmt: skip


def key(random: Random) -> str:
    """A key in the form that its issuer documents."""

    def signs(count: int) -> str:
        return letters(random, count, _SIGNS)

    return random.choice((
        f"AKIA{letters(random, 16, LETTERS + '234567')}", f"ghp_{signs(36)}",
        f"github_pat_{signs(22)}_{signs(59)}",
        f"glpat-{signs(20)}", f"xoxb-{digits(random, 12)}-{digits(random, 12)}-{signs(24)}",
        f"AIza{signs(35)}",
        f"sk_live_{signs(24)}", f"hf_{signs(34)}", f"sk-proj-{signs(48)}",
        f"sk-ant-api03-{signs(93)}AA",
        f"npm_{signs(36)}", f"pypi-AgEIcHlwaS5vcmc{signs(80)}", f"GOCSPX-{signs(28)}",
        f"dapi{letters(random, 32, _HEX)}",
        f"SG.{signs(22)}.{signs(43)}", f"dop_v1_{letters(random, 64, _HEX)}",
        f"shpat_{letters(random, 32, _HEX)}",
        f"{digits(random, 10)}:AA{signs(33)}", _web_token(random, signs(43)),
    ))  # fmt: skip


def _web_token(random: Random, signature: str) -> str:
    parts = ({"alg": "HS256", "typ": "JWT"}, {"sub": digits(random, 9), "admin": False})
    coded = (base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts)
    return ".".join((*coded, signature))


def password(random: Random) -> str:
    """What people choose: a word, digits, a mark."""
    word = random.choice(("tulip", "Harbour", "kettle", "Meridian", "otter", "Fjord", "qwertz"))
    mark, number = random.choice("!#$%&*?"), random.randint(10, 9999)
    return random.choice(
        (f"{word}{number}{mark}", f"{mark}{word}-{number}", f"{number}{word}{mark}Q")
    )


def random_key(random: Random) -> str:
    """A long key without any prefix; only its label tells it."""
    return letters(random, random.choice((32, 40)), random.choice((_HEX, _SIGNS))) + digits(
        random, 2
    )
