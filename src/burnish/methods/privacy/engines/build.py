"""A foreign engine as one of our detectors."""

import functools
import hashlib
import importlib
import importlib.metadata
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from burnish.methods.privacy.detect import Detector
from burnish.methods.privacy.engines.folder import folder_digest, folder_of
from burnish.methods.privacy.engines.labels import meanings
from burnish.methods.privacy.engines.settings import EngineFault, EngineSettings, Finder, Found
from burnish.methods.privacy.spans import CATEGORIES, Span, resolve
from burnish.methods.privacy.view import INERT, View, look_through, token_pattern

_KINDS = {
    "presidio": ("presidio_analyzer", "PresidioAnalyzer", "presidio-analyzer", "presidio"),
    "spacy": ("spacy_pipeline", "SpacyPipeline", "spacy", "spacy"),
    "transformers": ("token_classifier", "TokenClassifier", "transformers", "train"),
    "gliner": ("gliner_model", "GlinerModel", "gliner", "gliner"),
}
"""Module, class, distribution and extra of each kind of engine."""
_LOADED_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class ForeignDetector:
    """A loaded engine that reads what a reader reads, and gives our categories.

    Look-alikes are folded and escapes undone before it reads (`view`), and mask tokens are hidden
    from it. Only finds in the categories of the settings count.
    """

    settings: EngineSettings
    model: str
    finder: Finder
    meant: Mapping[str, str | None]

    @property
    def version(self) -> str:
        """The kind of engine, the version of its library, and the name of the model's folder."""
        named = f"-{Path(self.settings.path).name}" if self.settings.path else ""
        return f"{self.settings.kind}-{_library(self.settings)}{named}"

    @property
    def digest(self) -> str:
        """SHA-256 over our adapter's source, the library's version, the settings and the model.

        The folder's place does not count, its files do.
        """
        told = self.settings
        settings = [told.kind, told.language, told.labels, told.min_score, told.categories]
        named = [_source_digest(), _library(told), self.model, settings, sorted(told.allow)]
        return hashlib.sha256(json.dumps(named).encode()).hexdigest()

    def detect(self, texts: Sequence[str]) -> list[list[Span]]:
        """For each text its spans. Raises EngineFault, without a word of a text, if it breaks."""
        tokens = token_pattern(tuple(sorted(set(self.settings.categories) - set(CATEGORIES))))
        views = [look_through(text, tokens) for text in texts]
        try:
            found = self.finder.find([view.text for view in views])
        except EngineFault:
            raise
        except Exception as broken:
            # What it says may hold the text itself.
            raise EngineFault(
                f"engine {self.settings.kind} broke down on {len(views)} texts: "
                f"{type(broken).__name__}"
            ) from None
        allowed = frozenset(word.casefold() for word in self.settings.allow)
        return [
            resolve(
                span
                for one in finds
                for span in self._spans(view, one)
                if text[span.start : span.end].casefold() not in allowed
            )
            for text, view, finds in zip(texts, views, found, strict=True)
        ]

    def _spans(self, view: View, found: Found) -> Iterator[Span]:
        """The find in characters of the text, without blanks at its ends and masks within."""
        category = self.meant.get(found.label)
        if category is None or category not in self.settings.categories:
            return
        for match in re.finditer(rf"[^{INERT}]+", view.text[found.start : found.end]):
            shown = match[0]
            start = found.start + match.start() + len(shown) - len(shown.lstrip())
            end = found.start + match.end() - len(shown) + len(shown.rstrip())
            if start < end:
                yield view.original(Span(start, end, category, min(max(found.score, 0.0), 1.0)))


def foreign_detector(settings: EngineSettings) -> Detector:
    """The engine of these settings, loaded once in a process.

    Raises EngineFault for a missing library, an unsafe or missing model, or unknown labels.
    """
    model = ""
    if settings.path:
        folder_of(settings.kind, settings.path)
        model = folder_digest(settings.path)
    return _loaded(settings, model)


@functools.lru_cache(maxsize=_LOADED_AT_ONCE)
def _loaded(settings: EngineSettings, model: str) -> ForeignDetector:
    module, name, _, extra = _KINDS[settings.kind]
    try:
        home = importlib.import_module(f"burnish.methods.privacy.engines.{module}")
        finder: Finder = getattr(home, name)(settings)
    except ModuleNotFoundError as missing:
        if (missing.name or "").startswith("burnish"):
            raise
        raise EngineFault(
            f"engine {settings.kind} needs {missing.name}, which is not installed: "
            f"pip install 'burnish[{extra}]'"
        ) from missing
    return ForeignDetector(settings, model, finder, meanings(settings, finder.labels))


def _library(settings: EngineSettings) -> str:
    return importlib.metadata.version(_KINDS[settings.kind][2])


@functools.lru_cache(maxsize=1)
def _source_digest() -> str:
    """SHA-256 over the sources of the adapters and of the view that they read through."""
    here = Path(__file__).parent
    total = hashlib.sha256()
    for path in (*sorted(here.glob("*.py")), here.parent / "view.py"):
        total.update(path.name.encode() + b"\0" + path.read_bytes().replace(b"\r\n", b"\n"))
    return total.hexdigest()
