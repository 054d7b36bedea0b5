"""Training, and the file that comes of it."""

import json
import math
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from burnish.methods.quality.classifier import BUCKETS, MAGIC, Classifier, read_classifier
from burnish.methods.quality.train import LEAST_EACH, TooFewExamples, Training, train

WORDS = {
    True: "please could you reset the password printer error outlook since this morning",
    False: "buy cheap pills click here winner casino bonus offer limited asap xxx lol free",
}
GOOD, BAD = WORDS[True].split(), WORDS[False].split()


def examples(count: int, mixing: float, seed: int = 1) -> tuple[list[str], list[bool]]:
    draw = Random(seed)
    good = [row % 3 > 0 for row in range(count)]
    texts = [
        " ".join(
            draw.choice((GOOD if one else BAD) if draw.random() > mixing else GOOD + BAD)
            for _ in range(draw.randint(6, 20))
        )
        for one in good
    ]
    return texts, good


@pytest.fixture(scope="module")
def made() -> Training:
    return train(*examples(180, mixing=0.6))


def test_it_learns_good_from_bad_and_says_how_well(made: Training) -> None:
    texts, good = examples(300, mixing=0.6, seed=2)

    said = made.classifier.probabilities(texts)

    right = np.mean((said > 0.5) == good)
    assert 0.75 < right <= 1.0
    assert made.held_out.accuracy.low - 0.05 <= right <= made.held_out.accuracy.high + 0.05
    assert made.held_out.examples == made.good + made.bad == 180
    assert made.held_out.brier < made.held_out.brier_of_share


def test_labels_drawn_by_chance_are_not_learnt() -> None:
    texts, _ = examples(150, mixing=1.0)
    draw = Random(5)

    found = train(texts, [draw.random() < 0.5 for _ in texts]).held_out

    assert found.auc.low < 0.5 < found.auc.high
    assert found.brier > 0.2


def test_the_most_telling_words_stand_in_several_examples(made: Training) -> None:
    good = [one for one in made.telling if one.weight > 0]
    bad = [one for one in made.telling if one.weight < 0]

    assert all(one.texts >= 5 for one in made.telling)
    assert {word for one in good for word in one.words.split()} & set(GOOD)
    assert sum(word in BAD for one in bad for word in one.words.split()) > len(bad) / 2


def test_equal_texts_count_once_and_contradictions_not_at_all() -> None:
    texts, good = examples(150, mixing=0.7)
    texts += ["Same  text", "same text", "torn apart", "Torn apart"]
    good += [True, True, True, False]

    made = train(texts, good)

    assert (made.repeated, made.contradictory) == (1, 2)
    assert made.good + made.bad == 151


def test_training_again_makes_the_same_bytes_whatever_the_order(made: Training) -> None:
    again = train(*examples(180, mixing=0.6))

    assert again.classifier.to_bytes() == made.classifier.to_bytes()


@pytest.mark.parametrize(("good", "bad"), [(LEAST_EACH - 1, 100), (100, LEAST_EACH - 1), (50, 0)])
def test_too_few_examples_of_a_class_are_refused(good: int, bad: int) -> None:
    texts = [f"text number {row}" for row in range(good + bad)]

    with pytest.raises(TooFewExamples, match=f"at least {LEAST_EACH}"):
        train(texts, [row < good for row in range(good + bad)])


def test_the_learning_curve_ends_at_all_examples(made: Training) -> None:
    sizes = [size for size, _ in made.curve]

    assert sizes == sorted(sizes)
    assert sizes[-1] == 180 * 4 // 5


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text(max_size=40), max_size=5))
def test_a_text_has_its_probability_whatever_stands_beside_it(texts: list[str]) -> None:
    weights = np.random.default_rng(0).normal(size=256).astype(np.float32)
    model = Classifier(weights, 0.1, 2.0, -0.3)

    together = model.probabilities(texts)

    assert together.tolist() == [float(model.probabilities([text])[0]) for text in texts]
    assert ((together >= 0) & (together <= 1)).all()


def test_the_file_holds_the_classifier_and_no_text(made: Training) -> None:
    data = made.classifier.to_bytes()

    read = read_classifier(data)

    texts, _ = examples(20, mixing=0.6)
    assert read.probabilities(texts).tolist() == made.classifier.probabilities(texts).tolist()
    header = json.loads(data[len(MAGIC) :].split(b"\n")[0])
    assert (header["buckets"], header["facts"]["good"]) == (BUCKETS, 120)
    assert not [word for word in BAD if word.encode() in data[: -4 * BUCKETS]]


def corrupted() -> dict[str, bytes]:
    data = Classifier(np.ones(4, np.float32), 0.0, 1.0, 0.0).to_bytes()
    endless = Classifier(np.ones(4, np.float32), math.inf, 1.0, 0.0)
    return {
        "another format": b"PK\x03\x04" + data,
        "no header": MAGIC,
        "a header that is no JSON": MAGIC + b"{\n" + data[-16:],
        "a header that lacks a key": MAGIC + b'{"buckets": 4}\n' + data[-16:],
        "cut off": data[:-1],
        "too long": data + b"\0",
        "a flipped bit": data[:-2] + bytes([data[-2] ^ 1]) + data[-1:],
        "odd size": data.replace(b'"buckets": 4', b'"buckets": 3')[:-4],
        "bias not finite": data.replace(b'"bias": 0.0', b'"bias": 1e999'),
        "not written": b"" if endless.bias else data,
    }


@pytest.mark.parametrize("how", sorted(corrupted()))
def test_a_file_that_is_damaged_is_refused(how: str) -> None:
    with pytest.raises(ValueError, match=r"classifier"):
        read_classifier(corrupted()[how])
