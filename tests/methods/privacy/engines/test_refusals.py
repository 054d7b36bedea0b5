"""What a model's folder may not hold: code, pickles, references to somewhere else."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from burnish.methods.privacy.engines.build import foreign_detector
from burnish.methods.privacy.engines.settings import EngineFault, EngineSettings, Kind
from burnish.methods.privacy.spans import DEFAULT_CATEGORIES

Spoil = Callable[[Path], None]


def load(kind: Kind, folder: Path) -> None:
    """Load an engine."""
    labels = (("person", "PERSON"),) if kind == "gliner" else ()
    foreign_detector(EngineSettings(kind, str(folder), "en", labels, None, DEFAULT_CATEGORIES))


def spoilt(folder: Path, into: Path, spoil: Spoil) -> Path:
    """A copy of a model's folder with something wrong in it."""
    shutil.copytree(folder, into)
    spoil(into)
    return into


def edit(name: str, **keys: object) -> Spoil:
    """Put keys into a JSON file of the folder."""

    def spoil(folder: Path) -> None:
        path = folder / name
        value = json.loads(path.read_text(encoding="utf-8"))
        path.write_text(json.dumps({**value, **keys}), encoding="utf-8")

    return spoil


def replaced(name: str, old: str, new: str) -> Spoil:
    """Replace a text in a file of the folder."""

    def spoil(folder: Path) -> None:
        text = (folder / name).read_text(encoding="utf-8")
        assert old in text
        (folder / name).write_text(text.replace(old, new), encoding="utf-8")

    return spoil


def without(name: str) -> Spoil:
    """Take a file away."""
    return lambda folder: (folder / name).unlink()


def with_file(name: str) -> Spoil:
    """Add a file."""

    def spoil(folder: Path) -> None:
        (folder / name).write_bytes(b"\x80\x04.")

    return spoil


def pickled(folder: Path) -> None:
    """Weights as a pickle only."""
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (replaced("config.cfg", 'factory = "entity_ruler"', 'factory = "llm"'), "component 'llm'"),
        (
            replaced("config.cfg", "spacy.Tokenizer.v1", "evil.Tokenizer.v1"),
            "function 'evil.Tokenizer.v1'",
        ),
        (
            replaced("config.cfg", 'factory = "entity_ruler"', 'source = "en_core_web_sm"'),
            "the source of component",
        ),
        (with_file("hook.py"), "hook.py in .* is code"),
        (without("config.cfg"), "no config.cfg"),
    ],
)
@pytest.mark.parametrize("kind", ["spacy", "presidio"])
def test_a_pipeline_that_could_run_code_is_refused(
    kind: Kind, spoil: Spoil, told: str, spacy_folder: Path, tmp_path: Path
) -> None:
    with pytest.raises(EngineFault, match=told):
        load(kind, spoilt(spacy_folder, tmp_path / "m", spoil))


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (pickled, "only pickled weights"),
        (edit("config.json", auto_map={"AutoModel": "evil.Model"}), "auto_map"),
        (edit("tokenizer_config.json", auto_map={"AutoTokenizer": ["evil.T", None]}), "auto_map"),
        (with_file("modeling.py"), "is code"),
        (without("config.json"), "no config.json"),
    ],
)
def test_a_classifier_that_could_run_code_is_refused(
    spoil: Spoil, told: str, classifier_folder: Path, tmp_path: Path
) -> None:
    with pytest.raises(EngineFault, match=told):
        load("transformers", spoilt(classifier_folder, tmp_path / "m", spoil))


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (pickled, "no model.safetensors"),
        (without("tokenizer_config.json"), "no tokenizer_config.json"),
        (edit("gliner_config.json", encoder_config=None), "has no encoder_config"),
        (
            edit("gliner_config.json", encoder_config={"auto_map": {"AutoModel": "evil.M"}}),
            "names code to run",
        ),
        (edit("gliner_config.json", labels_encoder="some/hub-model"), "has a labels_encoder"),
        (edit("gliner_config.json", words_splitter_type="stanza"), "splits words by 'stanza'"),
    ],
)
def test_a_gliner_that_could_run_code_or_ask_the_hub_is_refused(
    spoil: Spoil, told: str, gliner_folder: Path, tmp_path: Path
) -> None:
    with pytest.raises(EngineFault, match=told):
        load("gliner", spoilt(gliner_folder, tmp_path / "m", spoil))


@pytest.mark.parametrize("kind", ["spacy", "presidio", "transformers", "gliner"])
def test_a_name_is_never_looked_up_elsewhere(kind: Kind, tmp_path: Path) -> None:
    with pytest.raises(EngineFault, match="nothing is downloaded"):
        load(kind, tmp_path / "en_core_web_sm")


def test_labels_are_what_gliner_is_asked_for(gliner_folder: Path) -> None:
    with pytest.raises(EngineFault, match="labels is empty"):
        foreign_detector(EngineSettings("gliner", str(gliner_folder), categories=("PERSON",)))


def test_a_pipeline_of_another_language_is_told(spacy_folder: Path) -> None:
    with pytest.raises(EngineFault, match="of language 'en', the plan says 'de'"):
        foreign_detector(EngineSettings("presidio", str(spacy_folder), "de"))


def test_a_score_is_not_asked_of_an_engine_that_gives_none(spacy_folder: Path) -> None:
    with pytest.raises(EngineFault, match="leave out min_score"):
        foreign_detector(EngineSettings("spacy", str(spacy_folder), min_score=0.5))


WATCHED = """
import sys
seen = []
def watch(event, args):
    if event in ("socket.connect", "socket.getaddrinfo", "pickle.find_class"):
        seen.append((event, str(args[-2:])))
sys.addaudithook(watch)
from burnish.methods.privacy.engines.build import foreign_detector
from burnish.methods.privacy.engines.settings import EngineSettings
from burnish.methods.privacy.spans import DEFAULT_CATEGORIES
for kind, folder in zip(("presidio", "spacy", "transformers", "gliner"), sys.argv[1:]):
    labels = (("person", "PERSON"),) if kind == "gliner" else ()
    settings = EngineSettings(kind, folder, "en", labels, None, DEFAULT_CATEGORIES)
    found = foreign_detector(settings).detect(["we met Maria Silva, john, jo@example.org"])
    assert found[0], kind
assert not seen, seen
"""


def test_loading_and_using_every_engine_asks_no_network_and_reads_no_pickle(
    spacy_folder: Path, classifier_folder: Path, gliner_folder: Path, tmp_path: Path
) -> None:
    folders = [spacy_folder, spacy_folder, classifier_folder, gliner_folder]
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, *map(str, folders)],
        env={**os.environ, "HOME": str(tmp_path), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]


def test_a_missing_library_is_named_with_its_extra(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    code = (
        "import sys; sys.modules['gliner'] = None\n"
        "from burnish.methods.privacy.engines import build, gliner_model\n"
        "from burnish.methods.privacy.engines.settings import EngineSettings\n"
        "gliner_model._require_local = lambda folder: None\n"
        f"folder = {str(tmp_path / 'model')!r}\n"
        "s = EngineSettings('gliner', folder, 'en', (('person', 'PERSON'),))\n"
        "build.foreign_detector(s)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "engine gliner needs gliner, which is not installed: pip install 'burnish[gliner]'" in (
        done.stderr
    )
