"""Who one is among the processes of a training."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Member:
    """Number `number` of `world` processes, and `local` on this machine, all from 0.

    `meeting` is HOST:PORT where number 0 listens for the others, empty for one process alone.
    A process that is silent for `patience` seconds is taken for lost.
    """

    number: int = 0
    world: int = 1
    local: int = 0
    meeting: str = ""
    patience: float = 900.0

    def __post_init__(self) -> None:
        if not 0 <= self.number < self.world:
            raise ValueError(f"rank {self.number} is none of {self.world}")
        if self.world > 1 and not self.meeting:
            raise ValueError(f"{self.world} ranks need a place to meet (HOST:PORT)")

    @property
    def leads(self) -> bool:
        """Whether this is the one that writes checkpoints and weights."""
        return self.number == 0


class PeerLost(RuntimeError):
    """Another process of the training is gone, or was silent for too long."""


class Drifted(RuntimeError):
    """Ranks that must hold equal weights do not: a defect of a machine or of a library."""
