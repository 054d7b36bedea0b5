import json
import random
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from burnish.methods.privacy.ner.detect import NerDetector
from burnish.methods.privacy.ner.model import ModelRefused
from burnish.methods.privacy.replace import mask
from burnish.methods.privacy.spans import Span

ALL = ("PERSON", "ADDRESS", "LOCATION", "ORGANISATION")
PIECES = (
    "Dear Mr John Smith,", "\n", "\n\n", " ", "hi karen pls call me", "Priya Natarajan",
    "met at the office", "12 Smith Street, Richmond VIC 3121", "[PERSON]", "[EMAIL]", "anna",
    "the invoice of", "\ud800", "\U0001f600", "M\u00e1ria Kov\u00e1cs", "said that", "J. R. Brown",
    "&aacute;", "\u200b", "regards", "1234", "London", "I", "'s", "O\u2019Brien", "\u4eba\u540d",
)  # fmt: skip
TEXT = st.lists(st.sampled_from(PIECES), max_size=14).map(" ".join)


def found(detector: NerDetector, text: str) -> list[tuple[str, str]]:
    return [(span.category, text[span.start : span.end]) for span in detector.detect([text])[0]]


def test_a_plain_name_is_found_as_it_is_written_and_in_small_letters() -> None:
    text = "Dear John Smith, thank you.\n\nKind regards,\nAnna Kowalski"
    for written in (text, text.lower()):
        joined = " ".join(name.casefold() for _, name in found(NerDetector(), written))
        assert "john" in joined
        assert "kowalski" in joined


@settings(max_examples=50, deadline=None)
@given(st.lists(TEXT, min_size=1, max_size=5), st.randoms(use_true_random=False))
def test_a_texts_spans_do_not_depend_on_the_texts_beside_it(
    texts: list[str], rng: random.Random
) -> None:
    detector = NerDetector(ALL)
    together = detector.detect(texts)
    order = list(range(len(texts)))
    rng.shuffle(order)

    assert [detector.detect([text])[0] for text in texts] == together
    assert detector.detect([texts[i] for i in order]) == [together[i] for i in order]


def test_a_long_texts_spans_do_not_depend_on_where_its_chunks_begin() -> None:
    detector = NerDetector(ALL)
    story = "Yesterday Anna Kowalski of Acme Ltd met John Smith in London. \n\n" + "so it goes " * 9
    lengths = (0, 1, 500, 997)
    shifted = detector.detect(["x\n\n" * n + story * 30 for n in lengths])

    ends = [
        [(s.start - 3 * n, s.end - 3 * n, s.category, s.score) for s in spans]
        for n, spans in zip(lengths, shifted, strict=True)
    ]
    far = 400
    tails = [[span for span in spans if span[0] > far] for spans in ends]
    assert tails[0]
    assert tails[1:] == [tails[0]] * 3


@settings(max_examples=50, deadline=None)
@given(st.text(st.characters(exclude_categories=()), max_size=60) | TEXT)
def test_spans_of_any_text_are_sorted_disjoint_and_name_something(text: str) -> None:
    spans = NerDetector(ALL).detect([text])[0]

    done = 0
    for span in spans:
        assert done <= span.start < span.end <= len(text)
        assert any(map(str.isalnum, text[span.start : span.end]))
        assert 0 < span.score <= 1
        assert span.category in ALL
        done = span.end


@settings(max_examples=50, deadline=None)
@given(TEXT)
def test_mask_tokens_are_never_part_of_a_find(text: str) -> None:
    detector = NerDetector(ALL)
    for written in (text, mask(text, detector.detect([text])[0])):
        for span in detector.detect([written])[0]:
            assert "[" not in written[span.start : span.end]


def test_beside_a_mask_token_a_name_is_still_found() -> None:
    text = "[PERSON] Smith wrote to [EMAIL] and asked Anna Kowalski to call [PHONE] again."
    names = " ".join(name for _, name in found(NerDetector(), text))

    assert "Anna Kowalski" in names


def test_letters_hidden_by_zero_width_marks_and_entities_are_read() -> None:
    text = "Dear Mr Jo\u200bhn Sm\u00adith,\nI wrote to An&#110;a Kowalski yesterday."
    spans = NerDetector().detect([text])[0]

    names = [text[span.start : span.end] for span in spans]
    assert any(name.endswith("Jo\u200bhn Sm\u00adith") for name in names)
    assert any("An&#110;a" in name for name in names)


def test_only_the_categories_asked_for_are_found() -> None:
    text = "John Smith of 12 Smith Street, Richmond VIC 3121 met Anna Kowalski."

    assert {category for category, _ in found(NerDetector(("PERSON",)), text)} == {"PERSON"}
    assert found(NerDetector(()), text) == []


def test_a_threshold_of_ones_own_replaces_the_cards() -> None:
    text = "John Smith met anna and the others at the ford by the mill. " * 3
    few = NerDetector(thresholds=(("PERSON", 0.9999999),)).detect([text])[0]
    many = NerDetector(thresholds=(("PERSON", 0.000001),)).detect([text])[0]

    def masked(spans: list[Span]) -> int:
        return sum(span.end - span.start for span in spans)

    assert masked(few) < masked(many)


def test_marks_a_possessive_and_a_lone_pronoun_are_no_part_of_a_person(toy: Path) -> None:
    detector = NerDetector(model=toy)

    assert found(detector, "Anna Kim. Anna's .") == [("PERSON", "Anna Kim"), ("PERSON", "Anna")]
    assert found(detector, "then he . s") == []


def test_a_name_ends_at_the_end_of_its_line_and_where_another_begins(toy: Path) -> None:
    detector = NerDetector(ALL, model=toy)

    assert found(detector, "anna kim\nlo") == [("PERSON", "anna kim"), ("PERSON", "lo")]
    assert found(detector, "anna anna kim") == [("PERSON", "anna"), ("PERSON", "anna kim")]
    assert found(detector, "road nine\nnine") == [("ADDRESS", "road nine\nnine")]
    assert found(detector, "acme paris") == [("ORGANISATION", "acme"), ("LOCATION", "paris")]


def test_a_name_does_not_reach_into_the_next_text(toy: Path) -> None:
    spans = NerDetector(model=toy).detect(["anna", "kim lo", "", "kim"])

    assert [[(s.start, s.end) for s in here] for here in spans] == [
        [(0, 4)],
        [(0, 6)],
        [],
        [(0, 3)],
    ]


def test_weak_finds_beside_mask_tokens_alone_do_not_count(toy: Path) -> None:
    detector = NerDetector(model=toy, inert=("PLACE",))

    assert found(detector, "then perhaps then") == [("PERSON", "perhaps")]
    assert found(detector, "[PERSON] perhaps then") == []
    assert found(detector, "then perhaps [PLACE_2]") == []
    assert found(detector, "[PERSON] kim") == [("PERSON", "kim")]
    assert detector.detect(["[PERSON]", "perhaps"])[1] != []


def test_beside_a_certain_find_or_one_elsewhere_weak_ones_count_too(toy: Path) -> None:
    detector = NerDetector(model=toy)
    perhaps = ("PERSON", "perhaps")

    assert found(detector, "[PERSON] then perhaps") == [perhaps]
    assert found(detector, "[EMAIL] perhaps then kim") == [perhaps, ("PERSON", "kim")]
    assert found(detector, "[EMAIL] perhaps then then perhaps") == [perhaps, perhaps]


def test_the_digest_follows_model_settings_and_version(toy: Path, tmp_path: Path) -> None:
    other = Path(shutil.copytree(toy, tmp_path / "other"))
    card = json.loads((other / "card.json").read_text())
    (other / "card.json").write_text(json.dumps({**card, "version": "2"}))
    detectors = [
        NerDetector(),
        NerDetector(model=toy),
        NerDetector(model=other),
        NerDetector(("PERSON",), model=toy),
        NerDetector(model=toy, thresholds=(("PERSON", 0.3),)),
        NerDetector(model=toy, inert=("X",)),
    ]

    assert len({detector.digest for detector in detectors}) == len(detectors)
    assert detectors[1].digest == NerDetector(model=Path(toy)).digest
    assert [detector.version for detector in detectors[1:3]] == ["toy-1", "toy-2"]


def test_what_cannot_be_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="the model knows no 'EMAIL'"):
        NerDetector(("EMAIL",))
    with pytest.raises(ValueError, match="threshold of PERSON is 1"):
        NerDetector(thresholds=(("PERSON", 1.0),))
    with pytest.raises(ModelRefused):
        NerDetector(model=tmp_path).detect(["anna"])


def test_no_texts_and_empty_texts_have_no_finds() -> None:
    assert NerDetector().detect([]) == []
    assert NerDetector().detect(["", " \n"]) == [[], []]
