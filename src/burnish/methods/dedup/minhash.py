"""One shard's fingerprint for deduplication: content hashes, MinHash signatures, shingle sets.

MinHash: Broder, On the resemblance and containment of documents (1997).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from burnish.methods.dedup.normalise import DIGEST_BYTES, digest_normal, encode, normalise
from burnish.methods.dedup.settings import NearSettings
from burnish.methods.dedup.shingles import Shingles, join, of_normal

_BATCH_ROWS = 4096
_BATCH_BYTES = 8_000_000
_MASK = (1 << 64) - 1


@dataclass(frozen=True)
class Scan:
    """What deduplication needs to know of n texts.

    `digests` is uint8 (n, 16), `signatures` uint32 (n, permutations); `shingles` are the sets
    the signatures were made of, or None where the settings said not to keep them.
    """

    digests: npt.NDArray[np.uint8]
    signatures: npt.NDArray[np.uint32]
    shingles: Shingles | None

    def __len__(self) -> int:
        """Return the number of texts."""
        return len(self.digests)


def scan(texts: pa.Array | pa.ChunkedArray | Sequence[str], settings: NearSettings) -> Scan:
    """Return the fingerprint of `texts`; a text's part in it depends on that text alone.

    Join the messages of a row by `normalise.PART`, and leave out what all rows share.
    Raises ValueError for a missing text (null), naming its row.
    """
    digests, signatures, sets = [], [], []
    for normals in _batches(texts):
        made = of_normal(normals, settings.words)
        digests.append(b"".join(map(digest_normal, normals)))
        signatures.append(sign(made, settings.permutations, settings.seed))
        if settings.keep_shingles:
            sets.append(made)
    flat = np.frombuffer(b"".join(digests), np.uint8)
    none = np.zeros((0, settings.permutations), np.uint32)
    return Scan(
        digests=flat.reshape(-1, DIGEST_BYTES),
        signatures=np.concatenate([none, *signatures]),
        shingles=join(sets) if settings.keep_shingles else None,
    )


def sign(sets: Shingles, permutations: int = 128, seed: int = 7) -> npt.NDArray[np.uint32]:
    """Return the MinHash signatures, uint32 (n, permutations).

    Hash j of a shingle's upper 32 bits x is ((x ^ plus[j]) * times[j]) mod 2**32 with odd
    times[j]: a permutation of the 32-bit numbers.
    """
    from burnish.methods.dedup import kernels

    times, plus = drawn_permutations(permutations, seed)
    signatures = np.empty((len(sets), permutations), np.uint32)
    kernels.sign_rows(sets.values, sets.offsets, times, plus, signatures)
    return signatures


@lru_cache(maxsize=8)
def drawn_permutations(
    count: int, seed: int
) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]]:
    """Return (odd multipliers, masks), drawn by SplitMix64 (Steele, Lea, Flood 2014)."""
    drawn, state = [], seed
    for _ in range(count):
        state = (state + 0x9E3779B97F4A7C15) & _MASK
        word = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & _MASK
        drawn.append(word ^ (word >> 31))
    words = np.array(drawn, np.uint64)
    return (words >> np.uint64(32)).astype(np.uint32) | np.uint32(1), words.astype(np.uint32)


def _batches(texts: pa.Array | pa.ChunkedArray | Sequence[str]) -> Iterator[list[bytes]]:
    """Yield the normal forms in order, a few megabytes at a time."""
    batch: list[bytes] = []
    size = 0
    for row, text in enumerate(_strings(texts)):
        if text is None:
            raise ValueError(
                f"row {row} has no text: give it one (it may be empty) or leave it out"
            )
        normal = encode(normalise(text))
        batch.append(normal)
        size += len(normal)
        if len(batch) >= _BATCH_ROWS or size >= _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _strings(texts: pa.Array | pa.ChunkedArray | Sequence[str]) -> Iterator[str | None]:
    if not isinstance(texts, pa.Array | pa.ChunkedArray):
        yield from texts
        return
    for start in range(0, len(texts), _BATCH_ROWS):
        yield from texts.slice(start, _BATCH_ROWS).to_pylist()
