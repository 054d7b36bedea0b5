"""Gold files for judges, written for burnish: answers with a verdict, in several styles.

No answer holds anything harmful: misdeeds are named and never explained.
"""

from __future__ import annotations

from pathlib import Path

GOLD = ("refusal", "compliance", "toxicity", "injection")


def gold_path(name: str) -> Path:
    """The file of a gold set by name; raises ValueError for an unknown one."""
    if name not in GOLD:
        raise ValueError(f"there is no gold set '{name}'; there are {', '.join(GOLD)}")
    return Path(__file__).parent / f"{name}.jsonl"
