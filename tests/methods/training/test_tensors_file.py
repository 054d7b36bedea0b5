import tracemalloc

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load

from burnish.methods.training.parallel.port import Entry
from burnish.methods.training.tensors_file import fetch_only, tensors_file

TYPES = (torch.float32, torch.bfloat16, torch.int64, torch.uint8, torch.float64)


def entry(name: str, tensor: torch.Tensor) -> Entry:
    return Entry(name, tuple(tensor.shape), tensor.dtype, lambda: tensor)


@given(
    st.lists(
        st.tuples(st.sampled_from(TYPES), st.lists(st.integers(0, 5), max_size=3)), max_size=8
    ),
    st.integers(0, 99),
)
@settings(max_examples=50, deadline=None)
def test_the_library_reads_back_what_was_written(
    parts: list[tuple[torch.dtype, list[int]]], seed: int
) -> None:
    generator = torch.Generator().manual_seed(seed)
    tensors = {
        f"tensor {number}": torch.randint(0, 255, shape, generator=generator).to(dtype)
        for number, (dtype, shape) in enumerate(parts)
    }
    found = load(tensors_file([entry(name, tensor) for name, tensor in tensors.items()]))

    assert found.keys() == tensors.keys()
    for name, tensor in tensors.items():
        assert found[name].dtype == tensor.dtype
        assert torch.equal(found[name], tensor)


def test_equal_tensors_give_equal_bytes_whichever_way_they_lie_in_memory() -> None:
    square = torch.arange(12.0).reshape(3, 4)
    assert tensors_file([entry("a", square.t())]) == tensors_file(
        [entry("a", square.t().contiguous())]
    )


def test_a_file_takes_no_more_memory_than_its_own_size() -> None:
    tensors = [torch.ones(2**18) for _ in range(8)]
    tracemalloc.start()
    made = tensors_file([entry(str(number), tensor) for number, tensor in enumerate(tensors)])
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert len(made) > 8 * 2**20
    assert most < len(made) * 1.05


def test_ranks_that_do_not_write_fetch_in_the_order_of_the_one_that_does() -> None:
    asked: list[str] = []

    def told(name: str, dtype: torch.dtype) -> Entry:
        def fetch() -> torch.Tensor:
            asked.append(name)
            return torch.ones(1, dtype=dtype)

        return Entry(name, (1,), dtype, fetch)

    entries = [told("narrow", torch.uint8), told("wide", torch.float64), told("mid", torch.float32)]
    tensors_file(entries)
    fetch_only(entries)

    assert asked == ["wide", "mid", "narrow"] * 2


def test_a_type_that_the_format_lacks_is_no_file() -> None:
    with pytest.raises(KeyError):
        tensors_file([entry("complex", torch.ones(1, dtype=torch.complex64))])
