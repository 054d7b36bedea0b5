"""The right to use a source: one rule for who reads it and for the gate that judges it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any


def wrong_rights(sources: Iterable[Mapping[str, Any]], purpose: str, today: date) -> Iterator[str]:
    """What is wrong with the rights to the sources on a day, a sentence each.

    Specification 4.6: each source has a legal basis that holds and covers the purpose, and the
    agreements of its processors are current. `sources` are those of a collection manifest.
    """
    for source in sources:
        name, basis = source["name"], source["basis"]
        if date.fromisoformat(basis["expires"]) < today:
            yield f"source '{name}': legal basis {basis['reference']} expired {basis['expires']}"
        if purpose not in basis["purposes"]:
            yield (
                f"source '{name}': purpose '{purpose}' is outside {basis['reference']}, which "
                f"covers {', '.join(basis['purposes'])}"
            )
        for processor in source["processors"]:
            if date.fromisoformat(processor["expires"]) < today:
                yield (
                    f"source '{name}': agreement {processor['agreement']} with "
                    f"{processor['name']} expired {processor['expires']}"
                )
