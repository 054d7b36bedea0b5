"""The heuristics of the field by name."""

import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from burnish.methods.quality.judge import Judged, Thresholds, checks, reasons_of, scores, single
from burnish.methods.quality.measure import measure_all
from burnish.methods.quality.rules import BAD_WORDS, FAMILIES, RULES, expand

PAGE = """\
The harbour train was late again on Monday, so everybody had to wait with cold coffee.
A colleague of mine said nobody told us before, and that was true for the evening shift.
Every second week the library windows must be cleaned by students who have some spare time.
Our garden behind this museum looks greener than last year because it rained through April.
Whoever borrows tools from our shed should write down their name and when they return them.
Bread is baked in the old oven near the castle, and visitors like to have a warm slice.
Nobody knows why those bells ring twice at noon, but children count along with great joy.
Please bring a torch if you walk over the bridge after dark, since two lamps are broken.
"""


def page() -> str:
    """A clean page that no rule drops."""
    return PAGE.rstrip()


def gone(text: str, *rules: str) -> set[str]:
    judged = Judged(single(measure_all([text])), pa.array(["en"]), np.array([0.9], np.float32))
    found = checks(judged, Thresholds(rules=rules, languages=()))
    return {name for name, holds in found if holds[0] and name in RULES}


def test_a_clean_page_stays() -> None:
    assert gone(page(), *FAMILIES) == set()


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("Too short a page.", "gopher.words"),
        ("I am at it a b c d. " * 20, "gopher.mean_word"),
        (page().replace(" the ", " # ## the "), "gopher.symbols"),
        (page().replace(" ", " ... ", 30), "gopher.symbols"),
        ("\n".join(f"- {line}" for line in page().splitlines()), "gopher.bullet_lines"),
        (page().replace(".\n", "...\n"), "gopher.ellipsis_lines"),
        (page() + " 1 2 3 4 5 6 7 8 9 10" * 4, "gopher.lettered_words"),
        ("Rows rows " + " ".join(f"word{n}" for n in range(60)), "gopher.stop_words"),
        (page() + "\n" + page(), "gopher.duplicate_lines"),
        (page() + "\n" + page(), "gopher.duplicate_line_characters"),
        (page() + "\n\n" + page(), "gopher.duplicate_paragraphs"),
        (page() + "\n\n" + page(), "gopher.duplicate_paragraph_characters"),
        (page() + " we agree" * 30, "gopher.top_2gram"),
        (page() + " we all agree" * 30, "gopher.top_3gram"),
        (page() + " we all agree now" * 30, "gopher.top_4gram"),
        *((page() + " " + page(), f"gopher.duplicate_{size}gram") for size in range(5, 11)),
        (page().replace(".\n", "\n").rstrip("."), "c4.terminal_punctuation"),
        (re.sub("^", "JavaScript: ", page(), flags=re.MULTILINE), "c4.javascript"),
        ("\n".join(page().splitlines()[:2]), "c4.sentences"),
        (page() + " Lorem ipsum dolor.", "c4.lorem_ipsum"),
        (page() + " {", "c4.curly_bracket"),
        (page().replace(".\n", "\n").rstrip("."), "fineweb.terminal_lines"),
        (page() + "\nHome" + "\nAbout us." * 25, "fineweb.short_lines"),
        (page() + "\n" + page().splitlines()[0], "fineweb.duplicate_characters"),
        (page().replace(" ", "\n"), "fineweb.line_breaks"),
    ],
)  # fmt: skip
def test_each_rule_drops_what_it_was_made_for(text: str, rule: str) -> None:
    assert rule in gone(text, *FAMILIES)
    assert gone(text, rule) == {rule}


def test_every_rule_was_seen_to_drop_something() -> None:
    marks = test_each_rule_drops_what_it_was_made_for.pytestmark  # type: ignore[attr-defined]
    assert {rule for _, rule in marks[0].args[1]} == set(RULES) - {BAD_WORDS}


def test_a_family_stands_for_its_rules_and_order_does_not_matter() -> None:
    assert expand(["fineweb", "c4.sentences"]) == expand(["c4.sentences", "fineweb"])
    assert len(expand(FAMILIES)) == len(RULES)
    assert expand([]) == ()


@pytest.mark.parametrize(
    ("wrong", "near"), [("gophers", "gopher"), ("c4.sentence", "c4.sentences")]
)
def test_an_unknown_rule_is_refused_with_the_nearest(wrong: str, near: str) -> None:
    with pytest.raises(ValueError, match=f"did you mean '{near}'"):
        Thresholds(rules=(wrong,))


def test_columns_give_the_same_verdicts_as_rows_one_by_one() -> None:
    texts = [page(), "", "Hi", "go go go go go go go go go", page() + " {", "#### $$$$ %%%% a b"]
    limits = Thresholds(rules=FAMILIES, languages=())
    measures = single(measure_all(texts))
    languages, sure = pa.array(["und"] * 6), np.zeros(6, np.float32)

    together = reasons_of(Judged(measures, languages, sure), limits).to_pylist()

    for row in range(6):
        one = {name: column[row : row + 1] for name, column in measures.items()}
        alone = Judged(one, languages[row : row + 1], sure[row : row + 1])
        assert reasons_of(alone, limits).to_pylist() == [together[row]]
        assert scores(one)[0] == scores(measures)[row]
    assert together[0] is None


def test_the_page_tells_every_rule_with_its_numbers() -> None:
    page_ = (Path(__file__).parents[3] / "docs" / "quality.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"^\| `([a-z0-9_.]+)` \| (.+) \|$", page_, re.MULTILINE))

    assert list(told) == list(RULES)
    for name, rule in RULES.items():
        for limit in rule.limits if rule else ():
            assert re.search(rf"(?<![\d.]){limit.than:,g}(?![\d.])", told[name]), name
