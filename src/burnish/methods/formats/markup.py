"""Readable text of an HTML page."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass

from bs4 import BeautifulSoup, MarkupResemblesLocatorWarning, XMLParsedAsHTMLWarning
from bs4.element import NavigableString, PageElement, Tag
from bs4.exceptions import ParserRejectedMarkup

_DROPPED = {
    *("script", "style", "noscript", "template", "svg", "math", "iframe", "object", "title"),
    *("nav", "footer", "button", "select", "textarea"),
}
_DROPPED_ROLES = {
    *("navigation", "banner", "contentinfo", "search", "menu", "menubar", "toolbar", "dialog"),
    *("alertdialog", "tablist", "complementary"),
}
# Names that consent managers and themes give to cookie notices, menus and links to share.
_DROPPED_NAMES = re.compile(
    r"(?:cookie[_-]?(?:banner|bar|consent|notice|popup|law|dialog)|consent[_-]banner|gdpr|onetrust|"
    r"cookiebot|cybotcookiebotdialog|didomi|usercentrics|qc-cmp2|truste)(?:[_-][\w-]*)?|"
    r"skip[_-]?(?:link|nav|to[_-](?:content|main))s?|breadcrumbs?|navbar|navigation|"
    r"site[_-](?:header|footer|nav|menu)|share[_-]?(?:buttons?|links|bar)|"
    r"social[_-](?:share|links|media)",
    re.IGNORECASE,
)
_NAMES_LIMIT = 20
_NAME_LIMIT = 80
_BLOCKS = {
    *("address", "article", "aside", "blockquote", "body", "details", "div", "dl"),
    *("fieldset", "figcaption", "figure", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header"),
    *("hr", "main", "ol", "p", "pre", "section", "summary", "table", "tbody", "thead"),
    "ul",
}
_LINES = {"li", "tr", "dt", "dd", "br"}
_CELLS = {"td", "th"}
_PAGE_PARTS = {"main", "article"}
_FRAMES = {"html", "body"}


def html_text(markup: str) -> dict[str, object] | str:
    """Fields `text` and, where there is one, `title`; or why the page cannot be parsed.

    Scripts, styles, controls, hidden elements, navigation, footers and page headers are dropped, by
    the element, its ARIA role, or a usual name of cookie notices, menus and links to share; a
    header inside the article is kept. Blocks are parted by an empty line, list items and table
    rows by a line end.
    """
    try:
        soup = _parse(markup)
    except (ParserRejectedMarkup, AssertionError, RecursionError):
        return "the HTML cannot be parsed"
    named = soup.title
    own = named is not None and named.find_parent("svg") is None
    title = " ".join(named.get_text().split()) if named is not None and own else ""
    text = _tidy("".join(_pieces(soup)))
    return {"text": text, "title": title} if title else {"text": text}


def _parse(markup: str) -> BeautifulSoup:
    with warnings.catch_warnings():
        # Both guess that the caller has mistaken a path or XML for HTML; here it is a file's text.
        warnings.simplefilter("ignore", MarkupResemblesLocatorWarning)
        warnings.simplefilter("ignore", XMLParsedAsHTMLWarning)
        return BeautifulSoup(markup, "html.parser")


@dataclass(frozen=True)
class _Open:
    """An element that is open while its contents are walked, and what holds inside it."""

    tag: Tag
    before: str
    after: str
    dropped: bool
    verbatim: bool
    within: bool


def _pieces(soup: BeautifulSoup) -> list[str]:
    """Texts and breaks in document order, in one pass: pages may be nested very deeply."""
    pieces: list[str] = []
    above = [_Open(soup, "", "", dropped=False, verbatim=False, within=False)]
    for element in soup.descendants:
        while above[-1].tag is not element.parent:
            pieces.append(above.pop().after)
        if isinstance(element, Tag):
            above.append(_opened(element, above[-1]))
            pieces.append(above[-1].before)
        elif not above[-1].dropped:
            pieces.append(_words(element, above[-1].verbatim))
    return pieces


def _opened(tag: Tag, outer: _Open) -> _Open:
    page_header = tag.name == "header" and not outer.within
    dropped = outer.dropped or page_header or _is_boilerplate(tag)
    return _Open(
        tag=tag,
        before="" if dropped else _before(tag.name),
        after="" if dropped else _after(tag.name),
        dropped=dropped,
        verbatim=outer.verbatim or tag.name == "pre",
        within=outer.within or tag.name in _PAGE_PARTS,
    )


def _is_boilerplate(tag: Tag) -> bool:
    """Whether an element is no text of the page, by its name, its role, or what it is called."""
    if tag.name in _DROPPED:
        return True
    if not tag.attrs or tag.name in _PAGE_PARTS or tag.name in _FRAMES:
        return False
    if "hidden" in tag.attrs or str(tag.attrs.get("role", "")).lower() in _DROPPED_ROLES:
        return True
    return tag.name in _BLOCKS and any(
        len(name) <= _NAME_LIMIT and _DROPPED_NAMES.fullmatch(name) for name in _names(tag)
    )


def _names(tag: Tag) -> list[str]:
    """The id and the first classes of an element."""
    called = tag.attrs.get("class") or ()
    classes = called.split() if isinstance(called, str) else called
    return [str(tag.attrs.get("id", "")), *classes][:_NAMES_LIMIT]


def _before(name: str) -> str:
    return "\n" if name in _LINES else "\n\n" if name in _BLOCKS else ""


def _after(name: str) -> str:
    return "\t" if name in _CELLS else "\n\n" if name in _BLOCKS else ""


def _words(element: PageElement, verbatim: bool) -> str:
    """Text of a node; comments, declarations and the like are none."""
    if type(element) is not NavigableString:
        return ""
    return str(element) if verbatim else re.sub(r"\s+", " ", element)


def _tidy(text: str) -> str:
    text = re.sub(r"(?<=\n)[ \t]+(?=\n)|(?<=\n) (?=\S)|[ \t]+(?=\n)", "", text)
    return re.sub(r"\n{3,}", "\n\n", text).strip()
