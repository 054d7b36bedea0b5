"""What a search over shards is given: tables by digest, ways to spread work, what to look for."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import pyarrow as pa

from burnish.methods.dedup.groups import GROUP_SHINGLES
from burnish.methods.dedup.settings import NearSettings

BATCH_PAIRS = 1 << 21


class TaskFn(Protocol):
    """A pure, picklable function of a module: tables and settings in, named tables out."""

    __name__: str

    def __call__(self, tables: Any, settings: Any, /) -> Mapping[str, pa.Table]: ...


class Spread(Protocol):
    """Applies a function to tables by digest, task by task; order in is order out."""

    def __call__(
        self, fn: TaskFn, tasks: Iterable[tuple[Sequence[str], object]], /
    ) -> Iterator[Mapping[str, str]]: ...


@dataclass(frozen=True)
class Reach:
    """What the caller lends: keep a table, read one, spread work over tables."""

    put: Callable[[pa.Table], str]
    get: Callable[[str], pa.Table]
    spread: Spread


@dataclass(frozen=True)
class Scanned:
    """A shard: the digest of its rows, how many they are, and the tables `describe` made."""

    text: str
    rows: int
    tables: Mapping[str, str]


@dataclass(frozen=True)
class Lossless:
    """Tasks over a shard's text that find every pair: `prefix.count_shingles`, `prefix_keys`.

    The first gets the text and the words of a shingle, and names its table `prefix.COUNTS`; the
    second gets the text and the sums, and a `prefix.PrefixTask`.
    """

    counts_of: TaskFn
    keys_of: TaskFn


@dataclass(frozen=True)
class Search:
    """What to look for, and the task that makes shingle sets (see `verify_sets.make_sets`).

    With `lossless` candidates are found through rare shingles and none is missed; without,
    through the keys of the scan.
    """

    settings: NearSettings
    sets_of: TaskFn
    lossless: Lossless | None = None
    group_shingles: int = GROUP_SHINGLES
    batch_pairs: int = BATCH_PAIRS
