from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from burnish.methods.training.examples import Example, TrainData, digest, require_fit


def example(ids: list[int], trained: list[int]) -> Example:
    return Example("row-9", np.array(ids, dtype=np.int32), np.array(trained, dtype=bool))


GOOD = example([5, 6, 7, 2], [0, 0, 1, 1])


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (example([5, 6, 2], [0, 0, 0]), "no trained token"),
        (example([2, 6], [1, 0]), "no trained token"),
        (example([5, 6, 7], [0, 1, 1]), "stop token 2"),
        (example([5, 6, 7, 8, 2], [0, 1, 0, 0, 1]), "stop token 2"),
        (example([5] * 8 + [2], [1] * 9), "longer than max_length 8"),
        (example([5, 64, 2], [0, 1, 1]), "outside the model's vocabulary of 64"),
        (example([5, -1, 2], [0, 1, 1]), "outside the model's vocabulary of 64"),
        (example([], []), "no trained token"),
        (example([5, 2], [1]), "vectors of one length"),
    ],
)
@pytest.mark.parametrize("part", ["train", "validation"])
def test_an_unfit_example_is_named_with_the_reason(bad: Example, why: str, part: str) -> None:
    both = {"train": [GOOD], "validation": [GOOD], part: [GOOD, bad]}
    data = TrainData(both["train"], both["validation"], stop_id=2, pad_id=0)

    with pytest.raises(ValueError, match=f"{part} example row-9: .*{why}"):
        require_fit(data, 64, 8)


def test_fit_examples_pass_and_none_at_all_do_not() -> None:
    data = TrainData([GOOD], [], stop_id=2, pad_id=0)

    require_fit(data, 64, 8)
    with pytest.raises(ValueError, match="no training example"):
        require_fit(replace(data, train=[]), 64, 8)
    with pytest.raises(ValueError, match="pad_id 64"):
        require_fit(replace(data, pad_id=64), 64, 8)


def test_a_window_of_a_longer_text_may_end_without_the_stop_token() -> None:
    window = replace(example([5, 6, 7], [0, 1, 1]), open_end=True)
    inner_run = replace(example([5, 6, 7, 8], [0, 1, 0, 1]), open_end=True)

    require_fit(TrainData([window], [], stop_id=2, pad_id=0), 64, 8)
    with pytest.raises(ValueError, match="stop token 2"):
        require_fit(TrainData([inner_run], [], stop_id=2, pad_id=0), 64, 8)


def test_the_digest_sees_ids_marks_keys_and_order(examples: Callable[..., list[Example]]) -> None:
    made = examples(3)
    other_id, other_mark = made[0].ids.copy(), made[0].trained.copy()
    other_id[0] += 1
    other_mark[0] ^= True

    variants = [
        made,
        made[::-1],
        made[:2],
        [replace(made[0], ids=other_id), *made[1:]],
        [replace(made[0], trained=other_mark), *made[1:]],
        [replace(made[0], key="row-x"), *made[1:]],
    ]

    assert len({digest(v) for v in variants}) == len(variants)
    assert digest(made) == digest(examples(3))
