import numpy as np
import pytest
from scipy import stats

from burnish.methods.training.private.random import Stream

SECRET, TRAINING = b"s" * 32, {"model": "a", "setting seed": "3"}


def test_normals_are_standard_normal() -> None:
    found = Stream(SECRET, TRAINING).normals("noise", 0, 200_000)

    assert stats.kstest(found, "norm").pvalue > 1e-3
    assert found.std() == pytest.approx(1, abs=0.01)
    assert stats.pearsonr(found[:-1], found[1:]).pvalue > 1e-3


def test_a_wrong_scale_would_be_seen() -> None:
    found = Stream(SECRET, TRAINING).normals("noise", 0, 200_000)

    assert stats.kstest(found * 1.02, "norm").pvalue < 1e-3


def test_uniforms_are_uniform_below_one() -> None:
    found = Stream(SECRET, TRAINING).uniforms("units", 3, 100_000)

    assert stats.kstest(found, "uniform").pvalue > 1e-3
    assert found.min() >= 0
    assert found.max() < 1


def test_the_same_training_has_the_same_numbers_however_many_are_asked_for_at_once() -> None:
    one, other = Stream(SECRET, TRAINING), Stream(SECRET, dict(reversed(TRAINING.items())))
    whole = one.normals("noise", 7, 600_000)

    assert np.array_equal(whole, other.normals("noise", 7, 600_000))
    assert np.array_equal(whole[:5], other.normals("noise", 7, 600_000)[:5])
    assert one.name == other.name


def test_another_secret_training_purpose_or_step_has_others() -> None:
    here = Stream(SECRET, TRAINING)
    streams = [Stream(b"t" * 32, TRAINING), Stream(SECRET, {**TRAINING, "setting seed": "4"})]
    found = [here.normals("noise", 7, 50)]
    found += [s.normals("noise", 7, 50) for s in streams]
    found += [here.normals("noise", 8, 50), here.normals("noise of b", 7, 50)]

    for place, some in enumerate(found):
        assert all(abs(np.corrcoef(some, other)[0, 1]) < 0.6 for other in found[:place])
    assert len({s.name for s in (here, *streams)}) == 3


def test_a_short_secret_is_refused_and_the_name_does_not_tell_it() -> None:
    with pytest.raises(ValueError, match="needs 32 random bytes"):
        Stream(b"short", TRAINING)

    assert SECRET.hex()[:8] not in Stream(SECRET, TRAINING).name
