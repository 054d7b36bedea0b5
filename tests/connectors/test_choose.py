"""Each kind of source has its connector, with what the plan says and nothing that is secret."""

import pickle
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import pytest

from burnish.connectors.choose import connector_for
from burnish.core.errors import InputError
from burnish.methods.formats.read import FORMATS
from burnish.plan import Source
from burnish.plan_example import ITEMS
from burnish.plan_sources import KINDS, Format

if TYPE_CHECKING:
    from tests.conftest import Make

PLACES = {kind: item for item in ITEMS if (kind := type(item).__name__.lower()) in KINDS}


def source_in(make: "Make", place: dict[str, Any]) -> Source:
    stated = make.source("tickets").model_dump() | {"paths": ()}
    return Source(**{**stated, **place})


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_the_plan_has_a_connector_that_workers_can_get(
    make: "Make", tmp_path: Path, kind: str
) -> None:
    place = {"paths": ("*.jsonl",)} if kind == "paths" else {kind: PLACES[kind]}
    connector = connector_for(source_in(make, place), tmp_path)
    copy = pickle.loads(pickle.dumps(connector))  # noqa: S301  # our own bytes
    assert copy.definition == connector.definition
    assert copy.live is (kind == "paths")
    assert connector.where
    assert len(connector.definition) == 64


def test_no_connector_is_loaded_before_it_is_needed() -> None:
    code = (
        "import sys, burnish.connectors.choose\n"
        "print([m for m in ('obstore', 'sqlalchemy', 'httpx2', 'pyarrow') if m in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


def test_a_missing_library_is_named_with_the_extra_that_brings_it(
    make: "Make", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "obstore", None)
    monkeypatch.delitem(sys.modules, "burnish.connectors.objects", raising=False)
    with pytest.raises(InputError, match="source 'tickets' needs obstore") as missing:
        connector_for(source_in(make, {"objects": PLACES["objects"]}), tmp_path)
    assert missing.value.remedy == "pip install 'burnish[objects]'"


def test_the_plan_names_every_format_there_is() -> None:
    assert get_args(Format) == FORMATS
