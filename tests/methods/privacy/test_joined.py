from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from burnish.methods.privacy.build import detector
from burnish.methods.privacy.detect import Detector, RuleDetector
from burnish.methods.privacy.joined import JoinedDetector
from burnish.methods.privacy.ner.detect import NerDetector
from burnish.methods.privacy.replace import Style, mask
from burnish.methods.privacy.spans import DEFAULT_CATEGORIES, Span

REGIONS = ("AU", "US", "GB", "EU")


@dataclass
class Words:
    """Finds given words between blanks and mask tokens, and keeps what it was shown."""

    known: dict[str, str]
    name: str = "words"
    seen: list[str] = field(default_factory=list)

    @property
    def version(self) -> str:
        return self.name

    @property
    def digest(self) -> str:
        return self.name

    def detect(self, texts: Sequence[str]) -> list[list[Span]]:
        self.seen += texts
        return [[*self._in(text)] for text in texts]

    def _in(self, text: str) -> list[Span]:
        found, at = [], 0
        for word in text.replace("[", " [").replace("]", "] ").split():
            at = text.index(word, at)
            if word in self.known:
                found.append(Span(at, at + len(word), self.known[word], 0.9))
            at += len(word)
        return found


def told(detector: Detector, text: str) -> list[tuple[str, str]]:
    return [(span.category, text[span.start : span.end]) for span in detector.detect([text])[0]]


def everything(**more: object) -> JoinedDetector:
    return detector(DEFAULT_CATEGORIES, REGIONS, **more)  # type: ignore[arg-type]


def test_each_detector_adds_its_finds_and_overlapping_ones_are_united() -> None:
    joined = JoinedDetector((Words({"zofia": "PERSON"}), Words({"zofia": "SECRET", "x": "IP"})))

    assert told(joined, "zofia saw x") == [("PERSON", "zofia"), ("IP", "x")]


def test_what_a_mask_bares_is_found_at_the_next_look() -> None:
    inner, outer = Words({"b": "IP"}), Words({"aXb": "SECRET"})
    glued = Words({"aX": "PERSON"})

    class Half(Words):
        def _in(self, text: str) -> list[Span]:
            at = text.find("aX")
            return [Span(at, at + 2, "PERSON", 0.9)] if at >= 0 else []

    joined = JoinedDetector((inner, Half({})), spreads=False)

    assert told(joined, "aXb") == [("PERSON", "aX"), ("IP", "b")]
    assert told(JoinedDetector((outer, glued), spreads=False), "aXb") == [("SECRET", "aXb")]


def test_a_detector_reads_again_only_what_others_changed() -> None:
    first, second = Words({"zofia": "PERSON"}), Words({})
    JoinedDetector((first, second), spreads=False).detect(["zofia", "nobody"])

    assert first.seen == ["zofia", "nobody"]
    assert second.seen == ["zofia", "nobody", "[PERSON]"]


def test_names_found_by_one_detector_spread_through_the_document() -> None:
    names = Words({"Zofia-Kowalska": "PERSON"})
    text = "Zofia-Kowalska came.\n\nMs Kowalska left"

    assert told(JoinedDetector((names,)), text)[1:] == [("PERSON", "Kowalska")]
    assert len(told(JoinedDetector((names,), spreads=False), text)) == 1


def test_a_find_over_a_mask_token_is_cut_at_it() -> None:
    class Whole(Words):
        def _in(self, text: str) -> list[Span]:
            self.known = {}
            return [Span(0, len(text), "SECRET", 0.5)] if "[IP]" in text else []

    joined = JoinedDetector((Words({"x": "IP"}), Whole({})))

    assert told(joined, "a x b") == [("SECRET", "a "), ("IP", "x"), ("SECRET", " b")]


def test_the_allow_list_wins_over_every_engine_with_or_without_a_title() -> None:
    text = "Mr Kowalski and Anna Nowak wrote to jane@example.org; Kowalski agreed."
    allow = ("kowalski", "JANE@example.org")
    found = told(everything(allow=allow), text)

    assert [one for one in found if "Kowalski" in one[1] or "jane" in one[1]] == []
    assert ("PERSON", "Anna Nowak") in found
    assert ("EMAIL", "jane@example.org") in told(everything(), text)


def test_an_allowed_word_within_a_longer_find_does_not_uncover_it() -> None:
    found = told(everything(allow=("example", "ann")), "Joann: jane@example.org")

    assert ("EMAIL", "jane@example.org") in found


def test_deny_lists_and_patterns_belong_to_the_rules_and_their_tokens_are_inert() -> None:
    joined = everything(deny=[("PROJECT", "bluebird")], patterns=[("CASE_NUMBER", r"CN-\d+")])
    text = "Project Bluebird, see CN-1234"
    found = told(joined, text)

    assert ("PROJECT", "Bluebird") in found
    assert ("CASE_NUMBER", "CN-1234") in found
    assert told(joined, mask(text, joined.detect([text])[0])) == []
    with pytest.raises(ValueError, match="need the engine 'rules'"):
        everything(deny=[("PROJECT", "bluebird")], engines=("ner",))


def test_an_identifier_glued_to_a_name_is_masked_whole() -> None:
    joined = everything()
    text = "Dear John Smith,\ncall me on 0412 345 678 or jane@example.org\nregards\nAnna Kowalski"
    masked = mask(text, joined.detect([text])[0])

    for leak in ("Smith", "0412", "678", "jane", "Kowalski"):
        assert leak not in masked


PIECES = (
    "John Smith", "Anna Kowalski", "kowalski", "Mr Nair", "jane@example.org", "0412 345 678",
    "12 Smith Street, Richmond VIC 3121", "wrote to", ",", ".", "\n", "[PERSON]", "[EMAIL_2]",
    "the", "4111 1111 1111 1111", "Will", "will", "the Smiths", "\ud800", "M\u00e1ria", "in London",
    "192.168.10.20", "regards", "dob 1/2/1980", "-", "'s", "@jsmith", "https://x.org/u/jsmith",
)  # fmt: skip
TEXT = st.tuples(
    st.lists(st.sampled_from(PIECES), max_size=12), st.sampled_from([" ", "", "\n"])
).map(lambda parts: parts[1].join(parts[0]))


@settings(max_examples=50, deadline=None)
@given(TEXT)
def test_masking_what_was_found_leaves_nothing_to_find(text: str) -> None:
    joined = JoinedDetector(everything().detectors, thorough=True)
    styles: tuple[Style, ...] = ("token", "numbered")
    for style in styles:
        masked = mask(text, joined.detect([text])[0], style)
        assert told(joined, masked) == []


@settings(max_examples=50, deadline=None)
@given(st.lists(TEXT, max_size=4))
def test_a_texts_spans_are_its_own_and_name_parts_of_it(texts: list[str]) -> None:
    joined = everything()
    found = joined.detect(texts)

    assert found == [joined.detect([text])[0] for text in texts]
    for text, spans in zip(texts, found, strict=True):
        done = 0
        for span in spans:
            assert done <= span.start < span.end <= len(text)
            assert "[PERSON]" not in text[span.start : span.end]
            done = span.end


def test_a_document_of_letters_is_masked_once_and_for_all_without_a_second_look_of_the_model() -> (
    None
):
    joined = everything()
    names = ("Anna Kowalski", "John Smith", "Priya Nair", "M\u00e1ria Kov\u00e1cs", "tom brown")
    letters = [
        f"Dear {one},\n\nthank you for calling. I asked {other} about 12 Smith Street, Richmond "
        f"VIC 3121; mail {one.split()[0].lower()}@example.org.\n\nKind regards\n{other}\n"
        for one in names
        for other in names
        if one != other
    ]
    masked = [
        mask(text, spans) for text, spans in zip(letters, joined.detect(letters), strict=True)
    ]

    assert [spans for spans in joined.detect(masked) if spans] == []


def test_the_factory_takes_engines_by_name_or_ready_made() -> None:
    own = Words({"zofia": "PERSON"})

    assert [type(d) for d in everything().detectors] == [RuleDetector, NerDetector]
    assert [type(d) for d in everything(engines=("rules", own)).detectors] == [RuleDetector, Words]
    assert everything(engines=(own,)).detectors == (own,)
    assert detector(("EMAIL",), REGIONS).detectors == (RuleDetector(("EMAIL",), REGIONS),)
    named = detector(("EMAIL", "LOCATION"), REGIONS).detectors
    assert named[1] == NerDetector(("LOCATION",))


def test_engines_that_leave_nothing_to_look_with_are_refused() -> None:
    with pytest.raises(ValueError, match="unknown engine 'nre'; known are rules, ner"):
        everything(engines=("nre",))
    with pytest.raises(ValueError, match="no engine looks for EMAIL"):
        detector(("EMAIL",), REGIONS, engines=("ner",))
    with pytest.raises(ValueError, match="unknown category"):
        detector(("NOTHING",), REGIONS)


def test_digest_and_version_follow_the_engines_and_the_settings() -> None:
    one, two = Words({}, "one"), Words({}, "two")
    joined = [
        JoinedDetector((one, two)),
        JoinedDetector((two, one)),
        JoinedDetector((one,)),
        JoinedDetector((one, two), allow=("x",)),
        JoinedDetector((one, two), spreads=False),
        JoinedDetector((one, two), thorough=True),
        JoinedDetector((one, two), own=("PROJECT",)),
    ]

    assert len({detector.digest for detector in joined}) == len(joined)
    assert joined[0].version == "one+two"
