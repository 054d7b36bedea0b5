"""What a privacy officer signs: the digests that make up a decision."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from burnish.core.artifact import Artifact, Collected
from burnish.core.gate import Look

STAYS = "registry"
"""Begins the names of files that stay in the store: hashes of personal data are in no bundle."""


def review_subjects(look: Look, corpus: Artifact, purpose: str) -> dict[str, str]:
    """Name to SHA-256 of the dataset, its reports, the legal bases and the purpose.

    A bundle must be able to show them all; what stays in the store the dataset's digest covers.
    """
    collected = look.ancestor(corpus, Collected)
    sources = look.manifest(collected).facts["sources"] if collected else []
    reports = sorted(look.manifest(corpus).files.items())
    return {
        "dataset": corpus.digest,
        **{name: digest for name, digest in reports if not name.startswith(STAYS)},
        "legal-bases": digest_of(sources),
        "purpose": digest_of({"purpose": purpose}),
    }


def digest_of(value: Mapping[str, Any] | list[Any]) -> str:
    """SHA-256 over canonical JSON."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
