r"""Regular expressions rewritten so that they match wherever the original can, and more.

`scannable` gives an expression for the scan, which reads plain bytes (one for each character, any
character that is not ASCII as `\xff`) and knows no look-around; `loosened` gives a pattern over
the shapes of numbers. Both drop look-arounds and boundaries, which only ever refuse.
"""

import re
from collections.abc import Callable

_TOKEN = re.compile(
    r"(?P<look>\(\?<?[=!])|(?P<open>\((?:\?(?:[aimsx-]*:|P<\w+>))?)"
    r"|(?P<set>\[\^?\]?(?:\\.|[^\]\\])*\])|(?P<edge>\\[bBAZ]|[\^$])|(?P<escape>\\.)"
    r"|(?P<times>\{\d*,?\d*\})|(?P<digit>[0-9])|(?P<letter>[^\W\d_])|(?P<other>.)",
    re.DOTALL,
)
_CONDITIONAL = ("(?(", "(?P=")
_FOREIGN = re.compile(r"[^\x00-\x7f]")
_SIGN = re.compile(r"[^\W_]")
_ANY = r"[\s\S]"
_WIDER = {"w": r"\w\xff", "s": r"\s\x1c-\x1f\xff", "d": r"\d"}


def scannable(expression: str) -> str:
    """The expression as the scan can read it; it ends wherever the original can end.

    Raises ValueError for a conditional, a back reference or a pattern it cannot read.
    """
    return _rewritten(expression, _scan_token)


def loosened(pattern: re.Pattern[str]) -> re.Pattern[str] | None:
    """A pattern over shapes that matches wherever the pattern can; None where there is none."""
    if any(sign in pattern.pattern for sign in _CONDITIONAL):
        return None
    return re.compile(_rewritten(pattern.pattern, _shape_token), pattern.flags & re.IGNORECASE)


def _rewritten(source: str, write: Callable[[re.Match[str]], str]) -> str:
    out, at = [], 0
    while at < len(source):
        token = _next(source, at)
        if token["look"]:
            at = _closing(source, at)
            continue
        out.append("" if token["edge"] else write(token))
        at = token.end()
    return "".join(out)


def _next(source: str, at: int) -> re.Match[str]:
    token = _TOKEN.match(source, at)
    if token is None:  # unreachable: the last alternative takes any character
        raise ValueError(f"the expression cannot be read at character {at}")
    return token


def _closing(source: str, opened: int) -> int:
    """One past the bracket that closes the look-around opened at a place."""
    depth, at = 0, opened
    while at < len(source):
        token = _next(source, at)
        at = token.end()
        if token["look"] or token["open"]:
            depth += 1
        elif token["other"] == ")":
            depth -= 1
            if not depth:
                return at
    raise ValueError("the expression leaves a bracket open")


def _scan_token(token: re.Match[str]) -> str:
    written = token[0]
    if written.startswith(_CONDITIONAL) or (token["escape"] and written[1].isdigit()):
        raise ValueError("the scan knows no back references and no conditionals")
    if token["set"]:
        return _scan_set(written)
    if token["open"]:
        return "(?i:" if "i" in written.partition("-")[0] and "P<" not in written else "(?:"
    if token["escape"] and written[1] in _WIDER:
        return f"[{_WIDER[written[1]]}]"
    return _FOREIGN.sub(r"\\xff", written)


def _scan_set(written: str) -> str:
    if written[1] == "^":
        return _FOREIGN.sub("", written)
    inside = re.sub(r"\\([wsd])", lambda match: _WIDER[match[1]], written[1:-1])
    return f"[{_FOREIGN.sub(lambda _: chr(92) + 'xff', inside)}]"


def _shape_token(token: re.Match[str]) -> str:
    if token["digit"]:
        return "0"
    if token["letter"]:
        return "[Aa]"
    if token["set"]:
        return _ANY if token[0][1] == "^" else _shape_set(token[0][1:-1])
    return token[0]


def _shape_set(inside: str) -> str:
    wider = "0Aa" if _SIGN.search(inside) else ""
    return f"[{wider}{inside}]"
