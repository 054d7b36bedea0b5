"""Licences of base models: what each permits, under which conditions, and where its text is.

The table reads licence texts as an engineer does, not as a lawyer: it says what to look at. A
licence that is not in it is unknown, never permitted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Licence:
    """What one licence says on fine-tuning a model and on deploying what comes of it.

    `permits` is False where it forbids either for a company (non-commercial and no-derivatives
    terms). `conditions` bind whoever passes the tuned model on or serves it; with `depends` some
    of them hold for some users only, so that a person has to judge. `source` is its public text.
    """

    name: str
    permits: bool
    conditions: tuple[str, ...]
    source: str
    depends: bool = False


_NOTICE = ("keep its copyright and licence notices with every copy",)
_NON_COMMERCIAL = ("no commercial use",)
_USE_POLICY = "what its acceptable use policy forbids may not be done with the tuned model"
_PASS_ON = "use restrictions go into the terms of whatever is passed on, and bind its users"
_AUDIENCE = "above 700 million monthly users of the licensee's products Meta must be asked"
_CC = "https://creativecommons.org/licenses"
_LLAMA = "https://www.llama.com"


def _llama(version: str, page: str, *more: str) -> Licence:
    prefix = "Llama 3" if version == "3" else "Llama"
    built = "Built with Meta Llama 3" if version == "3" else "Built with Llama"
    conditions = (
        f"show '{built}', and let the tuned model's name begin with '{prefix}'",
        "pass on a copy of the agreement and its Notice file",
        _USE_POLICY,
        _AUDIENCE,
        *more,
    )
    return Licence(f"llama{version}", True, conditions, f"{_LLAMA}/{page}/license/", depends=True)


def _rail(name: str, source: str) -> Licence:
    return Licence(name, True, (_PASS_ON, "pass on a copy of the licence"), source, depends=True)


def _creative(name: str, permits: bool, *conditions: str) -> Licence:
    kind, version = name.removeprefix("cc-").rsplit("-", 1)
    return Licence(name, permits, conditions, f"{_CC}/{kind}/{version}/")


_EUROPE = "its multimodal models are not licensed to those domiciled in the European Union"
_OUTPUTS = "may not be used to improve other large language models"
_ATTRIBUTION = "name the maker, the licence and the changes"

TABLE: tuple[Licence, ...] = (
    Licence(
        "apache-2.0",
        True,
        ("keep its notices, say which files were changed, pass on the NOTICE file",),
        "https://www.apache.org/licenses/LICENSE-2.0",
    ),
    Licence("mit", True, _NOTICE, "https://opensource.org/license/mit"),
    Licence("isc", True, _NOTICE, "https://opensource.org/license/isc-license-txt"),
    Licence("bsd-2-clause", True, _NOTICE, "https://opensource.org/license/bsd-2-clause"),
    Licence("bsd-3-clause", True, _NOTICE, "https://opensource.org/license/bsd-3-clause"),
    Licence("cc0-1.0", True, (), "https://creativecommons.org/publicdomain/zero/1.0/"),
    _creative("cc-by-4.0", True, _ATTRIBUTION),
    _creative("cc-by-sa-4.0", True, _ATTRIBUTION, "pass the tuned model on under this licence"),
    _creative("cc-by-nc-4.0", False, *_NON_COMMERCIAL),
    _creative("cc-by-nc-sa-4.0", False, *_NON_COMMERCIAL),
    _creative("cc-by-nd-4.0", False, "no derivatives"),
    _creative("cc-by-nc-nd-4.0", False, *_NON_COMMERCIAL, "no derivatives"),
    Licence(
        "llama2",
        True,
        ("pass on a copy of the agreement and its Notice file", _USE_POLICY, _OUTPUTS, _AUDIENCE),
        "https://ai.meta.com/llama/license/",
        depends=True,
    ),
    _llama("3", "llama3", _OUTPUTS),
    _llama("3.1", "llama3_1"),
    _llama("3.2", "llama3_2", _EUROPE),
    _llama("3.3", "llama3_3"),
    _llama("4", "llama4", _EUROPE),
    Licence(
        "gemma",
        True,
        (
            "pass on the Gemma Terms of Use and a Notice file that names them",
            "say prominently which files were changed",
            "what its prohibited use policy forbids may not be done with the tuned model",
            _PASS_ON,
        ),
        "https://ai.google.dev/gemma/terms",
        depends=True,
    ),
    Licence(
        "qwen",
        True,
        (
            "pass on a copy of the agreement and its Notice file, say which files were changed",
            "show 'Built with Qwen' or 'Improved using Qwen' where its output trains a model",
            "above 100 million monthly users of the licensee's products Alibaba must be asked",
        ),
        "https://huggingface.co/Qwen/Qwen2.5-72B-Instruct/blob/main/LICENSE",
        depends=True,
    ),
    Licence(
        "qwen-research",
        False,
        _NON_COMMERCIAL,
        "https://huggingface.co/Qwen/Qwen2.5-3B-Instruct/blob/main/LICENSE",
    ),
    Licence("mrl", False, _NON_COMMERCIAL, "https://mistral.ai/licenses/MRL-0.1.md"),
    Licence("mnpl", False, ("no production use",), "https://mistral.ai/licenses/MNPL-0.1.md"),
    _rail("openrail", "https://www.licenses.ai/"),
    _rail("openrail++", "https://huggingface.co/stabilityai/stable-diffusion-xl-base-1.0"),
    _rail("bigscience-bloom-rail-1.0", "https://huggingface.co/spaces/bigscience/license"),
    _rail("bigscience-openrail-m", "https://www.licenses.ai/blog/2022/8/26/bigscience-open-rail-m-license"),
    _rail("bigcode-openrail-m", "https://huggingface.co/spaces/bigcode/bigcode-model-license-agreement"),
    _rail("creativeml-openrail-m", "https://huggingface.co/spaces/CompVis/stable-diffusion-license"),
)  # fmt: skip

_OTHER_NAMES = {
    "apache-2": "apache-2.0",
    "apache-license-2.0": "apache-2.0",
    "apache-license-version-2.0": "apache-2.0",
    "mit-license": "mit",
    "llama-2": "llama2",
    "llama-3": "llama3",
    "llama-3.1": "llama3.1",
    "llama-3.2": "llama3.2",
    "llama-3.3": "llama3.3",
    "llama-4": "llama4",
    "gemma-terms-of-use": "gemma",
    "tongyi-qianwen": "qwen",
    "qwen-license": "qwen",
    "mistral-research-license": "mrl",
}
_LLAMA_TITLE = re.compile(r"^(?:meta-)?llama-?(\d(?:\.\d)?)-community-license(?:-agreement)?$")
_BY_NAME = {licence.name: licence for licence in TABLE}


def normal(name: str) -> str:
    """A licence's name in one spelling: `Apache License 2.0` and `apache-2.0` are one."""
    plain = re.sub(r"[\s_,()]+", "-", name.strip().lower()).strip("-.")
    titled = _LLAMA_TITLE.match(plain)
    if titled:
        return f"llama{titled[1]}"
    return _OTHER_NAMES.get(plain, plain)


def known(name: str) -> Licence | None:
    """The licence of that name, in any usual spelling; None for one that is not in the table."""
    return _BY_NAME.get(normal(name))
