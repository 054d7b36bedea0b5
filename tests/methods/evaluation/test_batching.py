from hypothesis import given, settings
from hypothesis import strategies as st

from burnish.methods.evaluation.batching import by_tokens, distinct, longest_first


@settings(max_examples=50, deadline=None)
@given(lengths=st.lists(st.integers(1, 40), max_size=30), tokens=st.integers(1, 200))
def test_every_row_is_in_one_batch_that_keeps_to_its_tokens(
    lengths: list[int], tokens: int
) -> None:
    batches = list(by_tokens(lengths, tokens))

    assert sorted(place for batch in batches for place in batch) == list(range(len(lengths)))
    for batch in batches:
        widest = max(lengths[place] for place in batch)
        assert lengths[batch[0]] == widest
        assert len(batch) == 1 or len(batch) * widest <= tokens


@settings(max_examples=50, deadline=None)
@given(things=st.lists(st.text(max_size=2)))
def test_distinct_things_lead_back_to_all(things: list[str]) -> None:
    once, where = distinct(things)

    assert len(set(once)) == len(once)
    assert [once[place] for place in where] == things


def test_the_longest_go_first_and_ties_keep_their_order() -> None:
    assert longest_first([2, 5, 2, 5, 9]) == [4, 1, 3, 0, 2]
