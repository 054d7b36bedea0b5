"""A new project, a person's key, and what doctor finds."""

from pathlib import Path

import pytest

from burnish.api.starting import CORE_LIBRARIES, Finding, doctor, init, key_new
from burnish.core.errors import InputError
from burnish.plan_file import load_plan


def found(folder: Path) -> dict[str, Finding]:
    return {finding.what: finding for finding in doctor(folder)}


def test_doctor_looks_at_the_machine_and_names_a_version_for_each_library(tmp_path: Path) -> None:
    findings = found(tmp_path)

    assert {"Python", "processors", "disk", "GPU", "network", *CORE_LIBRARIES} <= findings.keys()
    for name in ("Python", *CORE_LIBRARIES):
        assert findings[name].fine
        assert findings[name].found[0].isdigit()


def test_doctor_finds_a_key_that_others_can_read_and_says_what_mends_it(tmp_path: Path) -> None:
    path, _ = key_new(tmp_path, "dana")
    assert f"keys/{path.name}" not in found(tmp_path)

    path.chmod(0o644)

    open_key = found(tmp_path)[f"keys/{path.name}"]
    assert not open_key.fine
    assert open_key.remedy == f"chmod 600 {path}"
    assert "keys/dana.pem.pub" not in found(tmp_path)


def test_doctor_says_whether_a_hub_may_be_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert "off" in found(tmp_path)["network"].found

    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    assert "may be fetched" in found(tmp_path)["network"].found

    monkeypatch.delenv("HF_HUB_OFFLINE")
    assert "may be fetched" in found(tmp_path)["network"].found


def test_doctor_looks_at_a_folder_that_is_not_there_yet(tmp_path: Path) -> None:
    assert found(tmp_path / "later")["disk"].found.endswith("GB free")


def test_init_writes_a_plan_that_loads_and_keeps_keys_out_of_git(tmp_path: Path) -> None:
    path = init(tmp_path / "new")

    assert load_plan(path).name
    ignored = (path.parent / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert {"keys/*", "!keys/*.pub", ".burnish/"} <= set(ignored)


def test_init_overwrites_nothing(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("mine\n", encoding="utf-8")
    init(tmp_path)

    with pytest.raises(InputError, match="a plan already"):
        init(tmp_path)
    assert (tmp_path / ".gitignore").read_text(encoding="utf-8") == "mine\n"


def test_the_first_persons_key_becomes_the_projects_identity(tmp_path: Path) -> None:
    key_new(tmp_path, "release", kind="p256")
    assert not (tmp_path / ".burnish" / "identity").exists()

    key_new(tmp_path, "dana")
    key_new(tmp_path, "priya")

    assert (tmp_path / ".burnish" / "identity").read_text(encoding="utf-8") == "keys/dana.pem"


@pytest.mark.parametrize("name", ["", "../dana", "Dana", "a b", "-dana", "a" * 65])
def test_a_name_that_is_no_name_makes_no_key(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="no name for a key"):
        key_new(tmp_path, name)

    assert list(tmp_path.iterdir()) == []


def test_another_kind_of_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no kind of key"):
        key_new(tmp_path, "dana", kind="rsa")
