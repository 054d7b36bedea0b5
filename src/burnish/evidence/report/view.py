"""What the page shows, as plain values; a section that is None or empty is left out.

Rates, recalls and scores are shares of one, losses nats per trained token, exposures bits,
times ISO 8601 in UTC. Text may be anything: the page escapes it.
"""

from __future__ import annotations

from dataclasses import dataclass

from burnish.evidence.report.view_data import Counts, MixView, QualityView, ScreenView
from burnish.evidence.report.view_sample import SampleView
from burnish.evidence.report.view_scores import EvaluationView
from burnish.evidence.report.view_watch import WatchView

STEPS = (
    "collect", "dedup", "quality", "screen", "mask", "convert",
    "split", "mix", "train", "evaluate", "bundle",
)  # fmt: skip
"""The steps of the flow in order, for those that a run did not reach."""

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class RunView:
    """Which run this is, how it ended, and why.

    `state` is passed, failed, waiting, unjudged, stopped, interrupted or running.
    """

    name: str
    run: str
    state: str
    started: str = ""
    ended: str = ""
    purpose: str = ""
    told: str = ""
    remedy: str = ""
    facts: Pairs = ()


@dataclass(frozen=True, slots=True)
class StepView:
    """One step: rows in, out, dropped and added with their reasons; no rows for a model."""

    name: str
    rows_in: int | None = None
    rows_out: int | None = None
    dropped: Counts = ()
    added: Counts = ()
    seconds: float | None = None
    digest: str = ""
    reused: bool = False

    @property
    def reached(self) -> bool:
        """Whether the run made this step's artefact, or found it made."""
        return bool(self.digest)


@dataclass(frozen=True, slots=True)
class GateView:
    """A gate's outcome on a subject (a digest), with its reasons."""

    name: str
    outcome: str
    because: tuple[str, ...] = ()
    subject: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True)
class SourceView:
    """A source with the right under which it is used, and what came of it.

    `pieces` are files, objects, pages or row groups, `size` their bytes, `mended` texts by what
    normalisation mended, `listed_in` the file of the artefact that names the pieces of a long list.
    """

    name: str
    owner: str
    system: str
    basis: str
    reference: str
    expires: str
    purposes: tuple[str, ...]
    classification: str
    licence: str
    collected: str = ""
    records: int | None = None
    unreadable: int = 0
    superseded: int = 0
    removed: int = 0
    where: str = ""
    processors: tuple[str, ...] = ()
    kind: str = ""
    pieces: int | None = None
    size: int | None = None
    mended: Counts = ()
    undated: int = 0
    listed_in: str = ""
    outside: bool = False


@dataclass(frozen=True, slots=True)
class RecallView:
    """Canaries of a category found by the detector, with exact 95 % bounds."""

    category: str
    planted: int
    found: int
    recall: float
    lower: float
    upper: float
    least: float | None = None


@dataclass(frozen=True, slots=True)
class PrivacyView:
    """What the detector finds, what a second one still found, and what was masked."""

    recalls: tuple[RecallView, ...] = ()
    min_recall: float | None = None
    documents: int = 0
    with_findings: int = 0
    residual: Counts = ()
    max_residual: float | None = None
    masked: Counts = ()
    detector: str = ""
    assessment: str = ""
    own_carriers: int = 0
    built_in_carriers: int = 0
    not_measured: tuple[str, ...] = ()
    engines: tuple[str, ...] = ()
    does_not_show: str = ""

    @property
    def rate(self) -> float | None:
        """Share of documents with a residual finding; None when nothing was scanned."""
        return self.with_findings / self.documents if self.documents else None


@dataclass(frozen=True, slots=True)
class PartsView:
    """Examples by part."""

    rows: Counts
    groups: int | None = None
    largest_group: int | None = None
    labels: int | None = None
    deviation: float | None = None
    canaries: int = 0


@dataclass(frozen=True, slots=True)
class TrainingView:
    """Losses by step, settings, sizes, and the proof that the weights changed.

    `privacy` is the guarantee of a private training, `not_private` what it does not cover.
    """

    losses: tuple[float, ...] = ()
    validation: tuple[tuple[int, float], ...] = ()
    settings: Pairs = ()
    parameters: int | None = None
    trainable: int | None = None
    steps: int | None = None
    epochs: float | None = None
    trained_tokens: int | None = None
    logit_change: float | None = None
    weight_change: float | None = None
    base: Pairs = ()
    privacy: Pairs = ()
    not_private: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SignatureView:
    """Who did or decided what, when, in which role, with which key; `counts` says if it holds."""

    person: str
    role: str
    what: str
    at: str
    keyid: str = ""
    counts: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class ReportView:
    """The whole page."""

    run: RunView
    steps: tuple[StepView, ...] = ()
    gates: tuple[GateView, ...] = ()
    sources: tuple[SourceView, ...] = ()
    quality: QualityView | None = None
    screen: ScreenView | None = None
    privacy: PrivacyView | None = None
    sample: SampleView | None = None
    parts: PartsView | None = None
    mix: MixView | None = None
    training: TrainingView | None = None
    watch: WatchView | None = None
    evaluation: EvaluationView | None = None
    signatures: tuple[SignatureView, ...] = ()
    digests: Pairs = ()
    versions: Pairs = ()
    unread: tuple[str, ...] = ()
