"""Further telephone numbers, dates of birth, addresses and coordinates, by other customs."""

from random import Random

from burnish.methods.privacy.canaries.digits import digits, letters
from burnish.methods.privacy.canaries.online import Written

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")
_NO_BREAK = "\N{NO-BREAK SPACE}"


def phone_au(random: Random) -> str:
    """Mobile and fixed numbers with other joints (ACMA numbering plan 2015)."""
    d = digits(random, 8)
    area = random.choice(("2 9", "3 9", "7 3", "8 8", "2 6", "3 5"))
    city, first = area.split()
    return random.choice((
        f"(04{d[:2]}) {d[2:5]} {d[5:]}", f"+61-4{d[:2]}-{d[2:5]}-{d[5:]}",
        f"+61 (0)4{d[:2]} {d[2:5]} {d[5:]}",
        f"04 {d[:4]} {d[4:]}", f"+61 4{d[:2]}{d[2:5]}{d[5:]}", f"(0{city}){first}{d[:3]}{d[3:7]}",
        f"0{city}{first}{d[:7]}", f"+61{city}{first}{d[:7]}", f"0{city}.{first}{d[:3]}.{d[3:7]}",
        f"04{d[:2]}/{d[2:5]}/{d[5:]}", f"04{d[:2]}{_NO_BREAK}{d[2:5]}{_NO_BREAK}{d[5:]}",
    ))  # fmt: skip


def phone_us(random: Random) -> str:
    """Ten digits with other joints (North American Numbering Plan)."""
    area = random.choice(("206", "305", "404", "503", "602", "713", "907", "919"))
    office, line = f"{random.randint(2, 9)}{random.randint(20, 99)}", digits(random, 4)
    return random.choice((
        f"+1 ({area}) {office}-{line}", f"+1.{area}.{office}.{line}", f"{area}/{office}-{line}",
        f"({area}) {office} {line}", f"({area}) {office}.{line}", f"1 {area} {office} {line}",
        f"{area}{office}{line}", f"001 {area} {office} {line}", f"+1-{area}-{office}-{line}",
        f"1.{area}.{office}.{line}", f"({area})-{office}-{line}",
    ))  # fmt: skip


def phone_gb(random: Random) -> str:
    """Mobile and fixed numbers with other joints (Ofcom's numbering plan)."""
    d = digits(random, 9)
    return random.choice((
        f"07{random.choice('4589')}{d[:2]} {d[2:5]} {d[5:8]}",
        f"+44 (0)7{random.choice('4589')}{d[:2]} {d[2:8]}",
        f"0044 7{random.choice('4589')}{d[:2]} {d[2:8]}", f"+447{random.choice('4589')}{d[:8]}",
        f"(020) 7{d[:3]} {d[3:7]}", f"020-7{d[:3]}-{d[3:7]}", f"01632 960{d[:3]}",
        f"+44 1632 960{d[:3]}",
        f"0131 2{d[:2]} {d[2:6]}", f"07{random.choice('4589')}{d[:2]}-{d[2:8]}", f"02890 {d[:6]}",
    ))  # fmt: skip


def phone_eu(random: Random) -> str:
    """Numbers of thirteen member states, at home and from abroad (ITU-T E.123)."""
    d = digits(random, 8)
    return random.choice((
        f"0171-2{d[:6]}", f"+49 171 / 2{d[:2]} {d[2:4]} {d[4:6]}",
        f"+33 (0)6 {d[:2]} {d[2:4]} {d[4:6]} {d[6:]}",
        f"06.{d[:2]}.{d[2:4]}.{d[4:6]}.{d[6:]}", f"0033 1 42 {d[:2]} {d[2:4]} {d[4:6]}",
        f"+39 347 {d[:3]} {d[3:7]}",
        f"347 {d[:7]}", f"+34 91 {d[:3]} {d[3:5]} {d[5:7]}", f"06-1{d[:7]}",
        f"+31 (0)6 1{d[:3]} {d[3:7]}",
        f"+32 475 {d[:2]} {d[2:4]} {d[4:6]}", f"+43 660 {d[:7]}", f"070-1{d[:2]} {d[2:4]} {d[4:6]}",
        f"+45 2{d[0]} {d[1:3]} {d[3:5]} {d[5:7]}", f"+358 40 {d[:3]} {d[3:7]}",
        f"+351 91{d[0]} {d[1:4]} {d[4:7]}",
        f"087 2{d[:2]} {d[2:6]}", f"+353 (0)1 6{d[:2]} {d[2:6]}",
    ))  # fmt: skip


def birth(random: Random) -> str:
    """A day with ordinals, Roman months, a time, a short year (ISO 8601, HL7, RFC 6350)."""
    day, month, year = random.randint(1, 28), random.randint(1, 12), random.randint(1940, 2014)
    name, short = _MONTHS[month - 1], f"{year % 100:02d}"
    ordinal = f"{day}{'th' if 4 <= day <= 20 else {1: 'st', 2: 'nd', 3: 'rd'}.get(day % 10, 'th')}"
    return random.choice((
        f"{ordinal} {name} {year}", f"{name} {ordinal}, {year}", f"{name[:3]}. {ordinal}, {year}",
        f"{day:02d} {name[:3].upper()} {short}", f"{day}-{month}-{year}",
        f"{day}/{_ROMAN[month - 1]}/{year}",
        f"{year}-{month:02d}-{day:02d}T00:00:00Z", f"{day}.{month}.{short}",
        f"{day:02d}{month:02d}{year}",
        f"{day:02d}{name[:3].upper()}{year}", f"{name} {day} {year}",
        f"{day} {name[:3].lower()} {year}",
        f"{day:02d}.{month:02d}.{year}", f"{day:02d} {month:02d} {year}",
        f"{year}.{month:02d}.{day:02d}",
        f"{ordinal} of {name} {year}", f"{name[:3]}-{day:02d}-{year}",
    ))  # fmt: skip


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split("|"))


_AU_STREETS = _words(
    "Banksia|Kurrajong|Wirraway|Flinders|Railway|Macarthur|Old Punt|The Boulevarde|Yarra|Hume"
)
_AU_KINDS = _words(
    "Street|St|Road|Rd|Grove|Court|Circuit|Esplanade|Place|Pl|Highway|Boulevard|Walk"
)
_SUBURBS = _words(
    "Parramatta NSW 2150|FITZROY VIC 3065|Cairns QLD 4870|Fremantle, WA 6160|Glenelg SA 5045"
    "|Launceston TAS 7250|Belconnen ACT 2617|Palmerston NT 0830|Orange NSW 2800"
    "|Geelong, Victoria 3220"
)
_US_STREETS = _words(
    "Juniper|E Hawthorne|Ridge|NW 5th|Willow Creek|Jefferson|S Halsted|Bayshore"
    "|County Road 12|Aspen"
)
_US_KINDS = _words("St|Street|Ave|Avenue|Blvd|Cir|Ter|Trl|Hwy|Loop|Drive|Lane")
_US_TOWNS = _words(
    "Tucson, AZ 85701|Savannah, GA 31401-4412|SPOKANE WA 99201|Madison, Wisconsin 53703"
    "|Reno, NV 89501"
    "|Baton Rouge LA 70801|New York, NY 10027|Salt Lake City, UT 84101|Fargo ND 58102"
)
_GB_NAMES = _words(
    "Rose Cottage|The Old Rectory|Hillside|Ivy House|Flat 2, Cedar Court|The Granary"
)
_GB_STREETS = _words("Victoria|Beech|Orchard|Kings|Windmill|Bridge|Priory|Marsh|Queen's|Castle")
_GB_KINDS = _words("Road|Lane|Avenue|Drive|Way|Square|Grove|Place|Street|Park|Walk|Ave")
_GB_TOWNS = _words(
    "York YO1 7HH|Norwich, NR2 4SX|Swansea SA1 3QQ|Aberdeen AB10 1XG|London N1 9GU|Bath\nBA1 5LN"
    "|Hove, East Sussex BN3 2FA|Londonderry BT48 6HQ|MANCHESTER M4 5JD"
)
_EU_FORMS = _words(
    "Bahnhofstr. {n}, 50667 Köln|Am Markt {n}, 28195 Bremen"
    "|Goethestraße {n} b\n60313 Frankfurt am Main"
    "|{n}, avenue de la République, 44000 Nantes|{n} ter, place Bellecour\n69002 Lyon"
    "|Viale Trastevere {n}/A, 00153 Roma"
    "|Piazza del Popolo {n}, 10121 Torino TO|C/ Mayor, {n}, 2º B, 46001 Valencia"
    "|Avenida de América {n}, 28002 Madrid"
    "|Prinsengracht {n}-2, 1016 HX Amsterdam|Coolsingel {n}a, 3012 AD Rotterdam"
    "|ul. Marszałkowska {n} m. 7, 00-590 Warszawa"
    "|Storgatan {n}, 211 42 Malmö|Avenue Louise {n} bte 4, 1050 Bruxelles"
    "|Getreidegasse {n}, A-5020 Salzburg"
    "|Rua de Santa Catarina, {n}, 4000-447 Porto|Nørrebrogade {n}, 1. th, 2200 København N"
    "|{n} Grafton Street, Dublin 2"
    "|Mannerheimintie {n} A 12, 00100 Helsinki|Unit {n}, Eyre Square, Galway H91 X2K7"
)


def address_au(random: Random) -> str:
    """Units, ranges, roadside and locked bags (Australia Post's guide; AS 4590)."""
    number, suburb = random.randint(1, 380), random.choice(_SUBURBS)
    street = f"{random.choice(_AU_STREETS)} {random.choice(_AU_KINDS)}"
    return random.choice((
        f"U{random.randint(1, 20)}/{number} {street}, {suburb}",
        f"Shop {random.randint(1, 30)}, {number} {street} {suburb}",
        f"{number}-{number + 4} {street}, {suburb}",
        f"Apartment {random.randint(1, 900)}, {number} {street}\n{suburb}",
        f"GPO Box {number}, {suburb}", f"Locked Bag {number}, {suburb}",
        f"RMB {number} {street}, {suburb}",
        f"Townhouse {random.randint(1, 9)}, {number} {street}, {suburb}",
        f"{number}A {street.upper()} {suburb.upper()}",
        f"{number} {street.lower()} {suburb.lower()}", f"{number} {street}",
    ))  # fmt: skip


def address_us(random: Random) -> str:
    """Rural routes, military posts, fractions, floors (USPS Publication 28)."""
    number, town = random.randint(2, 18999), random.choice(_US_TOWNS)
    street = f"{random.choice(_US_STREETS)} {random.choice(_US_KINDS)}"
    return random.choice((
        f"{number} {street}, Unit {letters(random, 1, 'ABCD')}, {town}",
        f"{number} 1/2 {street}, {town}",
        f"RR {random.randint(1, 9)} Box {number % 400 + 1}, {town}",
        f"HC {random.randint(1, 70)} Box {number % 90 + 1}, {town}",
        f"PSC {number % 900 + 1} Box {number}, APO AE 09324",
        f"{number} {street} Fl {random.randint(2, 30)}, {town}",
        f"{number} {street}\nApt. {random.randint(1, 60)}\n{town}",
        f"{number} {street.lower()} {town.lower()}",
        f"PO BOX {number}, {town}", f"{number} {street} {town}", f"{number} {street}",
    ))  # fmt: skip


def address_gb(random: Random) -> str:
    """Houses by name, flats, boxes (Royal Mail's guide; BS 7666)."""
    number, town = random.randint(1, 240), random.choice(_GB_TOWNS)
    street = f"{random.choice(_GB_STREETS)} {random.choice(_GB_KINDS)}"
    return random.choice((
        f"{random.choice(_GB_NAMES)}, {street}, {town}",
        f"{random.choice(_GB_NAMES)}, {number} {street}, {town}",
        f"Basement Flat, {number} {street}, {town}",
        f"Apartment {random.randint(1, 80)}, {number} {street}, {town}",
        f"{number}/{random.randint(1, 9)} {street}, {town}", f"PO Box {number}, {town}",
        f"{number} {street} {town}",
        f"Flat {random.randint(1, 30)}\n{number} {street}\n{town}",
        f"{number} {street.lower()}, {town.lower()}",
        f"{number} {street}",
    ))  # fmt: skip


def address_eu(random: Random) -> str:
    """Street and number in the order of the country (Universal Postal Union, S42)."""
    return random.choice(_EU_FORMS).replace("{n}", str(random.randint(1, 140)))


def coordinates(random: Random) -> Written:
    """Degrees and minutes, primes, `geo:` (RFC 5870), ISO 6709 annex H, WKT, GeoJSON."""
    north, east = random.uniform(-44, 60), random.uniform(-124, 153)
    first, second = "N" if north > 0 else "S", "E" if east > 0 else "W"
    return random.choice((
        f"{_minutes(north)} {first}, {_minutes(east)} {second}",
        f"{_minutes(north)}{first} {_minutes(east)}{second}",
        ("geo:", f"{north:.6f},{east:.6f}", ""), ("", f"{north:+08.4f}{east:+09.4f}", "/"),
        f"{first}{abs(north):.5f} {second}{abs(east):.5f}",
        f"{first} {_minutes(north)} {second} {_minutes(east)}",
        ("[", f"{east:.5f}, {north:.5f}", "]"),
        ("POINT(", f"{east:.6f} {north:.6f}", ")"),
        f"{_seconds(north)}{first}, {_seconds(east)}{second}",
        f"{north:.6f} / {east:.6f}", f"{north:.6f};{east:.6f}",
        f"{abs(north):.4f} {first} {abs(east):.4f} {second}",
        f"{_seconds(north)} {first} {_seconds(east)} {second}",
    ))  # fmt: skip


def _minutes(value: float) -> str:
    whole, rest = divmod(abs(value), 1)
    return f"{int(whole)}° {rest * 60:06.3f}'"


def _seconds(value: float) -> str:
    whole, rest = divmod(abs(value), 1)
    minutes, seconds = divmod(rest * 3600, 60)
    return f"{int(whole)}°{int(minutes):02d}\N{PRIME}{seconds:04.1f}\N{DOUBLE PRIME}"


def latitude(random: Random) -> str:
    """One number with six or seven places."""
    return f"{random.uniform(-44, 60):.{random.randint(6, 7)}f}"
