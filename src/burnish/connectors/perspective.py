"""Perspective's comment analyser, until it closes: asked as patiently as a served model.

Google's reference names `comments:analyze`; the key goes in a header, for servers log addresses.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from burnish.connectors.completions import Completions
from burnish.core.errors import InputError
from burnish.core.secrets import resolve
from burnish.plan_endpoint import EndpointPlan

URL = "https://commentanalyzer.googleapis.com/v1alpha1"


class Comments(Completions):
    """A connection to the analyser, for several threads. A context manager.

    `key` says where the access key is read. Raises `InputError` for one that is not there.
    """

    def __init__(self, key: str, root: Path, url: str = URL) -> None:
        super().__init__(EndpointPlan(url=url, model="perspective", concurrency=4), root)
        secret = resolve(key, root)
        if not (secret.isascii() and secret.isprintable()):
            raise InputError(
                "the key of perspective has characters that no header can have",
                remedy="look for line ends and letters beyond ASCII in it",
            )
        self._client.headers["X-Goog-Api-Key"] = secret

    def post(self, path: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """The JSON object that the analyser answers; raises `Unheard` when there is none."""
        # A path with a colon would be read as an address of its own.
        target = self._url.copy_with(path=self._url.path + path)
        return self._heard(target, json.dumps(dict(body), allow_nan=False).encode())
