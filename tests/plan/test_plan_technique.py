"""What a plan's technique goes together with."""

from typing import Any, get_args

import pytest
from pydantic import ValidationError

from burnish.intake.train_settings import settings_for
from burnish.methods.training import technique_settings
from burnish.plan import BaseModelPlan, TrainPlan
from burnish.plan_technique import MERGEABLE, PRIVATE, RATES, VIRTUAL, Technique

PRIVACY = {"epsilon": 8.0}
BASE = BaseModelPlan(path="builtin", licence="Apache-2.0", provenance="made here")


def train(technique: str, **given: Any) -> TrainPlan:
    return TrainPlan.model_validate({"technique": technique, **given})


@pytest.mark.parametrize("technique", get_args(Technique))
def test_one_word_is_enough_and_reaches_the_training(technique: Any) -> None:
    plan = train(technique)

    made = settings_for(plan, 64, BASE)

    assert made.technique == technique
    assert made.learning_rate == RATES[technique]
    assert made.packing is (technique not in ("prefix", "prompt"))
    assert TrainPlan.model_validate(plan.model_dump()) == plan


def test_the_words_are_those_of_the_training() -> None:
    assert get_args(Technique) == technique_settings.TECHNIQUES
    assert VIRTUAL == technique_settings.VIRTUAL
    assert MERGEABLE == technique_settings.MERGEABLE
    assert PRIVATE == technique_settings.PRIVATE


def test_what_a_plan_says_goes_before_the_default_of_its_technique() -> None:
    plan = train("prompt", learning_rate=1e-3, prompt={"tokens": 5, "init": "random"})

    made = settings_for(plan, 64, BASE)

    assert made.learning_rate == 1e-3
    assert (made.options.prompt.tokens, made.options.prompt.init) == (5, "random")


def test_options_reach_the_training() -> None:
    plan = train(
        "qlora",
        lora={"rank": 8, "layers": (0, -1), "norms": True, "dora": True, "targets": ("q_proj",)},
        qlora={"double": False, "compute": "bf16"},
        freeze={"first": 3, "patterns": ("*.mlp.*",)},
        ia3={"targets": ("k_proj", "down_proj"), "feedforward": ("down_proj",)},
        bottleneck={"reduction": 8, "activation": "gelu"},
        merge=True,
    )

    made = settings_for(plan, 64, BASE)

    assert made.lora == technique_settings.LoraSettings(
        8, 32, 0.0, ("q_proj",), (0, -1), norms=True, dora=True
    )
    assert made.options == technique_settings.TechniqueOptions(
        qlora=technique_settings.QloraSettings(double=False, compute="bf16"),
        freeze=technique_settings.FreezeSettings(last=None, first=3, patterns=("*.mlp.*",)),
        ia3=technique_settings.Ia3Settings(("k_proj", "down_proj"), ("down_proj",)),
        bottleneck=technique_settings.BottleneckSettings(8, "gelu"),
        merge=True,
    )


@pytest.mark.parametrize(
    ("technique", "given", "told"),
    [
        ("prefix", {"packing": True}, "packing: prefix puts its virtual tokens before a row"),
        ("prompt", {"packing": True}, "leave packing out or set it to false"),
        ("full", {"merge": True}, "merge: this technique writes a whole model already"),
        ("freeze", {"merge": True}, "merge: this technique writes a whole model already"),
        ("prompt", {"merge": True}, "no weight of the base could hold"),
        ("houlsby", {"merge": True}, "no weight of the base could hold"),
        ("ia3", {"weight_decay": 0.1}, "switches the layers off; set it to 0"),
        ("qlora", {"lora": {"pissa": True}}, "lora.pissa: it changes the base weights"),
        ("lora", {"lora": {"pissa": True, "dora": True}}, "choose one"),
        ("lora", {"lora": {"pissa": True, "dropout": 0.1}}, "dropout would drop that; set it to 0"),
        ("qlora", {"privacy": PRIVACY}, "not known for qlora; take full, freeze or lora"),
        ("prefix", {"privacy": PRIVACY}, "not known for prefix; take full, freeze or lora"),
        ("lora", {"privacy": PRIVACY, "lora": {"dora": True}}, "set dora and norms to false"),
        ("lora", {"privacy": PRIVACY, "lora": {"norms": True}}, "set dora and norms to false"),
        ("freeze", {"freeze": {"last": 2, "first": 1}}, "last or first, not both"),
        ("ia3", {"ia3": {"feedforward": ("up",)}}, "'up' is not among ia3.targets; add it"),
        ("adapter", {}, "Input should be 'full', 'freeze', 'lora'"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_remedy(
    technique: str, given: dict[str, Any], told: str
) -> None:
    with pytest.raises(ValidationError, match=told):
        train(technique, **given)


@pytest.mark.parametrize("technique", ["freeze", "full", "lora"])
def test_what_can_be_private_is_not_packed_then(technique: str) -> None:
    assert train(technique, privacy=PRIVACY).packing is False
