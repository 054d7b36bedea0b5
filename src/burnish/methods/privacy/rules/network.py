"""Addresses of networks: internet addresses and those of network cards.

Versions 4 and 6 (RFC 791, RFC 4291, RFC 4007 for zones) are read by the standard library; a card
has
six or eight octets (IEEE 802, MAC-48 and EUI-64) with colons, dashes or Cisco's dots.
"""

import ipaddress
import re
from collections.abc import Iterator

from burnish.methods.privacy.page import Page
from burnish.methods.privacy.rules.rule import FinderRule, NumberRule, PatternRule, Rule, words
from burnish.methods.privacy.spans import Span

_VERSION = words(
    r"v(?:er(?:sion)?)?\.?", r"release", r"firmware", r"build", r"revision", r"section"
)
_V4 = re.compile(
    r"(?<![0-9A-Za-z_])(?<![0-9]\.)\d{1,3}(?:\.\d{1,3}){3}(?:/\d{1,2})?(?![0-9A-Za-z_])(?!\.[0-9])"
)
_COLONS = re.compile(r":[0-9A-Fa-f]{0,4}:")
_V6_LEFT = re.compile(
    r"(?<![0-9A-Za-z_:.])(?:(?:IP(?:v6)?|address):)?(?P<left>[0-9A-Fa-f:]{0,40})$", re.IGNORECASE
)
_V6 = re.compile(
    r"(?:[0-9A-Fa-f]{0,4}:){2,7}(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f]{0,4})"
    r"(?:%[0-9A-Za-z]{1,8})?(?:/\d{1,3})?(?![0-9A-Za-z_:])(?!\.[0-9])"
)


def _address(written: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(written.split("/")[0].split("%")[0])
    except ValueError:
        return None


def _v4(page: Page, start: int, end: int) -> float:
    address = _address(page.text[start:end])
    if address is None or address.is_loopback or address.is_unspecified:
        return 0.0
    numbered = page.text[max(0, start - 2) : start].strip()[-1:] in ("$", "§")
    if numbered or page.before(start, _VERSION, 12) or page.text[start:end].startswith("255."):
        return 0.0
    return 0.9


def _v6(page: Page) -> Iterator[Span]:
    done = 0
    for colons in page.matches(_COLONS):
        if colons.start() < done:
            continue
        left = _V6_LEFT.search(page.text, max(0, colons.start() - 40), colons.start())
        match = left and _V6.match(page.text, left.start("left"))
        if match and _personal_v6(match[0]):
            yield Span(match.start(), match.end(), "IP", 0.95)
            done = match.end()


def _personal_v6(written: str) -> bool:
    address = _address(written)
    if address is None or address.is_loopback or address.is_unspecified:
        return False
    groups = [group for group in re.split(r"[:%/]", written) if group]
    # 'abc::def' is an address by the letter and a scope operator in most texts.
    return len(groups) > 2 or (len(groups) == 2 and any(map(str.isdigit, written)))


_HEX = r"[0-9A-Fa-f]{2}"
_MAC = re.compile(
    rf"(?<![0-9A-Za-z_.-])(?<!(?<![0-9A-Za-z])[0-9A-Fa-f]{{2}}:)(?:{_HEX}(?P<sign>[:-])(?:{_HEX}(?P=sign)){{4}}{_HEX}"
    rf"|{_HEX}:(?:{_HEX}:){{6}}{_HEX}|{_HEX}-(?:{_HEX}-){{6}}{_HEX}"
    r"|(?:[0-9A-Fa-f]{4}\.){2}[0-9A-Fa-f]{4})(?![0-9A-Za-z_]|[:-][0-9A-Fa-f]|\.[0-9A-Fa-f]{2})"
)
_BARE_MAC = re.compile(
    rf"(?<![0-9A-Za-z_])(?:(?:{_HEX}){{3}}-?(?:{_HEX}){{3}}|(?:{_HEX} ){{5}}{_HEX})(?![0-9A-Za-z_])"
)
_MAC_WORDS = words(
    r"macs?(?:[ -]?addr(?:ess)?)?",
    r"ethernet",
    r"hwaddr",
    r"bssid",
    r"lladdr",
    r"(?:physical|hardware) address",
)


def _mac(page: Page, start: int, end: int) -> float:
    plain = re.sub(r"[:.-]", "", page.text[start:end]).lower()
    # Zeros and the broadcast address belong to nobody.
    if len(set(plain)) == 1:
        return 0.0
    if page.before(start, _MAC_WORDS):
        return 0.97
    return 0.9 if any(map(str.isalpha, plain)) or ":" in page.text[start:end] else 0.5


def _bare_mac(page: Page, start: int, end: int) -> float:
    plain = page.text[start:end]
    return 0.8 if len(set(plain.lower())) > 1 and page.before(start, _MAC_WORDS, 40) else 0.0


RULES: tuple[Rule, ...] = (
    NumberRule("IP", _V4, _v4, 4),
    FinderRule("IP", _v6, (), (_COLONS,)),
    PatternRule("MAC", _MAC, _mac),
    PatternRule(
        "MAC",
        _BARE_MAC,
        _bare_mac,
        ("mac", "ethernet", "hwaddr", "bssid", "lladdr", "physical address"),
    ),
)
