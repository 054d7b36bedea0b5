"""What tells an evaluation whether an answer gives away personal data of the training rows."""

from __future__ import annotations

from collections.abc import Sequence

from burnish.core.artifact import Manifest
from burnish.core.stage import Work
from burnish.methods.evaluation.probes.regurgitation import Watch
from burnish.methods.privacy.build import detector
from burnish.methods.privacy.detect import Detector
from burnish.methods.privacy.registry import CONTROL, Registry, registry_key
from burnish.methods.privacy.rules import REGIONS
from burnish.methods.privacy.spans import DEFAULT_CATEGORIES

REGISTRY = "registry.jsonl"


def watch_of(work: Work, masked: Manifest) -> Watch | None:
    """Detector and registry for what was masked; None for a masking that kept no registry.

    The detector is that of the rules, for all regions: quick, and the same everywhere.
    """
    if REGISTRY not in masked.files:
        return None
    key = registry_key(work.place.subject_key)
    registry = Registry.read(work.store.get_bytes(masked.files[REGISTRY]), key)
    return Watch(
        find=Finder(detector(DEFAULT_CATEGORIES, REGIONS, engines=("rules",))),
        registered=registry.holds,
        control=CONTROL,
    )


class Finder:
    """The values that a detector finds, with their categories."""

    def __init__(self, rules: Detector) -> None:
        self._rules = rules

    def __call__(self, texts: Sequence[str]) -> list[list[tuple[str, str]]]:
        """For each text its finds in order."""
        return [
            [(span.category, text[span.start : span.end]) for span in spans]
            for text, spans in zip(texts, self._rules.detect(texts), strict=True)
        ]
