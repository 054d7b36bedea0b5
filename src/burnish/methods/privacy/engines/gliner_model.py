"""A GLiNER model from a folder.

GLiNER falls back to pickled weights, builds its encoder with `trust_remote_code`, and fetches a
configuration or a tokenizer from the hub where the folder has none. So the folder must hold
`model.safetensors`, a tokenizer and the encoder's configuration, and nothing in it may name code.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from burnish.methods.privacy.engines.folder import folder_of, refuse_code
from burnish.methods.privacy.engines.settings import EngineFault, EngineSettings, Found
from burnish.methods.privacy.engines.windows import runs

LIBRARY = "gliner"
LEAST, BATCH, _LONGEST = 0.5, 8, 512
_NEEDED = ("model.safetensors", "gliner_config.json", "tokenizer_config.json", "tokenizer.json")
_FURTHER_MODELS = ("labels_encoder", "labels_decoder", "relations_layer")


class GlinerModel:
    """The spans that a GLiNER model finds for the labels of the plan."""

    def __init__(self, settings: EngineSettings) -> None:
        folder = folder_of(settings.kind, settings.path)
        _require_local(folder)
        if not settings.labels:
            raise EngineFault(
                "engine gliner: labels is empty; GLiNER looks for what it is asked for, so write "
                "labels: {person: PERSON, street address: ADDRESS}"
            )
        self.labels = tuple(sorted(label for label, category in settings.labels if category))
        self.least = LEAST if settings.min_score is None else settings.min_score
        self.model = _loaded(folder)
        self._limits = self._room()

    def find(self, texts: list[str]) -> list[list[Found]]:
        """The spans of each text; long ones are read in windows of words that overlap."""
        found: list[list[Found]] = [[] for _ in texts]
        places = [(i, *w) for i, text in enumerate(texts) for w in self._windows(text)]
        pieces = [texts[i][start:end] for i, start, end in places]
        if not pieces:
            return found
        results = self.model.inference(
            pieces, list(self.labels), threshold=self.least, batch_size=BATCH
        )
        for (index, start, _), spans in zip(places, results, strict=True):
            found[index] += [
                Found(start + s["start"], start + s["end"], str(s["label"]), float(s["score"]))
                for s in spans
            ]
        return found

    def _room(self) -> tuple[int, int]:
        """The words and the pieces of words that one window may have, beside the labels."""
        tokenizer = self.model.data_processor.transformer_tokenizer
        asked = len(tokenizer(" ".join(self.labels))["input_ids"]) + 2 * len(self.labels) + 8
        positions = getattr(self.model.config.encoder_config, "max_position_embeddings", None)
        told = min(tokenizer.model_max_length, positions or _LONGEST, _LONGEST)
        if told - asked < 32:
            raise EngineFault(
                f"engine gliner: {len(self.labels)} labels leave no room for text; name fewer"
            )
        return int(self.model.config.max_len), int(told) - asked

    def _windows(self, text: str) -> Iterator[tuple[int, int]]:
        words = [(start, end) for _, start, end in self.model.data_processor.words_splitter(text)]
        if not words:
            return
        tokenizer = self.model.data_processor.transformer_tokenizer
        pieces = tokenizer(
            [text[start:end] for start, end in words], add_special_tokens=False, verbose=False
        )
        sizes = [max(len(ids), 1) for ids in pieces["input_ids"]]
        count, most = self._limits
        for first, last in runs(sizes, most, count, min(count, most) // 4):
            yield words[first][0], words[last - 1][1]


def _loaded(folder: Path) -> Any:
    from gliner import GLiNER

    return GLiNER.from_pretrained(str(folder), local_files_only=True, load_tokenizer=True)


def _require_local(folder: Path) -> None:
    refuse_code("gliner", folder)
    for name in _NEEDED:
        if not (folder / name).is_file():
            raise EngineFault(
                f"engine gliner: {folder} holds no {name}; GLiNER would take a pickle or ask the "
                "hub for it. Load the model where that may be, and write it anew with "
                "save_pretrained(folder, safe_serialization=True)"
            )
    config = json.loads((folder / "gliner_config.json").read_text(encoding="utf-8"))
    if not config.get("encoder_config"):
        raise EngineFault(
            f"engine gliner: gliner_config.json in {folder} has no encoder_config; GLiNER would "
            f"ask the hub for {config.get('model_name')!r}"
        )
    for name in _FURTHER_MODELS:
        if config.get(name):
            raise EngineFault(
                f"engine gliner: gliner_config.json in {folder} has a {name}; only models with one "
                "encoder, for spans or tokens, are loaded"
            )
    if config.get("words_splitter_type", "whitespace") != "whitespace":
        raise EngineFault(
            f"engine gliner: {folder} splits words by {config['words_splitter_type']!r}; only "
            "'whitespace' is known to work offline"
        )
