"""What decides how rows are masked: the detector, how values are named, and the keys of both."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from pathlib import Path

from burnish.core.artifact import Screened
from burnish.core.errors import InputError
from burnish.core.fingerprint import RUNS, fingerprint
from burnish.core.secrets import resolve
from burnish.core.stage import Work
from burnish.methods.privacy.build import detector
from burnish.methods.privacy.detect import Detector
from burnish.methods.privacy.engines.build import foreign_detector
from burnish.methods.privacy.engines.settings import EngineSettings
from burnish.methods.privacy.joined import JoinedDetector
from burnish.methods.privacy.ner.detect import NerDetector
from burnish.methods.privacy.ner.model import CATEGORIES as MODEL_KNOWS
from burnish.methods.privacy.registry import registry_key
from burnish.methods.privacy.replace import Naming
from burnish.methods.privacy.spans import CATEGORIES
from burnish.methods.privacy.surrogates import Surrogates
from burnish.plan import MaskPlan
from burnish.plan_mask import MaskEngine

LEAST_KEY = 16


@dataclass(frozen=True, slots=True)
class Masking:
    """What decides how a shard is masked; `root` and the keys run a result and do not name it."""

    plan: MaskPlan
    detector: str
    salt: str = ""
    key_check: str = ""
    root: str = field(default="", metadata={RUNS: True})
    key: bytes = field(default=b"", repr=False, metadata={RUNS: True})
    registry: bytes = field(default=b"", repr=False, metadata={RUNS: True})
    registry_check: str = ""

    @property
    def naming(self) -> Naming:
        """How values are named."""
        told = self.plan.surrogates
        if told is None:
            return Naming(self.plan.style)
        return Naming("surrogate", Surrogates(self.key, self.salt, told.scope))


def detector_for(plan: MaskPlan, root: Path) -> JoinedDetector:
    """The detector that the plan asks for; raises `InputError` for one that cannot be.

    `root` is the project's folder, from which the folders of models are named.
    """
    try:
        return detector(
            plan.categories,
            plan.regions,
            [(p.category, p.pattern) for p in plan.patterns],
            plan.allow,
            [(d.category, d.text) for d in plan.deny],
            [_engine(engine, plan, root) for engine in plan.engines],
        )
    except ValueError as wrong:
        raise InputError(
            f"mask: {wrong}", remedy="mend mask.engines, mask.categories or mask.patterns"
        ) from wrong


def _engine(engine: MaskEngine, plan: MaskPlan, root: Path) -> str | Detector:
    if engine.kind == "ner" and engine.min_score is not None:
        return _model(plan, engine.min_score)
    if engine.kind == "rules" or engine.kind == "ner":
        return engine.kind
    return foreign_detector(
        EngineSettings(
            kind=engine.kind,
            path=str(root / Path(engine.path).expanduser()) if engine.path else "",
            language=engine.language,
            labels=tuple(engine.labels.items()),
            min_score=engine.min_score,
            categories=plan.categories,
            allow=plan.allow,
        )
    )


def _model(plan: MaskPlan, least: float) -> Detector:
    """Our model with a threshold of the plan's own instead of its card's."""
    named = tuple(name for name in MODEL_KNOWS if name in plan.categories)
    own = {p.category for p in plan.patterns} | {literal.category for literal in plan.deny}
    inert = tuple(sorted(own - set(CATEGORIES)))
    return NerDetector(named, thresholds=tuple((n, least) for n in named), inert=inert)


def named_by(work: Work, corpus: Screened, plan: MaskPlan) -> str:
    """What the result depends on beyond the plan: the detector, its models, the surrogates' key."""
    settings = masking(work, corpus, plan)
    checks = (settings.key_check, settings.registry_check)
    return fingerprint(settings.detector, settings.salt, *checks)


def masking(work: Work, corpus: Screened, plan: MaskPlan) -> Masking:
    """The settings of a shard's masking; raises `InputError` for a key that is not there."""
    root = work.place.root
    secret = registry_key(work.place.subject_key)
    own = Masking(
        plan=plan,
        detector=detector_for(plan, root).digest,
        root=str(root),
        registry=secret,
        registry_check=_check(b"registry", secret),
    )
    if plan.surrogates is None:
        return own
    key = resolve(plan.surrogates.key, root).encode()
    if len(key) < LEAST_KEY:
        raise InputError(
            f"mask: the key of the surrogates has {len(key)} bytes, which can be guessed",
            remedy=f"take {LEAST_KEY} random bytes or more: openssl rand -hex 32",
        )
    salt = plan.surrogates.dataset or corpus.digest
    return replace(own, salt=salt, key_check=_check(b"surrogates", key), key=key)


def _check(purpose: bytes, key: bytes) -> str:
    """What names a key and does not give it away."""
    return hashlib.sha256(purpose + key).hexdigest()[:16]
