from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from burnish.methods.training.columns import Part, Rows, Tokens, write_rows
from burnish.methods.training.examples import Example, digest


def example(draw: st.DrawFn, number: int) -> Example:
    def tokens() -> tuple[np.ndarray, np.ndarray]:
        marks = np.array(draw(st.lists(st.booleans(), min_size=1, max_size=11)))
        return np.arange(len(marks), dtype=np.int32) + number, marks

    key = draw(st.sampled_from(["row", "größer", ""])) + str(number)
    worse = Example(key, *tokens()) if draw(st.booleans()) else None
    unit = draw(st.sampled_from(["", "ü"]))
    return Example(key, *tokens(), draw(st.booleans()), number / 3, unit, worse)


@st.composite
def shards(draw: st.DrawFn) -> list[list[Example]]:
    sizes = draw(st.lists(st.integers(0, 4), min_size=1, max_size=4))
    return [[example(draw, 10 * n + i) for i in range(size)] for n, size in enumerate(sizes)]


def tokens_of(examples: list[Example | None]) -> Tokens:
    there = [e for e in examples if e is not None]
    none = np.zeros(0, np.int32)
    return Tokens(
        np.concatenate([none, *(e.ids for e in there)]),
        np.concatenate([none.astype(bool), *(e.trained for e in there)]),
        np.array([0 if e is None else len(e.ids) for e in examples], np.int32),
    )


def part(examples: list[Example]) -> Part:
    return Part(
        keys=[e.key for e in examples],
        units=[e.unit for e in examples],
        tokens=tokens_of(list(examples)),
        rejected=tokens_of([e.rejected for e in examples]),
        open_end=np.array([e.open_end for e in examples], np.bool_),
        difficulty=np.array([e.difficulty for e in examples], np.float64),
    )


@settings(max_examples=50, deadline=None)
@given(made=shards())
def test_rows_by_columns_are_the_examples_that_went_in(
    made: list[list[Example]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("rows")
    flat = [one for shard in made for one in shard]
    write_rows(map(part, made), folder)

    for rows in (Rows.of(map(part, made)), Rows.mapped(folder)):
        assert len(rows) == len(flat)
        assert digest(rows) == digest(flat)
        for mine, other in zip(rows, flat, strict=True):
            assert (mine.key, mine.unit, mine.open_end) == (other.key, other.unit, other.open_end)
            assert mine.ids.dtype == np.int32
            assert mine.trained.dtype == np.bool_
            assert mine.trained.tolist() == other.trained.tolist()
            assert mine.difficulty == other.difficulty
            assert (mine.rejected is None) is (other.rejected is None)


def test_a_row_is_a_view_and_costs_four_bytes_and_a_bit_a_token(tmp_path: Path) -> None:
    one = Example("a", np.arange(80, dtype=np.int32), np.arange(80) > 40)
    write_rows([part([one] * 10)], tmp_path)
    rows = Rows.mapped(tmp_path)

    assert rows[-1].ids.base is not None
    assert (tmp_path / "ids").stat().st_size == 4 * 800
    assert (tmp_path / "trained").stat().st_size == 100
    assert [e.key for e in rows[2:4]] == ["a", "a"]
    with pytest.raises(ValueError, match="read-only"):
        rows[0].ids[0] = 1
    with pytest.raises(IndexError, match="no row 10 among 10"):
        rows[10]
