"""Windows over long texts and runs over pieces: all is covered, nothing is too long."""

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from burnish.methods.privacy.engines.windows import runs, windows


@settings(max_examples=100, deadline=None)
@given(st.text("ab \n", max_size=400), st.integers(8, 60), st.integers(0, 6))
def test_windows_cover_a_text_and_overlap(text: str, size: int, overlap: int) -> None:
    found = list(windows(text, size, overlap))

    assert found[0][0] == 0
    assert found[-1][1] == len(text)
    assert all(end - start <= size for start, end in found)
    for (start, end), (after, _) in itertools.pairwise(found):
        assert start < after <= end


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(1, 9), min_size=1, max_size=80), st.integers(6, 30), st.integers(2, 12))
def test_runs_cover_all_pieces_within_the_room(sizes: list[int], most: int, count: int) -> None:
    found = list(runs(sizes, most, count, 2))

    assert found[0][0] == 0
    assert found[-1][1] == len(sizes)
    for start, end in found:
        assert start < end <= start + count
        assert sum(sizes[start:end]) <= most or end == start + 1
    for (start, end), (after, _) in itertools.pairwise(found):
        assert start < after <= end
