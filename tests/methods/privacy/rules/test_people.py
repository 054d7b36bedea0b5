"""Names by rule: introduced, titled, signed, labelled; and what is only called after somebody."""

import pytest

from burnish.methods.privacy.detect import RuleDetector

_DETECTOR = RuleDetector(categories=("PERSON",), scan=False)


def _names(text: str) -> list[str]:
    return [text[s.start : s.end] for s in _DETECTOR.detect([text])[0]]


@pytest.mark.parametrize(
    "text",
    [
        "Alexander disease is rare.",
        "He has Parkinson's disease and Hodgkin lymphoma.",
        "What are the symptoms of Hunter Rudd Hoffmann syndrome?",
        "the Taylor series and the Thompson type",
        "She moved to Sofia; a house in Sofia is cheap.",
        "Polycythemia vera and the ELISA assay",
        "A Christian person and a Hindu person met.",
        "Ask your doctor or nurse. Medical History follows.",
        "- name: PhoneRecognizer\n",
        "The Apgar score, Graham University, John Hospital",
    ],
)
def test_what_is_called_after_somebody_names_nobody(text: str) -> None:
    assert _names(text) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Hello, I'm Alexander Parkinson and I write.", "Alexander Parkinson"),
        ("My name is Sofia Vera.", "Sofia Vera"),
        ("Dr. Albert Parlow led it.", "Albert Parlow"),
        ("Nurse Quillfeather will call.", "Quillfeather"),
        ("Kind regards,\nChristian Aalto\n", "Christian Aalto"),
        ("Patient: Parkinson, Alexander\n", "Parkinson, Alexander"),
        ("From: Xanthe Blyth <x@example.org>\n", "Xanthe Blyth"),
        ("Christian Smith called.", "Christian Smith"),
        ("name: McAllister\n", "McAllister"),
    ],
)
def test_a_person_of_that_name_is_still_found(text: str, name: str) -> None:
    assert name in _names(text)


def test_a_patient_is_found_beside_the_disease_of_the_same_name() -> None:
    text = "My name is Alexander Reed. I was told it is Alexander disease. Alexander again."

    assert _names(text) == ["Alexander Reed", "Alexander"]
