"""What is taken from mail, and what stays because its writer wrote it."""

from __future__ import annotations

import pytest

from burnish.methods.normalise.normalise import normalise
from burnish.methods.normalise.settings import Settings

REPLIES = Settings(quoted_replies=True)
CLOSINGS = Settings(signatures=True)
BOILERPLATE = Settings(boilerplate=True)
EVERYTHING = Settings(quoted_replies=True, signatures=True, boilerplate=True)


@pytest.mark.parametrize(
    "header",
    [
        "On Tue, 3 Feb 2026 at 10:11, Jo Doe <jo@example.org> wrote:",
        "On Tue, Feb 3, 2026 at 10:11 AM Jo Doe\n<jo@example.org> wrote:",
        "Am 03.02.2026 um 10:11 schrieb Jo Doe <jo@example.org>:",
        "Am Di., 3. Feb. 2026 um 10:11 Uhr schrieb Jo Doe <\njo@example.org>:",
        "Le mar. 3 févr. 2026 à 10:11, Jo Doe <jo@example.org> a écrit :",
        "El mar, 3 feb 2026 a las 10:11, Jo Doe (<jo@example.org>) escribió:",
        "Op di 3 feb 2026 om 10:11 schreef Jo Doe <jo@example.org>:",
        "Op 3 februari 2026 heeft Jo Doe het volgende geschreven:",
        "Il giorno mar 3 feb 2026 alle ore 10:11 Jo Doe ha scritto:",
        "2026-02-03 10:11 GMT+01:00 Jo Doe <jo@example.org>:",
        "-----Original Message-----\nFrom: Jo",
        "-----Ursprüngliche Nachricht-----",
        "________________________________\n-----Message d'origine-----",
        "From: Jo Doe <jo@example.org>\nSent: Tuesday, 3 February 2026\nTo: Help\nSubject: x",
        "*From:* Jo\n*Sent:* Tuesday\n*To:* Help",
        "Von: Jo Doe\nGesendet: Dienstag, 3. Februar 2026\nAn: Hilfe\nBetreff: x",
        "De : Jo Doe\nEnvoyé : mardi 3 février 2026\nÀ : Aide\nObjet : x",
        "De: Jo Doe\nEnviado el: martes\nPara: Ayuda\nAsunto: x",
        "Van: Jo Doe\nVerzonden: dinsdag\nAan: Hulp\nOnderwerp: x",
    ],
)
@pytest.mark.parametrize("mark", ["", "> "])
def test_the_message_replied_to_goes_with_its_header(header: str, mark: str) -> None:
    older = f"{mark}It is broken.\n{mark}\n{mark}Please help."

    text, names = normalise(f"It works now.\n\n{header}\n\n{older}\n", REPLIES)

    assert text.rstrip("_\n") == "It works now."
    assert names == ("quoted_reply",)


def test_a_sentence_before_a_quotation_stays() -> None:
    mail = "I called the office again this morning and in the end they said:\n> It is on its way.\n"

    text, _ = normalise(mail, REPLIES)

    assert text == "I called the office again this morning and in the end they said:"


def test_answers_between_quoted_lines_stay() -> None:
    mail = "Jo wrote:\n> Does it print?\n\nYes.\n\n> In colour?\n>> really\n\nNo.\n"

    assert normalise(mail, REPLIES) == ("\nYes.\n\nNo.", ("quoted_reply",))


@pytest.mark.parametrize(
    "text",
    [
        "On the other hand, this is what she wrote:\nmy own words",
        "On page 4 Jo wrote:\nthe printer is broken",
        "From: the start\nit was broken, and\nTo: be fair\nnobody cared",
        "Am Ende schrieb er:\nnichts",
        "Please see:\n1. the cable\n2. the plug",
        "> only a quotation\n> and nothing else",
        "On 3 Feb 2026 at 10:11, Jo <jo@example.org> wrote:\nthe text",
        "FYI\n\n---------- Forwarded message ---------\nFrom: Jo\nDate: x\nTo: z\n\nThe news",
        "a -> b\n\tcode > more\n5 > 4",
    ],
)
def test_what_the_writer_wrote_or_forwarded_stays(text: str) -> None:
    assert normalise(text, EVERYTHING) == (text, ())


@pytest.mark.parametrize(
    "closing",
    [
        "-- \nJo Doe\nExample Ltd\n+61 2 5550 1234",
        "--\nJo Doe",
        "Sent from my iPhone",
        "Get Outlook for iOS<https://example.com>",
        "Von meinem iPhone gesendet",
        "Envoyé de mon iPad",
        "Enviado desde mi móvil",
        "Verstuurd vanaf mijn iPhone",
        "Kind regards,\n\nJo Doe\nHead of Help",
        "Mit freundlichen Grüßen\nJo Doe",
        "Cordialement,\nJo",
        "Un saludo,\nJo",
        "Met vriendelijke groet,\nJo",
        "Best regards\nJo\n\n-- \nExample Ltd\n\nSent from my iPhone",
    ],
)
def test_signatures_go(closing: str) -> None:
    text = f"The cable was loose.\nIt works now.\n\n{closing}\n\n"

    assert normalise(text, CLOSINGS) == (
        "The cable was loose.\nIt works now.",
        ("signature",),
    )
    assert normalise(text, Settings()) == (text, ())


@pytest.mark.parametrize(
    "text",
    [
        "Please do:\n- one\n- two",
        "Kind regards, and please remember to send the cable back to us before the end of the "
        "month.",
        "Regards\n" + "a long line that goes on and on, as no line of a signature does. " * 3,
        "-- \nonly a signature",
        "--\n" + "a line\n" * 20 + "end",
        "name | value\n---- | ----\na | b",
    ],
)
def test_what_only_looks_like_a_signature_stays(text: str) -> None:
    assert normalise(text, EVERYTHING) == (text, ())


@pytest.mark.parametrize(
    "notice",
    [
        "This email and any attachments are confidential and intended solely for the addressee.",
        "CONFIDENTIALITY NOTICE: The contents are privileged.\nDelete it if it is not yours.",
        "If you are not the intended recipient, delete this.\n\nDisclaimer: it may hold viruses.",
        "*****\nDiese E-Mail enthält vertrauliche Informationen.",
        "Ce message et ses pièces jointes sont confidentiels; réservés au destinataire.",
        "Este mensaje es confidencial.",
        "Dit bericht is vertrouwelijk.",
        "Please consider the environment before printing this email.",
        "To unsubscribe from this list, click here.",
    ],
)
def test_disclaimers_at_the_end_go(notice: str) -> None:
    text, names = normalise(f"It works.\n\n----------\n{notice}\n", BOILERPLATE)

    assert text.rstrip("-*\n") == "It works."
    assert names == ("boilerplate",)


def test_banners_and_cookie_notices_go_wherever_they_stand() -> None:
    page = (
        "Skip to main content\nCAUTION: This email originated from outside of Example Ltd.\n"
        "Reset\n\nHold the button.\nWe use cookies to improve this site. [Accept]\nBack to top"
    )

    assert normalise(page, BOILERPLATE) == ("Reset\n\nHold the button.", ("boilerplate",))


@pytest.mark.parametrize(
    "text",
    [
        "We use cookies" + " and much more text about how a web site should set them" * 8,
        "The page says: skip to content",
        "This message is short.",
        "Dit bericht is voor jou.",
        "This email is confidential.",
        "This is privileged.\n\nNo notice at all.",
    ],
)
def test_text_about_such_things_stays(text: str) -> None:
    assert normalise(text, BOILERPLATE) == (text, ())


def test_everything_at_once_is_named_in_order() -> None:
    mail = (
        "The printer wonâ€™t start.\r\n\r\nKind regards\r\nJo\r\n\r\n"
        "This email is confidential.\r\n\r\n"
        "On 3 Feb 2026 at 10:11, Help <help@example.org> wrote:\r\n> Try it\x00\r\n"
    )

    assert normalise(mail, EVERYTHING) == (
        "The printer won’t start.",
        ("mojibake", "control", "newlines", "quoted_reply", "signature", "boilerplate"),
    )
