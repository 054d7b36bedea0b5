"""Small pieces of SVG that keep their text size at any width.

A chart is as wide as its place: horizontal positions are percentages, vertical ones pixels, so
bars stretch and letters do not. Colours come from the page's style sheet, which knows light,
dark and paper. Every text passes through `escape`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from markupsafe import Markup, escape


def element(tag: str, text: object = None, **attributes: object) -> Markup:
    """An element; a `_` in an attribute's name stands for `-`, and `class_` for `class`."""
    named = ((key.rstrip("_").replace("_", "-"), value) for key, value in attributes.items())
    told = Markup("").join(Markup(' {}="{}"').format(key, value) for key, value in named)
    if text is None:
        return Markup("<{}{}/>").format(Markup(tag), told)
    return Markup("<{0}{1}>{2}</{0}>").format(Markup(tag), told, escape(text))


def share(value: float) -> str:
    """A share of one as a percentage of the width, kept within the chart."""
    return f"{100 * min(max(value, 0.0), 1.0):.2f}%"


def rect(x: float, y: float, width: float, height: float, kind: str) -> Markup:
    """A bar from `x` over `width` (shares of the chart's width) at `y` pixels."""
    wide = min(width, 1.0 - min(max(x, 0.0), 1.0))
    return element("rect", x=share(x), y=y, width=share(wide), height=height, class_=kind)


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> Markup:
    """A line; `x` in shares of the width, `y` in pixels."""
    return element("line", x1=share(x1), y1=y1, x2=share(x2), y2=y2, class_=kind)


def dot(x: float, y: float, kind: str, radius: float = 4) -> Markup:
    """A point."""
    return element("circle", cx=share(x), cy=y, r=radius, class_=kind)


def label(x: float, y: float, text: object, kind: str = "", anchor: str = "start") -> Markup:
    """A text whose base line is at `y` pixels."""
    return element("text", text, x=share(x), y=y, class_=kind, text_anchor=anchor)


def whisker(low: float, high: float, y: float) -> Markup:
    """An interval as a line with two ends, on a halo that keeps it apart from a bar below."""
    ends = [(low, y - 4, low, y + 4), (high, y - 4, high, y + 4), (low, y, high, y)]
    return Markup("").join(line(*end, kind) for kind in ("halo", "whisker") for end in ends)


def chart(name: str, title: str, height: float, pieces: Iterable[Markup]) -> Markup:
    """A whole drawing: `name` is its id in the page, `title` what it says to who cannot see it."""
    inside = Markup("").join([element("title", title, id=f"{name}-title"), *pieces])
    return element(
        "svg",
        inside,
        id=name,
        class_="chart",
        role="img",
        aria_labelledby=f"{name}-title",
        width="100%",
        height=f"{height:g}",
        focusable="false",
    )


def ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Round numbers from at most `low` to at least `high`, some `about` of them."""
    if not high > low:
        high = low + 1
    raw = (high - low) / about
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(size * power for size in (1, 2, 2.5, 5, 10) if size * power >= raw * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(number * step, 12) for number in range(first, last + 1)]
