"""A run makes each artefact once, stops at closed gates, and writes down both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from time import monotonic, process_time
from typing import ParamSpec, TypeVar

from burnish.core.artifact import Artifact, Corpus, Manifest
from burnish.core.crew import Alone, Crew
from burnish.core.errors import BurnishError, GateClosed, NotAllowed, RowsLost
from burnish.core.fingerprint import artifact_in
from burnish.core.gate import Gate, Look
from burnish.core.ports import Engine, Ledger, LedgerEntry, Notary, Progress, Silent, Store
from burnish.core.stage import Place, Stage, Work
from burnish.core.verdict import Cleared, Outcome, Verdict, is_cleared

P = ParamSpec("P")
A = TypeVar("A", bound=Artifact)

NOTED = ("charged", "attempted", "alerted", "watched")
"""What a stage may write into the ledger while it works."""


@dataclass(frozen=True, slots=True)
class Run:
    """One walk through the flow, for one plan, by one person."""

    id: str
    plan: str
    store: Store
    ledger: Ledger
    engine: Engine
    notary: Notary
    place: Place
    progress: Progress = field(default_factory=Silent)
    crew: Crew = field(default_factory=Alone)

    def do(self, stage: Stage[P, A], *args: P.args, **kwargs: P.kwargs) -> A:
        """Return the stage's artefact: remembered if this recipe ran before, else made now."""
        given = stage.arguments(args, kwargs)
        self._refuse_forgeries(stage, given)
        work = Work(self.store, self.engine, self.place, self._look(), progress=self.progress)
        recipe = stage.recipe(work, given)
        opens = partial(self._open, stage.name, stage.opens)
        notes = partial(self._note, stage.name)
        named = replace(work, recipe=recipe, version=stage.version, crew=self.crew)
        work = replace(named, opens=opens, notes=notes)
        if known := self._remembered(stage, work.recipe):
            return known
        self.progress.begin(stage.name, None)
        began, cpu = monotonic(), process_time()
        made = stage(work, *args, **kwargs)
        account_for_rows(stage.name, given, made, work)
        seconds = {"seconds": round(monotonic() - began, 3), "cpu": round(process_time() - cpu, 3)}
        self._write_down(stage, given, made, work, seconds)
        self.progress.end(stage.name, _told(made))
        return made

    def clear(
        self,
        gate: Gate[A, P],
        subject: A,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Cleared[A]:
        """Judge `subject`, record the verdict, and hand it on only if it passed.

        A check that breaks down is missing evidence: UNJUDGED, unless it found integrity broken.
        """
        name = getattr(gate, "__name__", type(gate).__name__)
        try:
            verdict = gate(self._look(), subject, *args, **kwargs)
        except BurnishError:
            raise
        except Exception as fault:
            told = f"the check broke down on its evidence ({type(fault).__name__})"
            verdict = Verdict(Outcome.UNJUDGED, (told,))
        facts: Mapping[str, object] = {
            "gate": name,
            "check": f"{gate.__module__}.{name}",
            "subject": subject.digest,
            "outcome": str(verdict.outcome),
            "because": list(verdict.because),
            "run": self.id,
        }
        entry = self.ledger.append("judged", facts)
        self.progress.end(name, f"gate {verdict.outcome}")
        if verdict.outcome is Outcome.PASSED:
            return Cleared(subject, entry.id)
        raise GateClosed(name, verdict, remedy=verdict.remedy or _remedy(name, verdict.outcome))

    def _look(self) -> Look:
        at = self.place
        return Look(self.store, self.ledger, self.notary, at.today, at.root)

    def _open(self, stage: str, opens: tuple[str, ...], artifact: Artifact, part: str) -> None:
        """Write down that a sealed part is opened; refuse a stage that may not."""
        if part not in opens:
            raise NotAllowed(
                f"stage '{stage}' may not open the sealed part '{part}'",
                remedy="only evaluation opens it; train on 'train', choose on 'validation'",
            )
        facts = {"artifact": artifact.digest, "part": part, "stage": stage, "run": self.id}
        self.ledger.append("opened", {**facts, "by": self.place.by})

    def _note(self, stage: str, event: str, facts: Mapping[str, object]) -> None:
        """Write down what happens within a stage: a budget charged, an attempt, an alert."""
        if event not in NOTED:
            raise NotAllowed(
                f"stage '{stage}' may not write '{event}'", remedy=f"one of {', '.join(NOTED)}"
            )
        self.ledger.append(event, {**facts, "stage": stage, "run": self.id, "by": self.place.by})

    def _remembered(self, stage: Stage[P, A], recipe: str) -> A | None:
        known = self.ledger.find("made", recipe=recipe)
        if known is None or not self._whole(str(known.facts["digest"])):
            return None
        note = "already made"
        if known.facts.get("code") != stage.code:
            note += f"; its code changed since at the same version {stage.version}"
        self.ledger.append("reused", {"run": self.id, **_named(known)})
        found = stage.makes(str(known.facts["digest"]), int(known.facts["rows"]))
        self.progress.end(stage.name, f"{_told(found)}, {note}")
        return found

    def _whole(self, digest: str) -> bool:
        """Whether everything the manifest names is still in the store."""
        if not self.store.has(digest):
            return False
        manifest = Manifest.from_bytes(self.store.get_bytes(digest))
        tables = [s.digest for s in (*manifest.shards, *manifest.dropped)]
        return all(map(self.store.has, [*tables, *manifest.files.values()]))

    def _write_down(
        self,
        stage: Stage[P, A],
        given: tuple[object, ...],
        made: A,
        work: Work,
        took: Mapping[str, float],
    ) -> None:
        facts: dict[str, object] = {
            "stage": stage.name,
            "version": stage.version,
            "code": stage.code,
            "recipe": work.recipe,
            "kind": type(made).__name__,
            "digest": made.digest,
            "rows": made.rows,
            "dropped": dict(sorted((+work.dropped).items())),
            "added": dict(sorted((+work.added).items())),
            "inputs": [a.digest for a in map(artifact_in, given) if a],
            "by": [self.place.by] if self.place.by else [],
            "run": self.id,
            "plan": self.plan,
            "took": dict(took),
            "observed": work.observed,
        }
        self.ledger.append("made", facts)

    def _refuse_forgeries(self, stage: Stage[P, A], given: tuple[object, ...]) -> None:
        if missing := stage.uncleared(given):
            raise NotAllowed(
                f"stage '{stage.name}' takes '{missing[0]}' only with a clearance",
                remedy="pass the artefact through run.clear(...)",
            )
        for clearance in filter(is_cleared, given):
            judged = self._judged_passed(clearance.entry, clearance.artifact.digest)
            if judged is None:
                raise NotAllowed(
                    f"no passed verdict '{clearance.entry[:12]}' on this artefact",
                    remedy="pass the artefact through run.clear(...)",
                )
            if stage.after not in ("", judged.facts["check"]):
                raise NotAllowed(
                    f"stage '{stage.name}' goes after {stage.after}, not {judged.facts['check']}",
                    remedy="pass the artefact through that gate",
                )

    def _judged_passed(self, entry: str, subject: str) -> LedgerEntry | None:
        for known in self.ledger.entries("judged"):
            facts = known.facts
            if known.id == entry and facts["subject"] == subject and facts["outcome"] == "passed":
                return known
        return None


def _told(made: Artifact) -> str:
    return f"{made.rows:,} rows" if isinstance(made, Corpus) else made.digest[:12]


def _named(entry: LedgerEntry) -> dict[str, object]:
    return {key: entry.facts[key] for key in ("stage", "recipe", "digest", "rows")}


def _remedy(gate: str, outcome: Outcome) -> str:
    return {
        Outcome.FAILED: f"burnish report, then mend what '{gate}' names and run again",
        Outcome.WAITING: "burnish review, then burnish approve (or reject), then burnish run",
        Outcome.UNJUDGED: f"give '{gate}' the evidence it lacks and run again",
        Outcome.PASSED: "nothing",
    }[outcome]


def account_for_rows(name: str, given: tuple[object, ...], made: Artifact, work: Work) -> None:
    """Rows in plus rows added must equal rows out plus rows dropped with a reason.

    What a stage adds (the records that `collect` reads, canaries that `split` plants) it counts
    in `work.added`. A model, scores or a bundle are no rows and are not counted.
    """
    if not isinstance(made, Corpus):
        return
    rows_in = sum(artifact.rows for arg in given[:1] if (artifact := artifact_in(arg)))
    expected = rows_in + work.added.total() - work.dropped.total()
    if made.rows != expected:
        raise RowsLost(
            f"stage '{name}' read {rows_in} rows, added {work.added.total()}, dropped "
            f"{work.dropped.total()} with a reason, but made {made.rows}",
            remedy="return each row that goes no further in Sifted.dropped with its reason",
        )
