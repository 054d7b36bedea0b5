"""The detectors on the sample world, whose truth is known."""

import json
from pathlib import Path

import pytest

from burnish.methods.privacy.detect import RuleDetector, together
from burnish.methods.privacy.replace import mask
from burnish.methods.residual.scan import scan_document
from burnish.samples import write_world

Document = tuple[dict[str, str], set[str]]


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> list[Document]:
    """(fields, planted values) of each ticket."""
    world = write_world(tmp_path_factory.mktemp("world"), seed=3, tickets=200)
    truth = json.loads(Path(world.truth).read_text(encoding="utf-8"))["tickets"]
    found = []
    for line in Path(world.tickets).read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        told = truth[row["ticket"]]
        values = {v for f in ("question", "answer") for vs in told[f].values() for v in vs}
        found.append(({"question": row["question"], "answer": row["answer"]}, values))
    return found


def _masked(fields: dict[str, str]) -> dict[str, str]:
    spans = together(RuleDetector(), list(fields.values()))
    return {
        name: mask(text, here) for (name, text), here in zip(fields.items(), spans, strict=True)
    }


def test_no_planted_value_survives_masking_and_the_second_look_finds_nothing(
    documents: list[Document],
) -> None:
    for fields, values in documents:
        masked = _masked(fields)

        assert not [value for value in values for text in masked.values() if value in text]
        assert scan_document(masked) == []


def test_the_second_look_tells_planted_documents_from_clean_ones(
    documents: list[Document],
) -> None:
    planted = [bool(scan_document(fields)) for fields, values in documents if values]
    clean = [bool(scan_document(fields)) for fields, values in documents if not values]

    assert sum(planted) >= 0.97 * len(planted)
    assert sum(clean) == 0
