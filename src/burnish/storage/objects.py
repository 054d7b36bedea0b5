"""A store in object storage: the same sealed objects as in a folder, below a prefix of a bucket."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path

from burnish.core.remote import ObjectPlace
from burnish.storage.cache import CachedShelf
from burnish.storage.keys import KeyProvider
from burnish.storage.object_shelf import ObjectShelf, Requests
from burnish.storage.shelf import Shelf
from burnish.storage.store import SealedStore


@dataclass(frozen=True)
class Cache:
    """A folder for copies of sealed objects, and how many bytes it may hold."""

    folder: Path
    limit: int


@dataclass(frozen=True)
class ObjectStore(SealedStore):
    """Sealed objects in a bucket. Picklable: in each process, equal stores become one.

    So a worker keeps its connections and the opened key over all its shards.
    """

    place: ObjectPlace
    keys: KeyProvider
    cache: Cache | None = None
    requests: Requests = field(default_factory=Requests)

    def __reduce__(self) -> tuple[object, ...]:
        """Only where the store, its key and its credentials are; never the opened ones."""
        return (_shared, (self.place, self.keys, self.cache, self.requests))

    @cached_property
    def shelf(self) -> Shelf:
        """The bucket, behind the cache if there is one."""
        shelf = ObjectShelf(self.place, self.requests)
        return CachedShelf(shelf, self.cache.folder, self.cache.limit) if self.cache else shelf

    def with_keys(self, keys: KeyProvider) -> ObjectStore:
        """The same bucket, opened with another provider's key."""
        return ObjectStore(self.place, keys, self.cache, self.requests)


@lru_cache(maxsize=8)
def _shared(
    place: ObjectPlace, keys: KeyProvider, cache: Cache | None, requests: Requests
) -> ObjectStore:
    return ObjectStore(place, keys, cache, requests)
