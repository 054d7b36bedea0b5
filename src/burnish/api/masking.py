"""The detector of the pipeline, for anyone: texts in, spans or masked texts out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypedDict, cast

from pydantic import ValidationError

from burnish.core.errors import InputError
from burnish.core.secrets import resolve
from burnish.intake.masking import LEAST_KEY, detector_for
from burnish.methods.privacy.detect import Detector
from burnish.methods.privacy.replace import Naming, Style, mask_together
from burnish.methods.privacy.replace import mask as replace_spans
from burnish.methods.privacy.spans import Span
from burnish.methods.privacy.surrogates import Surrogates
from burnish.plan import MaskPlan
from burnish.plan_file import load_plan
from burnish.plan_mask import MASKED

REGIONS = ("AU", "US", "GB", "EU")
ENGINES = ("rules", "ner")
_BATCH_TEXTS, _BATCH_CHARACTERS = 1_000, 1_000_000


class Found(TypedDict):
    """One span in characters of the input text."""

    start: int
    end: int
    category: str
    score: float


class MaskedText(TypedDict):
    """A masked text, and the spans of it in characters of the input text."""

    text: str
    spans: list[Found]


@dataclass(frozen=True)
class Masker:
    """Finds and masks as a plan's section `mask` says; `root` is where its paths begin.

    `key` is for the style surrogate, 16 bytes or more. Each text is a document of its own. Raises
    `InputError` for a detector that cannot be, and for surrogates without a key.
    """

    plan: MaskPlan = field(default_factory=MaskPlan)
    style: Style = "token"
    root: Path = field(default_factory=Path)
    key: bytes = field(default=b"", repr=False)

    @cached_property
    def detector(self) -> Detector:
        """The engines of the plan as one; models are loaded once in a process."""
        return detector_for(self.plan, self.root.resolve())

    @cached_property
    def naming(self) -> Naming:
        """How values are named."""
        if self.style != "surrogate":
            return Naming(self.style)
        if len(self.key) < LEAST_KEY:
            raise InputError(
                f"surrogates need a key of at least {LEAST_KEY} bytes",
                remedy="keep one in a file: openssl rand -hex 32 > surrogates.key",
            )
        scope = self.plan.surrogates.scope if self.plan.surrogates else "document"
        salt = (self.plan.surrogates.dataset if self.plan.surrogates else None) or ""
        return Naming("surrogate", Surrogates(self.key, salt, scope))

    def detect(self, texts: Iterable[str]) -> Iterator[list[Found]]:
        """The spans of each text, in order; texts are taken as they come, in batches."""
        for _, spans in self._found(texts):
            yield [_told(span) for span in spans]

    def mask(self, texts: Iterable[str]) -> Iterator[MaskedText]:
        """Each text masked, in order; texts are taken as they come, in batches."""
        naming = self.naming
        for text, spans in self._found(texts):
            name = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
            masked = mask_together([text], [spans], naming, name)[0]
            yield MaskedText(text=masked.text, spans=[_told(span) for span in spans])

    def _found(self, texts: Iterable[str]) -> Iterator[tuple[str, list[Span]]]:
        if isinstance(texts, str):
            raise InputError("texts is one string", remedy="give a list of texts: [text]")
        for batch in _batches(texts):
            yield from zip(batch, self.detector.detect(batch), strict=True)


def masker_for(
    plan: Path | None,
    section: Mapping[str, Any],
    style: str | None = None,
    key: str | None = None,
    root: Path = Path(),
) -> Masker:
    """A masker as the section `mask` of a plan file says, or as a section given by its keys.

    `style` and `key` (env:NAME or file:PATH) go before the plan's. Raises `InputError` for both a
    plan and a section, an unknown key or value, and a key that is not there.
    """
    if plan is not None and section:
        raise InputError(
            "a plan and further options at once", remedy="write them into the plan's section mask"
        )
    mask_plan = _validated(dict(section)) if plan is None else load_plan(_file(plan)).mask
    root = root if plan is None else _file(plan).resolve().parent
    named = mask_plan.surrogates
    chosen = style or mask_plan.style
    reference = key or (named.key if named else None)
    secret = resolve(reference, root).encode() if chosen == "surrogate" and reference else b""
    return Masker(mask_plan, cast(Style, chosen), root, secret)


def _file(plan: Path) -> Path:
    return plan / "burnish.yaml" if plan.is_dir() else plan


def detect(
    texts: Iterable[str],
    *,
    categories: Sequence[str] = MASKED,
    regions: Sequence[str] = REGIONS,
    engines: Sequence[str | Mapping[str, Any]] = ENGINES,
) -> list[list[Found]]:
    """The spans of personal data in each text, in order, in characters of that text.

    `engines` are those of a plan: "rules", "ner", or mappings such as
    {"kind": "spacy", "path": "models/en"}. Raises `InputError` for a single string where a list of
    texts is meant, an engine that cannot be, and an unknown category or region.
    """
    return list(Masker(_section(categories, regions, engines)).detect(texts))


def mask(
    texts: Iterable[str],
    *,
    categories: Sequence[str] = MASKED,
    regions: Sequence[str] = REGIONS,
    engines: Sequence[str | Mapping[str, Any]] = ENGINES,
    style: Style = "token",
    key: bytes = b"",
) -> list[str]:
    """Each text with its personal data replaced, in order.

    `style` "token" writes [PERSON], "numbered" [PERSON_1], "surrogate" made-up values that follow
    from `key`; those hide what was missed. Raises as `detect`.
    """
    masker = Masker(_section(categories, regions, engines), style, key=key)
    return [masked["text"] for masked in masker.mask(texts)]


def replaced(text: str, spans: Iterable[Found], style: Style = "token") -> str:
    """The text with these spans of it replaced."""
    return replace_spans(text, [Span(**span) for span in spans], style)


def _section(
    categories: Sequence[str],
    regions: Sequence[str],
    engines: Sequence[str | Mapping[str, Any]],
) -> MaskPlan:
    given = {"categories": categories, "regions": regions, "engines": engines}
    return _validated({name: tuple(value) for name, value in given.items()})


def _validated(section: Mapping[str, Any]) -> MaskPlan:
    try:
        return MaskPlan.model_validate(section)
    except ValidationError as wrong:
        told = [
            f"{'.'.join(map(str, error['loc']))}: {error['msg'].removeprefix('Value error, ')}"
            for error in wrong.errors(include_url=False)
        ]
        raise InputError(
            "; ".join(told), remedy="burnish schema tells what the section mask knows"
        ) from None


def _told(span: Span) -> Found:
    return Found(start=span.start, end=span.end, category=span.category, score=float(span.score))


def _batches(texts: Iterable[str]) -> Iterator[list[str]]:
    """The texts in batches; what came before a text that cannot be read is handed on first."""
    batch: list[str] = []
    size = 0
    waiting = iter(texts)
    while True:
        try:
            text = next(waiting)
        except StopIteration:
            break
        except InputError:
            if batch:
                yield batch
            raise
        batch.append(text)
        size += len(text)
        if len(batch) == _BATCH_TEXTS or size > _BATCH_CHARACTERS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
