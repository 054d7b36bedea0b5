"""Which language a text is written in.

langid (Lui and Baldwin, langid.py: An Off-the-shelf Language Identification Tool, 2012) with the
model of the py3langid package (BSD), which lies in the package: nothing is fetched. Its automaton
and its naive Bayes run here as compiled loops, with the same answers.
"""

import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from itertools import accumulate, islice
from typing import Any

import numpy as np
import numpy.typing as npt

from burnish.methods.quality.scripts import LATIN, SCRIPTS, script_table, written_in
from burnish.methods.quality.traits import ALPHABETIC, traits

UNDETERMINED = "und"
NOT_LANGUAGE = "zxx"

_READ = 500
_LEAST_LETTERS = 20
_BATCH = 4096

Answer = tuple[str, float]


def identify(texts: Iterable[str]) -> list[Answer]:
    """Return (language, probability) of each text, judged by its first 500 characters.

    The language is an ISO 639 code, or "zxx" for what is no language (code, mash). A text with
    fewer than 20 letters there is "und", or, if most of them are not Latin, "und-" and the ISO
    15924 code of their script ("und-Cyrl"), with the share of the letters in that script;
    "und" has 0.0. Probabilities are rounded to four places, so that they do not depend on how a
    processor computes exponentials.
    """
    answers: list[Answer] = []
    waiting = iter(texts)
    while batch := [text[:_READ] for text in islice(waiting, _BATCH)]:
        answers += _identify(batch)
    return answers


def is_foreign(code: str, languages: Iterable[str]) -> bool:
    """Return whether a text that was identified as `code` can be in none of these languages.

    "und" can be in any; "und-Cyrl" in those written in Cyrillic letters. The subtag after a
    hyphen in a listed language ("zh-Hant") does not count.
    """
    wanted = {language.split("-")[0] for language in languages}
    if code == UNDETERMINED:
        return False
    tag, _, script = code.partition("-")
    return not wanted & written_in(script) if tag == UNDETERMINED else code not in wanted


def _identify(texts: list[str]) -> list[Answer]:
    from burnish.methods.quality import bayes

    counts = _script_counts(texts)
    letters = counts.sum(axis=1)
    long = np.flatnonzero(letters >= _LEAST_LETTERS)
    encoded = [_encoded(texts[row]) for row in long]
    data = np.frombuffer(b"".join(encoded), np.uint8)
    ends = np.array([0, *accumulate(map(len, encoded))], np.int64)
    model, labels = _model()
    answers = _by_script(counts, letters)
    for row, best, sure in zip(long, *bayes.most_likely(data, ends, model), strict=True):
        answers[row] = labels[best], round(float(sure), 4)
    return answers


def _script_counts(texts: list[str]) -> npt.NDArray[np.int64]:
    """Return the letters of each script in each text, (n, scripts)."""
    from burnish.methods.quality import bayes

    joined = "".join(texts)
    ends = np.array([0, *accumulate(map(len, texts))], np.int64)
    points = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.uint32)
    counts = np.zeros((len(texts), len(SCRIPTS)), np.int64)
    bayes.count_scripts(points, ends, script_table(), _alphabetic(), counts)
    return counts


def _by_script(counts: npt.NDArray[np.int64], letters: npt.NDArray[np.int64]) -> list[Answer]:
    """What the script alone tells of each text."""
    most = counts.argmax(axis=1)
    return [
        (UNDETERMINED, 0.0)
        if SCRIPTS[script] == LATIN
        else (f"{UNDETERMINED}-{SCRIPTS[script]}", round(float(counts[row, script] / total), 4))
        for row, (script, total) in enumerate(zip(most, letters, strict=True))
    ]


def _encoded(text: str) -> bytes:
    """Return the bytes that the model was trained on: composed, and small if all are capitals."""
    small = text.lower() if text.isupper() else text
    return unicodedata.normalize("NFC", small).encode("utf-8", "surrogatepass")


@lru_cache(maxsize=1)
def _alphabetic() -> npt.NDArray[np.bool_]:
    table: npt.NDArray[np.bool_] = (traits() & ALPHABETIC) != 0
    return table


@lru_cache(maxsize=1)
def _model() -> tuple[Any, list[str]]:
    """Load the model, once per process and when first asked: it takes most of a second."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    from burnish.methods.quality.bayes import Model

    loaded = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    labels: list[str] = list(loaded.nb_classes)
    twins = [(labels.index(label), n) for n, label in enumerate(labels) if label in labels[:n]]
    model = Model(
        np.array(loaded.tk_nextmove, np.uint32),
        np.array(loaded.tk_row, np.int64),
        np.array(loaded.tk_output, np.int32),
        np.ascontiguousarray(loaded.nb_ptc, np.float32),
        np.asarray(loaded.nb_pc, np.float32),
        np.array(twins, np.int64).reshape(-1, 2),
    )
    return model, labels
