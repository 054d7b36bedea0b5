"""Invented places: postal addresses of four regions, coordinates, places and firms by name."""

from random import Random

from burnish.methods.privacy.canaries.digits import digits, letters


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split("|"))


_AU_STREETS = _words(
    "Boronia|Wollombi|Pemulwuy|Jacaranda|Waratah|Ironbark|Coolabah|Old Northern|Mount Barker"
    "|Kangaroo"
    " Flat|Queen|Beach|Station|Lachlan|Sturt|Bligh"
)
_AU_KINDS = _words(
    "Street|Road|Avenue|Parade|Crescent|Terrace|Close|Lane|Way|St|Rd|Ave|Pde|Cres|Tce|Ct|Drive|Hwy"
)
_SUBURBS = _words(
    "Marrickville NSW 2204|Brunswick VIC 3056|Paddington QLD 4064|Subiaco WA 6008|Norwood SA 5067"
    "|Hobart TAS 7000|Dickson ACT 2602|Nightcliff NT 0810|Wagga Wagga NSW 2650|St Kilda VIC 3182"
    "|Toowoomba Qld 4350|Mount Gambier SA 5290|Bunbury WA 6230|Coffs Harbour, NSW, 2450"
)
_US_STREETS = _words(
    "Sycamore|W Magnolia|Old Mill|N 43rd|Peachtree|Martin Luther King Jr|SE Belmont|Cherry Hill"
    "|12th"
    "|Lakeview|Pecan Grove|Route 9"
)
_US_KINDS = _words("St|Street|Ave|Avenue|Blvd|Rd|Dr|Ln|Ct|Pkwy|Way|Pl")
_US_TOWNS = _words(
    "Boulder, CO 80302|Austin, TX 78704|Portland, OR 97209|Ann Arbor, MI 48104|Decatur, GA"
    " 30030-2214"
    "|Des Moines IA 50309|St. Louis, MO 63110|Baton Rouge, LA 70802|Erie, Pennsylvania 16501"
)
_GB_STREETS = _words(
    "Cowley|Kirkgate|Old Bakery|Church|Mill|Harbour|St Aldate's|Gallowgate|Station|Abbey|Lower Park"
)
_GB_KINDS = _words("Street|Road|Lane|Gardens|Mews|Crescent|Hill|Close|Terrace|Row|Rd|St")
_GB_TOWNS = _words(
    "Leeds LS1 4DY|Bristol BS8 1TH|Cardiff CF10 3AT|London SW1A 2AA|Edinburgh, EH8 9YL|Oxford OX4"
    " 1JJ"
    "|Ely, Cambridgeshire CB7 4DL|Belfast BT9 6AG|Truro\nTR1 2HE"
)
_EU_FORMS = _words(
    "Hauptstraße {n}, 10115 Berlin|Lindenweg {n}a, D-80331 München|{n} rue des Martyrs, 75009 Paris"
    "|{n} bis avenue Foch, 69006 Lyon|Via Garibaldi {n}, 00153 Roma RM|Calle de Alcalá {n}, 28014"
    " Madrid|Keizersgracht {n}, 1015 CJ Amsterdam|ul. Długa {n}/4, 00-238 Warszawa|Drottninggatan"
    " {n}, 111 51 Stockholm|Rue de la Loi {n}, 1040 Bruxelles|Mariahilfer Straße {n}/3/14, 1060"
    " Wien"
    "|Rua Augusta {n}, 1100-053 Lisboa|Vesterbrogade {n}, 2. tv., 1620 København V|{n} O'Connell"
    " Street, Dublin 1, D01 F5P2"
)


def address_au(random: Random) -> str:
    """House or box, street, suburb, state, postcode (Australia Post's guide)."""
    number, suburb = random.randint(1, 499), random.choice(_SUBURBS)
    street = f"{random.choice(_AU_STREETS)} {random.choice(_AU_KINDS)}"
    return _small(random, random.choice((
        f"{number} {street}, {suburb}", f"{number} {street} {suburb}",
        f"{number} {street}\n{suburb}",
        f"Unit {random.randint(1, 40)}, {number} {street}, {suburb}",
        f"{random.randint(1, 40)}/{number} {street}, {suburb}", f"PO Box {number}, {suburb}",
        f"Lot {random.randint(1, 90)} {street}, {suburb}", f"{number}B {street}, {suburb}",
        f"Level {random.randint(1, 30)}, {number} {street}, {suburb}", f"{number} {street}",
    )))  # fmt: skip


def address_us(random: Random) -> str:
    """House, street, town, state, ZIP code (USPS Publication 28)."""
    number, town = random.randint(1, 19999), random.choice(_US_TOWNS)
    street = f"{random.choice(_US_STREETS)} {random.choice(_US_KINDS)}"
    return _small(random, random.choice((
        f"{number} {street}, {town}", f"{number} {street}\n{town}",
        f"{number} {street} Apt {random.randint(1, 60)}, {town}",
        f"{number} {street}, Suite {random.randint(100, 900)}, {town}",
        f"{number} {street} #{digits(random, 2)}, {town}",
        f"P.O. Box {number}, {town}", f"{number} {street}",
    )))  # fmt: skip


def address_gb(random: Random) -> str:
    """House or flat, street, post town, postcode (Royal Mail's guide)."""
    number, town = random.randint(1, 250), random.choice(_GB_TOWNS)
    street = f"{random.choice(_GB_STREETS)} {random.choice(_GB_KINDS)}"
    return _small(random, random.choice((
        f"{number} {street}, {town}", f"{number} {street}\n{town}",
        f"Flat {random.randint(1, 30)}, {number} {street}, {town}",
        f"{number}{letters(random, 1, 'ABC')} {street}, {town}", f"{number} {street}",
    )))  # fmt: skip


def address_eu(random: Random) -> str:
    """Street and number in the order of the country (Universal Postal Union, S42)."""
    return random.choice(_EU_FORMS).replace("{n}", str(random.randint(1, 140)))


def _small(random: Random, written: str) -> str:
    return written.lower() if random.random() < 0.1 else written


def coordinates(random: Random) -> str:
    """A latitude and a longitude that tell a house, in decimals or degrees (ISO 6709)."""
    north, east = random.uniform(-44, 60), random.uniform(-124, 153)
    many = random.randint(4, 7)
    first, second = "N" if north > 0 else "S", "E" if east > 0 else "W"
    return random.choice((
        f"{north:.{many}f}, {east:.{many}f}", f"{north:.{many}f},{east:.{many}f}",
        f"({north:.{many}f}, {east:.{many}f})", f"{north:.{many}f} {east:.{many}f}",
        f"{abs(north):.{many}f}° {first}, {abs(east):.{many}f}° {second}",
        f"{abs(north):.5f}{first} {abs(east):.5f}{second}",
        f"{_degrees(north)}{first} {_degrees(east)}{second}",
        f"{_degrees(north, ' ')} {first}, {_degrees(east, ' ')} {second}",
    ))  # fmt: skip


def _degrees(value: float, joint: str = "") -> str:
    whole, rest = divmod(abs(value), 1)
    minutes, seconds = divmod(rest * 3600, 60)
    return f"{int(whole)}°{joint}{int(minutes):02d}'{joint}{seconds:04.1f}\""


def latitude(random: Random) -> str:
    """One number with its precision."""
    return f"{random.uniform(-44, 60):.5f}"


_FIRMS = _words(
    "Brindlewood|Castor & Quill|Ngarra Plains|Ostermann|Tidewater|Lark Rise|Kestrel Point|Venn"
    "|Halcyon Ridge|Mokopuna|Zielinski Brothers|Old Quarter|Saltbush|Northgate"
)
_FIRM_KINDS = _words(
    "Logistics Pty Ltd|Holdings|Consulting GmbH|Foods Inc.|Medical Centre|University|Bank|& Sons"
    " Ltd"
    "|Insurance|Energy plc|High School|Council|Hospital|Partners LLP"
)
_PLACES = _words(
    "Katoomba|Invercargill|Tbilisi|Ljubljana|Oaxaca|Kilkenny|Winnipeg|Cape Tribulation|Lake Eyre"
    "|Normandy"
    "|Gdańsk|Chattanooga|Ballarat|Uppsala|Kumasi|Nagasaki|Broken Hill|Isle of Skye|Bavaria|Port"
    " Moresby"
)


def organisation(random: Random) -> str:
    """A firm, school or office."""
    return f"{random.choice(_FIRMS)} {random.choice(_FIRM_KINDS)}"


def location(random: Random) -> str:
    """A town, region or landmark."""
    return random.choice(_PLACES)
