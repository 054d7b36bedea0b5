"""The numbers that near-duplicate detection turns on."""

from dataclasses import dataclass
from typing import Literal

FARTHEST = 6
"""Largest SimHash distance: each bit more takes more selections of bits, 84 of them at 6."""


@dataclass(frozen=True)
class NearSettings:
    """How alike two texts must be, and how hard to look for such pairs.

    With `bands` of `rows` hashes a pair of Jaccard similarity J is looked at with probability
    1 - (1 - J**rows)**bands (Leskovec, Rajaraman, Ullman, Mining of Massive Datasets, 3.4):
    0.9977 at J = 0.8 with the defaults. Only pairs whose true similarity reaches `threshold`
    count.
    """

    words: int = 5
    """Words per shingle; a shorter text is one shingle."""
    threshold: float = 0.8
    """Least Jaccard similarity of two near duplicates, above 0 and up to 1."""
    permutations: int = 128
    """Hashes per MinHash signature; bands x rows of them are used."""
    bands: int = 20
    rows: int = 6
    seed: int = 7
    """Which permutations are drawn."""
    max_bucket: int = 64
    """Rows of one bucket that are compared all with all; see `lsh.candidates`."""
    method: Literal["minhash", "simhash"] = "minhash"
    """How candidates are found; each is verified in the same way."""
    distance: int = 3
    """Bits in which the SimHashes of two candidates may differ."""
    keep_shingles: bool = True
    """Keep the shingle sets in the scan (8 bytes per word) rather than make them again."""

    def __post_init__(self) -> None:
        """Refuse numbers that cannot work together."""
        if not 0.0 < self.threshold <= 1.0:
            raise ValueError(f"threshold is {self.threshold}: set it above 0 and up to 1")
        for name in ("words", "permutations", "bands", "rows", "max_bucket"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}: set it to 1 or more")
        if not 0 <= self.distance <= FARTHEST:
            raise ValueError(f"distance is {self.distance}: set it from 0 to {FARTHEST}")
        if self.bands * self.rows > self.permutations:
            raise ValueError(
                f"{self.bands} bands of {self.rows} rows need {self.bands * self.rows} hashes but "
                f"permutations is {self.permutations}: raise it or use fewer bands"
            )
