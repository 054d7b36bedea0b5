"""Two writings of the same schedule agree."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from burnish.methods.training.optimise import learning_rate
from burnish.methods.training.settings import Schedule as Shape
from burnish.methods.training.settings import TrainSettings
from burnish.methods.watch.schedule import SHAPES, Schedule, rate_at


@given(st.sampled_from(SHAPES), st.integers(1, 300), st.floats(0, 0.99), st.data())
@settings(max_examples=50, deadline=None)
def test_the_rate_is_that_of_the_loop(
    shape: Shape, total: int, share: float, data: st.DataObject
) -> None:
    step = data.draw(st.integers(1, total))
    asked = TrainSettings(schedule=shape, warmup_share=share, learning_rate=3e-4)

    rate = rate_at(Schedule(shape, 3e-4, share, total), step)

    assert rate == pytest.approx(learning_rate(step - 1, total, asked), rel=1e-9, abs=1e-18)


def test_a_shape_that_is_not_known_is_refused() -> None:
    with pytest.raises(ValueError, match="no schedule is called sawtooth"):
        rate_at(Schedule("sawtooth", 1.0, 0.0, 10), 5)
