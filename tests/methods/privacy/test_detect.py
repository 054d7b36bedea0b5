import pickle
import re

import pytest

from burnish.methods.privacy.detect import RuleDetector, together
from burnish.methods.privacy.replace import mask
from burnish.methods.privacy.spans import CATEGORIES, Span

_TEXT = "Jane Smith, jane@example.org, ticket QX-4711"


def test_the_digest_changes_with_every_setting_and_stays_without_one() -> None:
    detectors = [
        RuleDetector(),
        RuleDetector(categories=CATEGORIES[1:]),
        RuleDetector(regions=("AU",)),
        RuleDetector(patterns=(("TICKET", r"QX-\d+"),)),
        RuleDetector(allow=("x",)),
        RuleDetector(deny=(("PERSON", "x"),)),
    ]

    assert len({detector.digest for detector in detectors}) == len(detectors)
    assert RuleDetector().digest == detectors[0].digest
    assert re.fullmatch(r"[0-9a-f]{64}", detectors[0].digest)


def test_a_category_left_out_is_not_found() -> None:
    detector = RuleDetector(categories=("PERSON",))

    assert {span.category for span in detector.detect([_TEXT])[0]} == {"PERSON"}


def test_a_region_left_out_does_not_read_its_numbers() -> None:
    text = "(212) 555-0123 is ours"

    assert RuleDetector(regions=("US",)).detect([text])[0]
    assert not RuleDetector(regions=("AU",)).detect([text])[0]


def test_own_patterns_denied_and_allowed_words_count() -> None:
    detector = RuleDetector(
        patterns=(("TICKET", r"QX-\d+"),),
        allow=("JANE@example.org",),
        deny=(("PROJECT", "ticket"),),
    )

    masked = mask(_TEXT, detector.detect([_TEXT])[0])

    assert masked == "[PERSON], jane@example.org, [PROJECT] [TICKET]"
    assert detector.detect([masked]) == [[]]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"categories": ("EMAILS",)}, "unknown category 'EMAILS'"),
        ({"regions": ("NZ",)}, "unknown region 'NZ'"),
        ({"patterns": (("T", "("),)}, "no regular expression"),
        ({"patterns": (("T", "x*"),)}, "matches the empty text"),
        ({"patterns": (("ticket", "x"),)}, "not in capitals"),
        ({"deny": (("T", ""),)}, "matches the empty text"),
    ],
)
def test_a_wrong_setting_is_refused_and_named(settings: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        RuleDetector(**settings)  # type: ignore[arg-type]


def test_a_detector_survives_pickling() -> None:
    detector = RuleDetector(patterns=(("TICKET", r"QX-\d+"),))

    again = pickle.loads(pickle.dumps(detector))  # noqa: S301

    assert again.digest == detector.digest
    assert again.detect([_TEXT]) == detector.detect([_TEXT])


def test_a_name_in_one_message_is_found_in_the_next() -> None:
    question, answer = "My name is Aroha Ngata.", "We will tell Aroha on Monday."

    first, second = together(RuleDetector(), [question, answer])

    assert question[first[0].start : first[0].end] == "Aroha Ngata"
    assert answer[second[0].start : second[0].end] == "Aroha"
    assert together(RuleDetector(), []) == []


def test_a_span_over_two_parts_is_split_between_them() -> None:
    class Everything:
        version, digest = "1", "0"

        def detect(self, texts: object) -> list[list[Span]]:
            return [[Span(1, 8, "PERSON", 1.0)]]

    parts = together(Everything(), ["abc", "", "defg"])

    assert parts == [[Span(1, 3, "PERSON", 1.0)], [], [Span(0, 1, "PERSON", 1.0)]]


@pytest.mark.parametrize(
    "hostile",
    ["1 " * 4000, "a@" * 3000, "A. " * 3000, "1-" * 4000, "Aa " * 3000, ":" * 5000],
    ids=["digits", "mail", "initials", "dashes", "words", "colons"],
)
def test_a_text_made_to_backtrack_is_read_to_its_end(hostile: str) -> None:
    mail = " write to ann@example.org"

    (spans,) = RuleDetector().detect([hostile + mail])

    assert (len(hostile) + len(" write to "), len(hostile + mail)) in {
        (span.start, span.end) for span in spans
    }


@pytest.mark.parametrize("written", ["18003529424", "1-800-352-9424", "0018003529424"])
def test_no_digit_of_a_telephone_number_is_left(written: str) -> None:
    text = f"Please call {written} for help."

    masked = mask(text, RuleDetector().detect([text])[0])

    assert not any(character.isdigit() for character in masked)
