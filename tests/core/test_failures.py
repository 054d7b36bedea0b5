"""A failure is of one kind, and leaves its process without a value of the data."""

import errno
import pickle

import pytest

from burnish.core.errors import (
    Broken,
    BudgetSpent,
    BurnishError,
    DiskFull,
    Diverged,
    Hung,
    InputError,
    IntegrityBroken,
    Interrupted,
    Lost,
    OutOfMemory,
    Preempted,
)
from burnish.core.failures import AGAIN, Kind, as_told, classify


class OutOfMemoryError(RuntimeError):
    """As torch names that of CUDA."""


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (Interrupted("a", remedy="b"), Kind.STOPPED),
        (KeyboardInterrupt(), Kind.STOPPED),
        (Preempted("a", remedy="b"), Kind.PREEMPTED),
        (Lost("a", remedy="b"), Kind.LOST),
        (Hung("a", remedy="b"), Kind.HUNG),
        (OutOfMemory("a", remedy="b"), Kind.MEMORY),
        (MemoryError(), Kind.MEMORY),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), Kind.MEMORY),
        (OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"), Kind.MEMORY),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried"), Kind.MEMORY),
        (DiskFull("a", remedy="b"), Kind.DISK),
        (OSError(errno.ENOSPC, "No space left on device"), Kind.DISK),
        (Diverged("a", remedy="b"), Kind.DIVERGED),
        (InputError("a", remedy="b"), Kind.DATA),
        (IntegrityBroken("a", remedy="b"), Kind.INTEGRITY),
        (BudgetSpent("a", remedy="b"), Kind.BUDGET),
        (RuntimeError("NCCL error"), Kind.DEFECT),
        (OSError(errno.EIO, "disk"), Kind.DEFECT),
        (ValueError("out of memory, says a row"), Kind.DEFECT),
    ],
)
def test_each_failure_is_of_its_kind_here_and_beyond_a_process(
    error: BaseException, kind: Kind
) -> None:
    assert classify(error) is kind
    if not isinstance(error, KeyboardInterrupt):
        assert classify(pickle.loads(pickle.dumps(as_told(error)))) is kind  # noqa: S301


def test_a_foreign_error_is_told_by_type_and_place_only() -> None:
    try:
        raise KeyError("erika.mustermann@example.org")
    except KeyError as error:
        told = as_told(error)
    assert isinstance(told, Broken)
    assert "erika" not in str(told)
    assert told.problem.startswith("KeyError in ")
    assert told.problem.rpartition(" ")[2].isdecimal()


def test_each_error_names_what_helps() -> None:
    for error in (MemoryError(), OSError(errno.ENOSPC, ""), RuntimeError("x")):
        told: BurnishError = as_told(error)
        assert told.remedy


def test_a_person_data_disk_and_divergence_are_never_contradicted() -> None:
    never = {Kind.STOPPED, Kind.DATA, Kind.DIVERGED, Kind.DISK, Kind.INTEGRITY, Kind.BUDGET}
    assert not never & set(AGAIN)
    assert AGAIN[Kind.MEMORY] == 1
