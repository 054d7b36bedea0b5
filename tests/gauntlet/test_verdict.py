"""What becomes of a run, and what all runs together say."""

import json

from burnish.cli.options import plain
from burnish.gauntlet.fault import CLEAN, Fault
from burnish.gauntlet.page import markdown, rows, sentences
from burnish.gauntlet.verdict import fate, judged
from burnish.gauntlet.walk import Ended

LOUD = Fault("loud", "data", ("screen", "release:safety"), "it is loud")
TORN = Fault("torn", "training", ("resume",), "it is torn", healed="is set aside")


def ended(
    fault: Fault, *places: str, released: bool = False, healed: bool = False, defect: bool = False
) -> Ended:
    return Ended(fault.name, 1, places, released, "", 2.0, healed=healed, defect=defect)


def test_a_fault_is_caught_only_by_a_check_that_is_meant_for_it() -> None:
    assert fate(LOUD, ended(LOUD, "screen")) == "caught"
    assert fate(LOUD, ended(LOUD, "release:bias", "release:safety")) == "caught"
    assert fate(LOUD, ended(LOUD, "release:bias")) == "elsewhere"
    assert fate(LOUD, ended(LOUD, "screen", defect=True)) == "elsewhere"


def test_a_fault_that_reaches_its_users_is_missed() -> None:
    assert fate(LOUD, ended(LOUD, released=True)) == "missed"
    assert fate(LOUD, ended(LOUD)) == "missed"


def test_what_is_to_be_mended_is_caught_where_the_run_says_so_and_goes_through() -> None:
    assert fate(TORN, ended(TORN, released=True, healed=True)) == "caught"
    assert fate(TORN, ended(TORN, released=True)) == "missed"
    assert fate(TORN, ended(TORN, "train", healed=True)) == "missed"


def test_the_gauntlet_holds_while_nothing_is_missed_and_19_of_20_clean_runs_pass() -> None:
    clean = [ended(CLEAN, released=True)] * 19 + [ended(CLEAN, "release:bias")]
    caught = [ended(LOUD, "screen"), ended(LOUD, "mask")]

    held = judged([LOUD], [*clean, *caught], 60.0, 2)
    alarmed = judged([LOUD], [*clean[1:], *caught], 60.0, 2)
    missed = judged([LOUD], [*clean, *caught, ended(LOUD, released=True)], 60.0, 2)

    assert (held.caught, held.elsewhere, held.missed) == (1, 1, 0)
    assert held.clean_stopped_by == ("release:bias",)
    assert held.holds
    assert not alarmed.holds
    assert not missed.holds


def test_the_bounds_are_those_of_clopper_and_pearson() -> None:
    found = judged([LOUD], [ended(CLEAN, released=True)] * 20, 1.0, 1)

    assert found.false_alarms is not None
    assert round(found.false_alarms.upper, 4) == 0.1684
    assert found.misses is None


def test_the_page_has_a_row_for_each_fault_and_says_what_was_planted() -> None:
    mended = ended(TORN, released=True, healed=True)
    found = judged([LOUD, TORN], [ended(LOUD, "mask"), ended(LOUD), mended], 60.0, 2)

    assert rows(found)[2][-1] == "mended"
    assert rows(found)[1] == ("data", "loud", "screen or release:safety", "0/2", 1, 1, "mask")
    assert "1 missed" in sentences(found)[0]
    assert "| data | loud | screen or release:safety | 0/2 | 1 | 1 | mask |" in markdown(found)
    assert "- **torn**: it is torn" in markdown(found)


def test_the_result_is_json() -> None:
    found = judged([LOUD], [ended(LOUD, "mask")], 60.0, 2)

    assert json.loads(json.dumps(plain(found)))["lines"][0]["elsewhere"] == 1
