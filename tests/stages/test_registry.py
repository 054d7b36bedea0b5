"""The registry of what was masked: hashes only, row by row, gone with an erased row."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from burnish.core.artifact import Screened
from burnish.intake.masking import masking
from burnish.intake.personal_data import REGISTRY, watch_of
from burnish.methods.privacy.registry import Registry, registry_key
from burnish.plan import MaskPlan
from burnish.stages.mask import mask, mask_shard
from burnish.storage.erasing import bytes_without, mentions
from burnish.storage.folder import FolderStore
from burnish.storage.keys import FileKeyProvider

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Bench, Make

PLAN = MaskPlan(canaries_per_category=5, min_recall=0.0, bars=())
EMAIL, PHONE, OTHER = "ada@example.org", "0412 345 678", "0498 765 432"
ADA, BOB = "a" * 32, "b" * 32


def masked_lines(bench: Bench, make: Make) -> bytes:
    rows = [
        make.chat(ADA, f"Please write to {EMAIL} today", f"We called {PHONE}"),
        make.chat(
            BOB,
            f"We should ring {OTHER} and {PHONE} today",
            meta=json.dumps({"note": f"mail {EMAIL}"}),
        ),
        make.chat("c" * 32, "Where is my key?"),
    ]
    masked = bench.run().do(mask, bench.given(Screened, rows), PLAN)
    return bench.store.get_bytes(bench.manifest(masked).files[REGISTRY])


def read(data: bytes, secret: bytes = b"k" * 32) -> Registry:
    return Registry.read(data, registry_key(secret))


def test_every_masked_value_is_registered_however_it_is_written(bench: Bench, make: Make) -> None:
    registry = read(masked_lines(bench, make))

    assert registry.sound
    assert registry.values == 3
    assert registry.holds("EMAIL", "Ada@Example.org")
    assert registry.holds("PHONE", "+61 412 345 678")
    assert registry.holds("BANK_ACCOUNT", OTHER)  # found as another category in an answer
    assert not registry.holds("EMAIL", "eve@example.org")


def test_no_value_is_in_the_file_and_no_other_key_reads_it(bench: Bench, make: Make) -> None:
    data = masked_lines(bench, make)

    for value in (EMAIL, PHONE, OTHER, "412345678"):
        assert value.encode() not in data
    stranger = read(data, b"x" * 32)
    assert not stranger.sound
    assert not stranger.holds("EMAIL", EMAIL)


def test_a_row_without_personal_data_has_no_line(bench: Bench, make: Make) -> None:
    lines = [json.loads(line) for line in masked_lines(bench, make).split(b"\n")]

    assert [line["id"] for line in lines] == ["control", ADA, BOB]
    assert [sorted(line) for line in lines[1:]] == [["EMAIL", "PHONE", "id"]] * 2


def test_erasing_a_row_takes_its_line_and_leaves_the_other(
    bench: Bench, make: Make, tmp_path: Path
) -> None:
    store = FolderStore(tmp_path / "store", FileKeyProvider.ensure(tmp_path / "key"))
    digest = store.put_bytes(masked_lines(bench, make))

    assert mentions(store, digest, {BOB})
    left = bytes_without(store, digest, {BOB}, keep=True)

    registry = read(store.get_bytes(left.digest))
    assert left.removed == 1
    assert registry.sound
    assert registry.holds("PHONE", PHONE)
    assert not registry.holds("PHONE", OTHER)


def test_the_hashes_of_a_shard_say_whose_they_are(bench: Bench, make: Make) -> None:
    row = {**make.chat(ADA, f"Please write to {EMAIL} today"), "subject": "s" * 32}
    rows = bench.given(Screened, [row])
    (shard,) = bench.manifest(rows).shards

    sifted = mask_shard(bench.store.get_table(shard.digest), masking(bench.work(), rows, PLAN))

    assert sifted.sidecars[REGISTRY].column("subject").to_pylist() == ["s" * 32]


def test_another_key_of_the_project_masks_anew(bench: Bench, make: Make) -> None:
    rows = bench.given(Screened, [make.chat(ADA, f"Please write to {EMAIL} today")])

    first = bench.run().do(mask, rows, PLAN)
    again = bench.run(subject_key=b"z" * 32).do(mask, rows, PLAN)

    assert first.digest != again.digest
    files = bench.manifest(again).files
    assert read(bench.store.get_bytes(files[REGISTRY]), b"z" * 32).holds("EMAIL", EMAIL)


def test_the_watch_finds_what_was_masked_and_its_control(bench: Bench, make: Make) -> None:
    rows = bench.given(Screened, [make.chat(ADA, f"Please write to {EMAIL} today")])
    masked = bench.run().do(mask, rows, PLAN)

    watch = watch_of(bench.work(), bench.manifest(masked))

    assert watch is not None
    assert watch.find(["Mail ada@example.org now."]) == [[("EMAIL", EMAIL)]]
    assert watch.registered("EMAIL", EMAIL)
    assert watch.registered(*watch.control)
    assert watch_of(bench.work(), bench.manifest(rows)) is None
