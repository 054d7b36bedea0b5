"""A Hugging Face token classifier from a folder: safetensors, no remote code, no network.

A word is found when the probabilities of all labels that mean one category, on any of its pieces,
sum to `min_score`: for masking a likely name is enough, it need not be the likeliest label.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from transformers import AutoModelForTokenClassification, AutoTokenizer

from burnish.methods.models.files import UnsafeModel, require_safe
from burnish.methods.privacy.engines.folder import folder_of, refuse_code
from burnish.methods.privacy.engines.labels import meanings
from burnish.methods.privacy.engines.settings import EngineFault, EngineSettings, Found

LIBRARY = "transformers"
LEAST = 0.5
_TEXTS, _BATCH, _LONGEST = 64, 16, 512
_JOINTS = frozenset(" \t.'\u2019-")

# These calls of transformers carry no types.
_MODELS: Any = AutoModelForTokenClassification
_TOKENIZERS: Any = AutoTokenizer


@dataclass(frozen=True, slots=True)
class _Window:
    """Some tokens of a text: their ids, the characters and the word of each."""

    text: int
    ids: list[int]
    places: list[tuple[int, int]]
    words: list[int | None]


@dataclass(frozen=True, slots=True)
class _Word:
    start: int
    end: int
    label: str
    score: float
    begins: bool


class TokenClassifier:
    """The words that a token classifier takes for something."""

    def __init__(self, settings: EngineSettings) -> None:
        folder = folder_of(settings.kind, settings.path)
        refuse_code(settings.kind, folder)
        try:
            require_safe(folder)
        except UnsafeModel as unsafe:
            raise EngineFault(f"engine transformers: {unsafe}") from None
        held = {"local_files_only": True, "trust_remote_code": False}
        self.tokenizer = _TOKENIZERS.from_pretrained(folder, use_fast=True, **held)
        if not self.tokenizer.is_fast:
            raise EngineFault(
                f"engine transformers: {folder} has no tokenizer.json, which offsets need"
            )
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        model = _MODELS.from_pretrained(folder, use_safetensors=True, **held)
        self.model = model.to(self.device).eval()
        self.least = LEAST if settings.min_score is None else settings.min_score
        self._names = {int(i): str(name) for i, name in model.config.id2label.items()}
        self.limit = _limit(self.tokenizer, model.config)
        self._groups = self._grouped(settings)
        if not self._groups:
            raise EngineFault(
                f"engine transformers: labels ignores all that {folder} gives: "
                f"{', '.join(self.labels)}"
            )

    @property
    def labels(self) -> tuple[str, ...]:
        """The model's labels without their B-, I- and the like, but for O."""
        return tuple(sorted({_plain(name) for name in self._names.values()} - {"O"}))

    def find(self, texts: list[str]) -> list[list[Found]]:
        """The words of each text; long ones are read in windows that overlap by a quarter."""
        found: list[list[Found]] = [[] for _ in texts]
        for start in range(0, len(texts), _TEXTS):
            windows = list(self._windows(texts, range(start, min(start + _TEXTS, len(texts)))))
            windows.sort(key=lambda window: (len(window.ids), window.text))
            for first in range(0, len(windows), _BATCH):
                batch = windows[first : first + _BATCH]
                for window, scores in zip(batch, self._scores(batch), strict=True):
                    words = self._words(window, scores)
                    found[window.text] += _joined(texts[window.text], words)
        return found

    def _grouped(self, settings: EngineSettings) -> dict[str, tuple[list[int], list[int]]]:
        """For each meaning one of its labels, all their ids, and the ids that begin a name."""
        meant = meanings(settings, self.labels)
        groups: dict[str, tuple[str, list[int], list[int]]] = {}
        for number, name in sorted(self._names.items()):
            category = meant.get(_plain(name))
            if category is not None:
                _, ids, begins = groups.setdefault(category, (_plain(name), [], []))
                ids.append(number)
                begins += [number] if name[:2] in ("B-", "U-", "S-") else []
        return {label: (ids, begins) for label, ids, begins in groups.values()}

    def _windows(self, texts: list[str], places: range) -> Iterator[_Window]:
        encoded = self.tokenizer(
            [texts[place] for place in places],
            truncation=True,
            max_length=self.limit,
            stride=self.limit // 4,
            return_overflowing_tokens=True,
            return_offsets_mapping=True,
            verbose=False,
        )
        for number, text in enumerate(encoded["overflow_to_sample_mapping"]):
            yield _Window(
                places[text],
                encoded["input_ids"][number],
                encoded["offset_mapping"][number],
                encoded.word_ids(number),
            )

    def _scores(self, windows: Sequence[_Window]) -> list[Any]:
        """The probabilities of the labels at every token of each window."""
        padded = self.tokenizer.pad(
            {"input_ids": [window.ids for window in windows]}, return_tensors="pt", verbose=False
        )
        with torch.no_grad():
            logits = self.model(**{k: v.to(self.device) for k, v in padded.items()}).logits
        scores = torch.softmax(logits.float(), dim=-1).cpu()
        left = self.tokenizer.padding_side == "left"
        return [
            one[-len(w.ids) :] if left else one[: len(w.ids)]
            for one, w in zip(scores, windows, strict=True)
        ]

    def _words(self, window: _Window, scores: Any) -> Iterator[_Word]:
        """The found words of a window: the best meaning over the pieces of each."""
        names = list(self._groups)
        total = torch.stack([scores[:, ids].sum(1) for ids, _ in self._groups.values()], 1)
        begins = torch.stack([scores[:, ids].sum(1) for _, ids in self._groups.values()], 1)
        for word, tokens in itertools.groupby(range(len(window.ids)), window.words.__getitem__):
            pieces = [t for t in tokens if window.places[t][0] < window.places[t][1]]
            if word is None or not pieces:
                continue
            best = total[pieces].max(0).values
            place = int(best.argmax())
            if float(best[place]) >= self.least:
                start, end = window.places[pieces[0]][0], window.places[pieces[-1]][1]
                anew = bool(begins[pieces[0], place] > total[pieces[0], place] / 2)
                yield _Word(start, end, names[place], float(best[place]), anew)


def _joined(text: str, words: Iterator[_Word]) -> Iterator[Found]:
    """Words of one label that stand side by side as one find, unless the next begins anew."""
    run: list[_Word] = []
    for word in words:
        if run and not (
            word.label == run[-1].label
            and not word.begins
            and word.start - run[-1].end <= 3
            and _JOINTS.issuperset(text[run[-1].end : word.start])
        ):
            yield _one(run)
            run = []
        run.append(word)
    if run:
        yield _one(run)


def _one(run: list[_Word]) -> Found:
    score = sum(word.score for word in run) / len(run)
    return Found(run[0].start, run[-1].end, run[0].label, min(score, 1.0))


def _plain(name: str) -> str:
    return name[2:] if name[:2] in ("B-", "I-", "L-", "U-", "E-", "S-") else name


def _limit(tokenizer: Any, config: Any) -> int:
    """The tokens of one window: what the tokenizer and the positions of the model allow."""
    told = int(min(tokenizer.model_max_length, _LONGEST))
    positions = getattr(config, "max_position_embeddings", None)
    # Models of the RoBERTa family lose two positions to padding.
    return min(told, int(positions) - 2) if positions and positions > 2 else told
