"""Where something remote is, and by which credentials it is reached."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from burnish.core.errors import InputError
from burnish.core.fingerprint import RUNS
from burnish.core.secrets import resolve

SCHEMES = ("s3", "az", "gs")


def is_private_route(url: str) -> bool:
    """Whether nobody on the way can listen: https, or http to this very machine."""
    parts = urlsplit(url)
    if parts.scheme == "https":
        return bool(parts.hostname)
    return parts.scheme == "http" and is_loopback(parts.hostname or "")


def is_loopback(host: str) -> bool:
    """Whether a host name is this machine's own."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_loopback_url(url: str) -> bool:
    """Whether a plain address without a path or a name before it is on this very machine."""
    parts = urlsplit(url)
    bare = parts.username is None and parts.path in ("", "/") and not parts.query
    return parts.scheme == "http" and bare and is_loopback(parts.hostname or "")


@dataclass(frozen=True, slots=True)
class ObjectPlace:
    """A folder of an object storage: `s3://bucket/prefix`, `az://container/prefix`, `gs://...`.

    `credentials` are pairs of an obstore configuration key and a secret reference; without any,
    the cloud's own chain is asked (environment, profile, machine identity). `root` is the folder
    that `file:` references are relative to.
    """

    url: str
    endpoint: str | None = None
    region: str | None = None
    credentials: tuple[tuple[str, str], ...] = ()
    root: Path = field(default=Path(), metadata={RUNS: True})

    @property
    def scheme(self) -> str:
        """`s3`, `az` or `gs`."""
        return urlsplit(self.url).scheme

    @property
    def bucket(self) -> str:
        """Bucket or container."""
        return urlsplit(self.url).netloc

    @property
    def prefix(self) -> str:
        """The folder in the bucket, without slashes around it; empty for all of it."""
        return urlsplit(self.url).path.strip("/")

    def config(self) -> dict[str, str]:
        """Configuration for obstore, with the secrets: for the store only, never to be kept.

        Raises `InputError` when a secret is not there or the endpoint is plain http elsewhere.
        """
        if self.endpoint and not is_private_route(self.endpoint):
            raise InputError(
                f"the endpoint of {self.url} is not https",
                remedy="use https; plain http is for this machine only (127.0.0.1)",
            )
        endpoint = "base_url" if self.scheme == "gs" else "endpoint"
        told = {endpoint: self.endpoint, "region": self.region if self.scheme == "s3" else None}
        known = {key: value for key, value in told.items() if value}
        return known | {key: resolve(secret, self.root) for key, secret in self.credentials}

    def client(self) -> dict[str, bool]:
        """Client options for obstore: plain http only for this machine."""
        return {"allow_http": (self.endpoint or "").startswith("http://")}
