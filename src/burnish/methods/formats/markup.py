"""Readable text of an HTML page."""

from __future__ import annotations

import re
import warnings

from bs4 import BeautifulSoup, MarkupResemblesLocatorWarning, XMLParsedAsHTMLWarning
from bs4.element import NavigableString, Tag
from bs4.exceptions import ParserRejectedMarkup

_DROPPED = [
    *("script", "style", "noscript", "template", "svg", "math", "iframe", "object", "title"),
    *("nav", "footer", "button", "select", "textarea"),
]
_BLOCKS = [
    *("address", "article", "aside", "blockquote", "body", "dd", "details", "div", "dl", "dt"),
    *("fieldset", "figcaption", "figure", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header"),
    *("hr", "li", "main", "ol", "p", "pre", "section", "summary", "table", "tbody", "thead"),
    *("tr", "ul"),
]
_CLOSE = frozenset({"li", "tr", "dt", "dd"})
_PAGE_PARTS = ["main", "article"]


def html_text(markup: str) -> dict[str, object] | str:
    """Fields `text` and, where there is one, `title`; or why the page cannot be parsed.

    Scripts, styles, controls, navigation, footers and page headers are dropped; a header inside the
    article is kept. Blocks are parted by an empty line, list items and table rows by a line end.
    """
    try:
        soup = _parse(markup)
    except (ParserRejectedMarkup, AssertionError, RecursionError):
        return "the HTML cannot be parsed"
    title = " ".join(soup.title.get_text().split()) if soup.title else ""
    _drop(soup)
    _flatten(soup)
    text = _tidy(soup.get_text())
    return {"text": text, "title": title} if title else {"text": text}


def _parse(markup: str) -> BeautifulSoup:
    with warnings.catch_warnings():
        # Both guess that the caller has mistaken a path or XML for HTML; here it is a file's text.
        warnings.simplefilter("ignore", MarkupResemblesLocatorWarning)
        warnings.simplefilter("ignore", XMLParsedAsHTMLWarning)
        return BeautifulSoup(markup, "html.parser")


def _drop(soup: BeautifulSoup) -> None:
    for tag in soup.find_all(_DROPPED):
        tag.extract()
    for tag in soup.find_all("header"):
        if tag.find_parent(_PAGE_PARTS) is None:
            tag.extract()


def _flatten(soup: BeautifulSoup) -> None:
    for string in soup.find_all(string=True):
        if type(string) is NavigableString and string.find_parent("pre") is None:
            string.replace_with(re.sub(r"\s+", " ", string))
    for tag in soup.find_all("br"):
        tag.replace_with("\n")
    for tag in soup.find_all(["td", "th"]):
        tag.append("\t")
    for tag in soup.find_all(_BLOCKS):
        _part(tag)


def _part(tag: Tag) -> None:
    mark = "\n" if tag.name in _CLOSE else "\n\n"
    tag.insert(0, mark)
    tag.append(mark)


def _tidy(text: str) -> str:
    text = re.sub(r"[ \t]*\n[ \t]*(?=\n)", "\n", text)
    text = re.sub(r"(?<=\n) (?=\S)|[ \t]+(?=\n)", "", text)
    return re.sub(r"\n{3,}", "\n\n", text).strip()
