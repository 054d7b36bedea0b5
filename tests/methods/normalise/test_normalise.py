"""Normalisation: what changes, what must not, and that once is enough."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from burnish.methods.normalise.mojibake import _suspicious
from burnish.methods.normalise.normalise import normalise, normalise_all
from burnish.methods.normalise.settings import ORDER, Settings

CHARACTERS = Settings()
MAIL = Settings(quoted_replies=True, signatures=True, boilerplate=True)
SETTINGS = st.builds(
    Settings,
    form=st.sampled_from(["none", "NFC", "NFKC"]),
    mojibake=st.booleans(),
    control=st.booleans(),
    quoted_replies=st.booleans(),
    signatures=st.booleans(),
    boilerplate=st.booleans(),
)
GARBLED = "ÂÃâ€™œ©¨¼½ðŸÐ¸Ñ‚˜Ä…Å\x81\x83\x9d\xa0 aA\u0303\u0301ª™"
LINES = [
    *("", " ", "Hello,", "It works.", "> quoted", ">> deeper", "> ", "-- ", "--", "Jo Doe"),
    *("On 3 Feb 2026 at 10:11, Jo <jo@example.org> wrote:", "Jo wrote:", "On Tue, Feb 3, 2026 at"),
    *("10:11 AM Jo <jo@example.org> wrote:", "-----Original Message-----", "From: Jo", "Sent: x"),
    *("To: y", "Subject: z", "---------- Forwarded message ---------", "Sent from my iPhone"),
    *("Kind regards,", "Mit freundlichen Grüßen", "_______________", "Skip to content"),
    *("This email is confidential.", "To unsubscribe click here.", "We use cookies to help."),
    *("CAUTION: This email originated from outside.", "Am 3.2.2026 um 10:11 schrieb Jo:", "x" * 90),
]
ANY = st.one_of(
    st.text(max_size=80),
    st.text(st.sampled_from(GARBLED), max_size=60),
    st.text(st.characters(exclude_categories=[]), max_size=30).map(
        lambda text: text.encode("utf-8", "surrogatepass").decode("cp1252", "replace")
    ),
    st.lists(st.sampled_from(LINES), max_size=25).map("\n".join),
)


@settings(max_examples=600, deadline=None)
@given(text=ANY, chosen=SETTINGS)
def test_once_is_enough(text: str, chosen: Settings) -> None:
    once, names = normalise(text, chosen)

    assert normalise(once, chosen) == (once, ())
    assert (once != text) == bool(names)
    assert list(names) == sorted(names, key=ORDER.index)


GROWTH = {"none": 1, "NFC": 3, "NFKC": 18}
"""Most characters for one in each form (UAX 15, FAQ on normalisation, in UTF-32)."""


@settings(max_examples=300, deadline=None)
@given(text=ANY, chosen=SETTINGS)
def test_a_text_grows_by_its_unicode_form_only_and_is_never_emptied(
    text: str, chosen: Settings
) -> None:
    made, _ = normalise(text, chosen)

    assert len(made) <= GROWTH[chosen.form] * len(text)
    visible = any(unicodedata.category(c)[0] in "LNPS" for c in text)
    assert not visible or made


@settings(max_examples=300, deadline=None)
@given(text=st.text(st.sampled_from(GARBLED), max_size=40))
def test_the_quick_look_misses_no_repair(text: str) -> None:
    from ftfy import TextFixerConfig, fix_encoding

    config = TextFixerConfig(explain=False, replace_lossy_sequences=False)

    if fix_encoding(text, config) != text:
        assert _suspicious().search(text)


@pytest.mark.parametrize(
    ("garbled", "meant"),
    [
        ("GrÃ¶ÃŸe geprÃ¼ft", "Größe geprüft"),
        ("lâ€™accÃ¨s â€“ câ€™est prÃªt", "l’accès – c’est prêt"),
        ("voilÃ\xa0 le travail", "voilà le travail"),
        ("Ð¿Ñ€Ð¸Ð²ÐµÑ‚", "привет"),
        ("itâ\x80\x99s", "it’s"),
        ("Ã\x83Â©tÃ\x83Â©", "été"),
        ("æ\x97¥æ\x9c¬", "日本"),
        ("true → arrow, but itâ€™s garbled", "true → arrow, but it’s garbled"),
        ("→ twice over: cafÃƒÂ© →", "→ twice over: café →"),
        ("dÃ©jÃ\ufffd vu", "déjÃ\ufffd vu"),
    ],
)
def test_mojibake_is_repaired_and_named(garbled: str, meant: str) -> None:
    assert normalise(garbled, CHARACTERS) == (meant, ("mojibake",))
    assert normalise(garbled, Settings(mojibake=False, control=False)) == (garbled, ())


@pytest.mark.parametrize(
    "text",
    [
        *(
            "Größe, Maß, Übermäßig – „Zitat“ und ‚noch eins‘, 20 °C, 5 €",
            "À Âge égal, c’est «\xa0là\xa0».",
        ),
        *(
            "¿Qué? ¡Año nuevo! Señor Núñez pagó 30 €.",
            "Één coöperatie, zoë’s reünie",
            "Ó, São João à beira",
        ),
        *(
            "Žluťoučký kůň, ŘÍČKA, Škoda",
            "Łódź, Święta, ŹDŹBŁO",
            "Ærø, Århus, Ångström Å",
            "ÉTÉ À NOËL",
        ),
        *(
            "ΑΘΗΝΑ, Ελλάδα, Ώρα",
            "Україна, Їжак, Ґанок",
            "日本語のテキスト。",
            "שלום עולם",
            "مرحبا بالعالم",
        ),
        *(
            "naïve façade — “quoted” ‘text’ … ™ © ®",
            "x² + y³ ≤ ½ ± µ",
            "👍🏽 👨‍👩‍👧 🇩🇪",
            "│ box │ ├── tree",
        ),
    ],
)
def test_correct_text_is_left_as_it_is(text: str) -> None:
    assert normalise(text, CHARACTERS) == (text, ())


def test_control_characters_go_and_line_ends_become_line_feeds() -> None:
    assert normalise("a\x00b\x1bc\td\x7f", CHARACTERS) == ("abc\td", ("control",))
    assert normalise("a\r\nb\rc\x0cd\u2028e", CHARACTERS) == ("a\nb\nc\nd\ne", ("newlines",))
    assert normalise("é\x85\x90x", Settings(mojibake=False)) == ("é\nx", ("control", "newlines"))


@pytest.mark.parametrize("hidden", ["\u200b", "\u202e", "\u2066", "\U000e0041", "\ufe0f", "\ufeff"])
def test_invisible_characters_stay_for_the_screen_that_looks_for_them(hidden: str) -> None:
    for form in ("none", "NFC", "NFKC"):
        assert normalise(f"a{hidden}b", Settings(form=form)) == (f"a{hidden}b", ())


def test_the_unicode_form_is_the_one_chosen() -> None:
    assert normalise("e\u0301 ﬁ", Settings(form="NFC")) == ("é ﬁ", ("nfc",))
    assert normalise("e\u0301 ﬁ", Settings(form="NFKC")) == ("é fi", ("nfkc",))
    assert normalise("e\u0301 ﬁ", Settings(form="none")) == ("e\u0301 ﬁ", ())


def test_a_list_of_texts_is_normalised_each_for_itself() -> None:
    assert normalise_all(["a\x00", "b"], CHARACTERS) == [("a", ("control",)), ("b", ())]


def _turns(text: str, chosen: Settings) -> int:
    """How many regular expressions and repairs are run on a text, by the profiler's count."""
    import cProfile
    import pstats

    profile = cProfile.Profile()
    profile.runcall(normalise, text, chosen)
    return int(pstats.Stats(profile).total_calls)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "hostile",
    [
        lambda n: "Â" * n + "\x81" + "€" * n,
        lambda n: "> a\nOn 1 Jan 2026 wrote:\n" * n,
        lambda n: "x\n" + "-- \nSent from my iPhone\n" * n,
        lambda n: "x\n" + "This email is confidential.\n\n" * n,
        lambda n: "On " * n + "wrote:",
        lambda n: "From: a\n" * n,
        lambda n: "\n" * n + "Kind regards,\n" * n,
        lambda n: "Skip to content\n" * n + "x",
    ],
)
def test_twice_the_hostile_text_makes_at_most_twice_the_calls(hostile: object) -> None:
    assert callable(hostile)
    normalise("é ÃƒÂ©", MAIL)

    calls = _turns(hostile(2_000), MAIL)

    assert _turns(hostile(4_000), MAIL) <= 2.2 * calls + 1_000
