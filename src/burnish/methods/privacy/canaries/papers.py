"""Further licences, passports and plates, by the forms that states publish."""

from random import Random

from burnish.methods.privacy.canaries.digits import cut, digits, letters
from burnish.methods.privacy.canaries.numbers import gb_licence
from burnish.methods.privacy.canaries.registers import spanish_id

_SIGNS = "ABCDEFGHJKLMNPRSTVWXYZ"
_MIXED = "0123456789BCDFGHJKLMNPRTVWXYZ"


def eu_licence(random: Random) -> str:
    """Field 5 of the licences of Germany, France, Italy, Spain and the Netherlands.

    DE: letter and two digits of the authority, six signs, check sign, copy (FeV, Anlage 8); FR:
    twelve digits, since 2013 year, two letters, five digits; IT: U1 or a province, seven signs, a
    letter; ES: the DNI or NIE; NL: ten digits.
    """
    return random.choice((
        f"{letters(random, 1, 'BCFHJKN')}{digits(random, 2)}{letters(random, 6, _MIXED)}"
        f"{random.choice('0123456789X')}{random.randint(1, 5)}",
        digits(random, 12), f"{random.randint(13, 26)}{letters(random, 2)}{digits(random, 5)}",
        f"U1{letters(random, 7, _MIXED)}{letters(random, 1)}",
        f"{random.choice(('RM', 'MI', 'TO', 'NA'))}{digits(random, 7)}{letters(random, 1)}",
        spanish_id(random), _foreigner(random), str(random.randint(3, 5)) + digits(random, 9),
    ))  # fmt: skip


def eu_licence_apart(random: Random) -> str:
    """The same numbers; the Spanish letter behind a dash, as it is often written, now and then."""
    dashed = cut(spanish_id(random), (8,), "-")
    return dashed if random.random() < 1 / 9 else eu_licence(random)


def _foreigner(random: Random) -> str:
    lead, body = random.randint(0, 2), digits(random, 7)
    return "XYZ"[lead] + body + "TRWAGMYFPDXBNJZSQVHLCKE"[int(f"{lead}{body}") % 23]


def us_licence_apart(random: Random) -> str:
    """A driver's license of twelve more American forms (AAMVA, state patterns)."""
    a, d = letters(random, 6), digits(random, 14)
    return random.choice((
        f"{a[:2]}{d[:6]}", f"{a[:2]}{d[:6]}{a[2]}", f"{d[:2]}{a[:3]}{d[2:7]}", f"{a[:3]}{d[:6]}",
        f"K{d[:2]}-{d[2:4]}-{d[4:8]}", f"{d[:2]}-{d[2:5]}-{d[5:9]}", f"H{d[:8]}", f"{a[0]}{d}",
        f"{a[0]} {d[:3]} {d[3:6]} {d[6:9]} {d[9:12]}", f"WDL{a[:4]}{d[:3]}{a[4:6]}",
        f"{a[0]}{d[:3]}-{d[3:7]}-{d[7:11]}-{d[11:13]}", f"{a[0]}{d[:8]}",
    ))  # fmt: skip


def au_licence_apart(random: Random) -> str:
    """Spaced and lettered forms of the Australian states."""
    d = digits(random, 10)
    return random.choice((
        f"{d[:2]} {d[2:5]} {d[5:8]}", f"{d[:3]} {d[3:6]} {d[6:9]}", f"{letters(random, 1)}{d[:6]}",
        d[:6], f"{letters(random, 2)}{d[:4]}", f"{d[:3]}-{d[3:6]}-{d[6:9]}", d[:9], d,
    ))  # fmt: skip


def gb_licence_apart(random: Random) -> str:
    """The driver number with its issue, in other groups; eight digits in Northern Ireland."""
    whole = gb_licence(random).replace(" ", "")
    return random.choice((
        f"{whole} {random.randint(10, 60)}", cut(whole, (5, 6, 3, 2), " "), whole.lower(),
        cut(whole, (5, 6, 5), "-"), digits(random, 8),
    ))  # fmt: skip


def passport_au_apart(random: Random) -> str:
    """A series with a space, or in small letters (Australian Passport Office)."""
    series, number = random.choice(("N", "L", "PB", "PE", "RA", "PU", "F")), digits(random, 7)
    return random.choice((f"{series} {number}", f"{series}{number}", f"{series}{number}".lower()))


def passport_us_apart(random: Random) -> str:
    """The next-generation book with a space, or the card's C and eight digits."""
    return random.choice((f"A {digits(random, 8)}", f"C{digits(random, 8)}"))


def passport_nine_apart(random: Random) -> str:
    """Nine digits in groups."""
    return cut(
        f"{random.randint(1, 9)}{digits(random, 8)}", (3, 3, 3), random.choice(("", " ", "-"))
    )


def passport_eu_apart(random: Random) -> str:
    """The forms of ten more member states (Council of the European Union, PRADO)."""
    a, d = letters(random, 2, _SIGNS), digits(random, 9)
    return random.choice((
        f"{a[0]}{d[:7]}", f"{a}{d[:6]}", f"{a}{d[:7]}", f"{a} {d[:7]}", d[:8], d, f"{a[0]}{d[:6]}",
        f"{a[0]} {d[:7]}", f"{a}{d[:7]}".lower(),
    ))  # fmt: skip


def zone(random: Random) -> str:
    """The second line of a passport's machine-readable zone (ICAO 9303, part 4)."""
    number = letters(random, 2, _SIGNS) + digits(random, 7)
    born = f"{random.randint(40, 99)}{random.randint(1, 12):02d}{random.randint(1, 28):02d}"
    ends = f"{random.randint(27, 35)}{random.randint(1, 12):02d}{random.randint(1, 28):02d}"
    head, later = number + check_digit(number), ends + check_digit(ends)
    birth, own = born + check_digit(born), "<" * 14 + "0"
    country, sex = random.choice(("AUS", "USA", "GBR", "FRA", "IRL")), random.choice("MF<")
    return f"{head}{country}{birth}{sex}{later}{own}{check_digit(head + birth + later + own)}"


def check_digit(field: str) -> str:
    """The check digit of a field: weights 7, 3, 1 (ICAO 9303, part 3, 4.9)."""
    values = (0 if sign == "<" else int(sign, 36) for sign in field)
    return str(sum(value * (7, 3, 1)[place % 3] for place, value in enumerate(values)) % 10)


def plate_au_apart(random: Random) -> str:
    """Further series of the Australian states, with joints."""
    a, d = letters(random, 6, _SIGNS), digits(random, 6)
    return random.choice((
        f"{a[:3]} {d[:2]}{a[3]}", f"{a[:2]} {d[:2]} {a[2:4]}", f"{d[:3]}-{a[:3]}",
        f"Y{a[:2]}-{d[:2]}{a[2]}",
        f"C{a[0]} {d[:2]} {a[1:3]}", f"{a[:3]}\N{MIDDLE DOT}{d[:3]}", f"{a[:3]}{d[:3]}".lower(),
        f"{d[:3]} {a[:3]}",
    ))  # fmt: skip


def plate_us_apart(random: Random) -> str:
    """Plates of further American states."""
    a, d = letters(random, 5, _SIGNS), digits(random, 6)
    return random.choice((
        f"{a[:2]} {d[:5]}", f"{d[:3]} {a[:3]}", f"{a[:3]}-{a[3]}{d[:2]}",
        f"{a[:3]}{d[0]}{a[3]}{d[1]}{a[4]}",
        f"{d[0]}{a[:3]}{d[1:3]}", f"{d[:3]}-{a[:3]}", f"9{a[:3]}{d[:3]}", f"{a[:3]}{d[:4]}".lower(),
    ))  # fmt: skip


def plate_gb_apart(random: Random) -> str:
    """Prefix, suffix and Northern Irish series (DVLA, INF104)."""
    a, d = letters(random, 5, _SIGNS), digits(random, 4)
    number = str(random.randint(1, 999))
    return random.choice((
        f"{a[0]}{number} {a[1:4]}", f"{a[:3]} {number}{a[3]}",
        f"{random.choice('ABCDF')}{a[0]}Z {number}{d[0]}",
        f"{a[:2]}21 {a[2:5]}".lower(), f"{a[:2]}73{a[2:5]}", f"{a[:2]}70-{a[2:5]}",
        f"{a[:3]} {number}",
    ))  # fmt: skip


def plate_eu_apart(random: Random) -> str:
    """Plates of nine more member states."""
    a, d = letters(random, 5, _SIGNS), digits(random, 6)
    return random.choice((
        f"{a[:2]}-{d[:2]}-{a[2:4]}", f"W-{d[:5]}{a[0]}", f"1-{a[:3]}-{d[:3]}",
        f"{a[:3]} {d[:2]}{a[3]}",
        f"W{a[0]} {d[:5]}", f"191-D-{random.randint(1, 9)}{d[:4]}", f"{a[:3]}-{d[:3]}",
        f"{a[:2]} {d[:2]} {d[2:5]}", f"HH {a[:2]} {random.randint(100, 999)}",
        f"M-{a[:2]} {random.randint(1000, 9999)}E",
    ))  # fmt: skip
