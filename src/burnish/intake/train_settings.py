"""The engine's settings from the plan's."""

from __future__ import annotations

from burnish.methods.training import objective_settings as learnt
from burnish.methods.training import technique_settings as ways
from burnish.methods.training.parallel_settings import ParallelSettings
from burnish.methods.training.settings import TrainSettings
from burnish.methods.training.speed_settings import SpeedSettings
from burnish.plan import BaseModelPlan, Lora, TrainPlan


def settings_for(plan: TrainPlan, max_length: int, base: BaseModelPlan) -> TrainSettings:
    """How to train, for rows of at most `max_length` tokens."""
    return TrainSettings(
        technique=plan.technique,
        lora=_lora(plan.lora),
        options=_options(plan),
        learning_rate=plan.learning_rate,
        schedule=plan.schedule,
        warmup_share=plan.warmup,
        weight_decay=plan.weight_decay,
        clip_norm=plan.clip_norm,
        epochs=plan.epochs,
        max_steps=plan.max_steps,
        max_length=max_length,
        packing=plan.packing,
        micro_batch=plan.micro_batch,
        accumulate=plan.accumulate,
        seed=plan.seed,
        precision=plan.precision,
        checkpoint_every=plan.checkpoint_every,
        keep_checkpoints=plan.keep_checkpoints,
        eval_every=plan.checkpoint_every,
        threads=plan.threads,
        base_name=base.path,
        parallel=ParallelSettings(**plan.parallel.model_dump()),
        gradient_checkpointing=plan.gradient_checkpointing,
        objective=_objective(plan),
        speed=SpeedSettings(compile=plan.compile, kernels=plan.kernels),
    )


def _objective(plan: TrainPlan) -> learnt.ObjectiveSettings:
    ewc, stop = plan.ewc, plan.early_stop
    return learnt.ObjectiveSettings(
        goal=plan.objective,
        preference=learnt.PreferenceSettings(**plan.preference.model_dump()),
        label_smoothing=plan.label_smoothing,
        neftune=plan.neftune,
        ewc=None if ewc is None else learnt.EwcSettings(**ewc.model_dump()),
        early_stop=None if stop is None else learnt.EarlyStop(**stop.model_dump()),
    )


def _lora(plan: Lora) -> ways.LoraSettings:
    every = plan.targets == ("all-linear",)
    told = plan.model_dump() | {"targets": "all-linear" if every else plan.targets}
    return ways.LoraSettings(**told)


def _options(plan: TrainPlan) -> ways.TechniqueOptions:
    return ways.TechniqueOptions(
        qlora=ways.QloraSettings(**plan.qlora.model_dump()),
        freeze=ways.FreezeSettings(**plan.freeze.model_dump()),
        prefix=ways.PrefixSettings(**plan.prefix.model_dump()),
        prompt=ways.PromptSettings(**plan.prompt.model_dump()),
        ia3=ways.Ia3Settings(**plan.ia3.model_dump()),
        bottleneck=ways.BottleneckSettings(**plan.bottleneck.model_dump()),
        merge=plan.merge,
    )
