"""Lines of web pages and mail systems that say nothing of the text they stand in.

Only whole lines that are nothing else go. A paragraph that quotes such words stays.
"""

from __future__ import annotations

from burnish.methods.normalise.lines import plain

_LINE_LIMIT = 400

_WHOLE = frozenset(
    (
        *("skip to content", "skip to main content", "skip to navigation", "jump to navigation"),
        *("accept all cookies", "reject all cookies", "accept cookies", "cookie settings"),
        *("manage cookies", "cookie preferences", "back to top", "print this page"),
        *("share on facebook", "share on twitter", "share on linkedin", "share this page"),
        *("zum inhalt springen", "alle cookies akzeptieren", "cookie-einstellungen", "nach oben"),
        *("aller au contenu", "aller au contenu principal", "accepter tous les cookies"),
        *("gérer les cookies", "haut de page", "saltar al contenido", "ir al contenido principal"),
        *("aceptar todas las cookies", "configurar cookies", "volver arriba"),
        *("naar de inhoud", "ga naar de inhoud", "alle cookies accepteren", "naar boven"),
    )
)

_STARTS = (
    *("we use cookies", "this website uses cookies", "this site uses cookies"),
    *("by continuing to use this site you accept", "diese website verwendet cookies"),
    *("diese seite verwendet cookies", "wir verwenden cookies", "wir setzen cookies ein"),
    *(
        "ce site utilise des cookies",
        "nous utilisons des cookies",
        "este sitio web utiliza cookies",
    ),
    *("este sitio utiliza cookies", "utilizamos cookies", "deze website gebruikt cookies"),
    *("wij gebruiken cookies", "caution: this email originated", "caution: external"),
    *("caution: this message originated", "external email:", "warning: this email originated"),
    *("this email originated from outside", "this message originated from outside"),
    *("you don't often get email from", "do not click links or open attachments unless"),
    *("do not click on links or open attachments unless", "achtung: diese e-mail stammt von"),
    *("vorsicht: externe e-mail", "attention : ce message provient de l'ext"),
    *("precaución: este correo", "let op: deze e-mail komt van buiten"),
)

_FIRST = frozenset(words[:4] for words in (*_WHOLE, *_STARTS))


def without_boilerplate_lines(lines: list[str]) -> list[str]:
    """The lines but for cookie notices, skip links and banners of mail systems."""
    return [line for line in lines if not (line and _is_boilerplate(line))]


def _is_boilerplate(line: str) -> bool:
    if len(line) > _LINE_LIMIT or line.lstrip("*_ \t[|")[:4].casefold() not in _FIRST:
        return False
    words = plain(line)
    return words.rstrip(".!") in _WHOLE or words.startswith(_STARTS)
