"""What people's verdicts say of a dataset, and whether it is what a plan asks for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from burnish.methods.sampling.draw import Frame, Sample, Stratum, draw
from burnish.methods.sampling.estimate import Counted, Rate, free_of_hits_needed, ratio, stratified
from burnish.methods.sampling.strata import RESIDUAL


@dataclass(frozen=True, slots=True)
class Looked:
    """A verdict on one document: texts missed, masks that hide nothing personal, masks, words.

    A document that was skipped has no verdict. `case` names what is kept of a mistake.
    """

    id: str
    stratum: str
    missed: int = 0
    over: int = 0
    masks: int = 0
    words: int = 0
    skipped: bool = False
    case: str = ""

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Looked:
        """A verdict as it was kept. Raises KeyError or TypeError for anything else."""
        return cls(**{name: record[name] for name in cls.__dataclass_fields__})


class Signed(Protocol):
    """What one person signed: `body` as it was kept, with the verdicts under `documents`."""

    @property
    def person(self) -> str: ...
    @property
    def body(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Reviewed:
    """The verdicts that one person signed."""

    person: str
    looked: tuple[Looked, ...]

    @classmethod
    def of(cls, signed: Signed) -> Reviewed:
        """The verdicts of what was signed. Raises KeyError or TypeError where there are none."""
        return cls(signed.person, tuple(map(Looked.of, signed.body["documents"])))

    @property
    def documents(self) -> int:
        """How many documents of the dataset itself the verdicts speak of."""
        return sum(one.stratum != RESIDUAL for one in self.looked)


@dataclass(frozen=True, slots=True)
class StratumSeen:
    """A stratum with what was found in it; counts are documents."""

    name: str
    rows: int
    judged: int
    skipped: int
    missed: int
    over: int


@dataclass(frozen=True, slots=True)
class Standing:
    """All verdicts on a dataset taken together.

    `missed` and `over` are shares of the documents that go on, `of_detector` the share of all
    masked documents with a miss, those set aside included. `words_missed` counts missed texts per
    thousand words, `masks_over` is the share of masks that hide nothing personal; both are
    estimates without an interval, because misses of one document come together.
    """

    judged: int
    skipped: int
    missed: Rate
    over: Rate
    of_detector: Rate
    words_missed: float | None
    masks_over: float | None
    strata: tuple[StratumSeen, ...]
    quarantined: StratumSeen
    reviewers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Weighed:
    """What all reviews that count say together, and why others do not count."""

    standing: Standing
    refused: tuple[str, ...] = ()


def weigh(signed: Sequence[Signed], frame: Frame, seed: int) -> Weighed:
    """Signed verdicts, oldest first, held against the sample that seed and dataset fix.

    Raises KeyError or TypeError for a body without verdicts, ValueError as `draw`.
    """
    reviews = [Reviewed.of(one) for one in signed]
    sample = draw(frame, max((one.documents for one in reviews), default=0), seed)
    wrong = [(one, belongs(one, sample)) for one in reviews]
    return Weighed(
        stand([one for one, why in wrong if not why], sample),
        tuple(f"{one.person}'s sample does not count: {why}" for one, why in wrong if why),
    )


def belongs(reviewed: Reviewed, sample: Sample) -> str:
    """Why these verdicts are not on a beginning of this sample; empty if they are on all of it.

    A sample from which documents were picked, left out or exchanged estimates nothing.
    """
    aside = [one.id for one in reviewed.looked if one.stratum == RESIDUAL]
    kept = [one.id for one in reviewed.looked if one.stratum != RESIDUAL]
    drawn = sample.documents[: len(kept)]
    strata = {one.id: one.stratum for one in drawn}
    if len(set(kept)) != len(kept) or len(set(aside)) != len(aside):
        return "a document has two verdicts"
    if set(kept) != strata.keys():
        return "its documents are not those that were drawn"
    if set(aside) != {one.id for one in sample.set_aside[: len(aside)]}:
        return "its documents set aside are not those that were drawn"
    if any(strata.get(one.id, one.stratum) != one.stratum for one in reviewed.looked):
        return "a document is counted in another stratum than its own"
    return ""


def stand(reviews: Sequence[Reviewed], sample: Sample) -> Standing:
    """The verdicts of all people together, on the strata of `sample`; oldest review first.

    Of one person the newest verdict on a document counts, of several people the worst: a miss
    that anybody has found stays found.
    """
    looked = _pooled(reviews)
    strata = tuple(_seen(stratum, looked) for stratum in sample.strata)
    quarantined = _seen(sample.quarantined, looked)
    judged = [one for one in looked if not one.skipped and one.stratum != RESIDUAL]
    weights = {one.name: one.rows / one.judged for one in strata if one.judged}
    return Standing(
        judged=sum(one.judged for one in strata),
        skipped=sum(one.skipped for one in strata),
        missed=stratified(map(_missed, strata)),
        over=stratified(Counted(s.rows, s.judged, s.over, s.skipped) for s in strata),
        of_detector=stratified(map(_missed, (*strata, quarantined))),
        words_missed=_thousandfold(
            ratio((weights[one.stratum], one.missed, one.words) for one in judged)
        ),
        masks_over=ratio((weights[one.stratum], one.over, one.masks) for one in judged),
        strata=strata,
        quarantined=quarantined,
        reviewers=tuple(sorted({review.person for review in reviews})),
    )


@dataclass(frozen=True, slots=True)
class Bar:
    """What a plan asks of a sample: documents judged, and the most that its upper bound may be."""

    documents: int = 0
    max_miss_rate: float | None = None


def above_the_bar(standing: Standing, bar: Bar) -> str:
    """The miss rate in words, where a whole sample's estimate is above the bar; else empty."""
    rate, most = standing.missed, bar.max_miss_rate
    if most is None or rate.estimate is None or standing.judged < _wanted(standing, bar):
        return ""
    return f"sampled miss rate {told(rate)} is above {most:.4%}" if rate.estimate > most else ""


def lacks(standing: Standing, bar: Bar) -> str:
    """What is still missing before the sample says what the plan asks for; empty if nothing is."""
    wanted, most = _wanted(standing, bar), bar.max_miss_rate
    if standing.judged < wanted:
        return f"people have looked at {standing.judged} of {wanted} documents of the sample"
    if most is None or standing.missed.upper <= most:
        return ""
    more = free_of_hits_needed([_missed(one) for one in standing.strata], most)
    return (
        f"the sampled miss rate may be as high as {standing.missed.upper:.2%}, above {most:.4%}; "
        f"about {more:,} more documents without a miss would show that it is not"
    )


def _wanted(standing: Standing, bar: Bar) -> int:
    """The documents asked for; all, where there are fewer."""
    return min(bar.documents, sum(one.rows for one in standing.strata))


def told(rate: Rate) -> str:
    """A rate with its interval, in words."""
    estimate = "not known" if rate.estimate is None else f"{rate.estimate:.2%}"
    return f"{estimate} ({rate.lower:.2%} to {rate.upper:.2%})"


def _pooled(reviews: Iterable[Reviewed]) -> list[Looked]:
    newest: dict[tuple[str, str], Looked] = {}
    for review in reviews:
        newest |= {(one.id, review.person): one for one in review.looked}
    worst: dict[str, Looked] = {}
    for (name, _), one in sorted(newest.items(), key=lambda item: item[0]):
        worst[name] = max(worst.get(name, one), one, key=_badness)
    return list(worst.values())


def _badness(one: Looked) -> tuple[bool, int, int]:
    """A verdict weighs more than none, a miss more than anything."""
    return not one.skipped, one.missed, one.over


def _seen(stratum: Stratum, looked: Sequence[Looked]) -> StratumSeen:
    here = [one for one in looked if one.stratum == stratum.name]
    judged = [one for one in here if not one.skipped]
    return StratumSeen(
        stratum.name,
        stratum.rows,
        len(judged),
        len(here) - len(judged),
        sum(one.missed > 0 for one in judged),
        sum(one.over > 0 for one in judged),
    )


def _missed(one: StratumSeen) -> Counted:
    return Counted(one.rows, one.judged, one.missed, one.skipped)


def _thousandfold(value: float | None) -> float | None:
    return None if value is None else 1000 * value
