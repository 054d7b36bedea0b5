"""Text that speaks to the model over the head of its user (OWASP LLM01:2025, LLM04:2025).

Taught to a model, such a row teaches it to obey text in the data that it reads. What is looked for
are forms, in English: commands to drop earlier instructions, new roles, marks of a chat template
inside a message, forged tool calls, demands for the hidden prompt, demands on the answer inside a
document, and any of these in base64, in hexadecimal or in an HTML comment. A plain request that
happens to stand in a document ("Recommend a good book.") has no form of its own.
"""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from burnish.methods.screen.finding import Finding
from burnish.methods.screen.hidden import INVISIBLE

EVERYWHERE: tuple[str, ...] = ("user", "assistant", "document", "system", "rejected")
ASKED = ("user", "document")
READ = ("document",)

_BEFORE = (
    r"(?:previous|prior|preceding|earlier|above|foregoing|existing|initial|original|former|current"
    r"|system|developer|your)"
)
_ORDERS = (
    r"(?:instructions?|prompts?|directions?|directives?|commands?|guidelines|rules|constraints"
    r"|programming|training)"
)
_PROMPT = (
    r"(?:system ?(?:prompt|message|instructions?)|(?:initial|hidden|original"
    r"|starting|secret|internal) (?:prompt|instructions?|configuration)|prompt above|meta-?prompt)"
)
_TELL = (
    r"(?:repeat|print|reveal|show|display|output|tell|give|disclose|leak|expose|dump|return|echo"
    r"|write|recite|translate|encode|see|share|provide|summari[sz]e)"
)


@dataclass(frozen=True, slots=True)
class _Form:
    kind: str
    needles: tuple[str, ...]
    pattern: re.Pattern[str]
    roles: tuple[str, ...] = EVERYWHERE


def _form(kind: str, needles: str, pattern: str, roles: tuple[str, ...] = EVERYWHERE) -> _Form:
    return _Form(kind, tuple(needles.split("|")), re.compile(pattern), roles)


_ANSWER = r"your (?:final |entire |whole |own )?(?:response|answer|output)s?\b"
_SAID = r"your (?:final |entire |whole )?(?:response|answer|output|reply|message|words)\b"
_ADD = (
    r"\b(?:add|include|insert|append|embed|integrat|incorporat|introduc|mention|augment|modify"
    r"|weav|conclud|begin|end|start|finish|supplement|plac)(?:e|ing|s)?\b"
)
_TURN = (
    r"\b(?:encode|encrypt|translate|reverse|invert|render|express|convert|scramble|shift|jumble"
    r"|rearrange|anagram|misspell|obfuscate|replace|substitute|represent)\b"
)

FORMS: tuple[_Form, ...] = (
    _form("override", "ignore|disregard|forget|override|bypass|neglect|overlook",
    rf"\b(?:ignore|disregard|forget|override|bypass|neglect|overlook)(?: all| any| every)?"
    rf"(?: of)?(?: the| your| my| these| those| our)?(?: {_BEFORE})+(?: \w+)? {_ORDERS}\b"),
    _form("override", "ignore|disregard|forget",
    r"\b(?:ignore|disregard|forget) (?:all|everything|anything|what)(?: that)?"
    r"(?: you| i| we|'ve| have| has| had| was| were| been)*"
    r" (?:said|told|learned|written|above|before|instructed)"
    r"(?: to| you| above| before| so far| earlier| previously| until now)*\s*"
    r"(?:[.,:;!\n]|and\b|$)"),
    _form("override",
    "new instructions|new task|new rules|real instructions|actual instructions|updated instr",
    r"(?:^|[\n.!:;>\]*-]) ?(?:your |the |here are (?:your |the )?)?(?:new|real|actual|updated|true)"
    r" (?:instructions?|task|rules) ?(?:is|are|follows?|for the (?:ai|assistant|model))?"
    r"(?: as follows)? ?:"),
    _form("new_role", "you are now|from now on|mode|do anything now",
    r"\byou are now (?:in )?(?:a |an |the )?(?:dan\b|(?:developer|maintenance|debug|god) mode"
    r"|jailbroken|unrestricted|unfiltered|free from|no longer bound)"
    r"|\bfrom now on,? you (?:are|will|must|shall)"
    r" (?:act|behave|respond|answer|reply|ignore|only|always)\b"
    r"|\b(?:developer|dan|jailbreak|god|unrestricted) mode"
    r" (?:is |has been |now )*(?:enabled|activated|on)\b"
    r"|\b(?:enter|activate|enable|switch to) (?:dan|jailbreak|god|unrestricted) mode\b"
    r"|\bdo anything now\b", ASKED),
    _form("template_mark", "<|",
    r"<\|(?:im_start|im_end|im_sep|endoftext|end_of_text|begin_of_text|eot_id|eom_id"
    r"|start_header_id|end_header_id|system|user|assistant|end|python_tag|endofprompt"
    r"|fim_\w+|tool\w*)\|>"),
    _form("template_mark", "inst]|<<sys>>|start_of_turn>|end_of_turn>",
    r"\[/?inst\]|<</?sys>>|</?(?:start|end)_of_turn>"),
    _form("template_mark", "### |## ",
    r"(?:^|\n) ?#{2,3} ?(?:system(?: prompt| message)?|instruction|response|assistant|human|user)"
    r" ?: ?(?:\n|$)"),
    _form("role_line", "system|developer|human:|assistant:",
    r"(?:^|\n) ?(?:\*\*)?(?:\[system\]"
    r"|(?:system|developer)(?: (?:message|prompt|note|override))?:)(?:\*\*)?:? ?"
    r"(?:you |your |the (?:assistant|ai|model|user|above|following)|ignore|disregard|always|never"
    r"|new |override|from now)"
    r"|\n ?\n ?(?:human|assistant): ", ASKED),
    _form("tool_call",
    "tool_call|function_call|<invoke|tool_use|tool_result|tool_code|tool_response",
    r"</?(?:tool_calls?|function_calls?|tool_use|tool_results?|tool_response)\b|<invoke name ?="
    r"|\"(?:tool_calls|function_call)\" ?: ?[\[{]|```tool_(?:code|call)", ASKED),
    _form("prompt_leak", "prompt|instruction|configuration|system message",
    rf"\b{_TELL}\b[^.?!\n]{{0,60}}\b(?:your |the |its )(?:\w+ )?{_PROMPT}"
    rf"|\bwhat (?:is|are|was|were|is the opposite of|'s the opposite of) (?:your |the )"
    rf"(?:\w+ )?{_PROMPT}|\bopposite of your {_PROMPT}"
    rf"|<{_PROMPT.replace(' ?', '[ _]?')}>|\bconsole\.log\(system_?prompt"
    r"|\b(?:repeat|print|output|show)\b[^.?!\n]{0,30}\binstructions? "
    r"(?:you were|that you were|you have been) given", ASKED),
    _form("prompt_leak", "above|supposed to|before this|given initially|entire conversation",
    r"\b(?:repeat|print|output|show|encode|translate|recite)\b[^.?!\n]{0,30}"
    r"\b(?:(?:text|words|everything|sentences) above|above text|text you were given"
    r"|entire conversation)\b"
    r"|\bwhat (?:were|was|are) you (?:not supposed to (?:tell|say|share)"
    r"|(?:told|instructed|given) (?:before this|initially|above))", ASKED),
    _form("answer_demand", "your ",
    rf"{_ADD}[^.?!\n]{{0,100}}\b{_ANSWER}|\b{_ANSWER}[^.?!\n]{{0,60}}{_ADD}"
    rf"|{_TURN}[^.?!\n]{{0,80}}\b{_SAID}", READ),
    _form("to_the_model", "assistant|language model|llm|chatbot|ai ",
    r"(?:^|[\n.!>:;]) ?(?:important|attention|note|hey|dear|hello|instructions?|message)?"
    r"[ ,:!-]{0,8}"
    r"(?:to|for)? ?(?:the |any |all )?(?:ai(?: assistants?| models?| agents?| systems?)"
    r"|language models?|llms?|chatbots?|assistant)"
    r" ?(?:,|:|must|should|shall|please|reading this|processing this|has to)", READ),
)  # fmt: skip
"""Forms over the text as it reads: folded, in lower case, blanks single."""

_FILLED = re.compile(f"[{INVISIBLE}\ufe00-\ufe0f\U000e0000-\U000e01ef\u202a-\u202e\u2066-\u2069]")
_COMMENT = re.compile(r"<!--(.{8,2000}?)-->", re.DOTALL)
_BASE64 = re.compile(r"(?<![A-Za-z0-9+/=_-])[A-Za-z0-9+/_-]{24,8000}={0,2}(?![A-Za-z0-9+/_-])")
_HEX = re.compile(r"(?<![A-Za-z0-9])(?:[0-9a-fA-F]{2}){20,4000}(?![A-Za-z0-9])")
_LIKE = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u0501\u03bf\u043a\u043c\u043d"
    "\u0442\u0432",
    "aeopcyxijsdokmhtb",
)
KINDS = (*dict.fromkeys(form.kind for form in FORMS), "encoded", "comment")


def injected(text: str, role: str) -> list[Finding]:
    """The forms of injection in a message of this role, sorted.

    Places are exact where the text reads as it is written, else the whole text.
    """
    found = list(_plain(text, role))
    if "<!--" in text:
        found += [
            Finding(m.start(), m.end(), "comment")
            for m in _COMMENT.finditer(text)
            if next(_plain(m[1], "document"), None)
        ]
    found += [Finding(*at, "encoded") for at in _encoded(text)]
    return sorted(set(found))


def _plain(text: str, role: str) -> Iterator[Finding]:
    read = _read(text)
    exact = len(read) == len(text)
    for form in FORMS:
        if role in form.roles and any(needle in read for needle in form.needles):
            for match in form.pattern.finditer(read):
                yield Finding(*(match.span() if exact else (0, len(text))), form.kind)


def _read(text: str) -> str:
    """The text as a reader takes it: lower case, one script, straight quotes."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", _FILLED.sub("", text)).translate(_LIKE)
        text = text.replace("\u2019", "'")
    low = text.lower()
    return _squeezed(low) if "  " in low or "\t" in low or "\r" in low else low


def _squeezed(text: str) -> str:
    return re.sub(r"[ \t\r\f\v]+", " ", text)


def _encoded(text: str) -> Iterator[tuple[int, int]]:
    """Blobs whose plain text has a form of injection."""
    for match in _BASE64.finditer(text):
        plain = _base64(match[0])
        if plain and next(_plain(plain, "document"), None):
            yield match.span()
    for match in _HEX.finditer(text):
        plain = _printable(bytes.fromhex(match[0]))
        if plain and next(_plain(plain, "document"), None):
            yield match.span()


def _base64(blob: str) -> str:
    body = blob.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return _printable(base64.b64decode(body + "=" * (-len(body) % 4), validate=True))
    except (binascii.Error, ValueError):
        return ""


def _printable(raw: bytes) -> str:
    text = raw.decode("utf-8", "replace")
    return text if all(sign.isprintable() or sign in "\n\r\t" for sign in text) else ""
