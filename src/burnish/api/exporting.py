"""Datasets leave burnish as files that DVC tracks: in the clear, so only what may, and on record.

A DVC remote is plain storage. So only artefacts whose masking passed the privacy gate are
exported unless told otherwise, rows of the sealed test part only when told so, and every export
is in the ledger before its first byte is written, with the person and what was told.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from burnish.api.dvc_files import (
    Exported,
    differences,
    digested,
    dvc_text,
    keep_out_of_git,
    unguarded_remotes,
)
from burnish.api.showing import made_by, newest_run
from burnish.core.artifact import KINDS, SEALED_PARTS, Artifact, Corpus, Manifest, Masked, Shard
from burnish.core.errors import InputError, IntegrityBroken, NotAllowed
from burnish.core.standing import against_artifact
from burnish.storage.atomic import replacing
from burnish.storage.digest import bytes_digest
from burnish.wiring import Project, open_project

MANIFEST = "burnish-manifest.json"
DEFAULT = ("split",)
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for, and what is allowed explicitly."""

    steps: tuple[str, ...] = DEFAULT
    in_the_clear: bool = False
    with_test_part: bool = False


@dataclass(frozen=True, slots=True)
class Export:
    """Where an export lies: a manifest with every file's digest, and a `.dvc` for each step."""

    folder: Path
    manifest: str
    tracked: tuple[str, ...]
    files: int
    rows: int


@dataclass(frozen=True, slots=True)
class Checked:
    """An export that is as it was written; what may break it later stands in `warnings`."""

    manifest: str
    files: int
    in_ledger: bool
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Chosen:
    """An artefact to export, with the shards that go out."""

    step: str
    artifact: Artifact
    manifest: Manifest
    shards: tuple[Shard, ...]
    cleared: bool


def export_dvc(
    plan_file: Path, into: Path, wanted: Wanted | None = None, key: Path | None = None
) -> Export:
    """Write artefacts of the newest run below `into` as Parquet, with `.dvc` files and a manifest.

    The same artefacts give the same bytes. Raises `NotAllowed` for personal data in the clear and
    for the test part unless they are wanted explicitly, and for what is held in quarantine.
    """
    wanted = wanted or Wanted()
    project = open_project(plan_file)
    _, person = project.signer(key)
    chosen = [_chosen(project, step, wanted) for step in dict.fromkeys(wanted.steps)]
    known = _known(into)
    for one in chosen:
        _refuse_foreign(into / one.step, known.get(one.step))
    for one in chosen:
        _write_down(project, one, person.name, into)
    into.mkdir(parents=True, exist_ok=True)
    for one in chosen:
        known[one.step] = _export(project, one, into)
    digest = _write_manifest(project, known, into)
    named = {one.step: one.artifact.digest for one in chosen}
    project.ledger.append(
        "exported", {"manifest": digest, "artifacts": named, "by": person.name, "format": "dvc"}
    )
    return Export(
        into,
        digest,
        tuple(f"{one.step}.dvc" for one in chosen),
        sum(len(known[one.step]["files"]) for one in chosen),
        sum(shard.rows for one in chosen for shard in one.shards),
    )


def check_export(folder: Path, plan_file: Path | None = None) -> Checked:
    """Hold every file against the manifest; with a plan, hold the manifest against the ledger.

    This finds what `dvc status`, `dvc checkout` and `dvc pull` let pass: bytes that changed in
    DVC's cache or remote. Raises `IntegrityBroken` naming every difference.
    """
    path = folder / MANIFEST
    if not path.is_file():
        raise InputError(
            f"there is no {MANIFEST} in {folder}", remedy="give the folder of burnish export"
        )
    known, digest = _known(folder), bytes_digest(path.read_bytes())
    files = {step: _files(artifact) for step, artifact in known.items()}
    wrong = [line for step in sorted(files) for line in differences(folder, step, files[step])]
    if wrong:
        raise IntegrityBroken(
            f"{folder} is not as it was exported: {'; '.join(wrong)}",
            remedy="dvc remote modify NAME verify true, remove the bad objects from .dvc/cache, "
            "and pull again, or export again",
        )
    entry = plan_file and open_project(plan_file).ledger.find("exported", manifest=digest)
    if plan_file is not None and not entry:
        raise IntegrityBroken(
            f"the ledger knows no export with this {MANIFEST}",
            remedy="take the manifest from the commit that the export was made in, or export again",
        )
    warnings = tuple(
        f"dvc remote '{name}' does not verify what it gives: dvc remote modify {name} verify true"
        for name in unguarded_remotes(folder)
    )
    return Checked(digest, sum(map(len, files.values())), bool(entry), warnings)


def _chosen(project: Project, step: str, wanted: Wanted) -> _Chosen:
    artifact = made_by(project, step, newest_run(project))
    if artifact is None:
        raise InputError(
            f"the newest run has made nothing called '{step}'",
            remedy="name steps that burnish status shows, such as split or mask",
        )
    manifest = Manifest.from_bytes(project.store.get_bytes(artifact.digest))
    if not issubclass(KINDS[manifest.kind], Corpus):
        raise InputError(
            f"what '{step}' makes is no dataset", remedy="export mask, convert, split or mix"
        )
    cleared = _is_cleared(project, artifact, manifest)
    if not cleared and not wanted.in_the_clear:
        raise NotAllowed(
            f"'{step}' holds personal data in the clear, or its masking has not passed the "
            "privacy gate, and a DVC remote is plain storage",
            remedy="export split instead, or say --in-the-clear, which the ledger keeps",
        )
    _refuse_held(project, step, artifact)
    return _Chosen(step, artifact, manifest, _shards(step, manifest, wanted), cleared)


def _is_cleared(project: Project, artifact: Artifact, manifest: Manifest) -> bool:
    """Whether its masking, as the ledger tells it, passed the privacy gate when last judged."""
    digest = artifact.digest
    if manifest.kind != Masked.__name__:
        masked = project.look().ancestor(artifact, Masked)
        if masked is None:
            return False
        digest = masked.digest
    judged = project.ledger.find("judged", gate="privacy", subject=digest)
    return judged is not None and judged.facts["outcome"] == "passed"


def _refuse_held(project: Project, step: str, artifact: Artifact) -> None:
    if told := against_artifact(project.look(), artifact):
        raise NotAllowed(
            f"'{step}', or what it was made from, may not be used: {'; '.join(told)}",
            remedy="burnish incident list and burnish quarantine --list show what is open",
        )


def _shards(step: str, manifest: Manifest, wanted: Wanted) -> tuple[Shard, ...]:
    """The shards that go out: without the test part, if it is a part of its own."""
    if wanted.with_test_part:
        return manifest.shards
    if not any(shard.part for shard in manifest.shards):
        raise NotAllowed(
            f"'{step}' is not split: it holds the rows of the sealed test part among the others",
            remedy="export split, which leaves them out, or say --with-test-part, which the "
            "ledger keeps",
        )
    return tuple(shard for shard in manifest.shards if shard.part not in SEALED_PARTS)


def _write_down(project: Project, one: _Chosen, by: str, into: Path) -> None:
    """That it goes out, in the ledger before the first byte is written."""
    undivided = not any(shard.part for shard in one.manifest.shards)
    opened = {shard.part for shard in one.shards} & SEALED_PARTS or (
        SEALED_PARTS if undivided else frozenset()
    )
    facts = {"artifact": one.artifact.digest, "stage": "export", "by": by}
    for part in sorted(opened):
        project.ledger.append("opened", {**facts, "part": part})
    project.ledger.append(
        "exporting",
        {**facts, "step": one.step, "kind": one.manifest.kind, "in_the_clear": not one.cleared,
         "test_part": bool(opened), "rows": sum(shard.rows for shard in one.shards),
         "folder": into.name},
    )  # fmt: skip


def _export(project: Project, one: _Chosen, into: Path) -> dict[str, Any]:
    """Write an artefact's files beside its place and let them take it; returns its record."""
    part = into / f".{one.step}.part"
    shutil.rmtree(part, ignore_errors=True)
    files, schema, number = [], None, Counter[str]()
    part.mkdir()
    for shard in one.shards:
        table = project.store.get_table(shard.digest)
        path = part / shard.part / f"{number[shard.part]:05}.parquet"
        number[shard.part] += 1
        path.parent.mkdir(exist_ok=True)
        pq.write_table(table, path, compression="zstd")
        files.append({**asdict(digested(path, part)), "rows": shard.rows, "table": shard.digest})
        schema = schema or _schema(table.schema)
    shutil.rmtree(into / one.step, ignore_errors=True)
    part.replace(into / one.step)
    record = _record(one, files, schema)
    (into / f"{one.step}.dvc").write_text(dvc_text(one.step, _files(record)), encoding="utf-8")
    keep_out_of_git(into, one.step)
    return record


def _record(
    one: _Chosen, files: Sequence[Mapping[str, Any]], schema: Sequence[Sequence[str]] | None
) -> dict[str, Any]:
    """What the manifest says of an artefact; counts and digests only."""
    parts = Counter[str]()
    for shard in one.shards:
        parts[shard.part or "all"] += shard.rows
    return {
        "kind": one.manifest.kind,
        "digest": one.artifact.digest,
        "cleared": one.cleared,
        "rows": dict(sorted(parts.items())),
        "dropped": dict(sorted(one.manifest.reasons.items())),
        "schema": schema or [],
        "files": sorted(files, key=lambda file: str(file["path"])),
    }


def _schema(schema: pa.Schema) -> list[list[str]]:
    return [[field.name, str(field.type)] for field in schema]


def _write_manifest(project: Project, known: Mapping[str, Any], into: Path) -> str:
    body = {
        "format": FORMAT,
        "project": project.plan.name,
        "purpose": project.plan.purpose,
        "artifacts": dict(sorted(known.items())),
    }
    data = json.dumps(body, ensure_ascii=False, sort_keys=True, indent=1).encode() + b"\n"
    with replacing(into / MANIFEST) as file:
        file.write(data)
    (into / MANIFEST).chmod(0o644)  # unlike a file of the store, it is meant to be read
    return bytes_digest(data)


def _known(folder: Path) -> dict[str, Any]:
    """What an earlier export wrote there; raises `IntegrityBroken` if its manifest is none."""
    path = folder / MANIFEST
    if not path.exists():
        return {}
    try:
        body = json.loads(path.read_bytes())
        artifacts = dict(body["artifacts"])
        for artifact in artifacts.values():
            _files(artifact)
        if body["format"] == FORMAT:
            return artifacts
    except (ValueError, KeyError, TypeError):
        pass
    raise IntegrityBroken(
        f"{path} is no manifest of an export that this burnish can read",
        remedy="take it from the commit that it was made in, or export into an empty folder",
    )


def _files(artifact: Mapping[str, Any]) -> list[Exported]:
    return [
        Exported(str(f["path"]), int(f["size"]), str(f["sha256"]), str(f["md5"]))
        for f in artifact["files"]
    ]


def _refuse_foreign(folder: Path, known: Mapping[str, Any] | None) -> None:
    """Never overwrite or delete what burnish did not write."""
    if not folder.exists() and not folder.is_symlink():
        return
    ours = {file.path for file in _files(known)} if known else set[str]()
    if folder.is_symlink() or not folder.is_dir() or set(_below(folder)) - ours:
        raise InputError(
            f"{folder} holds files that no export has written",
            remedy="move them away, or export into another folder",
        )


def _below(folder: Path) -> Iterator[str]:
    return (p.relative_to(folder).as_posix() for p in folder.rglob("*") if not p.is_dir())
