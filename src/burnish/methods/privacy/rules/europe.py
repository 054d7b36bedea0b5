"""Postal addresses of continental Europe and Ireland, anchored at the postcode and its town.

Street and number (or number and street) are looked for before the postcode; without a word that
names a kind of street the postcode must be of a form few numbers have, or the street of two words.
Forms after the Universal Postal Union's addressing systems by country.
"""

import re
from collections.abc import Iterator

from burnish.methods.privacy.page import Page
from burnish.methods.privacy.rules.rule import FinderRule, PatternRule, Rule
from burnish.methods.privacy.spans import Span

_CAP = "A-ZÀ-ÖØ-ÞĀĂĄĆĈĊČĎĐĒĔĖĘĚĞĢĪİĶĹĻĽŁŃŅŇŌŐŒŘŚŞŠŢŤŪŬŮŰŲŹŻŽ"
_PARTICLE = (
    r"(?:de|der|den|dem|des|du|del|della|delle|dei|di|da|do|dos|das|la|le|les|van|von|zum|zur|am"
    r"|an|auf|im|in|unter|op|ten|ter|het|'t|el|los|las|y|e|i|en|sur|sous|rue|avenue|boulevard|bd"
    r"|av|place|quai|chemin|impasse|allée|allee|cours|route|square|ul|al|os)"
)
_WORD = rf"(?:[ldLD]')?[{_CAP}][\w'.-]{{0,24}}"
_NAME = rf"(?:{_WORD}|{_PARTICLE}\.?)(?:[ -](?:{_WORD}|{_PARTICLE}\.?)){{0,6}}"
_NUMBER = (
    r"\d{1,4}(?: ?[a-zA-Z](?![\w]))?(?: ?[-/] ?(?:\d{1,4}[a-z]?|[A-Z](?!\w))){0,3}"
    r"(?:,? ?(?:bis|ter))?"
)
_FLAT = (
    r"(?:,? (?:\d{1,2} ?[ºª°oa](?: ?(?:[A-Z]|izq\.?|dcha?\.?|izda\.?))?|(?:piso|planta|puerta"
    r"|esc\.?"
    r"|bât\.?|bâtiment|étage|apt\.?|appt\.?|int\.?|scala|whg\.?|app\.?|bus|bte|tür"
    r"|top) ?\w{1,4}|m\. ?\d+|\d{1,2}\. ?(?:tv|th|mf)\.?)){0,3}"
)
_STREET_LINE = (
    rf"(?:(?:C/ ?|ul\. ?)?(?:{_NAME}),? (?:n\.?[º°o.]{{0,2}} ?)?{_NUMBER}|{_NUMBER},? (?:{_NAME}))"
)
_BEFORE = re.compile(rf"(?<![\w/-])(?P<line>{_STREET_LINE}){_FLAT},?[ ]?[\n ]$")
_KIND = re.compile(
    r"(?:straße|strasse|str\.|stra(?:ss|ß)e|weg|platz|allee|gasse|damm|ufer|ring|chaussee|steig"
    r"|markt|straat|laan|gracht"
    r"|plein|kade|singel|dijk|hof|dreef|gatan|vägen|gade|vej|katu|tie)\b|(?:^|[^\w])(?:rue"
    r"|avenue|av\.|boulevard|bd|blvd|place|quai"
    r"|chemin|impasse|allée|cours|route|square|passage|calle|c/|avda?\.?|avenida|plaza|paseo"
    r"|camino|ronda|carrer|via|viale|piazza|corso|largo"
    r"|vicolo|rua|praça|travessa|ul\.|ulica|aleja|al\.|os\.)(?:[^\w]|$)",
    re.IGNORECASE,
)
_TOWN = (
    rf"(?!Cedex|CEDEX)[{_CAP}][\w'.-]{{1,24}}(?:[ -](?!Cedex|CEDEX)(?:{_WORD}|{_PARTICLE})){{0,3}}"
)
_COUNTRY = (
    r"(?:,?[ \n](?:Deutschland|Germany|Österreich|Austria|France|Frankreich|Nederland"
    r"|Netherlands|The Netherlands|België|Belgique|Belgium"
    r"|España|Spain|Italia|Italy|Ireland|Portugal|Polska|Poland|Sverige|Sweden|Schweiz|Suisse"
    r"|Switzerland|Danmark|Denmark)\b)?"
)
_POST_TOWN = re.compile(
    r"(?<![\w.,/-])(?P<post>(?:[A-Z]{1,2}-)?\d{5}|\d{4} ?[A-Z]{2}"
    r"|(?:[A-Z]{1,2}-)?\d{4}(?:-\d{3})?|\d{2}-\d{3}|\d{3} \d{2})"
    rf" (?P<town>{_TOWN})(?: (?:Cedex|CEDEX)(?: \d{{1,2}})?)?(?: \d{{1,2}}(?=[,.\n]"
    rf"|$))?(?: \(?[A-Z]{{2}}\)?(?!\w))?{_COUNTRY}"
)
_OWN_FORM = re.compile(r"\d{4} ?[A-Z]{2}|\d{4}-\d{3}|\d{2}-\d{3}|\d{3} \d{2}|[A-Z]{1,2}-\d{4,5}")
_DATED = re.compile(
    r"\b(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|mai|june?|july?|aug(?:ust)?"
    r"|sep(?:t(?:ember)?)?|o[ck]t(?:ober)?|nov(?:ember)?|de[cz](?:ember)?|pages?|tables?|figures?"
    r"|fig|chapter|section|vol(?:ume)?|version|items?|phase|grade|class|step|part|level)\b",
    re.IGNORECASE,
)
_TOWN_AFTER_BOX = _POST_TOWN.pattern.replace("?P<post>", "?:").replace("?P<town>", "?:")
_BOX = re.compile(
    r"(?:\b(?:Postfach|Postbus|Apartado(?: de Correos)?|Casella Postale|C\.P\.|B\.?P\.?"
    r"|Boîte Postale|Caixa Postal|Skrytka Pocztowa)"
    rf" (?:n[°º.] ?)?\d{{1,6}}(?: \d{{2}}){{0,3}})(?:,?[ \n]{{1,2}}(?:{_TOWN_AFTER_BOX}))?"
)
_EIRCODE = re.compile(r"(?:(?:AC|[A-Y])\d[\dW] ?[0-9AC-FHKNPRTV-Y]{4}|Dublin \d{1,2}W?)(?!\w)")
_RUN_BEFORE = re.compile(
    rf"(?<![\w/])(?:(?:[{_CAP}][\w'.-]*|\d{{1,4}}[A-Za-z]?|of|the|on|upon|under|le|and"
    rf"|Co\.),?[ \n]{{1,2}}){{2,14}}$"
)
_LEAD = re.compile(
    r"(?:[A-Z][\w']*,? ){0,1}(?:I|We|He|She|They|The address|Address"
    r"|Eircode)(?:,| is|:)? $"
)


def _by_postcode(page: Page) -> Iterator[Span]:
    for match in page.matches(_POST_TOWN):
        front = _BEFORE.search(page.text, max(0, match.start() - 110), match.start())
        score = _sure(front["line"], match["post"]) if front else 0.0
        if front and score:
            yield Span(front.start(), match.end(), "ADDRESS", score)


def _sure(line: str, post: str) -> float:
    if _DATED.search(line):
        return 0.0
    if _KIND.search(line):
        return 0.9
    if _OWN_FORM.fullmatch(post):
        return 0.85
    words = [word for word in re.split(r"[ ,]+", line) if not word[0].isdigit()]
    return 0.7 if len(post) == 5 and len(words) >= 2 and not line[0].isdigit() else 0.0


def _boxed(page: Page, start: int, end: int) -> float:
    return 0.9 if page.text[start:end].count(" ") > 1 or page.text[start].lower() != "b" else 0.6


def _irish(page: Page) -> Iterator[Span]:
    for match in page.matches(_EIRCODE):
        if match.start() and page.text[match.start() - 1].isalnum():
            continue
        start = run_before(page.text, match.start())
        if start < match.start() and any(map(str.isdigit, page.text[start : match.start()])):
            yield Span(start, match.end(), "ADDRESS", 0.85)


def run_before(text: str, end: int, width: int = 140) -> int:
    """Where the run of capitalised words, numbers and commas begins that stands before a code.

    The run must hold a comma or a line's end, else it is no list of the lines of an address.
    """
    run = _RUN_BEFORE.search(text, max(0, end - width), end)
    if run is None or not re.search(r"[,\n]", run[0]):
        return end
    lead = _LEAD.match(text, run.start(), run.end())
    return lead.end() if lead else run.start()


_BOX_NEEDLES = ("postfach", "postbus", "apartado", "casella", "c.p.", "bp ", "b.p", "postale",
                "postal", "skrytka")  # fmt: skip
_IRISH_NEEDLES = ("dublin", "eircode", "co. ", "ireland")

RULES: tuple[Rule, ...] = (
    FinderRule("ADDRESS", _by_postcode, ("EU",), (_POST_TOWN,)),
    PatternRule("ADDRESS", _BOX, _boxed, _BOX_NEEDLES, ("EU",)),
    FinderRule("ADDRESS", _irish, ("EU",), (_EIRCODE,)),
)
