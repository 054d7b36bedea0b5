"""The detector of names and addresses by a model: tokens, network, thresholds, spans."""

import functools
import hashlib
import importlib.metadata
import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from burnish.methods.privacy.ner.model import (
    BLANK_GAP,
    CATEGORIES,
    SHIPPED,
    Model,
    load,
    read_card,
)
from burnish.methods.privacy.ner.tokens import Tokens, tokenise
from burnish.methods.privacy.spans import CATEGORIES as ALL_CATEGORIES
from burnish.methods.privacy.spans import Span, resolve
from burnish.methods.privacy.view import INERT, View, look_through, token_pattern

NEAR_MASK = 0.9
"""How probable a find within the halo of a mask token must be, where a text has no other find.

A mask changes what the model sees beside it, so a text just masked would show new finds, most of
them wrong. Such a text has no find that is certain, and none away from mask tokens; one that
another tool has masked in part has some, and is then read like any other.
"""

_HIDING = re.compile(
    r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff\uff21-\uff5a]"
    r"|[\U0001d400-\U0001d7ff]|&(?:#[xX]?[0-9a-fA-F]{2,6}|[A-Za-z]{2,8});|%[2-7][0-9a-fA-F]"
    r"|\\u00[2-7][0-9a-fA-F]"
)
_BATCH = 1_000_000
_CHUNK = 1024
_PERSON, _ADDRESS = CATEGORIES.index("PERSON"), CATEGORIES.index("ADDRESS")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NOBODY = _words(
    """
    a an and are as at be been but by did do does for from had has have he her hers herself him
    himself his how i if in is it its itself me mine my myself no nor not of on or our ours she so
    than that the their theirs them themselves then there these they this those to too was we were
    what when where which who whom whose why with yes you your yours yourself
    """
)
_TITLES = _words("mr mrs ms miss dr prof sir madam")
_GREETINGS = _words(
    "dear hi hello hey thanks regards cheers sincerely greetings "
    # Words that name an identifier stand where names stand, and are nobody.
    "iban bic swift bsb abn acn tfn ssn itin nino nhs vat medicare ip mac url dob email phone"
)

Shares = npt.NDArray[np.float32]
Kinds = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class NerDetector:
    """Finds what a named-entity model tags, one text at a time in its result, many in its work.

    `model` is a folder with a model and its card (None: the one shipped); `thresholds` replace
    the card's for the categories they name; `inert` are further categories whose mask tokens are
    left alone. Raises ValueError for an unknown category or a threshold outside 0..1, and
    `ModelRefused` when the model is not what its card says.
    """

    categories: tuple[str, ...] = ("PERSON", "ADDRESS")
    model: Path | None = None
    thresholds: tuple[tuple[str, float], ...] = ()
    inert: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in (*self.categories, *(category for category, _ in self.thresholds)):
            if name not in CATEGORIES:
                raise ValueError(f"the model knows no {name!r}; it knows {', '.join(CATEGORIES)}")
        for name, threshold in self.thresholds:
            if not 0 < threshold < 1:
                raise ValueError(f"the threshold of {name} is {threshold}; it lies in 0..1")

    @property
    def version(self) -> str:
        """Name and version of the model."""
        card = read_card(self.model or SHIPPED)
        return f"{card.name}-{card.version}"

    @property
    def digest(self) -> str:
        """SHA-256 over the model's card, this code, the settings and the libraries' versions."""
        card = read_card(self.model or SHIPPED)
        settings = [self.categories, self.thresholds, self.inert, unicodedata.unidata_version]
        runtime = importlib.metadata.version("onnxruntime")
        said = json.dumps([card.digest, _source_digest(), runtime, settings], sort_keys=True)
        return hashlib.sha256(said.encode()).hexdigest()

    def detect(self, texts: Sequence[str]) -> list[list[Span]]:
        """For each text its spans; a text's spans do not depend on the texts beside it."""
        model = load(self.model or SHIPPED)
        limits = self._limits(model)
        inert = mask_tokens(self.inert)
        found: list[list[Span]] = []
        for batch in _batches(texts):
            views = [_readable(text, self.inert) for text in batch]
            read = [view.text for view in views]
            tokens = tokenise(read, inert)
            spans = _spans(read, tokens, _judged(model, tokens, limits), model.card.halo)
            found += [_original(view, here) for view, here in zip(views, spans, strict=True)]
        return found

    def _limits(self, model: Model) -> Shares:
        """The threshold of each of the model's categories; 1 for those not asked for."""
        wanted = {**model.card.thresholds, **dict(self.thresholds)}
        limits = [wanted[name] if name in self.categories else 1.0 for name in CATEGORIES]
        return np.array(limits, np.float32)


@functools.lru_cache(maxsize=16)
def mask_tokens(extra: tuple[str, ...] = ()) -> re.Pattern[str]:
    """Matches the mask tokens of the known and the `extra` categories, and what hides one."""
    names = "|".join(re.escape(name) for name in (*ALL_CATEGORIES, *extra))
    return re.compile(rf"\[(?:{names})(?:_\d{{1,4}})?\]|{INERT}")


def _readable(text: str, extra: tuple[str, ...]) -> View:
    """What a reader sees, where the text holds something that hides letters from a tokeniser."""
    plain = text.isascii() and not any(mark in text for mark in "&%\\")
    if plain or not _HIDING.search(text):
        return View(text)
    return look_through(text, token_pattern(extra))


def _original(view: View, spans: list[Span]) -> list[Span]:
    return resolve(map(view.original, spans)) if view.pieces else spans


def _batches(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    """The texts in their order, a million characters or one text at a time."""
    batch: list[str] = []
    size = 0
    for text in texts:
        if batch and size + len(text) > _BATCH:
            yield batch
            batch, size = [], 0
        batch.append(text)
        size += len(text)
    if batch:
        yield batch


def _judged(model: Model, tokens: Tokens, limits: Shares) -> tuple[Shares, Kinds]:
    """(probability [tokens, 4] where above its limit else 0, which category begins)."""
    from burnish.methods.privacy.ner.kernels import judge

    halo = model.card.halo
    texts = np.repeat(np.arange(1, len(tokens.firsts)), np.diff(tokens.firsts))
    places = np.arange(len(texts)) + halo * texts
    rows = len(texts) + halo * len(tokens.firsts)
    words = np.full(rows, len(tokens.features), np.int32)
    gaps = np.full(rows, BLANK_GAP, np.int32)
    words[places], gaps[places] = tokens.words, tokens.gaps
    vectors = model.vectors(tokens.features)
    shares, begins = np.zeros((rows, 4), np.float32), np.zeros(rows, np.uint8)
    for start in range(halo, rows - halo, _CHUNK):
        end = min(start + _CHUNK, rows - halo)
        seen = slice(start - halo, end + halo)
        logits = model.logits(vectors[words[seen]], gaps[seen])[halo:-halo]
        judge(logits, limits, shares[start:end], begins[start:end])
    shares, begins = shares[places], begins[places]
    shares[tokens.names[tokens.words, 0] == 0] = 0
    return shares, begins


def _beside_masks(tokens: Tokens, halo: int) -> npt.NDArray[np.bool_]:
    """Which tokens have a mask token of their text within the halo."""
    beside = np.zeros(len(tokens.starts), bool)
    masks = np.flatnonzero(tokens.names[tokens.words, 0] == 0)
    texts = np.searchsorted(tokens.firsts, masks, "right")
    for at, first, last in zip(
        masks.tolist(),
        tokens.firsts[texts - 1].tolist(),
        tokens.firsts[texts].tolist(),
        strict=True,
    ):
        beside[max(at - halo, first) : min(at + halo + 1, last)] = True
    return beside


def _spans(
    texts: Sequence[str], tokens: Tokens, odds: tuple[Shares, Kinds], halo: int
) -> list[list[Span]]:
    """The runs of tokens with a probability, as spans of their texts."""
    shares, begins = odds
    found: list[list[Span]] = [[] for _ in texts]
    beside = _beside_masks(tokens, halo)
    sure = np.zeros(len(texts), bool)
    for category, name in enumerate(CATEGORIES):
        column = shares[:, category]
        for text, first, last in _runs(tokens, column, begins, category):
            kept = _trimmed(texts[text], tokens, first, last, category)
            if kept is not None:
                certain = column[kept[0] : kept[1]].tolist()
                score = round(sum(certain) / len(certain), 4)
                start, end = int(tokens.starts[kept[0]]), int(tokens.ends[kept[1] - 1])
                found[text].append(Span(start, end, name, score))
                sure[text] |= score > NEAR_MASK or not beside[kept[0] : kept[1]].all()
    return [resolve(spans) if sure[text] else [] for text, spans in enumerate(found)]


def _runs(
    tokens: Tokens, column: Shares, begins: Kinds, category: int
) -> Iterator[tuple[int, int, int]]:
    """(text, first token, last token out) of each run; a text, a begin or a line may end one."""
    at = np.flatnonzero(column)
    if not len(at):
        return
    opens = np.ones(len(at), bool)
    opens[1:] = (np.diff(at) > 1) | (begins[at[1:]] == category + 1)
    opens |= np.isin(at, tokens.firsts)
    if category != _ADDRESS:
        opens |= tokens.gaps[at] >= 2
    starts = np.flatnonzero(opens)
    ends = np.append(starts[1:], len(at))
    firsts, lasts = at[starts], at[ends - 1] + 1
    texts = np.searchsorted(tokens.firsts, firsts, "right") - 1
    yield from zip(texts.tolist(), firsts.tolist(), lasts.tolist(), strict=True)


def _trimmed(
    text: str, tokens: Tokens, first: int, last: int, category: int
) -> tuple[int, int] | None:
    """The run without marks at its ends, or None where nothing of the category is left."""
    extents = zip(tokens.starts[first:last].tolist(), tokens.ends[first:last].tolist(), strict=True)
    words = [text[start:end] for start, end in extents]
    person = category == _PERSON
    start, end = 0, len(words)
    while end > start and _is_edge(words, end - 1, person):
        end -= 1
    while start < end and _is_edge(words, start, person):
        start += 1
    if person and all(map(_nobody, words[start:end])):
        return None
    return (first + start, first + end) if start < end else None


def _is_edge(words: Sequence[str], at: int, person: bool) -> bool:
    """Whether a word at the end of a run is no part of it: a mark, a greeting, a possessive s."""
    word = words[at]
    if not word.isalnum():
        return True
    if not person:
        return False
    if word in ("s", "S") and at and words[at - 1] in "'\u2019":
        return True
    return word in _NOBODY or word.lower() in _GREETINGS


@functools.lru_cache(maxsize=65536)
def _nobody(word: str) -> bool:
    """Whether a word alone names nobody: no letters, a pronoun, a title, a lone small letter."""
    low = word.lower()
    lone = len(word) == 1 and word.islower()
    return lone or not any(map(str.isalpha, word)) or low in _NOBODY or low in _TITLES


@functools.lru_cache(maxsize=1)
def _source_digest() -> str:
    """SHA-256 over the sources that turn logits into spans (line ends aside)."""
    total = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        total.update(path.name.encode() + b"\0" + path.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return total.hexdigest()
