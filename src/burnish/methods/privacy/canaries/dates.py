"""Invented telephone numbers, dates of birth and licence plates, by the customs of each region."""

from random import Random

from burnish.methods.privacy.canaries.digits import digits, letters

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October",
    "November", "December",
)  # fmt: skip
_AREAS = ("212", "303", "415", "512", "617", "718", "808", "916")


def phone_au(random: Random) -> str:
    """Mobile, fixed, and service numbers (ACMA numbering plan 2015)."""
    m, line = digits(random, 7), digits(random, 7)
    area, first = random.choice((("2", "9"), ("3", "9"), ("7", "3"), ("8", "8")))
    return random.choice((
        f"041{m[0]} {m[1:4]} {m[4:]}", f"041{m}", f"+6141{m}", f"+61 41{m[0]} {m[1:4]} {m[4:]}",
        f"041{m[0]}-{m[1:4]}-{m[4:]}",
        f"(0{area}) {first}{line[:3]} {line[3:]}", f"0{area} {first}{line[:3]} {line[3:]}",
        f"0{area}-{first}{line[:3]}-{line[3:]}",
        f"+61 {area} {first}{line[:3]} {line[3:]}", f"+61 (0){area} {first}{line[:3]} {line[3:]}",
        f"041{m[0]}.{m[1:4]}.{m[4:]}",
        f"041{m[:3]} {m[3:]}", f"0011 61 41{m[0]} {m[1:4]} {m[4:]}",
    ))  # fmt: skip


def phone_us(random: Random) -> str:
    """Ten digits in groups (North American Numbering Plan)."""
    area, office, line = (
        random.choice(_AREAS),
        f"{random.randint(2, 9)}{random.randint(20, 99)}",
        digits(random, 4),
    )
    return random.choice((
        f"({area}) {office}-{line}", f"{area}-{office}-{line}", f"{area}.{office}.{line}",
        f"+1 {area} {office} {line}",
        f"1-{area}-{office}-{line}", f"{area} {office} {line}", f"+1{area}{office}{line}",
        f"({area}){office}-{line} x{random.randint(10, 99)}",
    ))  # fmt: skip


def phone_gb(random: Random) -> str:
    """Mobile and fixed numbers (Ofcom's numbering plan)."""
    m, line = digits(random, 6), digits(random, 7)
    return random.choice((
        f"07{random.choice(('7', '8', '9'))}{random.randint(10, 99)} {m}",
        f"079{random.randint(10, 99)}{m}", f"+44 77{random.randint(10, 99)} {m}",
        f"+44 (0)20 7{line[:3]} {line[3:]}", f"020 7{line[:3]} {line[3:]}", f"0161 496 0{m[:3]}",
        f"(0117) 496 0{m[:3]}",
    ))  # fmt: skip


def phone_eu(random: Random) -> str:
    """Numbers of seven member states, most as abroad is told (ITU-T E.123)."""
    n = digits(random, 8)
    return random.choice((
        f"+49 30 2{n[:7]}", f"+49 (0)151 2{n[:3]} {n[3:7]}", f"030/2{n[:6]}",
        f"+33 6 12 {n[:2]} {n[2:4]} {n[4:6]}",
        f"06 12 {n[:2]} {n[2:4]} {n[4:6]}", f"+39 06 6988 {n[:4]}", f"+34 612 {n[:3]} {n[3:6]}",
        f"+353 87 2{n[:2]} {n[2:6]}",
        f"+31 6 2{n[:7]}", f"0031 6 2{n[:7]}", f"+48 512 {n[:3]} {n[3:6]}",
        f"+46 70 123 {n[:2]} {n[2:4]}",
    ))  # fmt: skip


def birth(random: Random) -> str:
    """A day, in numbers or words, day or month first."""
    day, month, year = random.randint(1, 28), random.randint(1, 12), random.randint(1938, 2012)
    name, late = _MONTHS[month - 1], random.randint(13, 28)
    return random.choice((
        f"{day:02d}/{month:02d}/{year}", f"{day}.{month}.{year}", f"{year}-{month:02d}-{day:02d}",
        f"{day} {name} {year}",
        f"{name} {day}, {year}", f"{day:02d}-{name[:3]}-{year % 100:02d}",
        f"{day}th of {name}, {year}", f"{day}/{month}/{year % 100:02d}",
        f"{name[:3]} {day} {year}", f"{month}/{late}/{year}", f"{year}/{month:02d}/{day:02d}",
        f"{day:02d} {name[:3].upper()} {year}",
        f"the {day}th of {name.lower()} {year}", f"{day:02d} - {month:02d} - {year}",
        f"{year}{month:02d}{day:02d}",
    ))  # fmt: skip


def plate_au(random: Random) -> str:
    """Plates of the Australian states."""
    a, d = letters(random, 6, "ABCDEFGHJKLMNPRSTVWXYZ"), digits(random, 6)
    return random.choice((
        f"{a[:3]}{d[:2]}{a[3]}", f"{a[:2]}{d[:2]}{a[2:4]}", f"1{a[:2]}{d[0]}{a[2:4]}",
        f"1{a[:2]}-{d[0]}{a[2:4]}", f"{d[:3]}{a[:2]}{d[3]}",
        f"{a[:3]} {d[:3]}", f"{a[:3]}-{d[:3]}", f"1{a[:3]}{d[:3]}", f"S{d[:3]} {a[:3]}",
    ))  # fmt: skip


def plate_us(random: Random) -> str:
    """Plates of four American states."""
    a, d = letters(random, 4, "ABCDEFGHJKLMNPRSTVWXYZ"), digits(random, 5)
    return random.choice(
        (f"7{a[:3]}{d[:3]}", f"{a[:3]}-{d[:4]}", f"{a[:3]} {d[:4]}", f"{a[:3]}{d[:4]}")
    )


def plate_gb(random: Random) -> str:
    """Two letters, two digits, three letters (DVLA, INF104)."""
    a = letters(random, 5, "ABCDEFGHJKLMNPRSTVWXY")
    year = random.choice(("07", "12", "19", "68", "73"))
    return f"{a[:2]}{year}{random.choice((' ', ' ', ''))}{a[2:]}"


def plate_eu(random: Random) -> str:
    """Plates of five member states."""
    a, d = letters(random, 5, "BCDFGHJKLMNPRSTVWXYZ"), digits(random, 5)
    return random.choice((
        f"B-{a[:2]} {random.randint(1, 9)}{d[:3]}", f"{a[:2]}-{d[:3]}-{a[2:4]}",
        f"{a[:2]} {d[:3]} {a[2:4]}", f"{d[:4]} {a[:3]}",
        f"{d[:2]}-{a[:3]}-{d[2]}",
    ))  # fmt: skip
