"""A finished, verified bundle becomes a version; versions lead back to sources and forward."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from burnish.api.publishing import bundle_folder
from burnish.api.verifying import verify
from burnish.core.artifact import Bundle, Collected, Examples
from burnish.core.errors import InputError, NotAllowed
from burnish.core.gate import Look
from burnish.core.review import digest_of
from burnish.core.standing import against_artifact, against_incidents, family
from burnish.evidence.dsse import sign
from burnish.evidence.signoff import RELEASE_APPROVAL, Judgement, decision_statement
from burnish.registry.lineage import Ancestry
from burnish.registry.register import approval_subjects
from burnish.registry.versions import State, Version
from burnish.wiring import Project, now, open_project


def register(plan_file: Path, *, key: Path | None = None) -> Version:
    """Verify the newest bundle and enter it; the same bundle twice is one version.

    Raises `IntegrityBroken` for a bundle that is not what was signed, `InputError` when no run
    has finished yet, `NotAllowed` while an incident is open on what it was made from.
    """
    project = open_project(plan_file)
    _, person = project.signer(key)
    bundle = newest_bundle(project)
    _refuse_open(project, bundle)
    public = project.root / f"{project.plan.bundle.key}.pub"
    verify(bundle_folder(project, bundle), public)
    look = project.look()
    version = project.register.register(
        project.plan.name, bundle.digest, _lineage(look, bundle), _base(look, bundle), person.name
    )
    if version.state is not State.QUARANTINED and (told := against_artifact(look, bundle)):
        # The register knows what was registered; the ledger also what came of it meanwhile.
        project.register.hold([bundle.digest], (person.name, "; ".join(told)))
        return project.register.get(version)
    if version.state is State.CANDIDATE:
        version = project.register.advance(
            version, State.EVALUATED, person.name, "release gate passed"
        )
    return version


def promote(plan_file: Path, version: str, *, key: Path | None = None, reason: str = "") -> Version:
    """Sign as an approver and release a version; its registrar and trainers may not.

    Raises `NotAllowed` for the wrong person or state.
    """
    project = open_project(plan_file)
    signer, person = project.signer(key)
    current = project.register.get(version)
    _refuse_open(project, Bundle(current.digest, 0))
    judgement = Judgement(
        decision="approve",
        person=person.name,
        role="approver",
        at=f"{now():%Y-%m-%dT%H:%M:%SZ}",
        reason=reason,
    )
    statement = decision_statement(RELEASE_APPROVAL, approval_subjects(current), judgement)
    trainers = project.look().prepared_by(Bundle(current.digest, 0))
    return project.register.promote(
        version, sign(statement, signer), project.people, not_by=trainers
    )


def revoke(plan_file: Path, version: str, *, because: str, key: Path | None = None) -> Version:
    """Withdraw a version for good."""
    project = open_project(plan_file)
    _, person = project.signer(key)
    return project.register.revoke(version, person.name, because)


def versions(plan_file: Path) -> tuple[Version, ...]:
    """Every version in the register, in order."""
    return open_project(plan_file).register.versions()


def trace_back(plan_file: Path, version: str) -> Ancestry:
    """What a version was made from, down to the sources."""
    return open_project(plan_file).register.trace_back(version)


def trace_forward(plan_file: Path, what: str) -> tuple[Version, ...]:
    """The versions made from a source (by name) or from anything else (by digest)."""
    return open_project(plan_file).register.trace_forward(what)


def newest_bundle(project: Project) -> Bundle:
    """The bundle of the newest finished run."""
    entry = project.ledger.find("finished")
    if entry is None:
        raise InputError("no run has finished yet", remedy="burnish run")
    return Bundle(str(entry.facts["bundle"]), 0)


def _refuse_open(project: Project, bundle: Bundle) -> None:
    """Incidents stand before everything; what is held goes on as a version in quarantine."""
    look = project.look()
    if told := against_incidents(look.ledger, family(look, bundle)):
        raise NotAllowed(
            f"bundle {bundle.digest[:12]} may not be used: {'; '.join(told)}",
            remedy="burnish incident show, and a privacy officer closes it: burnish incident close",
        )


def _lineage(look: Look, bundle: Bundle) -> dict[str, dict[str, Any]]:
    """Every artefact from the sources to the bundle, with its parents."""
    nodes: dict[str, dict[str, Any]] = {}
    for entry in look.upstream(bundle):
        facts = entry.facts
        parents = [str(digest) for digest in facts["inputs"]]
        if facts["kind"] == Collected.__name__:
            sources = _sources(look, str(facts["digest"]))
            nodes.update(sources)
            parents = list(sources)
        node = {"kind": facts["kind"], "name": facts["stage"], "parents": parents}
        nodes[str(facts["digest"])] = node
    return nodes


def _sources(look: Look, collected: str) -> dict[str, dict[str, Any]]:
    found = look.manifest(Collected(collected, 0)).facts["sources"]
    return {digest_of(s): {"kind": "Source", "name": s["name"], "parents": []} for s in found}


def _base(look: Look, bundle: Bundle) -> dict[str, str]:
    """What makes a line of versions: base weights, tokenizer and frozen prompt."""
    for entry in look.upstream(bundle):
        if entry.facts["stage"] == "convert":
            facts = look.manifest(Examples(str(entry.facts["digest"]), 0)).facts
            return {
                "model": facts["base"],
                "tokenizer": facts["tokenizer"],
                "prompt": facts["prompt"],
            }
    raise InputError(
        f"the ledger does not say how bundle {bundle.digest[:12]} was converted",
        remedy="burnish verify, then run again",
    )
