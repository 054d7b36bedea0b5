"""Folders of an object storage (S3, Azure, Google): listed once, fetched by the workers."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, ClassVar

import obstore
from obstore.exceptions import (
    BaseError,
    PermissionDeniedError,
    PreconditionError,
    UnauthenticatedError,
    UnknownConfigurationKeyError,
)
from obstore.store import AzureStore, GCSStore, S3Store

from burnish.connectors.globs import matcher
from burnish.core.errors import InputError
from burnish.core.fingerprint import fingerprint
from burnish.core.remote import ObjectPlace
from burnish.core.sources import Piece
from burnish.methods.formats.read import FormatError, format_of

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig

Bucket = S3Store | AzureStore | GCSStore
PAGE = 1000
CHUNK = 8 * 2**20
RETRY: RetryConfig = {"max_retries": 4, "retry_timeout": timedelta(seconds=60)}
CLIENT: ClientConfig = {"connect_timeout": "10s", "timeout": "600s"}


@dataclass(frozen=True, slots=True)
class ObjectsConnector:
    """Objects below a prefix; a piece is an object, its version the storage's own tag."""

    source: str
    place: ObjectPlace
    patterns: tuple[str, ...] = ()
    format: str | None = None
    public: bool = False
    live: ClassVar[bool] = False
    grows: ClassVar[bool] = False
    at_once: ClassVar[bool] = False

    @property
    def definition(self) -> str:
        """What is listed; new credentials list nothing new."""
        place = self.place
        return fingerprint("objects", place.url, place.endpoint, self.patterns, self.format)

    @property
    def where(self) -> str:
        """The folder's address."""
        return self.place.url

    def pieces(self, known: Sequence[Piece] = ()) -> Iterator[Piece]:
        """Objects in the order of their keys; goes on after `known`."""
        names = [piece.name for piece in known]
        # A storage that does not list in order (S3 Express) cannot go on after a key.
        after = names[-1] if names and names == sorted(names) else None
        seen = frozenset(names)
        taken = self._taken()
        with self._told(f"{self.where} cannot be listed"):
            for page in obstore.list(self._open(), offset=after, chunk_size=PAGE):
                for found in page:
                    key = found["path"]
                    if key not in seen and taken(key):
                        version = found["e_tag"] or found["last_modified"].isoformat()
                        yield Piece(key, version, found["size"], found["e_tag"] or "")

    def fetch(self, piece: Piece, folder: Path) -> Path:
        """The object, streamed into `folder`, if it is still the one that was listed."""
        ending = "".join(PurePosixPath(piece.name).suffixes[-2:])[-40:]
        path = folder / (hashlib.sha256(piece.name.encode()).hexdigest()[:24] + ending)
        with self._told(f"{self.where}: {piece.name} cannot be fetched"):
            try:
                got = obstore.get(
                    self._open(), piece.name, options={"if_match": piece.mark} if piece.mark else {}
                )
            except PreconditionError:
                raise self._changed(piece, "changed") from None
            except FileNotFoundError:
                raise self._changed(piece, "was removed") from None
            if not piece.mark and got.meta["last_modified"].isoformat() != piece.version:
                raise self._changed(piece, "changed")
            with path.open("wb") as file:
                for chunk in got.stream(min_chunk_size=CHUNK):
                    file.write(chunk)
        return path

    def _changed(self, piece: Piece, what: str) -> InputError:
        return InputError(
            f"{piece.name} in {self.where} {what} since it was listed",
            remedy=f"list anew, which changes what was signed: burnish run --refresh {self.source}",
        )

    def _taken(self) -> Callable[[str], bool]:
        if self.patterns:
            return matcher(self.patterns)
        return self._has_a_format

    def _has_a_format(self, key: str) -> bool:
        try:
            format_of(Path(key), self.format)
        except FormatError:
            return False
        return True

    def _open(self) -> Bucket:
        place = self.place
        config = place.config() | ({"skip_signature": "true"} if self.public else {})
        where = (place.scheme, place.bucket, place.prefix)
        return _bucket(where, tuple(config.items()), place.client()["allow_http"])

    @contextmanager
    def _told(self, problem: str) -> Iterator[None]:
        """The storage's own words may quote a key or a signature, so only their gist is told."""
        try:
            yield
        except (PermissionDeniedError, UnauthenticatedError) as refused:
            raise InputError(
                f"{problem}: access is refused{_code(refused)}",
                remedy=f"mend sources.{self.source}.objects.credentials, or ask for the right",
            ) from None
        except (BaseError, OSError, ValueError) as wrong:
            raise InputError(
                f"{problem}: {_kind(wrong)}{_code(wrong)}",
                remedy=f"see that it can be reached, and mend sources.{self.source}.objects",
            ) from None


@lru_cache(maxsize=8)
def _bucket(
    where: tuple[str, str, str], config: tuple[tuple[str, str], ...], allow_http: bool
) -> Bucket:
    """A client, kept by the process: a new one would greet the server anew for every object."""
    scheme, bucket, prefix = where
    kinds: dict[str, type[Bucket]] = {"s3": S3Store, "az": AzureStore, "gs": GCSStore}
    stated: Any = dict(config)
    client: ClientConfig = {**CLIENT, "allow_http": allow_http}
    return kinds[scheme](
        bucket, prefix=prefix or None, config=stated, client_options=client, retry_config=RETRY
    )


def _kind(wrong: Exception) -> str:
    if isinstance(wrong, FileNotFoundError):
        return "there is no such bucket or object"
    if isinstance(wrong, UnknownConfigurationKeyError):
        return "`credentials` holds a key that this kind of storage does not know"
    text = str(wrong).lower()
    if "connect" in text or "dns" in text:
        return "the storage does not answer"
    return type(wrong).__name__


def _code(wrong: Exception) -> str:
    """The error code that a storage gives, such as ` (NoSuchBucket)`."""
    found = re.search(r"<Code>([A-Za-z]{1,60})</Code>", str(wrong))
    return f" ({found[1]})" if found else ""
