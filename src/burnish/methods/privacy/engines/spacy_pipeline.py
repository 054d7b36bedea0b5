"""A spaCy pipeline from a folder: its named entities (`doc.ents`).

Only components and functions that come with spaCy itself are loaded: those keep their weights in
msgpack, JSON and plain NumPy arrays. Components of other packages are refused, for those that wrap
PyTorch keep pickles (`thinc.shims.pytorch` reads them with `torch.load`), and some ask a network.
"""

from collections.abc import Iterator
from typing import Any

from burnish.methods.privacy.engines.folder import folder_of, refuse_code
from burnish.methods.privacy.engines.settings import EngineFault, EngineSettings, Found
from burnish.methods.privacy.engines.windows import windows

LIBRARY = "spacy"
WINDOW, OVERLAP, BATCH = 50_000, 1_000, 32
SCORE = 0.85
"""spaCy tells no confidence; this is what Presidio gives its finds."""
_OWN = ("spacy.", "spacy-legacy.")
_LABELLERS = ("ner", "beam_ner", "entity_ruler", "span_ruler")


class SpacyPipeline:
    """The entities of a spaCy pipeline."""

    def __init__(self, settings: EngineSettings) -> None:
        self.nlp = load_pipeline(settings.kind, settings.path)
        if settings.min_score is not None:
            raise EngineFault("engine spacy: spaCy gives no scores; leave out min_score")

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels of the components that find entities."""
        return entity_labels(self.nlp)

    def find(self, texts: list[str]) -> list[list[Found]]:
        """The entities of each text; long ones are read in windows that overlap."""
        found: list[list[Found]] = [[] for _ in texts]
        places = [(i, *w) for i, text in enumerate(texts) for w in windows(text, WINDOW, OVERLAP)]
        pieces = (texts[i][start:end] for i, start, end in places)
        docs = self.nlp.pipe(pieces, batch_size=BATCH)
        for (index, start, _), doc in zip(places, docs, strict=True):
            found[index] += [
                Found(start + e.start_char, start + e.end_char, e.label_, SCORE) for e in doc.ents
            ]
        return found


def load_pipeline(kind: str, path: str) -> Any:
    """The pipeline in a folder; raises EngineFault for one with components that are not spaCy's."""
    import spacy

    folder = folder_of(kind, path)
    if not (folder / "config.cfg").is_file():
        raise EngineFault(f"engine {kind}: {folder} holds no config.cfg: it is no spaCy pipeline")
    refuse_code(kind, folder)
    config = spacy.util.load_config(folder / "config.cfg")
    for what, name in _foreign(config, _factories()):
        raise EngineFault(
            f"engine {kind}: {what} {name!r} of {folder} does not come with spaCy; it could run "
            "code, read pickles or ask a network, so it is not loaded"
        )
    return spacy.load(folder)


def entity_labels(nlp: Any) -> tuple[str, ...]:
    """The labels of the components of a pipeline that find entities, sorted."""
    named = [name for name in nlp.pipe_names if nlp.get_pipe_meta(name).factory in _LABELLERS]
    return tuple(sorted({str(label) for name in named for label in nlp.get_pipe(name).labels}))


def _factories() -> frozenset[str]:
    """The names of the component factories that spaCy itself brings."""
    import spacy

    # A first pipeline registers the factories.
    factories = spacy.blank("xx").factories
    return frozenset(
        name.rpartition(".")[2]
        for name, factory in factories.items()
        if str(getattr(factory, "__module__", "")).partition(".")[0] == "spacy"
    )


def _foreign(config: Any, own: frozenset[str]) -> Iterator[tuple[str, str]]:
    for name, component in config.get("components", {}).items():
        if "source" in component:
            yield "the source of component", name
        elif component.get("factory") not in own:
            yield "component", str(component.get("factory"))
    for section in ("nlp", "components"):
        for function in _functions(config.get(section, {})):
            if not function.startswith(_OWN):
                yield "function", function


def _functions(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            if str(key).startswith("@"):
                yield str(item)
            yield from _functions(item)
    elif isinstance(value, list):
        for item in value:
            yield from _functions(item)
