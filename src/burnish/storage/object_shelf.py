"""Named bytes in S3-compatible, Azure or Google storage, through obstore.

Small pieces are put with one conditional request (`If-None-Match: *`), so that the first writer
of a name is the only one. Large ones go up in parts, in bounded memory, and appear when the last
request completes them; two writers that race there have the same content, because a digest names
it. Reading goes by ranges of one version (`If-Match`), each a request of its own that is tried
again when it fails. Nothing here depends on a clock but the request's signature.

An upload that is broken off leaves nothing visible; its parts are deleted at once, or, when the
process was killed, by the bucket's lifecycle rule (docs/storage.md).
"""

from __future__ import annotations

import re
import secrets
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any, NoReturn

import obstore
from obstore.exceptions import (
    AlreadyExistsError,
    BaseError,
    PermissionDeniedError,
    PreconditionError,
    UnauthenticatedError,
)
from obstore.store import from_url

from burnish.core.errors import Interrupted, NotAllowed, UsageError
from burnish.core.remote import ObjectPlace

if TYPE_CHECKING:
    from obstore import GetOptions
    from obstore.store import ClientConfig, RetryConfig
    from obstore.store import ObjectStore as Client

_PARTS_AT_ONCE = 2
_ASKED_ALONE = 16
_REMEMBERED = 100_000
_REFUSED = ("401", "403")
_STATUS = re.compile(r"status code: (\d{3} [A-Za-z ]+)")
_NO_BUCKET = re.compile(r"NoSuchBucket|ContainerNotFound|bucket does not exist", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Requests:
    """How requests are made: how many bytes in one, and how long a failing one is tried again.

    What is larger than `whole` bytes goes up in parts of `part` bytes; every object comes down
    in ranges of `part` bytes.
    """

    retries: int = 8
    seconds: float = 120.0
    request_seconds: float = 300.0
    connect_seconds: float = 10.0
    whole: int = 32 << 20
    part: int = 16 << 20


@dataclass(frozen=True)
class ObjectShelf:
    """Objects below a prefix of a bucket. Picklable: a worker resolves the credentials itself."""

    place: ObjectPlace
    requests: Requests = field(default_factory=Requests)
    _known: set[str] = field(default_factory=set, compare=False, repr=False)
    _asked: list[str] = field(default_factory=list, compare=False, repr=False)

    def __reduce__(self) -> tuple[object, ...]:
        """Only where it is; never a credential."""
        return (type(self), (self.place, self.requests))

    @property
    def where(self) -> str:
        """The URL."""
        return self.place.url

    @cached_property
    def _client(self) -> Client:
        how = self.requests
        options: ClientConfig = {
            "allow_http": self.place.client()["allow_http"],
            "timeout": timedelta(seconds=how.request_seconds),
            "connect_timeout": timedelta(seconds=how.connect_seconds),
        }
        retry: RetryConfig = {
            "max_retries": how.retries,
            "retry_timeout": timedelta(seconds=how.seconds),
        }
        return _made(self.place, options, retry)

    def put(self, name: str, chunks: Iterable[bytes], *, replace: bool = False) -> None:
        """Keep the pieces: small ones with one conditional request, more of them in parts."""
        rest = iter(chunks)
        first: deque[bytes] = deque()
        size = 0
        for chunk in rest:
            first.append(chunk)
            size += len(chunk)
            if size > self.requests.whole:
                break
        with self._told("write"):
            if size > self.requests.whole:
                self._put_parts(name, chain(_emptied(first), rest))
            else:
                self._put_whole(name, b"".join(first), replace)
        self._remember(name)

    def _put_whole(self, name: str, data: bytes, replace: bool) -> None:
        try:
            obstore.put(self._client, name, data, mode="overwrite" if replace else "create",
                        use_multipart=False)  # fmt: skip
        except AlreadyExistsError:  # whoever was first wrote the same: the name is its digest
            return

    def _put_parts(self, name: str, chunks: Iterator[bytes]) -> None:
        obstore.put(self._client, name, chunks, use_multipart=True, chunk_size=self.requests.part,
                    max_concurrency=_PARTS_AT_ONCE)  # fmt: skip

    @contextmanager
    def open(self, name: str) -> Iterator[Ranges]:
        """The object, read by ranges of the version that it had at the first."""
        with self._told("read"):
            yield Ranges(self._client, name, self.requests.part)

    def exists(self, *names: str) -> bool:
        """Whether one of the objects is there.

        Objects never go away but by `set_aside`, so what was seen once is not asked again; and
        after some questions all names are listed, many in one request.
        """
        if not self._known.isdisjoint(names):
            return True
        with self._told("read"):
            self._list_once()
            return not self._known.isdisjoint(names) or any(map(self._there, names))

    def names(self, folder: str) -> Iterator[str]:
        """The names below a folder."""
        with self._told("list"):
            for page in obstore.list(self._client, folder, chunk_size=1000):
                yield from (str(found["path"]) for found in page)

    def set_aside(self, name: str) -> str:
        """Move an object into quarantine, under a name that is free there."""
        target = f"quarantine/{name.rpartition('/')[2]}.{secrets.token_hex(4)}"
        self._known.discard(name)
        with self._told("move"):
            obstore.rename(self._client, name, target)
        return target

    def remove(self, name: str) -> None:
        """Delete an object, if it is there."""
        self._known.discard(name)
        with self._told("delete"):
            try:
                obstore.delete(self._client, name)
            except FileNotFoundError:
                return

    def sweep(self) -> list[str]:
        """Broken uploads are never visible, so none is found; the bucket's rule deletes parts."""
        return []

    def forget(self, name: str) -> bool:
        """There is no copy beside the object."""
        return False

    def _there(self, name: str) -> bool:
        try:
            obstore.head(self._client, name)
        except FileNotFoundError:
            return False
        self._remember(name)
        return True

    def _remember(self, name: str) -> None:
        if name.startswith("objects/") and len(self._known) < _REMEMBERED:
            self._known.add(name)

    def _list_once(self) -> None:
        """At the question that makes a listing worth while, learn all names of objects."""
        self._asked.append("")
        if len(self._asked) == _ASKED_ALONE:
            for name in self.names("objects"):
                self._remember(name)
                if len(self._known) >= _REMEMBERED:
                    return

    @contextmanager
    def _told(self, what: str) -> Iterator[None]:
        """A failure in words of ours: obstore's own may hold an address with a signature in it."""
        try:
            yield
        except FileNotFoundError:
            if what in ("write", "list"):  # below a bucket that is there, neither can be missing
                self._no_bucket()
            raise
        except PreconditionError:
            raise Interrupted(
                f"an object in {self.where} was replaced while it was read", remedy="run again"
            ) from None
        except (PermissionDeniedError, UnauthenticatedError) as refused:
            self._refused(what, str(refused))
        except BaseError as error:
            self._failed(what, str(error))

    def _refused(self, what: str, told: str) -> NoReturn:
        raise NotAllowed(
            f"{self.where} refuses to {what} with the credentials given ({_status(told)})",
            remedy="look at `credentials` and `region`, and at what they permit in the bucket: "
            "to list it, and to get, put and delete objects below the prefix",
        ) from None

    def _failed(self, what: str, told: str) -> NoReturn:
        if _NO_BUCKET.search(told):
            self._no_bucket()
        if _status(told).startswith(_REFUSED):
            self._refused(what, told)
        raise Interrupted(
            f"cannot {what} in {self.where}: {_status(told)}, after {self.requests.retries} "
            f"retries or {self.requests.seconds:g} seconds",
            remedy="look at its url, `endpoint` and the network; burnish run goes on from here",
        ) from None

    def _no_bucket(self) -> NoReturn:
        raise UsageError(
            f"there is no bucket or container '{self.place.bucket}' for {self.where}",
            remedy="make it first, or mend the url; burnish never makes one",
        ) from None


class Ranges:
    """An object as a stream, fetched range by range, so that memory stays bounded."""

    def __init__(self, client: Client, name: str, part: int) -> None:
        self._client, self._name, self._part = client, name, part
        self._at = 0
        self._size = 0
        self._version: str | None = None
        self._block = memoryview(self._fetch(first=True))

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes, none at the end; all that is left with -1."""
        if size < 0:
            return b"".join(iter(lambda: self.read(self._part), b""))
        if not self._block and self._at < self._size:
            self._block = memoryview(self._fetch())
        data = bytes(self._block[:size])
        self._block = self._block[size:]
        return data

    def _fetch(self, *, first: bool = False) -> bytes:
        options: GetOptions = {"range": (self._at, self._at + self._part)}
        if self._version is not None:
            options["if_match"] = self._version
        try:
            found = obstore.get(self._client, self._name, options=options)
        except BaseError as error:
            if first and "416" in _status(str(error)):  # an empty object has no first byte
                return b""
            raise
        self._size, self._version = int(found.meta["size"]), found.meta["e_tag"]
        data = bytes(found.bytes())
        self._at += len(data)
        return data


def _emptied(chunks: deque[bytes]) -> Iterator[bytes]:
    """The chunks, each let go as soon as it is taken."""
    while chunks:
        yield chunks.popleft()


def _made(place: ObjectPlace, options: ClientConfig, retry: RetryConfig) -> Client:
    config: Any = place.config()
    try:
        return from_url(place.url, config=config, client_options=options, retry_config=retry)
    except (BaseError, ValueError) as error:
        raise UsageError(
            f"{place.url} cannot be opened: {type(error).__name__}",
            remedy="look at its url, `endpoint` and the names under `credentials`",
        ) from None


def _status(told: str) -> str:
    """The server's status of obstore's message, and nothing else of it."""
    found = _STATUS.search(told)
    return found.group(1).strip() if found else "no answer"
