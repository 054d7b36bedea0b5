"""What mail ends in: signatures, notes of the device, disclaimers.

The end is taken off piece by piece, so that the time is linear however many there are.
"""

from __future__ import annotations

from collections.abc import Sequence

from burnish.methods.normalise.lines import plain
from burnish.methods.normalise.settings import Settings

_SIGNATURE_LINES = 15
_SIGN_OFF_LINES = 9
_SHORT = 70
_DEVICE_LIMIT = 120
_PARAGRAPHS = 4
_PARAGRAPH_LIMIT = 4000

_DEVICE = (
    *("sent from my ", "sent from outlook", "sent from mail for", "sent from yahoo mail"),
    *("get outlook for", "sent via ", "von meinem iphone gesendet", "von meinem ipad gesendet"),
    *(
        "gesendet von ",
        "gesendet mit ",
        "von unterwegs gesendet",
        "envoyé de mon ",
        "envoyé depuis ",
    ),
    *("enviado desde mi ", "enviado desde ", "verzonden vanaf ", "verstuurd vanaf ", "inviato da "),
    *("enviado do meu ", "sent with proton"),
)
_SIGN_OFFS = frozenset(
    (
        *(
            "best regards",
            "kind regards",
            "regards",
            "warm regards",
            "many thanks and best regards",
        ),
        *(
            "best wishes",
            "yours sincerely",
            "yours faithfully",
            "sincerely",
            "cheers",
            "br",
            "rgds",
        ),
        *("with kind regards", "best", "thanks and regards", "kindest regards", "warmly"),
        *("mit freundlichen grüßen", "mit freundlichen grüssen", "freundliche grüße", "mfg", "lg"),
        *("viele grüße", "beste grüße", "liebe grüße", "herzliche grüße", "mit besten grüßen"),
        *("cordialement", "bien cordialement", "bien à vous", "salutations distinguées"),
        *("meilleures salutations", "saludos", "saludos cordiales", "un saludo", "atentamente"),
        *(
            "un cordial saludo",
            "cordialmente",
            "met vriendelijke groet",
            "met vriendelijke groeten",
        ),
        *("vriendelijke groet", "vriendelijke groeten", "hartelijke groet", "groeten", "mvg"),
        *("cordiali saluti", "distinti saluti", "atenciosamente", "cumprimentos"),
    )
)
_DISCLAIMERS = (
    *("this e-mail", "this email", "this message", "this communication", "this transmission"),
    *("the information contained in this", "the information in this", "the contents of this"),
    *(
        "confidentiality notice",
        "confidentiality note",
        "confidential:",
        "disclaimer",
        "important:",
    ),
    *("notice:", "legal notice", "if you are not the intended", "if you have received this"),
    *("please consider the environment", "think before you print", "privileged and confidential"),
    *("virus-free", "diese e-mail", "diese email", "diese nachricht", "der inhalt dieser"),
    *("die information in dieser", "vertraulichkeitshinweis", "wenn sie nicht der richtige"),
    *("sollten sie nicht der", "bitte denken sie an die umwelt", "bitte prüfen sie der umwelt"),
    *("ce message", "ce courriel", "cet e-mail", "avis de confidentialité", "les informations"),
    *("pensez à l'environnement", "si vous n'êtes pas le destinataire", "este mensaje"),
    *("este correo", "aviso de confidencialidad", "aviso legal", "la información contenida"),
    *("antes de imprimir", "dit bericht", "deze e-mail", "dit e-mailbericht", "de informatie"),
    *("de inhoud van dit", "denk aan het milieu"),
)
_CONFIDENTIAL = (
    *("confidential", "privileged", "intended recipient", "intended solely", "intended only"),
    *("viruses", "virus-free", "environment", "print", "vertraulich", "adressat", "empfänger"),
    *("umwelt", "confidenti", "destinataire", "environnement", "confidencial", "destinatario"),
    *("imprimir", "medio ambiente", "vertrouwelijk", "geadresseerde", "milieu", "bestemd voor"),
)
_LISTS = (
    *("to unsubscribe", "unsubscribe from", "you are receiving this", "you received this message"),
    *("um sich abzumelden", "sie erhalten diese e-mail, weil", "pour vous désabonner"),
    *("vous recevez cet e-mail", "para darse de baja", "om u af te melden"),
)


def without_closing(lines: list[str], settings: Settings, names: set[str]) -> list[str]:
    """The lines up to where the closing starts; adds what went to `names`.

    The first line that says something always stays.
    """
    end = len(lines)
    first = next((place for place, line in enumerate(lines) if line.strip()), end)
    while True:
        while end > first and not lines[end - 1].strip():
            end -= 1
        name, start = _closing(lines, first, end, settings)
        if not name:
            return lines[:end] if names & {"signature", "boilerplate"} else lines
        names.add(name)
        end = start


def _closing(lines: Sequence[str], first: int, end: int, settings: Settings) -> tuple[str, int]:
    """What the lines up to `end` close with, and where that starts; an empty name for nothing."""
    if settings.boilerplate:
        start = _disclaimer_start(lines, first, end)
        if start is not None:
            return "boilerplate", start
    if settings.signatures:
        start = _signature_start(lines, first, end)
        if start is not None:
            return "signature", start
    return "", end


def _signature_start(lines: Sequence[str], first: int, end: int) -> int | None:
    for place in range(max(first + 1, end - _SIGNATURE_LINES), end):
        if lines[place].rstrip() == "--":
            return place
    if end - 1 > first and _is_device(lines[end - 1]):
        return end - 1
    for place in range(end - 1, max(first, end - 1 - _SIGN_OFF_LINES), -1):
        if len(lines[place]) > _SHORT:
            return None
        if plain(lines[place]).rstrip(",.! ") in _SIGN_OFFS:
            return place
    return None


def _is_device(line: str) -> bool:
    return len(line) <= _DEVICE_LIMIT and plain(line).startswith(_DEVICE)


def _disclaimer_start(lines: Sequence[str], first: int, end: int) -> int | None:
    """Where the first of the last paragraphs starts that is a disclaimer, rules above it too."""
    found: int | None = None
    stop = end
    for _ in range(_PARAGRAPHS):
        start = _paragraph_start(lines, first, stop)
        if start is None:
            break
        if _is_disclaimer(lines[start:stop]):
            found = start
        stop = start
        while stop > first and not lines[stop - 1].strip():
            stop -= 1
    while found is not None and found - 1 > first and not lines[found - 1].strip("-_=* "):
        found -= 1
    return found


def _paragraph_start(lines: Sequence[str], first: int, end: int) -> int | None:
    """The start of the paragraph that ends at `end`; None when it is long or the first line."""
    start, size = end, 0
    while start > first + 1 and lines[start - 1].strip():
        start -= 1
        size += len(lines[start])
        if size > _PARAGRAPH_LIMIT:
            return None
    return start if start < end else None


def _is_disclaimer(lines: Sequence[str]) -> bool:
    words = plain(" ".join(lines)).lstrip("-=#:>*_ ")
    if words.startswith(_LISTS):
        return True
    return words.startswith(_DISCLAIMERS) and any(word in words for word in _CONFIDENTIAL)
