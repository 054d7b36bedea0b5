"""Links that carry user data: a user in the authority, a profile path, or an identifying query.

The whole link is the find. A link to a page that says nothing of its reader is left alone (RFC
3986 gives the parts: authority, path, query, fragment).
"""

import re
from collections.abc import Iterator

from burnish.methods.privacy.page import Page
from burnish.methods.privacy.rules.label import word_set
from burnish.methods.privacy.rules.rule import FinderRule, Rule
from burnish.methods.privacy.spans import Span

_LINK = re.compile(
    r"(?:(?<![A-Za-z])(?:https?|ftps?|wss?)://|(?<![\w.@/])www\.)[^\s<>\"'`\ufffc{}|\\^\]]{3,2000}",
    re.IGNORECASE,
)
_SITES = (
    r"(?:facebook|fb|instagram|twitter|x|linkedin|tiktok|snapchat|pinterest|threads|youtube"
    r"|github|gitlab|bitbucket|medium"
    r"|soundcloud|vk|twitch|patreon|venmo|cash|paypal|strava|flickr|tumblr|keybase|linktr)"
    r"\.(?:com|net|app|me|ee|tv|io|org)|(?:t|wa|paypal|fb|snapchat|bsky)\.(?:me|app)"
)
_BARE = re.compile(
    rf"(?<![\w.@/-])(?:(?:www|m|mobile|[a-z]{{2}}|web"
    rf"|about)\.)?(?:{_SITES})/[^\s<>\"'`\ufffc{{}}|\\^\]]{{2,300}}",
    re.IGNORECASE,
)
_PARTS = re.compile(
    r"(?:[a-z]+://)?(?:(?P<user>[^/?#@\s]{1,200})@)?(?P<host>[^/?#]*)(?P<path>[^?#]*)"
    r"(?:\?(?P<query>[^#]*))?(?:#(?P<fragment>.*))?",
    re.IGNORECASE | re.DOTALL,
)
_SITE = re.compile(
    rf"(?:(?:www|m|mobile|[a-z]{{2}}|web|about)\.)?(?:{_SITES})(?::\d+)?", re.IGNORECASE
)
_KEYS = re.compile(
    r"(?:^|[&;?/])(?:amp;)?(?:[\w.-]{0,24}[_.-])?(?:e-?mail|mail|user(?:name|id|_id)?|uid|login"
    r"|account(?:id|_id|no)?|acct|phone|mobile"
    r"|tel|msisdn|name|first_?name|last_?name|fname|lname|surname|dob|birth(?:day|date)?|ssn"
    r"|tfn|nino|passport|address|addr|postcode|zip(?:code)?"
    r"|token|auth|authorization|access_?token|id_?token|refresh_?token|api_?key|apikey|key"
    r"|secret|sig(?:nature)?|password|passwd|pwd|code|otp|jwt"
    r"|session(?:_?id|key)?|sess(?:id)?|sid|phpsessid|jsessionid|aspsessionid"
    r"|asp\.net_sessionid|cookie|ticket|invite|client_?id|customer(?:_?id)?"
    r"|member(?:_?id)?|patient(?:_?id)?|profile(?:_?id)?|person(?:_?id)?|employee(?:_?id)?"
    r"|device_?id|imei|ip|lat|lng|lon|fbclid|gclid|mc_eid|ref_?user)"
    r"=[^&;#\s]{2,}",
    re.IGNORECASE,
)
_PROFILE = re.compile(
    r"/(?:users?|u|profiles?|people|person|members?|accounts?|customers?|patients?|clients?"
    r"|employees?|staff|contacts?|in|add|channel|author|~|@)"
    r"(?:/(?:id|view|edit|show|profile)(?=/))?/?(?<=[/~@])(?P<who>[\w.%+~@-]{2,80})(?:/|$)",
    re.IGNORECASE,
)
_PAGES = word_set(
    """
    login logout log-in sign-in signin sign_in signup sign-up sign_up register registration new
    edit settings guide guides manual
    docs documentation index faq help search list all home password reset forgot about contact
    privacy terms policy
    me self current default create update delete groups group events event watch hashtag explore
    jobs company school pages page
    share sharer intent dialog plugins status features pricing blog news support stories story
    topics trending marketplace enterprise
    security developers developer download downloads api apps app store careers press legal team
    overview benefits portal
    services service resources directory training policies handbook onboarding experience research
    data information management
    playlist results feed shorts gaming music movies live i p r t tag tags collections topic
    sponsors orgs organizations notifications
    """
)
_END = ".,;:!?*_~"
_FILE = re.compile(
    r"\.(?:html?|php|aspx?|jsp|pdf|md|rst|txt|png|jpe?g|gif|css|js|xml|json|svg)$", re.IGNORECASE
)
_ENDS = (".com/", ".net/", ".app/", ".me/", ".ee/", ".tv/", ".io/", ".org/")
_REPOSITORIES = ("github", "gitlab", "bitbucket")


def _trimmed(link: str) -> str:
    """The link without the marks of the sentence around it."""
    while link:
        last = link[-1]
        if last in _END or (last == ")" and link.count("(") < link.count(")")):
            link = link[:-1]
        else:
            break
    return link


def _personal(link: str) -> float:
    """How sure it is that a link tells of a person, from the part that tells it."""
    parts = _PARTS.fullmatch(link)
    if parts is None:
        return 0.0
    if parts["user"]:
        return 0.95
    if "@" in (parts["query"] or "") or "%40" in (parts["query"] or ""):
        return 0.95
    asked = "&".join(filter(None, (parts["query"], parts["fragment"])))
    if (asked and _KEYS.search(asked)) or (";" in parts["path"] and _KEYS.search(parts["path"])):
        return 0.9
    return _profile(parts["host"], parts["path"])


def _profile(host: str, path: str) -> float:
    if _SITE.fullmatch(host):
        return _on_site(host.lower(), [part for part in path.split("/") if part])
    for match in _PROFILE.finditer(path):
        if _someone(match["who"]):
            return 0.75
    return 0.0


def _on_site(host: str, parts: list[str]) -> float:
    """A profile on a site where people have one: its first part, or the part after `in`, `u`."""
    if not parts:
        return 0.0
    if any(name in host for name in _REPOSITORIES):
        return 0.8 if len(parts) == 1 and _someone(parts[0]) else 0.0
    if "youtube" in host:
        return 0.85 if parts[0][0] == "@" or parts[0] in ("c", "user", "channel") else 0.0
    if parts[0] in ("in", "u", "user", "add", "people", "profile", "pub", "profile.php", "pin"):
        return 0.9 if len(parts) > 1 and parts[0] != "pin" else 0.0
    return 0.85 if _someone(parts[0]) else 0.0


def _someone(part: str) -> bool:
    low = part.lower().strip("@~")
    return len(low) >= 2 and low not in _PAGES and not _FILE.search(low)


def _links(page: Page) -> Iterator[Span]:
    for pattern, needles in ((_LINK, ("://", "www.")), (_BARE, _ENDS)):
        if page.hits is None and not any(needle in page.low for needle in needles):
            continue
        for match in page.matches(pattern):
            link = _trimmed(match[0])
            score = _personal(link)
            if score:
                yield Span(match.start(), match.start() + len(link), "URL", score)


RULES: tuple[Rule, ...] = (FinderRule("URL", _links, (), (_LINK, _BARE)),)
