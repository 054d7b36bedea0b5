"""The register: numbers, states, approvals, quarantine and lineage of every version.

Its tables lie in the ledger's database. Each change of state is a ledger entry, written in
the same transaction, with the version, its digest, where it came from and where it went; the
tables only make that quick to ask, and `Register.verify` compares the two.

Numbers: the base a line is tuned from (model, tokenizer, prompt) is name@MAJOR.0.0; another
base is the next MAJOR, a fine-tune the next MINOR, the same weights packed again the next
PATCH. A number is never used twice.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from burnish.core.errors import InputError, NotAllowed
from burnish.core.standing import Hold
from burnish.evidence.canonical import canonical, parse_canonical, sha256
from burnish.evidence.checkpoint import Entry
from burnish.evidence.ledger import SqlLedger
from burnish.evidence.signoff import RELEASE_APPROVAL, Decision, Person, check
from burnish.registry import holding, records
from burnish.registry import lineage as family
from burnish.registry.lineage import DERIVED, DIGEST, METADATA, Ancestry, Node
from burnish.registry.records import DECISION, EVENT, HELD, HOLD_EVENT, VERSION
from burnish.registry.versions import NAME, State, Version

BASE_KIND = "BaseModel"
MODEL_KIND = "Model"
ALONE = (State.EVALUATED, State.REJECTED, State.DEPRECATED, State.RETIRED)


class Register:
    """What may be used, and since when, by whose word, made from what."""

    def __init__(self, ledger: SqlLedger) -> None:
        self._ledger = ledger
        ledger.provide(METADATA)

    def register(
        self,
        name: str,
        bundle_digest: str,
        lineage: Mapping[str, Mapping[str, Any]],
        base: Mapping[str, str],
        by: str,
    ) -> Version:
        """The version of a bundle: a new candidate, or the one it has already.

        `lineage` maps every digest from the sources to the bundle to `{"kind", "name",
        "parents"}` and holds the tuned weights as kind `Model`; `base` says what it was tuned
        from: `model` (a SHA-256) and whatever else makes another line, such as `tokenizer` and
        `prompt`. A bundle with a quarantined ancestor begins in quarantine.
        """
        nodes = family.read_lineage(lineage, bundle_digest)
        weights = _weights(nodes, bundle_digest)
        nodes = _with_base(nodes, weights, _checked_base(name, base, by))
        with self._ledger.transaction() as tx:
            if known := records.of_bundle(tx, name, bundle_digest):
                return known
            records.add_lineage(tx, nodes)
            line = sha256(canonical(base))
            number, known_line = records.allocate(tx, name, line, weights)
            told = {"base": dict(base)}
            if not known_line:
                origin = Version(name, (number[0], 0, 0), base["model"], State.BASE, by, line)
                records.enter(tx, origin, base["model"], told)
            version = Version(name, number, bundle_digest, State.CANDIDATE, by, line)
            return records.enter(tx, version, weights, {**told, "lineage": family.facts_of(nodes)})

    def get(self, version: str | Version) -> Version:
        """The version as it is now; `IntegrityBroken` if table and ledger disagree on it."""
        with self._ledger.reading() as reader:
            return records.current(reader, str(version))

    def versions(self, name: str | None = None) -> tuple[Version, ...]:
        """All versions, or those of one name, in order of name and number."""
        query = (
            sa.select(VERSION) if name is None else sa.select(VERSION).where(VERSION.c.name == name)
        )
        with self._ledger.reading() as reader:
            return records.in_order(records.version_of(row) for row in reader.execute(query))

    def advance(self, version: str | Version, to: State, by: str, because: str = "") -> Version:
        """Move to a state that needs no second person: evaluated, rejected, deprecated, retired."""
        if to not in ALONE:
            raise NotAllowed(
                f"a version does not become {to} on one person's word",
                remedy="use approve, promote, quarantine, lift or revoke",
            )
        with self._ledger.transaction() as tx:
            now = records.current(tx, str(version))
            if now.state is State.QUARANTINED:
                raise NotAllowed(
                    f"{now} is quarantined",
                    remedy="lift the quarantine with a sign-off, or revoke it",
                )
            return records.move(tx, now, to, {"by": by, "because": because})

    def approve(
        self,
        version: str | Version,
        envelope: Mapping[str, Any],
        people: Iterable[Person],
        *,
        not_by: Collection[str] = (),
    ) -> Version:
        """Move an evaluated version on an approver's signed decision: approved, or rejected.

        Raises as `signoff.check`; the registrar and `not_by` cannot decide.
        """
        with self._ledger.transaction() as tx:
            now = records.current(tx, str(version))
            decision = _decision(now, envelope, people, not_by)
            to = State.APPROVED if decision.approves else State.REJECTED
            return records.move(tx, now, to, records.record(tx, now, to, envelope, decision))

    def promote(
        self,
        version: str | Version,
        envelope: Mapping[str, Any],
        people: Iterable[Person],
        *,
        not_by: Collection[str] = (),
    ) -> Version:
        """Release an evaluated, approved or deprecated version on an approver's signed approval.

        The approver is not the registrar and none of `not_by`; one approval releases once.
        Raises as `signoff.check`, and `NotAllowed` for a rejection or from another state.
        """
        with self._ledger.transaction() as tx:
            now = records.current(tx, str(version))
            holding.refuse(now, holding.incidents(tx, now))
            decision = _decision(now, envelope, people, not_by)
            if not decision.approves:
                raise NotAllowed(
                    f"{decision.person} rejected {now}",
                    remedy="mend what the decision names, or record it with approve",
                )
            if now.state is State.EVALUATED:
                facts = records.record(tx, now, State.APPROVED, envelope, decision)
                now = records.move(tx, now, State.APPROVED, facts)
            facts = records.record(tx, now, State.RELEASED, envelope, decision)
            return records.move(tx, now, State.RELEASED, facts)

    def quarantine(self, what: str, by: str, because: str) -> tuple[Version, ...]:
        """Hold an artefact and mark every version made from it; returns those newly marked.

        `what` is a version, a digest, or the name of an artefact such as a source. What is
        registered later from a held artefact begins in quarantine. Retired and rejected
        versions are marked too; revoked ones stay revoked.
        """
        with self._ledger.transaction() as tx:
            said = {"by": by, "because": because}
            return holding.hold(tx, records.resolve(tx, what), said)

    def hold(
        self,
        subjects: Collection[str],
        said: tuple[str, str],
        *,
        act: str = "",
        alone: bool = False,
    ) -> tuple[Version, ...]:
        """Hold digests or marks in one act, by whom and why; returns the versions newly marked.

        With `alone` the hold is on just these digests, and not on what was made from them.
        """
        by, because = said
        told = {"by": by, "because": because, **({"act": act} if act else {})}
        with self._ledger.transaction() as tx:
            return holding.hold(tx, subjects, told, alone=alone)

    def lift(
        self, version: str | Version, envelope: Mapping[str, Any], people: Iterable[Person]
    ) -> Version:
        """End a version's quarantine on a signed decision of `ai_governance`.

        The decision (kind `quarantine-lift`) names `lift_subjects`, so it is good for this
        quarantine only, and is not by who registered the version or held it. The version returns
        to its state before, or to evaluated if it was past that. Held artefacts stay held.
        """
        with self._ledger.transaction() as tx:
            return holding.lift_version(tx, str(version), envelope, people)

    def lift_hold(
        self, subject: str, envelope: Mapping[str, Any], people: Iterable[Person]
    ) -> tuple[Hold, ...]:
        """End the holds of one act on a signed decision, as `lift` does a version's.

        `subject` is one of what was held, or what the act was about. The decision names
        `hold_subjects` and is not by who held it. Versions stay quarantined: each is lifted by a
        decision of its own.
        """
        with self._ledger.transaction() as tx:
            return holding.lift_hold(tx, subject, envelope, people)

    def hold_subjects(self, subject: str) -> dict[str, str]:
        """What a decision to lift these holds must name."""
        with self._ledger.reading() as reader:
            return holding.hold_subjects(holding.found_holds(reader, subject))

    def objections(self, version: str | Version) -> tuple[str, ...]:
        """Why a version may not be used now; empty when nothing stands against it.

        The one question of all who use versions: promotion asks it, export of what a version
        was made from asks its twin for datasets, and serving must ask it at every start.
        """
        with self._ledger.reading() as reader:
            return holding.objections(reader, records.current(reader, str(version)))

    def refuse_unusable(self, version: str | Version) -> None:
        """Raise `NotAllowed` with everything that stands against using a version."""
        with self._ledger.reading() as reader:
            now = records.current(reader, str(version))
            holding.refuse(now, holding.objections(reader, now))

    def lift_subjects(self, version: str | Version) -> dict[str, str]:
        """What a decision to lift this quarantine must name."""
        with self._ledger.reading() as reader:
            now, held = records.quarantined(reader, str(version))
            return {str(now): now.digest, "quarantine": held.id}

    def revoke(self, version: str | Version, by: str, because: str) -> Version:
        """End a version for good, from any state."""
        with self._ledger.transaction() as tx:
            now = records.current(tx, str(version))
            return records.move(tx, now, State.REVOKED, {"by": by, "because": because})

    def is_held(self, digest: str) -> bool:
        """Whether an artefact or anything it was made from is in quarantine."""
        with self._ledger.reading() as reader:
            return records.is_held(reader, digest)

    def trace_back(self, version: str | Version) -> Ancestry:
        """The version's bundle with all it was made from, down to the sources."""
        with self._ledger.reading() as reader:
            now = records.current(reader, str(version))
            return family.ancestry(reader.execute, now.digest)

    def trace_forward(self, what: str) -> tuple[Version, ...]:
        """Every version made from a source or artefact (its name or digest) or a version."""
        with self._ledger.reading() as reader:
            found = {
                v
                for digest in records.resolve(reader, what)
                for v in records.made_from(reader, digest)
            }
        return records.in_order(found)

    def history(self, version: str | Version) -> tuple[Entry, ...]:
        """Every change of the version's state, oldest first."""
        with self._ledger.reading() as reader:
            wanted = str(records.current(reader, str(version)))
            return tuple(e for e in reader.entries(EVENT) if e.facts["version"] == wanted)

    def envelope(self, decision: str) -> dict[str, Any]:
        """The signed decision that a ledger entry names; raises `InputError` if there is none."""
        query = sa.select(DECISION.c.envelope).where(DECISION.c.id == decision)
        with self._ledger.reading() as reader:
            found = reader.execute(query).scalar()
        if found is None:
            raise InputError(
                f"the register keeps no decision '{decision[:12]}'",
                remedy="give the 'decision' of an entry in the version's history",
            )
        return dict(parse_canonical(bytes(found), "a kept decision"))

    def verify(self) -> None:
        """Replay the ledger; `IntegrityBroken` if the tables do not say what it says."""
        versions: dict[str, tuple[str, str]] = {}
        edges: set[tuple[str, str]] = set()
        with self._ledger.reading() as reader:
            for entry in reader.entries(EVENT):
                facts = entry.facts
                versions[facts["version"]] = (facts["digest"], facts["to"])
                for child, node in facts.get("lineage", {}).items():
                    edges |= {(parent, child) for parent in node["parents"]}
            held = {entry.facts["subject"] for entry in reader.entries(HOLD_EVENT)}
            rows = [records.version_of(row) for row in reader.execute(sa.select(VERSION))]
            joined = {(row.parent, row.child) for row in reader.execute(sa.select(DERIVED))}
            holds = set(reader.execute(sa.select(HELD.c.digest)).scalars())
        if {str(v): (v.digest, v.state.value) for v in rows} != versions:
            raise records.disagree("versions")
        if joined != edges or holds != held:
            raise records.disagree("lineage or quarantine")


def approval_subjects(version: Version) -> dict[str, str]:
    """What a decision to release this version must name."""
    return {str(version): version.digest}


def _decision(
    now: Version,
    envelope: Mapping[str, Any],
    people: Iterable[Person],
    not_by: Collection[str],
) -> Decision:
    return check(
        envelope,
        people,
        kind=RELEASE_APPROVAL,
        role="approver",
        subjects=approval_subjects(now),
        not_by={now.by, *not_by},
    )


def _checked_base(name: str, base: Mapping[str, str], by: str) -> Mapping[str, str]:
    if not NAME.fullmatch(name) or not by:
        raise InputError(
            f"'{name}' by '{by}' cannot be registered",
            remedy="name a model with letters, digits, dot, dash and underscore, and a registrar",
        )
    if not DIGEST.fullmatch(base.get("model", "")):
        raise InputError(
            "the base of a version names no model", remedy="give base['model'] as a SHA-256"
        )
    return base


def _weights(nodes: Mapping[str, Node], top: str) -> str:
    """The digest of the tuned weights in a bundle's lineage."""
    found = family.nearest(nodes, top, MODEL_KIND)
    if len(found) != 1:
        raise InputError(
            f"the lineage of {top[:12]} holds {len(found)} tuned models, not one",
            remedy=f"list the weights in the bundle as one artefact of kind {MODEL_KIND}",
        )
    return found[0]


def _with_base(nodes: dict[str, Node], weights: str, base: Mapping[str, str]) -> dict[str, Node]:
    """The lineage with the base model among the parents of the weights."""
    if base["model"] in nodes:
        return nodes
    tuned = nodes[weights]
    return {
        **nodes,
        base["model"]: Node(BASE_KIND, base.get("name", "base model"), ()),
        weights: Node(tuned.kind, tuned.name, (*tuned.parents, base["model"])),
    }
