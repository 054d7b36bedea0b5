"""The page on sources shows plans that load, one for every kind."""

import re
from pathlib import Path

import pytest
import yaml

from burnish.plan import Plan
from burnish.plan_example import EXAMPLE
from burnish.plan_file import effective, load_plan
from burnish.plan_sources import KINDS, Fields

PAGE = (Path(__file__).parents[2] / "docs" / "sources.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
FIRST = yaml.safe_load(SNIPPETS[0])[0]


def plan_with(snippet: str, folder: Path) -> Plan:
    """The example's plan with this source, its right taken from the first one of the page."""
    (stated,) = yaml.safe_load(snippet)
    shared = {key: value for key, value in FIRST.items() if key not in ("paths", "bad_records")}
    plan = yaml.safe_load(effective(EXAMPLE)) | {"sources": [{**shared, **stated}]}
    path = folder / "burnish.yaml"
    path.write_text(yaml.safe_dump(plan), encoding="utf-8")
    return load_plan(path)


@pytest.mark.parametrize("snippet", SNIPPETS, ids=lambda text: str(yaml.safe_load(text)[0]["name"]))
def test_a_snippet_is_a_source_of_a_valid_plan(snippet: str, tmp_path: Path) -> None:
    (source,) = plan_with(snippet, tmp_path).sources
    assert source.name == yaml.safe_load(snippet)[0]["name"]


def test_every_kind_and_every_field_is_on_the_page(tmp_path: Path) -> None:
    kinds = {plan_with(snippet, tmp_path).sources[0].kind for snippet in SNIPPETS}
    assert kinds == set(KINDS)
    table = PAGE.split("## Fields")[1].split("## Text")[0]
    assert not [name for name in Fields.model_fields if f"`{name}`" not in table]
