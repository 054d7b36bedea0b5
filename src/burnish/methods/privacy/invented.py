"""Invented identifiers and the sentences they stand in, for the canary test.

Check digits are computed here by construction. Nothing in this file is taken from the rules.
"""

import base64
import json
from collections.abc import Callable, Sequence
from random import Random

_Maker = Callable[[Random], str]


def _words(text: str, mark: str = " ") -> list[str]:
    return text.split(mark)


_GIVEN = _words(
    "Aurelio Bronisława Caoimhe Dagny Eleftheria Fyodor Gintaras Hyacinth Ifeoma Jorunn Kazimir "
    "Ludmila Mbali Ngaire Oriane Parisa Quillon Ragnhild Siosaia Thandiwe Ulises Vaiana Wirimu "
    "Xiomara Yevgeni Zdenka Alofa Birgitta Cosmin Delphine Ekaterini Farouk Gwilym Héloïse Ilse "
    "Jarrah Kirra Lowanna Merindah Nikhita Ondřej Prudence Rosalba Snehal Tevita Uzoma Venkatesh"
)
_FAMILY = _words(
    "Abernathy Bhattacharya Castellanos Drummond Eastlake Featherstone Grigoryan Hollingworth "
    "Ishikawa Jorgensen Krasniqi Lamontagne Mbeki Nasrallah Okonkwo Pemberton Quarrington Rautio "
    "Stavropoulos Tuilagi Urquhart Valdivia Wickramasinghe Xenakis Youngblood Zubiri O'Dowd "
    "D'Angelo Saint-Clair McAllister Brzezinski Hämäläinen Þorsteinsson Yarrow Castellan Vosloo"
)
_STREETS = _words(
    "Macquarie Boronia Kingsford Lilydale Stirling Wollombi Pemulwuy Eyre Jacaranda Tennyson Bligh "
    "Waratah Ironbark Hawthorn Elgin Farnborough Wentworth Coolabah Lachlan Sturt"
)
_SUBURBS = _words(
    "Marrickville NSW 2204|Brunswick VIC 3056|Paddington QLD 4064|Subiaco WA 6008|Norwood SA 5067"
    "|Hobart TAS 7000|Dickson ACT 2602|Nightcliff NT 0810|Wagga Wagga NSW 2650|St Kilda VIC 3182",
    "|",
)
_KINDS = _words("Street Road Avenue Parade Crescent Terrace Close Lane St Rd Ave Pde Tce")
_CITIES = ("Boulder, CO 80302", "Austin, TX 78704", "Portland, OR 97209", "Ann Arbor, MI 48104")
_TOWNS_GB = ("Leeds LS1 4DY", "Bristol BS8 1TH", "Cardiff CF10 3AT", "London SW1A 2AA")
_HOSTS = _words(
    "brindle.example quokka.test larkspur.example.org oriel.co.uk ts-group.com.au zeta.io"
)
_MONTHS = _words(
    "January February March April May June July August September October November December"
)
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SIGNS = _LETTERS + _LETTERS.lower() + "0123456789"

_SENTENCES: dict[str, tuple[str, ...]] = {
    "PERSON": (
        "My name is {}.", "Hello, this is {} speaking.", "I am {}, writing from the north office.",
        "Kind regards,\n{}\n", "Many thanks\n{}\n", "Full name: {}\n",
        "Please ask for Mr {} at the door.",
        "We met Dr {} on Friday.", "Dear {},\nplease see below.", "Customer: {}\n",
        "Ms. {} will sign the form.",
        "Hi {}, any news?", "his name is {}", 'the record says {{"name": "{}"}} and no more',
    ),
    "EMAIL": (
        "Write to {} please.", "My mail: {}", "<{}>", "cc {} in every answer",
        "It bounced from {}, twice.",
        "mailto:{}", "({})", "e-mail={};", "Reply-To: {}\n",
    ),
    "PHONE": (
        "Ring {} after six.", "My mobile is {}.", "tel. {}", "Phone: {}\n",
        "You can call {} any day.",
        "fax {} only", "Her number is {}.", "(m) {}", "text me on {} thanks",
    ),
    "TFN": (
        "TFN {}", "my tax file number is {}.", "Tax File Number: {}\n",
        "T.F.N. {} as on the payslip",
        "the TFN (that is {}) was wrong",
    ),
    "ABN": ("ABN {}", "A.B.N.: {}\n", "our Australian business number is {}",
    "invoice by ABN {} is due"),
    "ACN": ("ACN {}", "A.C.N. {}", "Company number: {}\n", "Pty Ltd (ACN {}) of this city"),
    "MEDICARE": (
        "Medicare {}", "medicare card number {}", "Medicare no.: {}\n",
        "the child is on Medicare {} too",
    ),
    "CARD": (
        "Charge {} please.", "my Visa is {}", "Card number: {}\n",
        "paid by credit card {} yesterday",
        "{} exp 04/29 cvc on the back",
    ),
    "IBAN": ("IBAN {}", "Pay into {}.", "iban: {}\n", "the transfer to {} failed"),
    "BANK_ACCOUNT": (
        "Account number: {}\n", "bank account {}", "my acct no. is {}",
        "credit to account {} today",
        "deposit it in savings a/c {}",
    ),
    "DATE_OF_BIRTH": (
        "DOB {}", "Date of birth: {}\n", "I was born on {}.", "d.o.b. {}",
        "born {} in a small town",
        "Birth date {}", "{} is my date of birth", "birthday: {}\n",
    ),
    "ADDRESS": (
        "I live at {}.", "Deliver to {} please.", "Address: {}\n", "We moved to {} last spring.",
        "Home address is {}", "Post it to {}, thanks.",
    ),
    "IP": ("from {} at noon", "IP {}", "client {} was refused", "ping {} fails", "[{}] connected"),
    "SECRET": (
        "the key is {}", "API key: {}\n", "use {} for the test", "Authorization: Bearer {}\n",
        "export TOKEN={}\n",
    ),
}  # fmt: skip
CATEGORIES = tuple(_SENTENCES)
"""What can be invented here."""

_LINES = (
    "Kind regards",
    "Many thanks",
    "Full name",
    "Customer",
    "Dear",
    "Hi ",
    "Phone:",
    "Address:",
)
_PASSWORD_SENTENCES = (
    "password: {}\n",
    "Password={}",
    "my password is {}",
    "PWD: {}\n",
    'passwd="{}"',
)


def sentence(random: Random, category: str) -> tuple[str, str, str]:
    """A sentence with an invented identifier: what stands before it, the value, what follows."""
    frames: Sequence[str] = _SENTENCES[category]
    value = _MAKERS[category](random)
    if category == "SECRET" and value.startswith("pw:"):
        frames, value = _PASSWORD_SENTENCES, value[3:]
    before, after = _halves(random.choice(frames))
    return before, value, after


def is_line(before: str) -> bool:
    """Whether the sentence is written on a line of its own."""
    return before.startswith(_LINES)


def _halves(frame: str) -> tuple[str, str]:
    before, _, after = frame.replace("{{", "\0").replace("}}", "\1").partition("{}")
    return before.replace("\0", "{"), after.replace("\1", "}")


def _digits(random: Random, count: int) -> str:
    return "".join(random.choice("0123456789") for _ in range(count))


def _cut(digits: str, sizes: Sequence[int], joint: str) -> str:
    groups, place = [], 0
    for size in sizes:
        groups.append(digits[place : place + size])
        place += size
    return joint.join(groups)


def _dot(digits: str, weights: Sequence[int]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True))


def _person(random: Random) -> str:
    given, family = random.choice(_GIVEN), random.choice(_FAMILY)
    middle = random.choice(
        ("", "", "", f" {random.choice(_LETTERS)}.", f" {random.choice(_GIVEN)}")
    )
    return f"{given}{middle} {family}"


def _email(random: Random) -> str:
    given, family = (
        random.choice(n).lower().encode("ascii", "ignore").decode() for n in (_GIVEN, _FAMILY)
    )
    family = family.replace("'", "")
    local = random.choice((
        f"{given}.{family}", f"{given}_{family}{random.randint(1, 99)}", f"{given[0]}{family}",
        f"{given}+desk", f"{family}-{given}", f"{given.upper()}.{family.upper()}",
    ))  # fmt: skip
    return f"{local}@{random.choice(_HOSTS)}"


def _phone(random: Random) -> str:
    mobile, line = _digits(random, 8), _digits(random, 7)
    us = f"{random.randint(2, 9)}{_digits(random, 2)}", _digits(random, 4)
    return random.choice((
        f"04{mobile[:2]} {mobile[2:5]} {mobile[5:]}", f"04{mobile}", f"+614{mobile}",
        f"+61 4{mobile[:2]} {mobile[2:5]} {mobile[5:]}", f"(0{random.choice('2378')}) 9{line[:3]}"
        f" {line[3:]}",
        f"0{random.choice('2378')}-9{line[:3]}-{line[3:]}", f"+61 (0)2 9{line[:3]} {line[3:]}",
        f"1300 {line[:3]} {line[3:6]}", f"1800-{line[:3]}-{line[3:6]}", f"(303) {us[0]}-{us[1]}",
        f"303.{us[0]}.{us[1]}", f"+1 303 {us[0]} {us[1]}", f"020 7{line[:3]} {line[3:]}",
        f"+44 20 7{line[:3]} {line[3:]}", f"07{random.choice('4578')}{mobile[:2]} {mobile[2:]}",
        f"+49 30 {mobile}",
    ))  # fmt: skip


def _tfn(random: Random) -> str:
    while True:
        digits = str(random.randint(1, 9)) + _digits(random, 8)
        if _dot(digits, (1, 4, 3, 7, 5, 8, 6, 9, 10)) % 11 == 0:
            return random.choice(
                (digits, _cut(digits, (3, 3, 3), " "), _cut(digits, (3, 3, 3), "-"))
            )


def _abn(random: Random) -> str:
    body = _digits(random, 9)
    # The two leading digits ab add 10(a-1)+b = ab-10 to the sum, which must be 0 modulo 89.
    digits = f"{99 - _dot(body, (3, 5, 7, 9, 11, 13, 15, 17, 19)) % 89}{body}"
    return random.choice((digits, _cut(digits, (2, 3, 3, 3), " ")))


def _acn(random: Random) -> str:
    body = _digits(random, 8)
    digits = body + str(-_dot(body, (8, 7, 6, 5, 4, 3, 2, 1)) % 10)
    return random.choice((digits, _cut(digits, (3, 3, 3), " ")))


def _medicare(random: Random) -> str:
    body = str(random.randint(2, 6)) + _digits(random, 7)
    digits = f"{body}{_dot(body, (1, 3, 7, 9, 1, 3, 7, 9)) % 10}{random.randint(1, 9)}"
    plain = random.choice((digits, _cut(digits, (4, 5, 1), " "), _cut(digits, (4, 5, 1), "-")))
    return plain + random.choice(("", "", f"/{random.randint(1, 6)}", f" {random.randint(1, 6)}"))


def _card(random: Random) -> str:
    start, length = random.choice((("4", 16), ("52", 16), ("2221", 16), ("37", 15), ("6011", 16)))
    body = start + _digits(random, length - 1 - len(start))
    doubled = [int(d) * (2 if place % 2 == 0 else 1) for place, d in enumerate(reversed(body))]
    digits = body + str(-sum(d // 10 + d % 10 for d in doubled) % 10)
    sizes = (4, 4, 4, 4) if length == 16 else (4, 6, 5)
    return _cut(digits, sizes, random.choice(("", " ", "-")))


def _iban(random: Random) -> str:
    country, body = random.choice((
        ("DE", _digits(random, 18)), ("NL", "ABNA" + _digits(random, 10)),
        ("GB", "MIDL" + _digits(random, 14)), ("IE", "AIBK" + _digits(random, 14)),
        ("AT", _digits(random, 16)), ("DK", _digits(random, 14)),
    ))  # fmt: skip
    value = int("".join(str(int(sign, 36)) for sign in f"{body}{country}00"))
    whole = f"{country}{98 - value % 97:02d}{body}"
    return random.choice((whole, " ".join(whole[i : i + 4] for i in range(0, len(whole), 4))))


def _account(random: Random) -> str:
    number = _digits(random, random.choice((6, 8, 9, 10)))
    bsb = (
        f"{random.choice(('06', '03', '73', '01', '48'))}{_digits(random, 1)}-{_digits(random, 3)}"
    )
    return random.choice((number, f"{number[:3]} {number[3:]}", f"{bsb} {number}"))


def _birth(random: Random) -> str:
    day, month, year = random.randint(1, 28), random.randint(1, 12), random.randint(1938, 2012)
    name = _MONTHS[month - 1]
    return random.choice((
        f"{day:02d}/{month:02d}/{year}", f"{day}.{month}.{year}", f"{year}-{month:02d}-{day:02d}",
        f"{day} {name} {year}", f"{name} {day}, {year}", f"{day}-{name[:3]}-{year % 100:02d}",
        f"{day}th of {name}, {year}", f"{day}/{month}/{year % 100:02d}", f"{name[:3]} {day} {year}",
    ))  # fmt: skip


def _address(random: Random) -> str:
    number, street = random.randint(1, 399), random.choice(_STREETS)
    kind = random.choice(_KINDS)
    suburb = random.choice(_SUBURBS)
    return random.choice((
        f"{number} {street} {kind}, {suburb}", f"{number} {street} {kind} {suburb}",
        f"Unit {random.randint(1, 40)}, {number} {street} {kind}, {suburb}",
        f"{random.randint(1, 40)}/{number} {street} {kind}, {suburb}", f"PO Box {number}, {suburb}",
        f"{number}A {street} {kind}\n{suburb}", f"{number} {street} {kind},"
        f" {random.choice(_TOWNS_GB)}",
        f"{number} {street} {kind}, Apt {random.randint(1, 40)}, {random.choice(_CITIES)}",
        f"Level {random.randint(1, 30)}, {number} {street} {kind}, {suburb}", f"{number} {street}"
        f" {kind}",
    ))  # fmt: skip


def _ip(random: Random) -> str:
    four = ".".join(str(random.randint(1, 254)) for _ in range(3))
    four = f"{random.randint(128, 223)}.{four}"
    groups = [f"{random.randint(1, 65535):x}" for _ in range(8)]
    return random.choice((
        four, four, f"10.{random.randint(0, 255)}.{random.randint(0, 255)}.7",
        ":".join(groups), f"2001:db8:{groups[0]}::{groups[1]}", f"fe80::{':'.join(groups[:4])}",
    ))  # fmt: skip


def _secret(random: Random) -> str:
    def signs(count: int) -> str:
        return "".join(random.choice(_SIGNS) for _ in range(count))

    return random.choice((
        f"AKIA{''.join(random.choice(_LETTERS + '234567') for _ in range(16))}",
        f"ghp_{signs(36)}", f"sk-proj-{signs(40)}", f"xoxb-{_digits(random, 12)}-{signs(24)}",
        f"AIza{signs(35)}", f"glpat-{signs(20)}", f"hf_{signs(34)}", f"sk_live_{signs(24)}",
        f"sk-ant-api03-{signs(93)}AA", f"github_pat_{signs(22)}_{signs(59)}", f"npm_{signs(36)}",
        f"GOCSPX-{signs(28)}", f"dapi{_hexed(random, 32)}", f"pypi-AgEIcHlwaS5vcmc{signs(80)}",
        _jwt(random, signs(43)), f"pw:{_password(random)}", f"pw:{_password(random)}",
    ))  # fmt: skip


def _hexed(random: Random, count: int) -> str:
    return "".join(random.choice("0123456789abcdef") for _ in range(count))


def _jwt(random: Random, signature: str) -> str:
    parts = ({"alg": "HS256", "typ": "JWT"}, {"sub": _digits(random, 9), "admin": False})
    coded = (
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts
    )
    return ".".join((*coded, signature))


def _password(random: Random) -> str:
    word = random.choice(("tulip", "Harbour", "kettle", "Meridian", "otter"))
    mark, number = random.choice("!#$%&*?"), random.randint(10, 9999)
    return random.choice(
        (f"{word}{number}{mark}", f"{mark}{word}-{number}", f"{number}{word}{mark}Q")
    )


_MAKERS: dict[str, _Maker] = {
    "PERSON": _person,
    "EMAIL": _email,
    "PHONE": _phone,
    "TFN": _tfn,
    "ABN": _abn,
    "ACN": _acn,
    "MEDICARE": _medicare,
    "CARD": _card,
    "IBAN": _iban,
    "BANK_ACCOUNT": _account,
    "DATE_OF_BIRTH": _birth,
    "ADDRESS": _address,
    "IP": _ip,
    "SECRET": _secret,
}
