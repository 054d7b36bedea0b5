"""Language identification."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from burnish.methods.quality.language import identify, is_foreign
from burnish.methods.quality.scripts import SCRIPTS, script_table, written_in

NAMES = {
    "Grek": "GREEK", "Cyrl": "CYRILLIC", "Armn": "ARMENIAN", "Hebr": "HEBREW", "Arab": "ARABIC",
    "Deva": "DEVANAGARI", "Beng": "BENGALI", "Thai": "THAI", "Geor": "GEORGIAN", "Hang": "HANGUL",
    "Ethi": "ETHIOPIC", "Khmr": "KHMER", "Hani": "CJK", "Taml": "TAMIL", "Tibt": "TIBETAN",
}  # fmt: skip
SENTENCES = [
    "I cannot log in to my account since this morning.",
    "Ich kann mich seit heute Morgen nicht mehr anmelden.",
    "Je ne peux plus ouvrir ma session depuis ce matin.",
    "С сегодняшнего утра я не могу войти в систему, помогите.",
    "今日の朝からシステムにログインできません、助けてください。",
    "Δεν μπορώ να συνδεθώ από σήμερα το πρωί, παρακαλώ βοηθήστε.",
    "لا أستطيع تسجيل الدخول إلى حسابي منذ هذا الصباح",
    "Od dziś rana nie mogę się zalogować na swoje konto.",
    "HELP ME LOGIN NOW PLEASE I AM VERY LATE",
    "for (int i = 0; i < n; ++i) { total += values[i] * weights[i]; }",
]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("I cannot log in to my account since this morning.", "en"),
        ("Ich kann mich seit heute Morgen nicht mehr anmelden.", "de"),
        ("Je ne peux plus ouvrir ma session depuis ce matin.", "fr"),
        ("No puedo abrir mi cuenta desde esta mañana, por favor ayuda.", "es"),
        ("С сегодняшнего утра я не могу войти в систему.", "ru"),
        ("今日の朝からシステムにログインできません、助けてください。", "ja"),
    ],
)
def test_sentences_are_told_apart(text: str, language: str) -> None:
    found, probability = identify([text])[0]

    assert found == language
    assert probability > 0.7


@pytest.fixture(scope="module")
def reference() -> LanguageIdentifier:
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=4).map(" ".join)
    | st.text(alphabet=st.characters(categories=["L", "M", "N", "Zs"]), min_size=30, max_size=600)
)
def test_the_answer_is_that_of_langid_with_the_same_model(
    reference: LanguageIdentifier, text: str
) -> None:
    found, probability = identify([text])[0]

    if not found.startswith("und"):
        label, sure = reference.classify(text[:500])
        assert found == label
        assert probability == pytest.approx(sure, abs=1.01e-4)


def test_a_short_text_in_latin_letters_is_undetermined() -> None:
    assert identify(["printer kaputt 12345", ""]) == [("und", 0.0), ("und", 0.0)]


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("не работает", ("und-Cyrl", 1.0)),
        ("打印机坏了", ("und-Hani", 1.0)),
        ("プリンタ", ("und-Kana", 1.0)),
        ("프린터 고장", ("und-Hang", 1.0)),
        ("δεν abc", ("und", 0.0)),
        ("δενδ abc", ("und-Grek", 0.5714)),
    ],
)
def test_a_short_text_in_other_letters_is_named_by_its_script(
    text: str, tag: tuple[str, float]
) -> None:
    assert identify([text]) == [tag]


def test_a_script_is_foreign_when_no_wanted_language_is_written_in_it() -> None:
    assert is_foreign("und-Cyrl", ("en", "de"))
    assert not is_foreign("und-Cyrl", ("en", "ru"))
    assert not is_foreign("und-Hani", ("ja",))
    assert not is_foreign("und", ("en",))
    assert is_foreign("zh", ("en",))
    assert not is_foreign("zh", ("zh-Hant",))


@pytest.mark.parametrize(("script", "name"), NAMES.items())
def test_letters_belong_to_the_script_of_their_name(script: str, name: str) -> None:
    table = script_table()
    wrong = [
        hex(point)
        for point in range(0x10000)  # beyond are historic letters
        if unicodedata.name(chr(point), "").startswith(f"{name} ")
        and chr(point).isalpha()
        and SCRIPTS[table[point]] != script
        and not (0x1D00 <= point < 0x1DC0 or point == 0xAB65)  # phonetic notation
    ]

    assert wrong == []
    assert written_in(script)


def test_only_the_beginning_counts() -> None:
    english = "The printer on the second floor does not print any more. " * 9

    assert identify([english + "Der Drucker druckt nicht. " * 99]) == identify([english])


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text(min_size=15, max_size=60), max_size=5))
def test_any_text_has_one_answer_that_does_not_depend_on_its_neighbours(texts: list[str]) -> None:
    together = identify(texts)

    assert together == [identify([text])[0] for text in texts]
    assert all(0.0 <= probability <= 1.0 for _, probability in together)
