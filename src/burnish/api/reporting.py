"""The page of a run, gathered from the ledger and from what its steps left in the store."""

from __future__ import annotations

import importlib.metadata
import json
import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from burnish.api.reporting_people import people_view
from burnish.api.reporting_sample import sampled
from burnish.api.reporting_watch import watched_view
from burnish.api.showing import Status, newest_run, status_of
from burnish.core.artifact import Manifest, Masked
from burnish.core.errors import IntegrityBroken
from burnish.core.ports import LedgerEntry, Refused, SignOff
from burnish.core.review import review_subjects
from burnish.evidence.report import ReportView, render_report
from burnish.evidence.report.reading import (
    parts_view,
    privacy_view,
    source_view,
    step_view,
    training_view,
)
from burnish.evidence.report.reading_data import mix_view, quality_view
from burnish.evidence.report.reading_scores import evaluation_view
from burnish.evidence.report.reading_screen import screen_view, stopped_view, why_stopped
from burnish.evidence.report.view import (
    STEPS,
    GateView,
    PartsView,
    PrivacyView,
    RunView,
    SignatureView,
    SourceView,
    StepView,
    TrainingView,
)
from burnish.evidence.report.view_data import MixView, QualityView, ScreenView
from burnish.evidence.report.view_sample import SampleView
from burnish.evidence.report.view_scores import EvaluationView
from burnish.storage.atomic import replacing
from burnish.wiring import Project, open_project

PAGE = "report.html"
LIBRARIES = ("burnish", "numpy", "pyarrow", "torch", "transformers", "peft", "safetensors")
ROLE = "privacy_officer"
STATES = {"running or killed": "running"}


def report(plan_file: Path, run: str | None = None, out: Path | None = None) -> Path:
    """Write the page of a run, the newest unless named; returns where it lies.

    Raises `InputError` when there is no such run.
    """
    project = open_project(plan_file)
    return write_report(project, run or newest_run(project), out)


def write_report(project: Project, run: str, out: Path | None = None) -> Path:
    """Write the page of a run to `out`, or beside the run's record and into the project folder.

    What cannot be read from the store is named on the page. Raises `InputError` when there is
    no such run.
    """
    page = render_report(gather(project, run)).encode()
    if out is not None:
        return _written(out, page)
    _written(project.root / PAGE, page)
    return _written(project.state / "runs" / run / PAGE, page)


def gather(project: Project, run: str) -> ReportView:
    """Everything that the page of a run shows."""
    status = status_of(project, run)
    entries = [e for e in project.ledger.entries() if e.facts.get("run") == run]
    kept = Kept(project, {str(s["stage"]): s for s in status.steps})
    plan = _plan(entries)
    return ReportView(
        run=_run(status, entries, plan),
        steps=_steps(status),
        gates=tuple(map(_gate, status.gates)),
        sources=_sources(kept),
        quality=_quality(kept, plan),
        screen=_screen(kept, plan, status.told),
        privacy=_privacy(kept, plan),
        sample=_sample(kept, plan),
        parts=_parts(kept),
        mix=_mix(kept, plan),
        training=_training(kept),
        watch=watched_view(project, run),
        evaluation=_evaluation(kept),
        signatures=(_started(status, plan), *_decided(kept, plan), *_signed(project, entries)),
        digests=_digests(status, entries),
        versions=tuple(_versions()),
        unread=tuple(kept.unread),
    )


@dataclass(frozen=True, slots=True)
class Kept:
    """What a run's steps left in the store; what cannot be read is noted, not raised."""

    project: Project
    steps: Mapping[str, Mapping[str, Any]]
    unread: list[str] = field(default_factory=list)

    def digest(self, stage: str) -> str:
        """The digest of what a step made, or nothing when it was not reached."""
        return str(self.steps[stage]["digest"]) if stage in self.steps else ""

    def manifest(self, stage: str) -> Manifest | None:
        """The manifest of what a step made."""
        data = self._bytes(self.digest(stage), f"the manifest of {stage}")
        return Manifest.from_bytes(data) if data else None

    def facts(self, stage: str) -> Mapping[str, Any] | None:
        """The facts of what a step made."""
        manifest = self.manifest(stage)
        return None if manifest is None else manifest.facts

    def file(self, stage: str, name: str) -> bytes:
        """A file of what a step made; empty when it is not there."""
        manifest = self.manifest(stage)
        digest = manifest.files.get(name, "") if manifest else ""
        return self._bytes(digest, f"{name} of {stage}")

    def json(self, stage: str, name: str) -> Mapping[str, Any]:
        """A JSON file of what a step made; empty when it is not there."""
        data = self.file(stage, name)
        return dict(json.loads(data)) if data else {}

    def _bytes(self, digest: str, what: str) -> bytes:
        if not digest:
            return b""
        try:
            return self.project.store.get_bytes(digest)
        except IntegrityBroken as broken:
            told = f"{what}: {broken.problem}"
            if told not in self.unread:
                self.unread.append(told)
            return b""


def _written(path: Path, page: bytes) -> Path:
    with replacing(path) as file:
        file.write(page)
    return path


def _plan(entries: Sequence[LedgerEntry]) -> Mapping[str, Any]:
    """The effective plan that the run was started with."""
    started = next(e for e in entries if e.event == "started")
    return dict(started.facts.get("effective", {}))


def _ended(entries: Sequence[LedgerEntry]) -> LedgerEntry | None:
    return next((e for e in reversed(entries) if e.event in ("stopped", "finished")), None)


def _run(status: Status, entries: Sequence[LedgerEntry], plan: Mapping[str, Any]) -> RunView:
    ended = _ended(entries)
    base: Mapping[str, Any] = plan.get("base_model", {})
    shown = {
        "Purpose": plan.get("purpose"),
        "Base model": base.get("path"),
        "Base licence": base.get("licence"),
        "Run by": status.by,
    }
    return RunView(
        name=str(plan.get("name", "")),
        run=status.run,
        state=STATES.get(status.state, status.state),
        started=status.at,
        ended="" if ended is None else ended.at,
        told=status.told,
        remedy="" if ended is None else str(ended.facts.get("remedy", "")),
        facts=tuple((name, str(value)) for name, value in shown.items() if value),
    )


def _steps(status: Status) -> tuple[StepView, ...]:
    """The steps of the flow in order, those that were not reached empty."""
    made = {str(step["stage"]): step_view(step) for step in status.steps}
    return tuple(made.get(name, StepView(name)) for name in STEPS)


def _gate(facts: Mapping[str, Any]) -> GateView:
    return GateView(
        name=str(facts["gate"]),
        outcome=str(facts["outcome"]),
        because=tuple(map(str, facts["because"])),
        subject=str(facts["subject"]),
        at=str(facts["at"]),
    )


def _sources(kept: Kept) -> tuple[SourceView, ...]:
    facts = kept.facts("collect") or {}
    return tuple(map(source_view, facts.get("sources", ())))


def _quality(kept: Kept, plan: Mapping[str, Any]) -> QualityView | None:
    made = kept.manifest("quality")
    if made is None:
        return None
    told: Mapping[str, Any] = plan.get("quality", {})
    return quality_view(made.facts, made.reasons, told, _judged(made))


def _screen(kept: Kept, plan: Mapping[str, Any], told: str) -> ScreenView | None:
    """What the screen kept, or the words with which it stopped the run."""
    settings: Mapping[str, Any] = plan.get("screen", {})
    if why := why_stopped(told):
        return stopped_view(why, settings, plan.get("evaluate", {}).get("sets", ()))
    made, report = kept.manifest("screen"), kept.json("screen", "screen.json")
    if made is None or not report:
        return None
    sources = [str(source["name"]) for source in plan.get("sources", ())]
    return screen_view(report, made.reasons, _judged(made), settings, sources)


def _judged(made: Manifest) -> int:
    return made.rows + sum(made.reasons.values())


def _mix(kept: Kept, plan: Mapping[str, Any]) -> MixView | None:
    facts = kept.facts("mix")
    return None if facts is None else mix_view(facts, plan.get("mix", {}))


def _privacy(kept: Kept, plan: Mapping[str, Any]) -> PrivacyView | None:
    facts = kept.facts("mask")
    if facts is None:
        return None
    canary, residual = kept.json("mask", "canary.json"), kept.json("mask", "residual.json")
    return privacy_view(canary, residual, facts.get("masked", {}), plan)


def _sample(kept: Kept, plan: Mapping[str, Any]) -> SampleView | None:
    """What people found, beside the other two measures of what is left."""
    named = (("canary", "canary.json"), ("residual", "residual.json"))
    measures = {name: kept.json("mask", file) for name, file in named}
    try:
        return sampled(kept.project.look(), Masked(kept.digest("mask"), 0), plan, measures)
    except IntegrityBroken as broken:
        kept.unread.append(f"the reviewer's sample: {broken.problem}")
        return None


def _parts(kept: Kept) -> PartsView | None:
    facts = kept.facts("split")
    return None if facts is None else parts_view(facts)


def _training(kept: Kept) -> TrainingView | None:
    record = kept.json("train", "training/record.json")
    return training_view(record) if record else None


def _evaluation(kept: Kept) -> EvaluationView | None:
    results = kept.json("evaluate", "results.json")
    if not results:
        return None
    seconds = float(kept.steps["evaluate"]["seconds"])
    found = evaluation_view(results, kept.file("evaluate", "items.jsonl"), seconds)
    return replace(found, people=people_view(kept.project, kept.digest("evaluate")))


def _started(status: Status, plan: Mapping[str, Any]) -> SignatureView:
    roles = {p["name"]: ", ".join(p["roles"]) for p in plan.get("people", ())}
    return SignatureView(status.by, roles.get(status.by, ""), "started the run", status.at)


def _decided(kept: Kept, plan: Mapping[str, Any]) -> Iterator[SignatureView]:
    """Each decision on the masked data, checked again against the people of the plan."""
    masked = Masked(kept.digest("mask"), 0)
    entries = kept.project.ledger.entries("decided") if masked.digest else ()
    decided = [entry for entry in entries if entry.facts.get("subject") == masked.digest]
    if not decided:
        return
    look = kept.project.look()
    try:
        subjects = review_subjects(look, masked, str(plan.get("purpose", "")))
    except IntegrityBroken as broken:
        kept.unread.append(f"what was signed: {broken.problem}")
        return
    for entry in decided:
        role, envelope = str(entry.facts["role"]), entry.facts["envelope"]
        found = look.notary.examine(envelope, role=role, subjects=subjects)
        yield _decision(entry, found)


def _decision(entry: LedgerEntry, found: SignOff | Refused) -> SignatureView:
    done = {"approve": "approved", "reject": "rejected"}.get(entry.facts["decision"], "decided on")
    return SignatureView(
        person=str(entry.facts["person"]),
        role=str(entry.facts["role"]),
        what=f"{done} the data",
        at=entry.at,
        keyid=_keyid(entry.facts["envelope"]),
        counts="does not count" if isinstance(found, Refused) else "verified",
        words=found.why if isinstance(found, Refused) else _words(found.statement),
    )


def _words(statement: Mapping[str, Any]) -> str:
    predicate: Mapping[str, Any] = statement.get("predicate", {})
    told = [predicate.get("reason"), predicate.get("remediation"), *predicate.get("conditions", ())]
    return "; ".join(str(word) for word in told if word)


def _keyid(envelope: Mapping[str, Any]) -> str:
    signatures = envelope.get("signatures") or [{}]
    return str(signatures[0].get("keyid", ""))


def _signed(project: Project, entries: Sequence[LedgerEntry]) -> Iterator[SignatureView]:
    """The key that signed the bundle of this run."""
    ended = _ended(entries)
    bundle = "" if ended is None else str(ended.facts.get("bundle", ""))
    entry = project.ledger.find("signed", bundle=bundle) if bundle else None
    if entry is not None:
        keyid = str(entry.facts["keyid"])
        yield SignatureView("", "release key", "signed the bundle", entry.at, keyid, "")


def _digests(status: Status, entries: Sequence[LedgerEntry]) -> tuple[tuple[str, str], ...]:
    started = next(e for e in entries if e.event == "started")
    made = [(str(s["stage"]), str(s["digest"])) for s in status.steps]
    return (("plan", str(started.facts["plan"])), *made)


def _versions() -> Iterator[tuple[str, str]]:
    yield "Python", platform.python_version()
    for name in LIBRARIES:
        try:
            yield name, importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
