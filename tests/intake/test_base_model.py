"""The base model: named by its bytes, which are read once; pinned by the plan."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from burnish.core.errors import InputError, IntegrityBroken
from burnish.intake.base_model import base_listing
from burnish.methods.models.files import file_digests, listing_digest
from burnish.methods.models.warm import warm
from burnish.methods.models.where import MODELS
from burnish.plan import BaseModelPlan

if TYPE_CHECKING:
    from tests.conftest import Bench


@pytest.fixture
def base(bench: Bench) -> Path:
    folder = bench.root / "base"
    folder.mkdir()
    (folder / "config.json").write_text("{}", encoding="utf-8")
    (folder / "model.safetensors").write_bytes(b"weights")
    return folder


def plan(sha256: str | None = None) -> BaseModelPlan:
    return BaseModelPlan(path="base", licence="MIT", provenance="here", sha256=sha256)


def test_it_is_the_digest_of_the_files(bench: Bench, base: Path) -> None:
    whole = listing_digest(file_digests(base).items())

    assert base_listing(bench.work(), plan()) == whole
    assert base_listing(bench.work(), plan()) == whole
    (base / "model.safetensors").write_bytes(b"others!")
    assert base_listing(bench.work(), plan()) != whole


def test_another_model_than_the_pinned_one_is_refused(bench: Bench, base: Path) -> None:
    found = base_listing(bench.work(), plan())

    assert base_listing(bench.work(), plan(sha256=found)) == found
    with pytest.raises(InputError, match="the plan pins 0000"):
        base_listing(bench.work(), plan(sha256="0" * 64))


def test_a_model_that_is_not_there_is_told_with_the_key_to_mend(bench: Bench) -> None:
    with pytest.raises(InputError, match="base_model") as refused:
        base_listing(bench.work(), plan())

    assert "base_model.path" in refused.value.remedy


def test_a_warm_copy_that_was_changed_is_not_used(bench: Bench, base: Path) -> None:
    made = warm("owner/name", bench.root / MODELS, lambda name: base)
    hub = plan().model_copy(update={"path": "owner/name"})
    assert base_listing(bench.work(), hub) == made.digest

    weights = made.folder(bench.root / MODELS) / "model.safetensors"
    weights.chmod(0o644)
    weights.write_bytes(b"poisoned")

    with pytest.raises(IntegrityBroken, match="warm copy") as broken:
        base_listing(bench.work(), hub)
    assert made.digest in broken.value.remedy
