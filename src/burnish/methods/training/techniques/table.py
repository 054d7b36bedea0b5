"""Which word of the plan stands for which technique."""

from collections.abc import Mapping

from burnish.methods.training.technique_settings import Technique as Word
from burnish.methods.training.techniques.bottlenecks import Bottlenecks
from burnish.methods.training.techniques.freezing import Freezing
from burnish.methods.training.techniques.full import Full
from burnish.methods.training.techniques.lora import Lora
from burnish.methods.training.techniques.prompts import Prefix, Prompt
from burnish.methods.training.techniques.qlora import Qlora
from burnish.methods.training.techniques.scales import Scales
from burnish.methods.training.techniques.technique import Technique

BY_WORD: Mapping[Word, Technique] = {
    "full": Full(),
    "freeze": Freezing(),
    "lora": Lora(),
    "qlora": Qlora(),
    "prefix": Prefix(),
    "prompt": Prompt(),
    "ia3": Scales(),
    "houlsby": Bottlenecks("houlsby"),
    "pfeiffer": Bottlenecks("pfeiffer"),
}
