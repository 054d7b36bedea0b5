"""Foreign engines behind our door: real models from folders, in our categories, whole texts."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from burnish.methods.privacy.detect import Detector, RuleDetector
from burnish.methods.privacy.engines.build import foreign_detector
from burnish.methods.privacy.engines.settings import EngineFault, EngineSettings, Kind
from burnish.methods.privacy.joined import JoinedDetector
from burnish.methods.privacy.replace import mask
from burnish.methods.privacy.spans import DEFAULT_CATEGORIES

KINDS: tuple[Kind, ...] = ("spacy", "presidio", "transformers", "gliner")


@pytest.fixture(scope="session")
def folders(spacy_folder: Path, classifier_folder: Path, gliner_folder: Path) -> dict[Kind, Path]:
    """The model of each kind of engine."""
    return {
        "spacy": spacy_folder,
        "presidio": spacy_folder,
        "transformers": classifier_folder,
        "gliner": gliner_folder,
    }


def engine(kind: Kind, folder: Path, **more: object) -> Detector:
    """The engine of a folder, in the categories that are looked for by default."""
    given: dict[str, object] = {"categories": DEFAULT_CATEGORIES, **more}
    if kind == "gliner":
        given.setdefault("labels", (("person", "PERSON"),))
    return foreign_detector(EngineSettings(kind, str(folder), **given))  # type: ignore[arg-type]


def told(detector: Detector, text: str) -> list[tuple[str, str]]:
    """The finds in a text, as words."""
    return [(text[s.start : s.end], s.category) for s in detector.detect([text])[0]]


NAME = {
    "spacy": "Maria Silva",
    "presidio": "Maria Silva",
    "transformers": "Keller",
    "gliner": "john",
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_name_is_found_in_our_category_wherever_it_stands(
    kind: Kind, folders: dict[Kind, Path]
) -> None:
    detector = engine(kind, folders[kind])
    texts = [f"we met {NAME[kind]} today", "the invoice is ready", "", f"{NAME[kind]}"]

    found = detector.detect(texts)

    named = [
        [(t[s.start : s.end], s.category) for s in f] for t, f in zip(texts, found, strict=True)
    ]
    one = (NAME[kind], "PERSON")
    assert named == [[one], [], [], [one]]
    assert all(0 < span.score <= 1 for spans in found for span in spans)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_beyond_the_limit_of_a_model_is_lost(kind: Kind, folders: dict[Kind, Path]) -> None:
    filler = "the invoice is ready and we called . " * (
        3200 if kind in ("spacy", "presidio") else 60
    )
    text = f"we met {NAME[kind]} today . {filler} {NAME[kind]} called . {filler} from {NAME[kind]}"

    found = told(engine(kind, folders[kind]), text)

    assert found == [(NAME[kind], "PERSON")] * 3


@pytest.mark.parametrize("kind", KINDS)
def test_what_hides_a_name_from_a_model_hides_it_from_no_reader(
    kind: Kind, folders: dict[Kind, Path]
) -> None:
    hidden = NAME[kind][0] + "\u200b" + NAME[kind][1:].replace("e", "&#101;").replace("o", "\uff4f")
    text = f"we met {hidden} today"

    assert mask(text, engine(kind, folders[kind]).detect([text])[0]) == "we met [PERSON] today"


@pytest.mark.parametrize("kind", KINDS)
def test_masked_text_is_left_alone(kind: Kind, folders: dict[Kind, Path]) -> None:
    text = f"we met [PERSON], [PERSON_12] and {NAME[kind]} today"
    detector = engine(kind, folders[kind])

    masked = mask(text, detector.detect([text])[0])

    assert masked == "we met [PERSON], [PERSON_12] and [PERSON] today"
    assert detector.detect([masked]) == [[]]


@pytest.mark.parametrize("kind", KINDS)
def test_allowed_texts_and_categories_that_are_not_wanted_are_no_finds(
    kind: Kind, folders: dict[Kind, Path]
) -> None:
    text = f"we met {NAME[kind]} today"

    assert told(engine(kind, folders[kind], allow=(NAME[kind].upper(),)), text) == []
    assert told(engine(kind, folders[kind], categories=("EMAIL",)), text) == []


@pytest.mark.parametrize("kind", KINDS)
def test_the_digest_names_the_bytes_of_the_model_and_not_its_place(
    kind: Kind, folders: dict[Kind, Path], tmp_path: Path
) -> None:
    first = engine(kind, folders[kind])
    moved = tmp_path / folders[kind].name
    shutil.copytree(folders[kind], moved)

    assert engine(kind, moved).digest == first.digest
    assert engine(kind, moved, allow=("x",)).digest != first.digest
    (moved / "note.json").write_text("{}", encoding="utf-8")
    assert engine(kind, moved).digest != first.digest
    assert first.version.startswith(f"{kind}-")


def test_engines_find_together_what_each_finds_alone(folders: dict[Kind, Path]) -> None:
    engines = [engine(kind, folders[kind]) for kind in ("spacy", "transformers")]
    both = JoinedDetector((RuleDetector(), *engines))
    text = "we met Zbigniew Wuth and keller today, mail jo@example.org"

    assert mask(text, both.detect([text])[0]) == "we met [PERSON] and [PERSON] today, mail [EMAIL]"


def test_presidio_brings_its_own_rules_with_and_without_a_pipeline(spacy_folder: Path) -> None:
    text = "write to jo@example.org, card 4012888888881881, TFN 876 543 210, or Zbigniew Wuth"
    alone = foreign_detector(EngineSettings("presidio", categories=DEFAULT_CATEGORIES))

    assert {c for _, c in told(alone, text)} == {"EMAIL", "CARD", "TFN"}
    assert ("Zbigniew Wuth", "PERSON") in told(engine("presidio", spacy_folder), text)


def test_firms_are_found_where_they_are_asked_for(spacy_folder: Path) -> None:
    asked = engine("spacy", spacy_folder, categories=("ORGANISATION",))

    assert told(asked, "Wuth Works owes ten dollars") == [("Wuth Works", "ORGANISATION")]


def test_labels_of_the_plan_go_before_the_built_in_ones(spacy_folder: Path) -> None:
    given = (("MONEY", "CARD"), ("PERSON", None))

    found = told(engine("spacy", spacy_folder, labels=given), "Zbigniew Wuth owes ten dollars")

    assert found == [("ten dollars", "CARD")]


@pytest.mark.parametrize("kind", ["spacy", "transformers", "presidio"])
def test_a_label_that_the_engine_does_not_give_is_told_with_those_it_gives(
    kind: Kind, folders: dict[Kind, Path]
) -> None:
    with pytest.raises(EngineFault, match=r"'PEOPLE', which the engine does not give; .*PER"):
        engine(kind, folders[kind], labels=(("PEOPLE", "PERSON"),))


def test_a_category_that_there_is_not_is_told_with_the_nearest(spacy_folder: Path) -> None:
    with pytest.raises(EngineFault, match="'PERSONS', which is no category; did you mean PERSON"):
        engine("spacy", spacy_folder, labels=(("PERSON", "PERSONS"),))


def test_a_label_without_a_meaning_is_asked_about(tmp_path: Path) -> None:
    import spacy

    nlp = spacy.blank("en")
    nlp.add_pipe("entity_ruler").add_patterns([{"label": "PATIENT", "pattern": "Wuth"}])  # type: ignore[attr-defined]
    nlp.to_disk(tmp_path / "own")

    with pytest.raises(EngineFault, match=re.escape("its label 'PATIENT' is; write labels: {PAT")):
        engine("spacy", tmp_path / "own")
    found = told(engine("spacy", tmp_path / "own", labels=(("PATIENT", "PERSON"),)), "for Wuth")
    assert found == [("Wuth", "PERSON")]


def test_a_lower_threshold_finds_more(classifier_folder: Path) -> None:
    text = "we met Keller today"

    assert told(engine("transformers", classifier_folder, min_score=1.0), text) == []
    assert told(engine("transformers", classifier_folder, min_score=0.5), text) != []


def test_pieces_of_a_word_are_masked_with_the_whole_word(classifier_folder: Path) -> None:
    assert told(engine("transformers", classifier_folder), "we met Kellerina, today") == [
        ("Kellerina", "PERSON")
    ]
