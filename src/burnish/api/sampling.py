"""The reviewer's sample: who looks at which masked documents, and what they find there.

A `Sitting` is one reviewer's way through the sample. Every verdict is kept at once, sealed, so that
a reviewer may stop at any time and go on later. Signing makes the verdicts count: ids and counts
under the reviewer's signature, the ledger entry without any text; what was missed lies in sealed
cases of its own, which can be erased without breaking the signature.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from burnish.api.officers import ROLE, newest_masked, refuse_unseeing, refuse_wrong_person
from burnish.api.sample_rows import Document, Documents, load
from burnish.api.verdicts import State, Verdict, judged
from burnish.core.artifact import Masked
from burnish.core.errors import InputError, NotAllowed
from burnish.core.ports import Refused, Scratch
from burnish.core.sampled import EVENT, KIND, SampledRows, subjects_of
from burnish.evidence.dsse import sign
from burnish.evidence.signoff import Judgement, Person, decision_statement
from burnish.gates.privacy import weighed as gate_weighed
from burnish.methods.sampling.draw import Sample, draw, recipe_of
from burnish.methods.sampling.standing import Looked, Reviewed, Weighed, stand
from burnish.wiring import Project, now, open_project

DEFAULT_SIZE = 30
LOOK = "burnish review --look"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a reviewer has come: documents of the dataset, and of those set aside.

    `next` is the number of the first document without a verdict, 0 when there is none.
    """

    dataset: str
    documents: int
    judged: int
    skipped: int
    set_aside: int
    set_aside_judged: int
    next: int

    @property
    def left(self) -> int:
        """Documents of the dataset without a verdict."""
        return self.documents - self.judged - self.skipped


@dataclass(frozen=True, slots=True)
class Signed:
    """Verdicts that count: the ledger's entry, and what they say together with all others."""

    entry: str
    documents: int
    weighed: Weighed


class Sitting:
    """One reviewer at the sample of the newest masked dataset.

    Raises `NotAllowed` for who is no privacy officer or prepared the data.
    """

    def __init__(self, project: Project, key: Path | None, size: int | None = None) -> None:
        self._project, self._look = project, project.look()
        self._signer, self.person = project.signer(key)
        self.dataset = newest_masked(project)
        refuse_wrong_person(self._look, self.dataset, self.person, "review it")
        self._state = self._kept()
        self._state["size"] = size or self._state["size"] or usual_size(project)

    @property
    def categories(self) -> tuple[str, ...]:
        """The categories that were looked for."""
        plan = self._project.plan.mask
        return tuple(dict.fromkeys((*plan.categories, *(one.category for one in plan.patterns))))

    @cached_property
    def documents(self) -> Documents:
        """The sample, as large as asked for now or before."""
        return drawn(self._project, self.dataset, int(self._state["size"]))

    def document(self, number: int, *, clear: bool = False) -> Document:
        """A document by its number; in the clear it is written in the ledger who looks."""
        if clear:
            note_clear_look(self._project, self.person, self.dataset, (number, 1))
        return self.documents.document(number, clear=clear)

    def progress(self) -> Progress:
        """How far this reviewer has come."""
        given, sample = self._given, self.documents.sample
        here = [given[one.id] for one in sample.documents if one.id in given]
        skipped = sum(one["skipped"] for one in here)
        waiting = (n for n, one in enumerate(self.documents.drawn(), 1) if one.id not in given)
        return Progress(
            dataset=self.dataset.digest,
            documents=len(sample.documents),
            judged=len(here) - skipped,
            skipped=skipped,
            set_aside=len(sample.set_aside),
            set_aside_judged=sum(one.id in given for one in sample.set_aside),
            next=next(waiting, 0),
        )

    def check(self, verdict: Verdict) -> None:
        """Raise as `judge` would for this verdict, and keep nothing."""
        self._resolved([verdict])

    def judge(self, *verdicts: Verdict) -> Progress:
        """Keep verdicts, all or none, each in place of an earlier one on the same document.

        Raises `InputError` for a document that was not drawn, and as `verdicts.judged`.
        """
        for name, state in self._resolved(verdicts):
            self._given.pop(name, None)
            self._given[name] = state
        self._keep()
        return self.progress()

    def undo(self) -> int:
        """Take back the newest verdict; returns the number of its document, 0 if there is none."""
        if not self._given:
            return 0
        name, _ = self._given.popitem()
        self._keep()
        numbers = {one.id: n for n, one in enumerate(self.documents.drawn(), 1)}
        return numbers.get(name, 0)

    def sign(self) -> Signed:
        """Sign the verdicts given so far, a beginning of the sample without gaps.

        Raises `InputError` when there is none, or one is missing in between.
        """
        looked, cases = self._to_sign()
        store, seed = self._project.store, self._project.plan.privacy.sample_seed
        for case in cases:
            store.put_bytes(case)
        body = {"version": 1, "dataset": self.dataset.digest, "salt": secrets.token_hex(16)}
        verdicts = store.put_bytes(as_json({**body, "documents": [asdict(one) for one in looked]}))
        review = Reviewed(self.person.name, tuple(looked))
        sample = self.documents.sample.beginning(review.documents)
        remember(self._project, self.dataset, review.documents, sample)
        facts = {"seed": seed, **asdict(stand([review], sample))}
        told = {
            "subject": self.dataset.digest,
            "person": self.person.name,
            "role": ROLE,
            "verdicts": verdicts,
            "documents": review.documents,
            "cases": sorted(one.case for one in looked if one.case),
            "envelope": self._envelope(verdicts, facts),
        }
        entry = self._project.ledger.append(EVENT, told)
        return Signed(entry.id, review.documents, weighed(self._project, self.dataset))

    def _resolved(self, verdicts: Sequence[Verdict]) -> list[tuple[str, State]]:
        strata = {one.id: one.stratum for one in self.documents.drawn()}
        for one in verdicts:
            if one.id not in strata:
                raise InputError(
                    f"document {one.id} is not in this sample",
                    remedy="burnish review --draw FILE writes the documents that are",
                )
        pairs = self.documents.pairs
        return [(one.id, judged(one, pairs[one.id], strata[one.id])) for one in verdicts]

    def _envelope(self, verdicts: str, facts: Mapping[str, Any]) -> dict[str, Any]:
        judgement = Judgement(
            decision="approve",
            person=self.person.name,
            role=ROLE,
            at=f"{now():%Y-%m-%dT%H:%M:%SZ}",
            reason="these are my verdicts",
            facts=facts,
        )
        subjects = subjects_of(self.dataset, verdicts)
        envelope = sign(decision_statement(KIND, subjects, judgement), self._signer)
        checked = self._look.notary.examine(envelope, role=ROLE, subjects=subjects, kind=KIND)
        if isinstance(checked, Refused):
            raise NotAllowed(checked.why, remedy="see 'people' in the plan")
        return envelope

    def _to_sign(self) -> tuple[list[Looked], list[bytes]]:
        """The verdicts in the order of the sample, and the case of each mistake."""
        sample = self.documents.sample
        first = _without_gaps([one.id for one in sample.documents], self._given)
        if not first:
            raise InputError("there is no verdict to sign", remedy=f"{LOOK}, or --verdicts FILE")
        aside = [one.id for one in sample.beginning(len(first)).set_aside]
        looked, cases = [], []
        for name in [*first, *_without_gaps(aside, self._given)]:
            case = self._case(name)
            digest = hashlib.sha256(case).hexdigest() if case else ""
            looked.append(Looked(**self._given[name]["looked"], case=digest))
            cases += [case] if case else []
        return looked, cases

    def _case(self, name: str) -> bytes:
        """What is kept of a document with a mistake: its row, and where the mistakes are."""
        given = self._given[name]
        if not given["missed"] and not given["over"]:
            return b""
        kept = {key: given[key] for key in ("missed", "over", "salt")}
        row = dict(self.documents.pairs[name].before)
        return as_json({"version": 1, "dataset": self.dataset.digest, "row": row, **kept})

    @property
    def _given(self) -> dict[str, State]:
        given: dict[str, State] = self._state["verdicts"]
        return given

    @property
    def _scratch(self) -> Scratch:
        return _scratch_of(self._project, self.dataset.digest)

    @property
    def _slot(self) -> str:
        return f"{self._signer.keyid[:32]}-{self._project.plan.privacy.sample_seed}"

    def _kept(self) -> State:
        if self._slot not in self._scratch.slots():
            return {"size": 0, "verdicts": {}}
        kept: State = json.loads(self._scratch.load(self._slot)["state.json"])
        return kept

    def _keep(self) -> None:
        self._scratch.save(self._slot, {"state.json": json.dumps(self._state).encode()})


def sit_down(plan_file: Path, *, key: Path | None = None, size: int | None = None) -> Sitting:
    """Begin to review the newest masked dataset, or go on where this person stopped."""
    return Sitting(open_project(plan_file), key, size)


Shown = tuple[Iterator[Document], str]


def sample_of(plan_file: Path, *, size: int | None = None) -> Shown:
    """The documents of the sample one by one, masked, and the dataset's digest.

    What the residual scan set aside is withheld.
    """
    project = open_project(plan_file)
    dataset = newest_masked(project)
    documents = drawn(project, dataset, size or usual_size(project))
    numbers = range(1, len(documents.drawn()) + 1)
    return (documents.document(number) for number in numbers), dataset.digest


def clear_sample_of(plan_file: Path, *, key: Path | None = None, size: int | None = None) -> Shown:
    """The documents of the sample in the clear, for who may see them; the ledger says who looked.

    Raises `NotAllowed` for anybody else.
    """
    project = open_project(plan_file)
    _, person = project.signer(key)
    dataset = newest_masked(project)
    documents = drawn(project, dataset, size or usual_size(project))
    numbers = range(1, len(documents.drawn()) + 1)
    note_clear_look(project, person, dataset, (1, len(numbers)))
    return (documents.document(number, clear=True) for number in numbers), dataset.digest


def standing_of(plan_file: Path) -> Weighed:
    """What people found so far in the newest masked dataset."""
    project = open_project(plan_file)
    return weighed(project, newest_masked(project))


def drawn(project: Project, dataset: Masked, size: int) -> Documents:
    """The sample with its rows. What was drawn is remembered, so that going on is quick."""
    rows = SampledRows(project.look(), dataset)
    sample = draw(rows, size, project.plan.privacy.sample_seed)
    remember(project, dataset, size, sample)
    return load(rows, sample)


def remember(project: Project, dataset: Masked, size: int, sample: Sample) -> None:
    """Keep what was drawn under the name by which `draw` recalls it."""
    rows, seed = SampledRows(project.look(), dataset), project.plan.privacy.sample_seed
    project.store.remember(recipe_of(rows, size, seed), sample.to_bytes())


def usual_size(project: Project) -> int:
    """How many documents are drawn unless somebody says how many."""
    return project.plan.privacy.sample or DEFAULT_SIZE


def weighed(project: Project, dataset: Masked) -> Weighed:
    """What all signed samples of a dataset say together, and why some do not count."""
    return gate_weighed(project.look(), dataset, project.plan.privacy)


def note_clear_look(
    project: Project, person: Person, dataset: Masked, which: tuple[int, int]
) -> None:
    """Write down who looks at documents of the sample (first, how many) in the clear.

    Raises `NotAllowed` for who may not.
    """
    refuse_unseeing(person)
    start, count = which
    facts = {"artifact": dataset.digest, "view": "review", "dropped": False, "by": person.name}
    project.ledger.append("shown", {**facts, "start": start, "count": count})


def _scratch_of(project: Project, dataset: str) -> Scratch:
    return project.store.scratch(f"review-{dataset[:32]}")


def as_json(value: Mapping[str, Any]) -> bytes:
    """Canonical JSON."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def _without_gaps(names: Sequence[str], given: Mapping[str, State]) -> list[str]:
    """The documents that have a verdict, which must be the first ones."""
    first = [name in given for name in names]
    until = first.index(False) if False in first else len(names)
    if any(first[until:]):
        raise InputError(
            f"document {names[until]} was drawn before others and has no verdict",
            remedy="judge or skip it; a sample with documents left out estimates nothing",
        )
    return list(names[:until])
