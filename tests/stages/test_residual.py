"""A fault of every category, wherever it may be left, is found and holds its document back."""

from __future__ import annotations

import base64
import json
import urllib.parse
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from burnish.core.rows import CORPUS, table_of
from burnish.stages.mask import quarantine_findings

if TYPE_CHECKING:
    from tests.conftest import Make

LEFT = {
    "PERSON": "my name is Susan Whitfield",
    "EMAIL": "jane@example.org",
    "PHONE": "phone +61 2 9374 4000",
    "TFN": "TFN 123 456 782",
    "ABN": "ABN 51 824 753 556",
    "ACN": "ACN 004 085 616",
    "MEDICARE": "medicare 2123 45670 1",
    "CARD": "4012 8888 8888 1881",
    "IBAN": "DE89370400440532013000",
    "BANK_ACCOUNT": "BSB 062-000 account 12345678",
    "DATE_OF_BIRTH": "date of birth 12/03/1984",
    "ADDRESS": "12 George Street, Sydney",
    "IP": "from 203.0.113.9",
    "SECRET": "ghp_" + "a1B2" * 9,
    "DRIVER_LICENCE": "driver licence 12345678",
    "PASSPORT": "passport N1234567",
    "SSN": "219-09-9999",
    "ITIN": "912-70-1234",
    "NINO": "AB123456C",
    "NHS": "NHS 943 476 5919",
    "VAT": "VAT DE136695976",
    "SWIFT": "SWIFT DEUTDEFF500",
    "CRYPTO": "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
    "MAC": "00:1b:44:11:3a:b7",
    "URL": "https://shop.example/users/aroha.ngata",
    "HANDLE": "twitter @aroha_n",
    "LICENCE_PLATE": "rego ABC12D",
    "COORDINATES": "-33.86881, 151.20929",
}
PLACES = ("message", "meta key", "meta value", "origin", "base64", "percent")


def row(make: Make, category: str, place: str) -> dict[str, Any]:
    """A document in which an identifier of this category was left in this place."""
    value, name = LEFT[category], f"{category} {place}"
    if place == "message":
        return make.chat(name, f"Where is my key? {value} It is done.")
    if place == "meta key":
        return make.chat(name, "Where is my key?", meta=json.dumps({value: 1}))
    if place == "meta value":
        return make.chat(name, "Where is my key?", meta=json.dumps({"note": {"by": [value]}}))
    if place == "origin":
        return make.chat(name, "Where is my key?", origin=f"exports/{value}.txt:7")
    coded = (
        base64.b64encode(value.encode()).decode()
        if place == "base64"
        else urllib.parse.quote(value, safe="")
    )
    return make.chat(name, f"Where is my key? data={coded} It is done.")


@pytest.mark.parametrize("place", PLACES)
def test_an_identifier_of_every_category_is_found_where_it_was_left(make: Make, place: str) -> None:
    rows = [row(make, category, place) for category in LEFT]
    rows.append(make.chat("clean", "Where is my key?", meta=json.dumps({"note": "[EMAIL]"})))

    sifted = quarantine_findings(table_of(rows, CORPUS), "token")

    assert isinstance(sifted.kept, pa.Table)
    assert sifted.kept.column("id").to_pylist() == ["clean"]
    assert sifted.dropped is not None
    gone = sifted.dropped.to_pylist()
    assert [one["id"] for one in gone] == [f"{category} {place}" for category in LEFT]
    for category, one in zip(LEFT, gone, strict=True):
        assert category in {finding["category"] for finding in one["findings"]}


def test_rows_held_back_tell_where_each_finding_lies_and_never_what_it_is(make: Make) -> None:
    held = make.chat("1", "Please write to jane@example.org today", label="ask 203.0.113.9")

    sifted = quarantine_findings(table_of([held], CORPUS), "token")

    assert sifted.dropped is not None
    (gone,) = sifted.dropped.to_pylist()
    told = [(f["field"], f["start"], f["end"], f["category"]) for f in gone["findings"]]
    assert told == [("label", 4, 15, "IP"), ("messages[0]", 16, 32, "EMAIL")]
    assert "jane" not in json.dumps([gone["findings"], gone["dropped_detail"]])


def test_a_shard_without_a_finding_drops_nothing(make: Make) -> None:
    sifted = quarantine_findings(table_of([make.chat("1", "Where is my key?")], CORPUS), "token")

    assert sifted.dropped is not None
    assert sifted.dropped.num_rows == 0
    assert sifted.facts["found"] == 0
