"""Presidio's analyzer: its recognisers, and a spaCy pipeline for names where one is given.

Its own loading would download what is missing, so the pipeline is loaded here and handed over. Its
e-mail recogniser asks `tldextract`, which fetches a list from the network unless told not to; its
Stanza engine reads pickles, and its remote recognisers send the text away: none of these is used.
"""

import itertools
from typing import Any

from burnish.methods.privacy.engines.settings import EngineFault, EngineSettings, Found
from burnish.methods.privacy.engines.spacy_pipeline import (
    OVERLAP,
    WINDOW,
    entity_labels,
    load_pipeline,
)
from burnish.methods.privacy.engines.windows import windows

LIBRARY = "presidio-analyzer"
BATCH = 32
LEAST = 0.35
_FURTHER = (
    "AuAbnRecognizer", "AuAcnRecognizer", "AuMedicareRecognizer", "AuTfnRecognizer",
    "NhsRecognizer", "UkNinoRecognizer",
)  # fmt: skip
"""Recognisers of our regions that Presidio does not switch on by itself."""


class PresidioAnalyzer:
    """Presidio's finds, of the entities that mean something to us."""

    def __init__(self, settings: EngineSettings) -> None:
        self.language = settings.language
        self.least = LEAST if settings.min_score is None else settings.min_score
        self.analyzer = _analyzer(settings)

    @property
    def labels(self) -> tuple[str, ...]:
        """The entities that its recognisers know."""
        return tuple(sorted(self.analyzer.get_supported_entities(self.language)))

    def find(self, texts: list[str]) -> list[list[Found]]:
        """What Presidio finds in each text; long ones are read in windows that overlap."""
        from presidio_analyzer import BatchAnalyzerEngine

        found: list[list[Found]] = [[] for _ in texts]
        places = [(i, *w) for i, text in enumerate(texts) for w in windows(text, WINDOW, OVERLAP)]
        pieces = [texts[i][start:end] for i, start, end in places]
        results = BatchAnalyzerEngine(self.analyzer).analyze_iterator(
            pieces, self.language, batch_size=BATCH, score_threshold=self.least
        )
        for (index, start, _), spans in zip(places, results, strict=True):
            found[index] += [
                Found(start + s.start, start + s.end, str(s.entity_type), float(s.score))
                for s in spans
            ]
        return found


def _analyzer(settings: EngineSettings) -> Any:
    import spacy
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry, RemoteRecognizer
    from presidio_analyzer.nlp_engine import NerModelConfiguration, SpacyNlpEngine

    _ask_no_network()
    language = settings.language
    if settings.path:
        pipeline = load_pipeline(settings.kind, settings.path)
        if pipeline.lang != language:
            raise EngineFault(
                f"engine presidio: the pipeline is of language {pipeline.lang!r}, the plan says "
                f"{language!r}"
            )
    else:
        pipeline = spacy.blank(language)
    names = NerModelConfiguration()
    mapping = names.model_to_presidio_entity_mapping or {}
    for label in entity_labels(pipeline):
        mapping.setdefault(label, label)
    models = [{"lang_code": language, "model_name": settings.path or "blank"}]
    names.model_to_presidio_entity_mapping = mapping
    engine: Any = SpacyNlpEngine(models=models, ner_model_configuration=names)
    engine.nlp = {language: pipeline}
    registry = RecognizerRegistry(supported_languages=[language])
    registry.load_predefined_recognizers(languages=[language], nlp_engine=engine)
    registry.recognizers = [r for r in registry.recognizers if not isinstance(r, RemoteRecognizer)]
    _add_further(registry, language)
    return AnalyzerEngine(registry=registry, nlp_engine=engine, supported_languages=[language])


def _add_further(registry: Any, language: str) -> None:
    import presidio_analyzer.predefined_recognizers as offered

    there = {type(recognizer).__name__ for recognizer in registry.recognizers}
    for name in itertools.filterfalse(there.__contains__, _FURTHER):
        registry.add_recognizer(getattr(offered, name)(supported_language=language))


def _ask_no_network() -> None:
    """Let `tldextract` use the list that it brings, and fetch none."""
    from tldextract import tldextract

    tldextract.TLD_EXTRACTOR.suffix_list_urls = ()
