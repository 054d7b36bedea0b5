"""What stays and what goes, and for which reason."""

from dataclasses import replace

import pytest

from burnish.methods.quality.judge import Thresholds, judge, score
from burnish.methods.quality.language import identify
from burnish.methods.quality.measure import measure

CLEAN = [
    "Outlook crashes on start after update",
    "Hi team, I cannot log in to the VPN from home since this morning, please reset my password.",
    "Laptop keyboard broken again today",
    "HELP ME LOGIN NOW PLEASE I AM LATE",
    "SAP error 4711 F-28 posting period closed, please open for 0001",
    "Can I open an account for my offspring?",
    "How do I add a new card?",
    "how do i get top up with cash deposit",
    "try your router, we quit",
    "reset MFA token on my new iPhone 14 please",
    "Call me on 0412 345 678 or jane.doe@example.com about ticket INC0012345, thanks Jane",
    "The printer in room 3.14 prints blank pages; I tried turning it off and on, no luck.",
    "VPN HTTPS DHCP LDAP error on host srv-xyz-01.corp.local",
    "I can't open the report. When I open the report it says no access. Can you fix it?",
]
POOR = [
    ("!!! ### $$$ %%% ^^^ &&& ***", "symbols"),
    ("-> <- :: || error || :: <- ->", "symbols"),
    ("12 44 5551 23123 5512 121 55", "digits"),
    ("", "too_short"),
    ("test", "too_short"),
    ("asdf qwer zxcv asdf hjkl qwer", "gibberish"),
    ("qwpoeirut zmxncbv alskdjfh qpwoeiruty", "gibberish"),
    ("sdkjfh skdjfh ksjdfhk sjdfh kjsd", "gibberish"),
    ("erureqr pttoeuu uqituypu pour tuiqquptrot", "gibberish"),
    ("a b c d e f g h i j k l", "gibberish"),
    ("printer printer printer printer printer printer", "repetition"),
    ("please help please help please help please help", "repetition"),
    ("it is down\nit is down\nit is down\nit is down again", "repetition"),
    ("Drucker im dritten Stock druckt nicht mehr, bitte um Hilfe", "language"),
    ("Der Laptop startet nicht mehr und ich brauche dringend Hilfe.", "language"),
    ("Bonjour, je ne peux pas me connecter au VPN depuis ce matin", "language"),
    ("プリンターが動きません。助けてください。よろしくお願いします。", "language"),
]


def verdict(text: str, thresholds: Thresholds | None = None) -> str | None:
    return judge(measure(text), identify([text])[0], thresholds or Thresholds())


@pytest.mark.parametrize("text", CLEAN)
def test_a_clean_short_ticket_stays(text: str) -> None:
    assert verdict(text) is None


@pytest.mark.parametrize(("text", "reason"), POOR)
def test_a_poor_text_goes_for_its_reason(text: str, reason: str) -> None:
    assert verdict(text) == reason


def test_a_long_document_stays() -> None:
    paragraphs = [
        f"Section {number}. To set up device {number}, plug the cable into port {number * 3} and "
        f"wait until lamp {number} turns green; then write down what the display says."
        if number % 5 == 0
        else f"{word.capitalize()} matters here because {word} is what people ask about first."
        for number, word in enumerate(
            ["printing", "paper", "toner", "drivers", "queues", "scanning", "fax"]
        )
    ]

    assert verdict("\n".join(paragraphs)) is None


def test_a_short_text_in_another_language_cannot_be_told_and_stays() -> None:
    assert identify(["bitte helfen"]) == [("und", 0.0)]
    assert judge(measure("bitte helfen sie mir"), ("und", 0.0), Thresholds()) is None


def test_a_short_text_in_foreign_letters_goes_for_its_language() -> None:
    text = "принтер совсем не печатает"[:19]

    assert verdict(text) == "language"
    assert verdict(text, Thresholds(languages=("en", "ru"))) is None
    assert verdict(text, Thresholds(languages=())) is None


def test_an_unsure_language_does_not_drop_a_text() -> None:
    measures = measure("reset the token of my phone please")

    assert judge(measures, ("nl", 0.79), Thresholds()) is None
    assert judge(measures, ("nl", 0.8), Thresholds()) == "language"


def test_other_languages_stay_when_they_are_asked_for() -> None:
    german = "Der Laptop startet nicht mehr und ich brauche dringend Hilfe."

    assert verdict(german, Thresholds(languages=("en", "de"))) is None
    assert verdict(german, Thresholds(languages=())) is None


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("min_words", 100, "too_short"),
        ("max_words", 5, "too_long"),
        ("max_symbol_share", 0.0, "symbols"),
        ("max_digit_share", 0.0, "digits"),
        ("max_mean_word", 3.0, "gibberish"),
        ("min_vocabulary", 1.0, "vocabulary"),
        ("languages", ("de",), "language"),
        ("min_score", 1.0, "low_score"),
    ],
)
def test_each_threshold_can_drop_a_clean_ticket(field: str, value: object, reason: str) -> None:
    text = "The printer in room 314 prints the page and the page is blank, please help."
    assert verdict(text) is None

    limits = replace(Thresholds(), **{field: value})  # type: ignore[arg-type]

    assert (
        verdict(text, replace(limits, min_words=min(limits.min_words, limits.max_words))) == reason
    )


def test_the_score_falls_with_every_flaw() -> None:
    good = measure("The printer on level two prints blank pages since the update this morning.")

    for flaw in (
        {"words": 3},
        {"plausible": 0.5},
        {"vocabulary": 0.3},
        {"duplicate_lines": 0.5},
        {"symbol_share": 0.4},
        {"digit_share": 0.4},
    ):
        assert score(replace(good, **flaw)) < score(good)


def test_an_empty_text_scores_nothing() -> None:
    assert score(measure("")) == 0.0


@pytest.mark.parametrize(
    "wrong",
    [{"max_digit_share": 1.5}, {"min_words": 9, "max_words": 8}, {"min_mean_word": 20.0}],
)
def test_limits_that_no_text_can_meet_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Thresholds(**wrong)  # type: ignore[arg-type]
