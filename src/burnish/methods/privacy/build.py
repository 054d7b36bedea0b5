"""The detector that a plan asks for."""

from collections.abc import Sequence

from burnish.methods.privacy.detect import Detector, RuleDetector
from burnish.methods.privacy.joined import JoinedDetector
from burnish.methods.privacy.ner.detect import NerDetector
from burnish.methods.privacy.ner.model import CATEGORIES as NAMED
from burnish.methods.privacy.spans import CATEGORIES, MODEL_CATEGORIES

OWN_ENGINES = ("rules", "ner")


def detector(
    categories: Sequence[str],
    regions: Sequence[str],
    patterns: Sequence[tuple[str, str]] = (),
    allow: Sequence[str] = (),
    deny: Sequence[tuple[str, str]] = (),
    engines: Sequence[str | Detector] = OWN_ENGINES,
) -> JoinedDetector:
    """Rules, our model and engines of others as one detector.

    `engines` are "rules", "ner" or loaded detectors. Patterns and the `deny` list belong to the
    rules; the `allow` list holds for all. Raises ValueError for an unknown engine or category, for
    engines that leave nothing to look with, and for patterns without the rules.
    """
    own = tuple(sorted({name for name, _ in (*patterns, *deny)} - set(CATEGORIES)))
    if (patterns or deny) and "rules" not in engines:
        raise ValueError("patterns and deny lists need the engine 'rules'")
    joined: list[Detector] = []
    for engine in engines:
        if engine == "rules":
            by_rule = tuple(name for name in categories if name not in MODEL_CATEGORIES)
            joined.append(
                RuleDetector(by_rule, tuple(regions), tuple(patterns), tuple(allow), tuple(deny))
            )
        elif engine == "ner":
            joined += _model(categories, own)
        elif isinstance(engine, str):
            raise ValueError(f"unknown engine {engine!r}; known are {', '.join(OWN_ENGINES)}")
        else:
            joined.append(engine)
    if not joined:
        raise ValueError(f"no engine looks for {', '.join(categories)}; name 'rules' or another")
    return JoinedDetector(tuple(joined), tuple(allow), own, "PERSON" in categories)


def _model(categories: Sequence[str], own: tuple[str, ...]) -> list[Detector]:
    """Our model, where it knows one of the categories."""
    named = tuple(name for name in NAMED if name in categories)
    return [NerDetector(named, inert=own)] if named else []
