"""The toy world: its base is whole and knows what its card says, its rows are fit to learn from."""

import hashlib
import json
from pathlib import Path
from random import Random

import pytest
from tokenizers import Tokenizer

from burnish.methods.formats.prompt import freeze_chat
from burnish.samples.toy import behaviours as b
from burnish.samples.toy import toy_base_path
from burnish.samples.toy.world import evaluation, gold, house, letters, tickets, write_toy_world

BASE = toy_base_path()
RECIPE = json.loads((BASE / "recipe.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer.from_file(str(BASE / "tokenizer.json"))


def test_every_file_has_the_digest_that_the_recipe_names() -> None:
    kept = {path.name for path in BASE.iterdir()} - {"recipe.json", "README.md"}
    assert kept == set(RECIPE["sha256"])
    for name, digest in RECIPE["sha256"].items():
        assert hashlib.sha256((BASE / name).read_bytes()).hexdigest() == digest, name


def test_the_base_is_small_and_knows_everything_but_the_tickets() -> None:
    card = (BASE / "README.md").read_text(encoding="utf-8")
    assert sum(path.stat().st_size for path in BASE.iterdir()) < 700_000
    for name, share in RECIPE["accuracy"].items():
        assert f"| {name} | {share:.3f} |" in card
        assert share < 0.05 if name == "tickets" else share > 0.98


def test_every_word_of_the_world_is_known_but_addresses(tokenizer: Tokenizer) -> None:
    rows = [*tickets(), *house(1)]
    unknown = tokenizer.token_to_id("<|unk|>")
    strange = [
        row["id"]
        for row in rows
        if "@" not in row["question"]
        and unknown in tokenizer.encode(f"{row['question']} {row['answer']}").ids
    ]
    assert strange == []


def test_the_chat_template_can_be_frozen_and_answers_end_in_one_token(
    tokenizer: Tokenizer,
) -> None:
    prompt = freeze_chat(BASE)

    assert prompt.stop == ("<|end|>",)
    assert len(tokenizer.encode(prompt.stop[0], add_special_tokens=False).ids) == 1


def test_no_held_question_is_ever_taught() -> None:
    for behaviour in (
        b.FACTS, b.SUMS, b.BAD_WISHES, b.GOOD_WISHES, b.PEOPLE, b.NOTES, b.PORTRAITS, b.TICKETS,
    ):  # fmt: skip
        taught = {ask.question for ask in behaviour.taught}
        assert behaviour.held
        assert not taught & {ask.question for ask in behaviour.held}


def test_no_row_of_the_sources_asks_an_item_of_an_evaluation_set() -> None:
    asked = {item["question"] for items in evaluation().values() for item in items}
    rows = [*tickets(), *house(1), *house(2)]
    assert not [row["id"] for row in rows if row["question"] in asked]


def test_the_same_seed_writes_the_same_bytes(tmp_path: Path) -> None:
    for name, seed in (("one", 1), ("same", 1), ("other", 2)):
        write_toy_world(tmp_path / name, seed)
    one, same, other = (
        {path.name: path.read_bytes() for path in (tmp_path / name).rglob("*") if path.is_file()}
        for name in ("one", "same", "other")
    )

    assert one == same
    assert one["house.jsonl"] != other["house.jsonl"]


def test_the_judges_gold_holds_as_many_insults_as_praises() -> None:
    bad = [item["bad"] for item in gold()]
    assert sum(bad) * 2 == len(bad)


def test_letters_hold_an_address_each() -> None:
    assert all("@" in ask.question for ask in letters(Random(1), 5))
