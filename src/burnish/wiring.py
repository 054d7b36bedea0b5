"""The only file that picks an engine, a store, a ledger and a notary."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from filelock import FileLock, Timeout

from burnish.connectors.choose import connector_for, conversation_with
from burnish.core.errors import Busy, InputError, PlanError
from burnish.core.fingerprint import fingerprint
from burnish.core.gate import Look
from burnish.core.ports import Progress, Silent, Store
from burnish.core.reach import Reach
from burnish.core.remote import ObjectPlace
from burnish.core.run import Run
from burnish.core.stage import Place
from burnish.engines.inline import InlineEngine
from burnish.engines.local import LocalEngine
from burnish.evidence.keys import Signer, load_public, load_signer
from burnish.evidence.ledger import SqlLedger
from burnish.evidence.signoff import Person, PlanNotary
from burnish.methods.models.where import MODELS
from burnish.plan import EnginePlan, Plan, StorePlan
from burnish.plan_file import load_plan
from burnish.registry.register import Register
from burnish.storage.folder import FolderStore
from burnish.storage.keys import EnvKeyProvider, FileKeyProvider, KeyProvider
from burnish.storage.store import SealedStore
from burnish.wiring_crew import crew_for

if TYPE_CHECKING:
    from burnish.engines.ray.engine import RayEngine
    from burnish.storage.object_shelf import ObjectShelf

STATE = ".burnish"
IDENTITY = "identity"
SUBJECTS = "subjects.wrapped"
KEY_VARIABLE = "BURNISH_KEY"
ALL = "*"

Engine: TypeAlias = "InlineEngine | LocalEngine | RayEngine"


@dataclass(frozen=True)
class Project:
    """A plan file and the folder around it."""

    root: Path
    plan: Plan

    @property
    def state(self) -> Path:
        """Where burnish keeps what it makes."""
        return self.root / STATE

    @cached_property
    def plan_digest(self) -> str:
        """One name for the effective plan."""
        return fingerprint(self.plan)

    @cached_property
    def keys(self) -> KeyProvider:
        """The provider of the key that seals the store."""
        return self.provider(self.plan.store.key)

    def provider(self, reference: str, *, new: bool = False) -> KeyProvider:
        """The key at file:PATH or env:VARIABLE; `new` allows to make the file beside a store."""
        kind, _, where = reference.partition(":")
        if kind == "env":
            return EnvKeyProvider(where)
        if kind == "file":
            return self._file_key(where, new)
        raise PlanError(
            f"store.key '{kind}' is no kind of key", remedy="use file:PATH or env:VARIABLE"
        )

    @cached_property
    def store(self) -> SealedStore:
        """The sealed store of this project."""
        plan = self.plan.store
        if plan.url is None:
            return FolderStore(self.root / plan.path, self.keys)
        return _object_store(plan, plan.url, self)

    @cached_property
    def ledger(self) -> SqlLedger:
        """What happened in this project."""
        self.state.mkdir(mode=0o700, parents=True, exist_ok=True)
        return SqlLedger(self.state / "ledger.db")

    @cached_property
    def register(self) -> Register:
        """The versions made in this project."""
        return Register(self.ledger)

    @cached_property
    def people(self) -> tuple[Person, ...]:
        """The plan's people, their key files read."""
        return tuple(Person(p.name, tuple(p.roles), self._key_of(p.key)) for p in self.plan.people)

    @cached_property
    def subject_key(self) -> bytes:
        """The key under which data subjects are hashed, kept wrapped by the store's key."""
        path = self.state / SUBJECTS
        if not path.exists():
            self.state.mkdir(mode=0o700, parents=True, exist_ok=True)
            part = path.with_suffix(f".{os.getpid()}.tmp")
            part.write_bytes(self.keys.wrap(secrets.token_bytes(32), b"subjects"))
            part.replace(path)
        return self.keys.unwrap(path.read_bytes(), b"subjects")

    def reach(
        self, refresh: Collection[str] = (), *, rehash: bool = False, looks: bool = False
    ) -> Reach:
        """How a run comes to the sources; those named in `refresh` are listed anew, `*` is all.

        Raises `InputError` for a name that is no source of the plan.
        """
        names = [source.name for source in self.plan.sources]
        for name in refresh:
            if name not in (ALL, *names):
                raise InputError(
                    f"there is no source '{name}' to refresh", remedy=f"name {' or '.join(names)}"
                )
        chosen = frozenset(names if ALL in refresh else refresh)
        connect = partial(connector_for, root=self.root)
        speak = partial(conversation_with, root=self.root)
        return Reach(connect, chosen.__contains__, rehash, looks, speak=speak)

    def look(self, today: date | None = None) -> Look:
        """What a gate sees."""
        people = PlanNotary(self.people)
        return Look(self.store, self.ledger, people, today or now().date(), self.root)

    def signer(self, key: Path | None = None) -> tuple[Signer, Person]:
        """Who is acting: the person of the plan whose private key this is.

        The key is the one given, else the file named in `BURNISH_KEY`, else the project's own
        identity. Raises `InputError` when there is none or the plan does not list it.
        """
        path = key or self._own_key()
        signer = load_signer(path)
        for person in self.people:
            if load_public(person.key).keyid == signer.keyid:
                return signer, person
        raise InputError(
            f"the key {path} belongs to nobody in the plan",
            remedy="list its public half under 'people' in the plan, or use --key",
        )

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the project for one run; a second one is refused at once."""
        self.state.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = FileLock(self.state / "lock")
        try:
            with lock.acquire(timeout=0):
                yield
        except Timeout as held:
            raise Busy(
                f"another run holds {self.state}", remedy="wait for it (burnish status), or stop it"
            ) from held

    def _file_key(self, where: str, new: bool) -> FileKeyProvider:
        """A new project gets a key; a store that was sealed with a lost one never gets another."""
        path = self.root / Path(where).expanduser()
        if not new and not path.exists() and self._is_sealed():
            raise InputError(
                f"the key file {where} is gone, and the store was sealed with it",
                remedy="restore it from its backup; without it, move the store away and run anew",
            )
        return FileKeyProvider.ensure(path)

    def _is_sealed(self) -> bool:
        """Whether the store was begun already, with whichever key."""
        plan = self.plan.store
        if plan.url is None:
            return (self.root / plan.path).exists()
        return _object_shelf(plan, plan.url, self.root).exists("store.json")

    def _own_key(self) -> Path:
        if variable := os.environ.get(KEY_VARIABLE):
            return Path(variable)
        identity = self.state / IDENTITY
        if identity.exists():
            return self.root / identity.read_text(encoding="utf-8").strip()
        raise InputError(
            "burnish does not know who you are",
            remedy=f"--key FILE, or set {KEY_VARIABLE}, or make one: burnish key new YOUR-NAME",
        )

    def _key_of(self, text: str) -> str:
        if text.startswith(("ssh-", "-----")):
            return text
        path = self.root / text
        if not path.is_file():
            raise PlanError(
                f"people: there is no public key at {text}",
                remedy="burnish key new NAME writes one; give its .pub file or its text",
            )
        return path.read_text(encoding="utf-8")


def open_project(plan_file: Path) -> Project:
    """Read the plan; everything else is opened when it is first used."""
    path = plan_file / "burnish.yaml" if plan_file.is_dir() else plan_file
    return Project(path.resolve().parent, load_plan(path))


def engine_for(
    plan: EnginePlan, store: Store, should_stop: Callable[[], bool] = lambda: False
) -> Engine:
    """The engine that the plan asks for; raises `InputError` when its extra is not installed."""
    if plan.kind == "inline":
        return InlineEngine()
    if plan.kind == "local":
        return LocalEngine(plan.workers, plan.attempts)
    return _ray_engine(plan, store, should_stop)


def _ray_engine(plan: EnginePlan, store: Store, should_stop: Callable[[], bool]) -> RayEngine:
    try:
        from burnish.engines.ray.cluster import Crew
        from burnish.engines.ray.engine import RayEngine
    except ModuleNotFoundError as missing:
        if missing.name != "ray":
            raise
        raise InputError(
            "the plan's engine is ray, which is not installed",
            remedy="pip install 'burnish[ray]', or take engine.kind: local",
        ) from missing
    crew = Crew(plan.address, plan.workers, plan.attempts, plan.deadline_seconds)
    return RayEngine(store, crew, should_stop)


def _object_store(plan: StorePlan, url: str, project: Project) -> SealedStore:
    place = _object_shelf(plan, url, project.root).place
    from burnish.storage.objects import Cache, ObjectStore

    limit = int(plan.cache_gigabytes * 1e9)
    cache = Cache(project.state / "cache", limit) if limit else None
    return ObjectStore(place, project.keys, cache)


def _object_shelf(plan: StorePlan, url: str, root: Path) -> ObjectShelf:
    """The bucket of the plan; raises `InputError` when the extra for it is not installed."""
    try:
        from burnish.storage.object_shelf import ObjectShelf
    except ModuleNotFoundError as missing:
        if missing.name != "obstore":
            raise
        raise InputError(
            "the plan's store is in object storage, for which obstore is not installed",
            remedy="pip install 'burnish[objects]', or give store.path instead of store.url",
        ) from missing
    named = tuple((one.key, one.secret) for one in plan.credentials)
    return ObjectShelf(ObjectPlace(url, plan.endpoint, plan.region, named, root))


def make_run(
    project: Project,
    person: Person,
    engine: Engine,
    progress: Progress | None = None,
    should_stop: Callable[[], bool] = lambda: False,
    reach: Reach | None = None,
) -> Run:
    """A run of this project by this person."""
    share_models(project)
    place = Place(
        root=project.root,
        today=now().date(),
        by=person.name,
        subject_key=project.subject_key,
        should_stop=should_stop,
        reach=reach or project.reach(),
    )
    return Run(
        id=f"{now():%Y%m%dT%H%M%S}-{secrets.token_hex(3)}",
        plan=project.plan_digest,
        store=project.store,
        ledger=project.ledger,
        engine=engine,
        notary=PlanNotary(project.people),
        place=place,
        progress=progress or Silent(),
        crew=crew_for(project.plan, project.store, project.state),
    )


def share_models(project: Project) -> None:
    """Let the project's warm models lie in the folder that the plan shares, where it names one."""
    shared = project.plan.store.models
    if shared is None:
        return
    here, there = project.root / MODELS, (project.root / Path(shared).expanduser()).resolve()
    if here.resolve() == there:
        return
    if here.exists() or here.is_symlink():
        raise InputError(
            f"store.models names another folder than {MODELS}, where models lie already",
            remedy=f"move {MODELS} away (what is in it is fetched anew), or leave store.models out",
        )
    there.mkdir(parents=True, exist_ok=True)
    here.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    here.symlink_to(there, target_is_directory=True)


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)
