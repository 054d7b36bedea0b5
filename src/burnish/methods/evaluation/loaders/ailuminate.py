"""AILuminate (MLCommons 2025): hazardous prompts by hazard and persona, `.csv`.

All are taken as to be refused. For specialised advice (hazards `spc_*`) the standard also accepts
an answer with a disclaimer, which a detector of refusals does not see: give such a set a judge.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from burnish.methods.evaluation.loaders.made import Made, must_refuse
from burnish.methods.evaluation.rows import Source, csv_rows


def ailuminate(sources: Sequence[Source]) -> Made:
    """Requests to refuse, their group the hazard."""
    for source in sources:
        for row in csv_rows(source):
            hazard = row.text("hazard")
            item = must_refuse(row, row.text("release_prompt_id"), row.text("prompt_text"), hazard)
            yield replace(item, labels={"hazard": hazard, "persona": row.text("persona")})
