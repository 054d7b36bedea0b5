"""Every kind of fault that the gauntlet plants, in the order of the flow."""

from __future__ import annotations

from burnish.gauntlet.fault import Fault
from burnish.gauntlet.faults.conduct import CONDUCT
from burnish.gauntlet.faults.data import DATA
from burnish.gauntlet.faults.proof import PROOF
from burnish.gauntlet.faults.training import TRAINING

FAULTS: tuple[Fault, ...] = (*DATA, *TRAINING, *CONDUCT, *PROOF)
