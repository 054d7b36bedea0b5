"""What a run needs at its end is looked at before it begins."""

from pathlib import Path

import pytest

from burnish.api.preflight import preflight
from burnish.api.quickstart import write_project
from burnish.api.running import run
from burnish.api.starting import key_new
from burnish.core.errors import InputError
from burnish.wiring import open_project


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    return write_project(tmp_path / "desk")


def test_a_project_with_key_and_base_is_ready(plan: Path) -> None:
    preflight(open_project(plan))

    assert not open_project(plan).ledger.find("started")


def test_a_missing_release_key_is_told_before_anything_runs(plan: Path) -> None:
    for part in ("release.pem", "release.pem.pub"):
        (plan.parent / "keys" / part).unlink()

    with pytest.raises(InputError, match="no key to sign bundles") as told:
        run(plan, key=plan.parent / "keys/dana.pem")

    assert "--kind p256" in told.value.remedy
    assert open_project(plan).ledger.find("started") is None


def test_a_release_key_of_the_wrong_kind_is_told(plan: Path) -> None:
    for part in ("release.pem", "release.pem.pub"):
        (plan.parent / "keys" / part).unlink()
    key_new(plan.parent, "release")

    with pytest.raises(InputError, match="is ed25519; bundles need p256"):
        preflight(open_project(plan))


def test_a_base_model_out_of_reach_is_told(plan: Path) -> None:
    text = plan.read_text(encoding="utf-8").replace("path: builtin", "path: ./models/none")
    plan.write_text(text, encoding="utf-8")

    with pytest.raises(InputError, match="models/none"):
        preflight(open_project(plan))


def test_a_base_model_without_a_fast_tokenizer_is_told(plan: Path) -> None:
    (plan.parent / "bare").mkdir()
    text = plan.read_text(encoding="utf-8").replace("path: builtin", "path: bare")
    plan.write_text(text, encoding="utf-8")

    with pytest.raises(InputError, match=r"no tokenizer\.json"):
        preflight(open_project(plan))
