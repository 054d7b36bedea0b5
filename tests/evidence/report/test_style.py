"""The style sheet: contrasts of both schemes, and what paper gets."""

from __future__ import annotations

import re
from importlib import resources

import pytest

CSS = (resources.files("burnish.evidence.report") / "page.css").read_text(encoding="utf-8")
LIGHT, DARK = (
    dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))
    for block in re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)
)
TONES = ("good", "bad", "wait", "none")


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
def test_text_stands_out_at_four_and_a_half_to_one(scheme: dict[str, str]) -> None:
    grounds = ["paper", *(f"{tone}-soft" for tone in TONES)]
    pairs = [(text, ground) for text in ("ink", "quiet", "link") for ground in grounds]
    pairs += [("paper", tone) for tone in TONES] + [("good", "paper"), ("bad", "paper")]

    weak = {pair: contrast(scheme[pair[0]], scheme[pair[1]]) for pair in pairs}

    assert {pair: ratio for pair, ratio in weak.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
def test_bars_and_lines_stand_out_at_three_to_one(scheme: dict[str, str]) -> None:
    pairs = [(kind, ground) for kind in ("bar", "bar-2", "bar-3") for ground in ("paper", "track")]
    pairs += [("gone", "paper"), ("limit", "paper"), ("limit", "track"), ("focus", "paper")]

    weak = {pair: contrast(scheme[pair[0]], scheme[pair[1]]) for pair in pairs}

    assert {pair: ratio for pair, ratio in weak.items() if ratio < 3} == {}


def test_both_schemes_name_the_same_colours_and_every_colour_used_is_one() -> None:
    used = set(re.findall(r"var\(--([\w-]+)\)", CSS)) - {"tone", "tone-soft"}

    assert LIGHT.keys() == DARK.keys()
    assert used <= LIGHT.keys()


def test_dark_colours_are_for_screens_only_and_paper_is_a4() -> None:
    assert "@media screen and (prefers-color-scheme: dark)" in CSS
    assert "size: A4" in CSS
