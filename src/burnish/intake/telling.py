"""What a process of a training tells whoever runs it: where it begins, each step, its machine."""

from __future__ import annotations

import platform
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Any

from burnish.core.crew import Link
from burnish.methods.watch.gauges import Gauges

if TYPE_CHECKING:
    from burnish.methods.training.records import Beginning, EvalRecord, StepRecord
    from burnish.methods.training.settings import TrainSettings

TELLABLE = ("step", "epoch", "grad_norm", "learning_rate", "seconds")
"""What is kept of a private step; its loss, its tokens and who was clipped tell of rows."""
TAIL = 500
"""Steps before a checkpoint that are told again when a training goes on from it."""
UNTOLD = ("base_name", "privacy")
"""Settings that are told to nobody: a place on a disk, and what counts units."""


@dataclass(slots=True)
class Telling:
    """Tells over the link and keeps the steps for the record; open it around the training.

    The facts of a step come with `device`, the newest reading of the machine's gauges. The first
    step comes after `begun`: where the training goes on, its settings, what it computes on, and
    the last steps before.
    """

    link: Link
    name: str
    settings: TrainSettings
    history: list[dict[str, Any]]
    private: bool
    gauges: Gauges = field(default_factory=Gauges)

    def __enter__(self) -> Telling:
        self.gauges.__enter__()
        self.link.tell({"machine": zlib.crc32(platform.node().encode())})
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        wrong: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self.gauges.__exit__(kind, wrong, where)

    def __call__(self, seen: StepRecord | EvalRecord) -> None:
        """A step, or a validation."""
        facts = asdict(seen)
        hidden = self.private and "grad_norm" in facts
        self.history.append({k: v for k, v in facts.items() if k in TELLABLE or not hidden})
        self.link.tell({**facts, "device": self.gauges.read()})

    def begun(self, start: Beginning) -> None:
        """The first step follows."""
        told = {
            **asdict(start),
            "training": self.name,
            "private": self.private,
            "control": self.settings.from_scratch,
            "ranks": self.link.rank.world,
            "settings": _plain(asdict(self.settings)),
            "before": self._before(),
        }
        self.link.tell({"begun": told})

    def _before(self) -> list[dict[str, Any]]:
        """Every validation, and the last steps, in their order."""
        steps = [seen for seen in self.history if "grad_norm" in seen][-TAIL:]
        first = steps[0]["step"] if steps else 0
        return [seen for seen in self.history if "grad_norm" not in seen or seen["step"] >= first]


def _plain(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings as numbers, words and yes or no, those of a group under its name."""
    found: dict[str, Any] = {}
    for key, value in settings.items():
        if key in UNTOLD or value is None:
            continue
        if isinstance(value, Mapping):
            found |= {f"{key}.{inner}": v for inner, v in _plain(value).items()}
        elif isinstance(value, bool | int | float | str):
            found[key] = value
        else:
            found[key] = repr(value)
    return found
