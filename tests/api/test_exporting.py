"""Datasets leave as files that the real DVC tracks; what may not leave does not."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest
from dvc_data.hashfile.hash_info import HashInfo
from dvc_data.hashfile.tree import Tree
from hypothesis import given, settings
from hypothesis import strategies as st

from burnish.api.dvc_files import Exported, digested, dvc_text, unguarded_remotes
from burnish.api.exporting import MANIFEST, Wanted, check_export, export_dvc
from burnish.core.errors import InputError, IntegrityBroken, NotAllowed
from burnish.wiring import open_project

if TYPE_CHECKING:
    from tests.conftest import Desk

DVC = Path(sys.executable).with_name("dvc")


@pytest.fixture
def desk(divided: Desk, tmp_path: Path) -> Desk:
    return divided.copy(tmp_path / "desk")


def _files(folder: Path) -> dict[str, bytes]:
    found = (p for p in sorted(folder.rglob("*")) if p.is_file() and ".git/" not in str(p))
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in found}


def _export(desk: Desk, into: Path, *steps: str, **told: bool) -> Any:
    wanted = Wanted(steps or ("split",), **told)
    return export_dvc(desk.folder, into, wanted, desk.folder / "keys" / "dana.pem")


def _manifest(folder: Path) -> Any:
    return json.loads((folder / MANIFEST).read_text(encoding="utf-8"))


def test_train_and_validation_leave_as_parquet_with_digests_and_the_test_part_stays(
    desk: Desk, tmp_path: Path
) -> None:
    made = _export(desk, tmp_path / "out")

    split = _manifest(tmp_path / "out")["artifacts"]["split"]
    assert split["rows"].keys() == {"train", "validation"}
    assert split["digest"] == desk.digests()["split"]
    assert split["cleared"] is True
    for part, rows in split["rows"].items():
        tables = [pq.read_table(p) for p in (tmp_path / "out" / "split" / part).iterdir()]
        assert sum(table.num_rows for table in tables) == rows > 0
        assert [[f.name, str(f.type)] for f in tables[0].schema] == split["schema"]
    assert not (tmp_path / "out" / "split" / "test").exists()
    assert made.rows == sum(split["rows"].values())
    assert desk.entries("opened") == []
    assert check_export(tmp_path / "out", desk.folder).in_ledger


def test_what_leaves_by_default_holds_no_planted_personal_datum(desk: Desk, tmp_path: Path) -> None:
    _export(desk, tmp_path / "out", "split", "mix")

    texts = "\n".join(
        json.dumps(pq.read_table(path).to_pylist(), default=str, ensure_ascii=False)
        for path in (tmp_path / "out").rglob("*.parquet")
    )
    assert len(texts) > 10_000
    assert [value for value in desk.planted if value in texts] == []


def test_exporting_twice_gives_the_same_bytes(desk: Desk, tmp_path: Path) -> None:
    _export(desk, tmp_path / "one")
    _export(desk, tmp_path / "two")
    before = _files(tmp_path / "one")
    _export(desk, tmp_path / "one")

    assert before == _files(tmp_path / "one") == _files(tmp_path / "two")


def test_a_second_step_joins_the_first_in_one_manifest(desk: Desk, tmp_path: Path) -> None:
    _export(desk, tmp_path / "out", "split")
    _export(desk, tmp_path / "out", "mix")

    assert _manifest(tmp_path / "out")["artifacts"].keys() == {"mix", "split"}
    assert (tmp_path / "out" / ".gitignore").read_text() == "/split\n/mix\n"
    assert check_export(tmp_path / "out").files == len(list((tmp_path / "out").rglob("*.parquet")))


@pytest.mark.parametrize("step", ["collect", "dedup", "quality"])
def test_what_is_not_masked_leaves_only_when_told_so_and_on_record(
    desk: Desk, tmp_path: Path, step: str
) -> None:
    with pytest.raises(NotAllowed, match="personal data in the clear"):
        _export(desk, tmp_path / "out", step, with_test_part=True)
    assert not (tmp_path / "out").exists()
    assert desk.entries("exporting", "exported") == []

    _export(desk, tmp_path / "out", step, in_the_clear=True, with_test_part=True)

    (began,), (done,) = desk.entries("exporting"), desk.entries("exported")
    assert began["in_the_clear"] is True
    assert began["by"] == done["by"] == "dana"
    assert _manifest(tmp_path / "out")["artifacts"][step]["cleared"] is False


def test_what_is_masked_but_was_not_judged_well_counts_as_not_masked(
    desk: Desk, tmp_path: Path
) -> None:
    masked = desk.digests()["mask"]
    facts = {"gate": "privacy", "subject": masked, "outcome": "failed", "because": [], "run": "x"}
    open_project(desk.folder).ledger.append("judged", facts)

    for step in ("mask", "convert", "split"):
        with pytest.raises(NotAllowed, match="has not passed the privacy gate"):
            _export(desk, tmp_path / "out", step, with_test_part=True)


def test_rows_of_the_test_part_leave_only_when_told_so_and_on_record(
    desk: Desk, tmp_path: Path
) -> None:
    for step in ("mask", "convert"):
        with pytest.raises(NotAllowed, match="sealed test part among the others"):
            _export(desk, tmp_path / "out", step)
    assert desk.entries("opened") == []

    _export(desk, tmp_path / "out", "split", "mask", with_test_part=True)

    opened = desk.entries("opened")
    assert [(one["part"], one["stage"], one["by"]) for one in opened] == [
        ("test", "export", "dana"),
        ("test", "export", "dana"),
    ]
    assert (tmp_path / "out" / "split" / "test").is_dir()
    assert _manifest(tmp_path / "out")["artifacts"]["mask"]["rows"].keys() == {"all"}


def test_what_is_no_dataset_or_not_made_or_asked_by_a_stranger_is_refused(
    desk: Desk, tmp_path: Path
) -> None:
    for step in ("train", "polish"):
        with pytest.raises(InputError, match=step):
            _export(desk, tmp_path / "out", step)
    with pytest.raises(InputError, match="belongs to nobody"):
        export_dvc(desk.folder, tmp_path / "out", key=desk.folder / "keys" / "release.pem")
    assert not (tmp_path / "out").exists()


def test_files_of_others_are_never_overwritten(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "out" / "split").mkdir(parents=True)
    (tmp_path / "out" / "split" / "mine.txt").write_text("keep")

    with pytest.raises(InputError, match="no export has written"):
        _export(desk, tmp_path / "out")
    assert _files(tmp_path / "out") == {"split/mine.txt": b"keep"}

    (tmp_path / "out" / "split" / "mine.txt").unlink()
    _export(desk, tmp_path / "out")
    (tmp_path / "out" / "split" / "mine.txt").write_text("keep")
    with pytest.raises(InputError, match="no export has written"):
        _export(desk, tmp_path / "out")
    (tmp_path / "link").mkdir()
    (tmp_path / "link" / "split").symlink_to(tmp_path / "out" / "split")
    with pytest.raises(InputError, match="no export has written"):
        _export(desk, tmp_path / "link")


def test_every_difference_is_found_and_named(desk: Desk, tmp_path: Path) -> None:
    out = tmp_path / "out"
    _export(desk, out)
    paths = sorted((out / "split").rglob("*.parquet"))
    data = bytearray(paths[0].read_bytes())
    data[len(data) // 2] ^= 1
    paths[0].write_bytes(data)
    paths[-1].unlink()
    (out / "split" / "more.parquet").write_bytes(b"")
    (out / "split.dvc").write_text((out / "split.dvc").read_text().replace("nfiles: ", "nfiles: 1"))

    with pytest.raises(IntegrityBroken) as caught:
        check_export(out)

    for told in (
        f"{paths[0].relative_to(out)}: changed",
        f"{paths[-1].relative_to(out)}: missing",
        "split/more.parquet: not of this export",
        "split.dvc: does not name",
    ):
        assert told in caught.value.problem
    shutil.rmtree(out / "split")
    with pytest.raises(IntegrityBroken, match="dvc pull"):
        check_export(out)


def test_a_manifest_that_was_changed_too_is_found_by_the_ledger(desk: Desk, tmp_path: Path) -> None:
    out = tmp_path / "out"
    _export(desk, out)
    body = (out / MANIFEST).read_text()
    (out / MANIFEST).write_text(body.replace('"cleared": true', '"cleared": false'))

    assert not check_export(out).in_ledger
    with pytest.raises(IntegrityBroken, match="ledger knows no export"):
        check_export(out, desk.folder)
    (out / MANIFEST).write_text("{}")
    with pytest.raises(IntegrityBroken, match="no manifest of an export"):
        check_export(out)
    with pytest.raises(InputError, match=MANIFEST):
        check_export(tmp_path)


class Repository:
    """A Git and DVC repository, through their real commands."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *words: str) -> subprocess.CompletedProcess[str]:
        argv = [str(DVC) if words[0] == "dvc" else words[0], *words[1:]]
        home = {"HOME": str(self.folder.parent), "DVC_NO_ANALYTICS": "1", "DVC_SITE_CACHE_DIR": ""}
        who = {f"GIT_{a}_{b}": "x@example.org" for a in ("AUTHOR", "COMMITTER")
               for b in ("NAME", "EMAIL")}  # fmt: skip
        site = {"DVC_SITE_CACHE_DIR": str(self.folder.parent / "site")}
        env = {**os.environ, **home, **who, **site, "GIT_CONFIG_NOSYSTEM": "1"}
        return subprocess.run(
            argv, cwd=self.folder, env=env, capture_output=True, text=True, check=False
        )

    def must(self, *words: str) -> str:
        done = self(*words)
        assert done.returncode == 0, (words, done.stdout, done.stderr)
        return done.stdout


def _only_changes(path: Path) -> None:
    path.chmod(0o644)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def _largest(folder: Path) -> Path:
    return max((p for p in folder.rglob("*") if p.is_file()), key=lambda p: p.stat().st_size)


def test_the_real_dvc_adds_pushes_pulls_and_checks_out_and_its_blind_spots_are_covered(
    desk: Desk, tmp_path: Path
) -> None:
    origin = Repository(tmp_path / "origin")
    origin.folder.mkdir()
    origin.must("git", "init", "-q")
    origin.must("dvc", "init", "-q")
    origin.must("dvc", "remote", "add", "-q", "-d", "store", str(tmp_path / "remote"))
    _export(desk, origin.folder)
    ours = {n: origin.folder.joinpath(n).read_bytes() for n in ("split.dvc", ".gitignore")}

    origin.must("dvc", "add", "-q", "split")

    assert {n: origin.folder.joinpath(n).read_bytes() for n in ours} == ours
    origin.must("git", "add", "-A")
    origin.must("git", "commit", "-q", "-m", "export")
    origin.must("dvc", "push", "-q")
    assert "store" in check_export(origin.folder).warnings[0]

    clone = Repository(tmp_path / "clone")
    origin.must("git", "clone", "-q", str(origin.folder), str(clone.folder))
    with pytest.raises(IntegrityBroken, match="dvc pull"):
        check_export(clone.folder)
    clone.must("dvc", "pull", "-q")
    assert check_export(clone.folder).files == check_export(origin.folder).files
    assert _files(clone.folder / "split") == _files(origin.folder / "split")

    _only_changes(_largest(clone.folder / ".dvc" / "cache" / "files"))
    shutil.rmtree(clone.folder / "split")
    clone.must("dvc", "checkout", "-q")  # lets the changed bytes pass
    with pytest.raises(IntegrityBroken, match=r"parquet: changed"):
        check_export(clone.folder)

    for folder in (clone.folder / "split", clone.folder / ".dvc" / "cache", tmp_path / "site"):
        shutil.rmtree(folder, ignore_errors=True)
    _only_changes(_largest(tmp_path / "remote"))
    clone.must("dvc", "pull", "-q")  # and so does this
    with pytest.raises(IntegrityBroken, match=r"parquet: changed"):
        check_export(clone.folder)

    clone.must("dvc", "remote", "modify", "-q", "store", "verify", "true")
    assert unguarded_remotes(clone.folder) == []
    for folder in (clone.folder / "split", clone.folder / ".dvc" / "cache", tmp_path / "site"):
        shutil.rmtree(folder, ignore_errors=True)
    assert clone("dvc", "pull", "-q").returncode != 0


PARTS = st.lists(st.text("aBé 0_-.", min_size=1, max_size=4), min_size=1, max_size=3)


@settings(max_examples=50, deadline=None)
@given(st.lists(PARTS.map(tuple), max_size=6, unique=True), st.integers(0, 9))
def test_the_tracked_folder_has_the_digest_that_dvcs_own_code_gives(
    paths: list[tuple[str, ...]], size: int
) -> None:
    files = [Exported("/".join(path), size, "", f"{n:032x}") for n, path in enumerate(paths)]
    tree = Tree()  # type: ignore[no-untyped-call]
    for path, one in zip(paths, files, strict=True):
        tree.add(path, None, HashInfo("md5", one.md5))

    tree.digest()

    assert tree.hash_info is not None
    assert f"md5: {tree.hash_info.value}\n" in dvc_text("split", files)


def test_the_command_exports_and_checks(desk: Desk) -> None:
    refused = desk("export", "dvc", "mask", "--into", "out")
    assert (refused.code, "--with-test-part" in refused.err) == (2, True)

    made = desk("export", "dvc", "--into", "out")
    assert made.code == 0, made.err
    assert "dvc add split" in made.out

    checked = desk("export", "check", "out", "--ledger", "--json")
    assert checked.json["in_ledger"] is True
    _largest(desk.folder / "out" / "split").unlink()
    assert desk("export", "check", "out").code == 6


def test_a_file_has_both_digests_of_its_bytes(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")

    assert digested(tmp_path / "a", tmp_path) == Exported(
        "a",
        3,
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "900150983cd24fb0d6963f7d28e17f72",
    )
