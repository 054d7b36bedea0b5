"""User handles: `@name` in running text, `@name@host` of the fediverse, `u/name`, and names that a
label such as 'username' or 'Telegram' stands before.

The sign also begins decorators, annotations, documentation tags, package scopes, at-rules of style
sheets and e-mail addresses: those are told apart by what follows, by the line they stand in, and
by the tags' own names.
"""

import re
from collections.abc import Iterator

from burnish.methods.privacy.page import Page
from burnish.methods.privacy.rules.label import word_set
from burnish.methods.privacy.rules.rule import FinderRule, Rule, words
from burnish.methods.privacy.spans import Span

_AT = re.compile(
    r"@(?<![\w.+/@$&=*%`\\#-]@)(?P<name>[A-Za-z_][A-Za-z0-9_]{1,29}(?:[.-][A-Za-z0-9_]{1,29})"
    r"{0,3})(?P<host>@[\w-]+(?:\.[\w-]+)+)?"
    r"(?![\w@({=\\/$\[]|::|<(?!/))(?!\.[\w])"
)
_REDDIT = re.compile(r"(?<![\w/.:-])/?u/(?P<name>[A-Za-z0-9_-]{3,20})(?![\w/.-])")
_TAGGED = re.compile(r"(?<![\w#.])(?P<name>[A-Za-z][\w.]{1,31}#\d{4})(?!\w)")
_SOCIAL = words(
    r"twitter", r"tweet(?:ed|s)?", r"insta(?:gram)?", r"ig", r"tik ?tok", r"telegram",
    r"follow(?:ed|ing|s)?", r"dm(?:ed|s)?", r"handles?", r"user ?names?", r"snap(?:chat)?",
    r"mention(?:ed|s)?", r"discord", r"slack", r"youtube", r"threads", r"mastodon", r"bluesky",
    r"rt", r"via", r"thanks", r"thank you", r"cc", r"hey", r"hi", r"hello", r"by", r"from",
    r"with", r"ask", r"ping(?:ed)?", r"tag(?:ged)?", r"venmo", r"cash ?app", r"account",
    r"profile", r"wrote", r"posted", r"said", r"replied", r"shared", r"commented", r"reach",
    r"message", r"contact", r"find me",
)  # fmt: skip
_TAGS = word_set(
    """
    param params parameter return returns throws throw exception author since see deprecated
    override overrides property staticmethod
    classmethod abstractmethod dataclass cached_property contextmanager wraps media import charset
    namespace supports page layer container
    tailwind apply include mixin extend if else elseif endif for foreach endforeach each while
    function use forward interface implementation
    protocol end synthesize dynamic selector class try catch finally autoreleasepool encode
    optional required public private protected
    package app pytest click router component injectable input output ngmodule autowired bean
    service controller restcontroller test
    before after beforeeach aftereach entity table id column getmapping postmapping requestmapping
    repository configuration transactional
    nullable nonnull notnull suppresswarnings functionalinterface safevarargs data getter setter
    builder value slf4j type types typedef
    template ts-ignore ts-expect-error ts-nocheck jsx flow todo fixme version link code inheritdoc
    internal api example examples note
    brief file details section subsection ref copyright license since default defaultvalue
    description summary final static const
    readonly extends implements module exports export yield async fires listens event callback
    this name memberof enum augments
    override abstract hide suppress jvmstatic composable parcelize inject singleton provides binds
    published state binding observedobject
    environment main objc available discardableresult escaping autoclosure viewbuilder mainactor
    font-face keyframes font viewport
    counter-style article book inproceedings misc incollection techreport phdthesis mastersthesis
    proceedings string comment preamble
    here everyone channel all home work school noon midnight least most once first gmail yahoo
    hotmail outlook
    html raw model using inject section layout helper helpers functions attribute var let def
    register tag option command
    property njit jit vectorize lru_cache cache unittest patch mock fixture mark parametrize skip
    total_ordering overload
    """
)
_CODE_AFTER = re.compile(
    r"[ \t]*\r?\n[ \t]*(?:@|def |class |async |public |private |protected |internal |static "
    r"|final |abstract |function |const |let |var |val |fun |export "
    r"|import |interface |enum |struct |void |int |string |override |open |data |type |return )",
    re.IGNORECASE,
)
_CODE_BEFORE = re.compile(
    r"(?:^|\n)[ \t]*(?:\*|/\*\*?|//+|#+[ \t]?|--|;|'|rem )[^\n]{0,40}$", re.IGNORECASE
)
_CODE_LINE = re.compile(
    r"[{};]\s*$|=>|==|:=|\b(?:SELECT|INSERT|DECLARE|WHERE|EXEC|SET)\b[^\n]*@"
    r"|\b(?:npm|yarn|pnpm|pip|npx) (?:i|install|add|run)\b[^\n]*@"
)
_LABELLED = re.compile(
    r"(?<![a-z])(?:(?:user[ _-]?(?:name|id)|screen[ _-]?name|login(?: name| id)?|handle"
    r"|gamer[ _-]?tag|nick(?:name)?|psn(?: id)?|xbox(?: live)?(?: id)?|steam(?: id)?"
    r"|skype|telegram|discord|snap(?:chat)?|insta(?:gram)?|twitter|tik ?tok|kik|wechat|line id"
    r"|venmo|cashtag|github|gitlab|reddit|facebook|fb)"
    r"(?: (?:id|handle|name|username|account|user|tag))?)[\"']?(?: ?[:=] ?| (?:is|was|are) "
    r"| ?\()[\"'@]?"
)
_VALUE = re.compile(r"(?P<value>\$?[A-Za-z0-9](?:[\w.-]{1,38}\w)(?:#\d{4})?)(?![\w@(/:])")
_NOT_NAMES = word_set(
    """
    required optional missing invalid incorrect wrong taken unavailable available the your my his
    her their our not already case empty
    blank none null true false string str text unknown different correct still always now being
    used known called based different shown
    displayed changed locked account disabled also same login admin root user username email
    password test guest anonymous
    """
)


def _mentions(page: Page) -> Iterator[Span]:
    for match in page.matches(_AT) if "@" in page.text else ():
        score = 0.95 if match["host"] else _mention(page, match)
        if score:
            yield Span(match.start(), match.end(), "HANDLE", score)


def _mention(page: Page, match: re.Match[str]) -> float:
    name, start, end = match["name"], match.start(), match.end("name")
    if name.lower() in _TAGS or len(name) < 3 or _in_code(page, start, end):
        return 0.0
    social = page.before(start, _SOCIAL) or page.after(end, _SOCIAL, 32)
    if "." in name or "-" in name:
        return 0.85 if social else 0.0
    return 0.9 if social or any(sign in name for sign in "_0123456789") else 0.7


def _in_code(page: Page, start: int, end: int) -> bool:
    """Whether the sign stands in a line that reads like program text or its documentation."""
    text = page.text
    if _CODE_AFTER.match(text, end) or _CODE_BEFORE.search(text, max(0, start - 60), start):
        return True
    last = text.find("\n", end)
    first = text.rfind("\n", 0, start) + 1
    line = text[max(first, start - 120) : min(len(text) if last < 0 else last, end + 120)]
    return _CODE_LINE.search(line) is not None


def _elsewhere(page: Page) -> Iterator[Span]:
    for match in page.matches(_REDDIT) if "u/" in page.text else ():
        yield Span(match.start(), match.end(), "HANDLE", 0.85)
    for match in page.matches(_TAGGED) if "discord" in page.low else ():
        yield Span(match.start(), match.end(), "HANDLE", 0.8)


def _labelled(page: Page) -> Iterator[Span]:
    for label in page.matches(_LABELLED, low=True):
        value = _VALUE.match(page.text, label.end())
        if value and _is_handle(value["value"], page.text[label.end() - 1]):
            start = value.start() - (page.text[value.start() - 1] == "@")
            yield Span(start, value.end(), "HANDLE", 0.85)


def _is_handle(value: str, before: str) -> bool:
    """Whether a labelled value is a name people choose, rather than a word of the sentence."""
    if value.lower() in _NOT_NAMES or value.isdigit() or (value.isupper() and len(value) > 15):
        return False
    if before == "@":
        return True
    contrived = any(sign in "_.$#-0123456789" for sign in value)
    return contrived or (before in ":=\"'" and value.islower() and len(value) >= 3)


RULES: tuple[Rule, ...] = (
    FinderRule("HANDLE", _mentions, (), (_AT,)),
    FinderRule("HANDLE", _elsewhere, (), (_REDDIT, _TAGGED)),
    FinderRule("HANDLE", _labelled, low=(_LABELLED,)),
)
