"""Which rows of a step a rank takes: a pure function of the step and the number of ranks."""

from dataclasses import dataclass

from burnish.methods.training.pack import MicroBatch, Step


@dataclass(frozen=True)
class Pass:
    """One pass over a micro-batch; where it does not count it only keeps the ranks in step.

    `last` marks the rank's last pass of a step.
    """

    rows: MicroBatch
    counts: bool
    last: bool


@dataclass(frozen=True)
class Mine:
    """The micro-batches of a rank, and how many passes it must make besides to keep in step.

    `filler` is a micro-batch for such passes.
    """

    batches: Step
    idle: int = 0
    filler: MicroBatch = ()

    @property
    def passes(self) -> list[Pass]:
        """All passes of this rank, in order."""
        most = len(self.batches) + self.idle
        rows = (*self.batches, *(self.filler,) * self.idle)
        counted = len(self.batches)
        return [Pass(micro, n < counted, n == most - 1) for n, micro in enumerate(rows)]


def share(step: Step, micro_batch: int, number: int, world: int) -> Mine:
    """Rows are dealt out one by one, so that ranks get rows of like length; none is left out.

    Every rank makes as many passes as the one with the most rows, the missing ones on the step's
    last (shortest) row.
    """
    rows = [row for micro in step for row in micro]
    dealt = rows[number::world]
    batches = tuple(
        tuple(dealt[start : start + micro_batch]) for start in range(0, len(dealt), micro_batch)
    )
    passes = -(-len(rows[::world]) // micro_batch)
    return Mine(batches, passes - len(batches), (rows[-1],))
