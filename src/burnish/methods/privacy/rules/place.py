"""Addresses in the forms that rules can reach.

Number, name and kind of street, with what follows of suburb, state, postcode and country; post
boxes; a place with its state and postcode; British postcodes; German, Dutch and French street
names; whatever an `Address:` label stands before. A house name or a street without its kind and
without such a label is out of reach.
"""

import re
from collections.abc import Iterator

from burnish.methods.privacy.page import Page, always
from burnish.methods.privacy.rules.europe import run_before
from burnish.methods.privacy.rules.rule import FinderRule, PatternRule, Rule
from burnish.methods.privacy.spans import Span

_CAP = "A-ZÀ-ÖØ-ÞĀĂĄĆĈĊČĎĐĒĖĘĚĞĢĪİĶĹĻĽŁŃŅŇŌŐŒŘŚŞŠŢŤŪŮŰŲŹŻŽ"
_KIND_WORDS = (
    "Street|Road|Avenue|Lane|Drive|Court|Place|Crescent|Parade|Highway|Boulevard|Boulevarde|Terrace"
    "|Way|Close|Circuit|Square|Esplanade|Grove|Parkway|Trail|Loop|Circle|Mews|Rise|Row|Walk|Quay"
    "|Alley|View|Gardens|Gate|Hill|Ridge|Promenade|Track|Vale|Green|Chase|Glade|Link|Mall|Approach"
    "|Turn|Pass|Plaza|Bend|Strand|Wharf|Pike|Freeway|Cove|Crossing|Retreat|Outlook|Corso|Crest"
)
_KIND_SHORT = (
    "St|Rd|Ave?|Ln|Dr|Ct|Pl|Cres|Cr|Pde|Hwy|Blvd|Bvd|Tce|Ter|Cl|Cct|Sq|Esp|Gr|Gve|Pkwy|Cir"
    "|Gdns|Prom"
)
_KIND = rf"(?:{_KIND_WORDS}|{_KIND_SHORT}|{_KIND_WORDS.upper()}|{_KIND_SHORT.upper()})"
_WORD = rf"[{_CAP}][\w'.-]{{0,24}}"
_WORDS = rf"{_WORD}(?: {_WORD}){{0,3}}"
_UNIT_BEFORE = re.compile(
    r"(?:\b(?:c/-|c/o|unit|apt\.?|apartment|suite|ste\.?|flat|level|lvl|shop|lot|floor|villa"
    r"|room|rm"
    r"|office|u|no\.?|#)"
    r" ?#?(?:[0-9]{1,5}[a-z]?|[a-z])?[,/ -]{0,3}){1,2}$"
)
_HOUSE_BEFORE = re.compile(
    r"(?:[A-Z][\w']+ ){1,3}(?:Cottage|House|Farm|Lodge|Court|Barn|Mill|Hall|Villa|Manor|Grange"
    r"|Rectory|Vicarage|Building|Towers?|Mansions|Chambers|Flats),[ \n]{1,2}$"
)
_STATE_AU = (
    "NSW|N\\.S\\.W\\.?|VIC|Vic\\.?|QLD|Qld\\.?|SA|WA|TAS|Tas\\.?|NT|ACT|New South Wales|Victoria"
    "|Queensland|South Australia|Western Australia|Tasmania|Northern Territory"
)
_STATE_US = (
    "AL|AK|AZ|AR|CA|CO|CT|DE|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|NV|NH|NJ|NM"
    "|NY|NC|ND|OH|OK|OR|PA|RI|SC|SD|TN|TX|UT|VT|VA|WA|WV|WI|WY|DC"
)
_STATE_LONG = (
    "Alabama|Alaska|Arizona|Arkansas|California|Colorado|Connecticut|Delaware|Florida|Georgia"
    "|Hawaii|Idaho|Illinois|Indiana|Iowa|Kansas|Kentucky|Louisiana|Maine|Maryland|Massachusetts"
    "|Michigan|Minnesota|Mississippi|Missouri|Montana|Nebraska|Nevada|New Hampshire|New Jersey"
    "|New Mexico|New York|North Carolina|North Dakota|Ohio|Oklahoma|Oregon|Pennsylvania"
    "|Rhode Island|South Carolina|South Dakota|Tennessee|Texas|Utah|Vermont|Virginia|Washington"
    "|West Virginia|Wisconsin|Wyoming|District of Columbia"
)
_POST_GB = r"[A-Z]{1,2}\d[A-Z\d]? ?\d[ABD-HJLNP-UW-Z]{2}"
_COUNTRY = (
    r"(?:,?\s{1,2}(?:Australia|AUSTRALIA|USA|U\.S\.A\.?|United States(?: of America)?|UK|United"
    r" Kingdom"
    r"|England|Scotland|Wales|Northern Ireland|Ireland|Germany|France|Netherlands|New Zealand))?"
)
_GAP = r"(?:,?[ ]{0,2}\n?[ ]{0,2}|,? )"
_TOWN = (
    rf"(?:{_WORDS}{_GAP}(?:{_STATE_AU}),?{_GAP}\d{{4}}\b|{_WORDS}{_GAP}\d{{4}}\b(?: ?,? ?"
    rf"(?:{_STATE_AU})\b)?"
    rf"|{_WORDS}{_GAP}(?:{_STATE_US}|{_STATE_LONG})\.?,? \d{{5}}(?:-\d{{4}})?\b"
    rf"|{_WORDS}{_GAP}{_POST_GB}\b"
    rf"|{_POST_GB}\b"
    rf"|{_WORDS}{_GAP}(?:{_STATE_AU}|{_STATE_US})\b|\d{{5}} {_WORDS})"
)
_EXTRA_UNIT = (
    r"(?:,?[ \n]{1,2}(?:(?:Unit|Apt\.?|Apartment|Suite|Ste\.?|Flat|Floor|Level|Fl\.?|Rm\.?|Room"
    r"|#) ?#?"
    r"[0-9A-Za-z-]{1,6}\b|\d{1,3}(?:st|nd|rd|th) [Ff]l(?:oor|\b))){0,2}"
)
_NEAR_TOWN = rf"(?:,[ \n]{{1,2}}{_WORD}(?: {_WORD}){{0,2}}(?=[.,;)\n]|$))?"
_TAIL = (
    rf"(?:{_EXTRA_UNIT}(?:{_GAP}{_WORDS}{_GAP}(?={_WORD}))?{_GAP}{_TOWN}{_COUNTRY}"
    rf"|{_EXTRA_UNIT}{_NEAR_TOWN})"
)
_TAIL_TOWN = rf"{_EXTRA_UNIT}{_GAP}{_TOWN}{_COUNTRY}"
# The look-behind stands after the first digit, so that the search can skip to digits.
_FIRST = r"[0-9](?<![\w.$][0-9])"
_REST = r"\d{0,4}[A-Za-z]?(?: ?[/&-] ?\d{1,5}[A-Za-z]?)?"
_STREET = re.compile(
    rf"{_FIRST}{_REST},?[ \n]{{1,2}}(?:{_WORD}[ ]){{1,4}}?{_KIND}\b\.?(?: {_KIND}\b\.?)?"
    rf"(?: (?:North|South|East|West|N|S|E|W|NE|NW|SE|SW|Upper|Lower)\b\.?)?{_TAIL}"
)
_SPELT_STREET = re.compile(
    rf"\b(?:One|Two|Three|Four|Five|Six|Seven|Eight|Nine|Ten|Twelve"
    rf"|Twenty) (?:{_WORD}[ ]){{1,3}}?{_KIND}\b\.?"
    rf"{_EXTRA_UNIT}{_GAP}{_TOWN}{_COUNTRY}"
)
_NUMBERED_STREET = re.compile(
    rf"{_FIRST}{_REST} (?:[NSEW]{{1,2}}\.? )?\d{{1,3}}(?:st|nd|rd|th) {_KIND}\b\.?{_TAIL}"
)
_LOWER_KIND = rf"(?:{_KIND_WORDS.lower()}|{_KIND_SHORT.lower()})\b\.?"
_LOWER_UNIT = r"(?:,? (?:(?:apt|apartment|unit|suite|ste|flat|floor)\b\.? ?|#)#?[\w-]{1,6}\b)?"
_LOWER_TOWN = (
    r",?\s{1,2}(?:[a-z'-]{2,20},?[ \n]){1,3}(?:(?:(?:nsw|vic|qld|sa|wa|tas|nt|act"
    rf"|{_STATE_US.lower()}),? )?\d{{4,5}}(?:-\d{{4}})?\b"
    rf"|[a-z]{{1,2}}\d[a-z\d]? ?\d[abd-hjlnp-uw-z]{{2}}\b)"
)
_LOWER = re.compile(
    rf"{_FIRST}{_REST} "
    rf"(?:[a-z'-]{{1,20}} |\d{{1,3}}(?:st|nd|rd"
    rf"|th)? ){{1,5}}?{_LOWER_KIND}(?: {_LOWER_KIND})?{_LOWER_UNIT}"
    rf"(?P<town>{_LOWER_TOWN})?",
    re.IGNORECASE,
)
_STREETS = (_STREET, _NUMBERED_STREET, _SPELT_STREET)
_BOX = re.compile(
    rf"\b(?:R\.?R\.? ?\d{{1,4}},? Box|H\.?C\.? ?\d{{1,4}},? Box|G\.?P\.?O\.? ?Box"
    rf"|P\.? ?O\.? ?Box|P\.? ?M\.? ?B\.?|Post Office Box|Locked Bag|Private"
    rf" Bag|Reply Paid"
    rf"|R\.?M\.?B\.?|Postfach) ?(?:No\.? ?)?\d{{1,6}}\b(?: \d\d\b){{0,2}}"
    rf"(?:(?-i:{_TAIL_TOWN})|{_LOWER_TOWN}|(?-i:{_TAIL}))",
    re.IGNORECASE,
)
_TOWN_BEFORE = re.compile(rf"{_WORD}(?: {_WORD}){{0,2}}$")
_STATE_CODE_AU = re.compile(r",? (?:NSW|VIC|QLD|SA|WA|TAS|NT|ACT),? \d{4}\b")
_STATE_CODE_US = re.compile(
    rf",? (?:{_STATE_US})\.?,? \d{{5}}(?:-\d{{4}})?\b|, (?:{_STATE_LONG}),? \d{{5}}(?:-\d{{4}})?\b"
)
_NUMBER_BEFORE = re.compile(
    rf"(?<![\w.$])\d{{1,6}}[A-Za-z]?(?: (?:{_WORD}|\d{{1,3}}(?:st|nd|rd|th)|(?:of|the|de|la"
    rf"|el)\b)){{1,5}}"
    rf"{_EXTRA_UNIT},?[ \n]{{1,2}}$"
)
_POSTCODE_GB = re.compile(r"[A-Z](?<![A-Za-z0-9_][A-Z])[A-Z]?\d[A-Z\d]? \d[ABD-HJLNP-UW-Z]{2}\b")
_RUN_GB = re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]? ?\d[ABD-HJLNP-UW-Z]{2}\b")
_YEARS = re.compile(r"(?:19|20)\d\d ?- ?(?:19|20)?\d\d\b")
_EUROPE = re.compile(
    rf"[{_CAP}](?<![\w][{_CAP}])(?:[\w.-]{{1,20}}[ -]){{0,2}}[\w-]*(?:straße|strasse|str\.|weg"
    rf"|platz|allee|gasse|damm|ufer|straat|laan|gracht|plein)"
    rf" \d{{1,4}} ?[a-z]?\b(?:,? {{0,1}}\n?(?:[A-Z]{{1,2}}-)?\d{{4,5}}(?: [A-Z]{{2}})? {_WORDS})?"
    rf"|\b\d{{1,4}}(?: ?bis| ?ter)?,? (?:rue|avenue|boulevard|place|quai|chemin|impasse|allée"
    rf"|cours) (?:(?:de|du|des|la|le|les|l'|d') ?){{0,3}}{_WORDS}(?:,? \n?\d{{5}} {_WORDS})?"
    rf"|\b(?:Calle|Avenida|Via|Viale|Piazza|Corso|Plaza|Paseo|Rua) (?:(?:de|del|della|di|la|el"
    rf"|los|las) ){{0,3}}{_WORDS},? (?:n\.?º? ?)?\d{{1,4}}\b(?:,? \n?\d{{4,5}} {_WORDS})?"
)
_LABEL = re.compile(
    r"\b(?:(?:home|postal|billing|shipping|delivery|residential|street|mailing|business|current"
    r"|new|old"
    r"|forwarding|site|physical) )?(?:address|addr)(?: line ?\d)?(?: is| was|:| :|\"\s?:\s?\"| ="
    r"|=| -)(?: now)?:? {0,2}\n?"
    r"(?P<value>(?:\d|Unit|Flat|Apt|Apartment|Level|Lot|Suite|Shop|c/-|C/-|c/o)[^\n;\"]{4,110})",
    re.IGNORECASE,
)
_HOME = re.compile(
    r"(?:live[sd]?|living|liv|reside[sd]?|residing|located|delivered?|deliver|ship(?:ped)?|sent?"
    r"|post(?:ed)?|mail(?:ed)?|moved|moving|address|home|parcel|based|staying)\b[^.\n]{0,40}$"
)


def _with_unit(page: Page, start: int) -> int:
    """Where the address begins: at the unit, level or flat before the street number, if any."""
    unit = _UNIT_BEFORE.search(page.low, max(0, start - 32), start)
    start = unit.start() if unit else start
    house = _HOUSE_BEFORE.search(page.text, max(0, start - 60), start)
    return house.start() if house else start


def _streets(page: Page) -> Iterator[Span]:
    for pattern in _STREETS:
        for match in page.matches(pattern):
            if not _YEARS.match(match[0]):
                yield Span(_with_unit(page, match.start()), match.end(), "ADDRESS", 0.9)


def _lower_streets(page: Page) -> Iterator[Span]:
    """Streets in any case; without a postcode they need a word such as 'live' before them."""
    for match in page.matches(_LOWER, low=True):
        start = _with_unit(page, match.start())
        if match["town"] or _HOME.search(page.low, max(0, start - 60), start):
            yield Span(start, match.end(), "ADDRESS", 0.7)


class _Towns:
    """A place name with its state and postcode."""

    __slots__ = ("code",)

    def __init__(self, code: re.Pattern[str]) -> None:
        self.code = code

    def __call__(self, page: Page) -> Iterator[Span]:
        for match in page.matches(self.code):
            town = _TOWN_BEFORE.search(page.text, max(0, match.start() - 60), match.start())
            if town:
                street = _NUMBER_BEFORE.search(page.text, max(0, town.start() - 80), town.start())
                start = _with_unit(page, street.start()) if street else town.start()
                yield Span(start, match.end(), "ADDRESS", 0.9 if street else 0.8)


def _british(page: Page) -> Iterator[Span]:
    """The lines of an address that end in a British postcode, though none has a number."""
    for match in page.matches(_RUN_GB):
        start = run_before(page.text, match.start())
        if start < match.start():
            yield Span(start, match.end(), "ADDRESS", 0.8)


_ABBREVIATED = re.compile(rf"(?:\b(?:{_KIND_SHORT}|No|Apt|Ste|Mt|Co|[A-Z])|\d)$", re.IGNORECASE)
_NEXT = re.compile(r"[.!?](?=\s+[A-Z])|,? and (?:he|she|they|i|we|it|has|is)\b|[!?]|\s\(")


def _labelled(page: Page) -> Iterator[Span]:
    """What follows an address label, up to the end of the sentence."""
    for match in page.matches(_LABEL) if "addr" in page.low else ():
        start, end = match.span("value")
        for stop in _NEXT.finditer(page.text, start + 6, end):
            if stop[0] != "." or not _ABBREVIATED.search(page.text, start, stop.start()):
                end = stop.start()
                break
        written = page.text[start:end].rstrip(" .,")
        letters = sum(map(str.isalpha, written))
        if letters >= 5 and "@" not in written and not re.match(r"\d+\.\d+", written):
            yield Span(start, start + len(written), "ADDRESS", 0.75)


_BOX_NEEDLES = ("box", "bag", "reply paid", "rmb", "r.m.b", "pmb", "postfach")
_EUROPE_NEEDLES = (
    "straße", "strasse", "str. ", "weg ", "platz ", "allee ", "gasse ", "damm ", "ufer ",
    "straat", "laan ", "gracht", "plein ", "rue ", "quai ", "boulevard ", "avenue ", "chemin ",
    "place ", "impasse ", "cours ", "calle ", "avenida ", "via ", "viale ", "piazza ", "corso ",
    "plaza ", "paseo ", "rua ",
)  # fmt: skip

RULES: tuple[Rule, ...] = (
    FinderRule("ADDRESS", _streets, (), _STREETS),
    FinderRule("ADDRESS", _lower_streets, low=(_LOWER,)),
    PatternRule("ADDRESS", _BOX, always(0.9), _BOX_NEEDLES),
    FinderRule("ADDRESS", _Towns(_STATE_CODE_AU), ("AU",), (_STATE_CODE_AU,)),
    FinderRule("ADDRESS", _Towns(_STATE_CODE_US), ("US",), (_STATE_CODE_US,)),
    PatternRule("ADDRESS", _POSTCODE_GB, always(0.6), (), ("GB",)),
    PatternRule("ADDRESS", _EUROPE, always(0.85), _EUROPE_NEEDLES, ("EU",)),
    FinderRule("ADDRESS", _british, ("GB",), (_RUN_GB,)),
    FinderRule("ADDRESS", _labelled, (), (_LABEL,)),
)
