"""Fetch public evaluation sets into the project, held to their pins; nothing is used unseen."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from burnish.api.evalsets import plan_line
from burnish.core.errors import InputError
from burnish.intake.evalcatalogue import BY_NAME, PublicSet
from burnish.intake.evalsets import FETCHED, HUB, HUB_FILE, hub_place, load_set
from burnish.methods.evaluation.loaders.formats import Loaded
from burnish.plan_evaluate import EvalSet
from burnish.wiring import open_project

HUB_ADDRESS = "https://huggingface.co"


@dataclass(frozen=True, slots=True)
class Fetched:
    """A set that lies in the project now; `line` is for the plan, `pinned` whether burnish knew.

    `items` and `left_out` are None for a file of a hub: which format it has is for the plan.
    """

    name: str
    path: str
    files: int
    sha256: str
    pinned: bool
    licence: str
    line: str
    items: int | None = None
    left_out: int | None = None
    was_there: bool = False


@dataclass(frozen=True, slots=True)
class Wishes:
    """Licences accepted by name, and the address of a mirror to ask instead."""

    accepted: tuple[str, ...] = ()
    mirror: str | None = None


def fetch(plan_file: Path, names: Sequence[str], wishes: Wishes) -> tuple[Fetched, ...]:
    """Bring sets of the catalogue, or `hub:OWNER/NAME@COMMIT/FILE`, into `eval-data/`.

    A set takes its place only when it is whole and what its pins say. Raises `InputError` for an
    unknown name, a licence that has to be accepted, and for a set that is not what was pinned.
    """
    root = open_project(plan_file).root
    wanted = [name if name.startswith(HUB) else _known(name, wishes.accepted) for name in names]
    return tuple(
        _from_hub(root, one, wishes.mirror) if isinstance(one, str) else _set(root, one, wishes)
        for one in wanted
    )


def _known(name: str, accepted: Sequence[str]) -> PublicSet:
    if name not in BY_NAME:
        raise InputError(
            f"there is no public set '{name}' in the catalogue",
            remedy="burnish eval sets names them; other files are put into the project by hand",
        )
    one = BY_NAME[name]
    if not one.commercial and one.licence not in accepted:
        raise InputError(
            f"'{name}' is under {one.licence}, which forbids commercial use",
            remedy=f"if that is no hindrance: --accept-licence {one.licence}",
        )
    return one


def _set(root: Path, one: PublicSet, wishes: Wishes) -> Fetched:
    place = root / FETCHED / one.name
    if place.is_dir():
        return _told(one, _checked(root, one, place, "move it away to fetch anew"), was_there=True)
    arriving = place.with_name(f".{one.name}.arriving")
    _download(one, arriving, wishes.mirror)
    remedy = f"look at {FETCHED}/{arriving.name}; delete it to fetch again"
    loaded = _checked(root, one, arriving, remedy)
    arriving.replace(place)
    return _told(one, loaded, was_there=False)


def _download(one: PublicSet, folder: Path, mirror: str | None) -> None:
    download = _downloader()
    for file in one.files:
        target = folder / file.name
        if target.is_file():  # whole since an earlier try: it only gets its name when it is
            digest = hashlib.sha256(target.read_bytes()).hexdigest()
        else:
            url = file.url if mirror is None else f"{mirror.rstrip('/')}/{one.name}/{file.name}"
            digest = download(url, target)
        pinned = one.pins.get(file.name)
        if pinned not in (None, digest):
            target.unlink()
            raise InputError(
                f"{file.name} of '{one.name}' has the SHA-256 {digest}; it should be {pinned}",
                remedy="the source has changed: review it, and pin it in your own plan",
            )


def _checked(root: Path, one: PublicSet, place: Path, remedy: str) -> Loaded:
    path = place.relative_to(root).as_posix()
    loaded = load_set(root, _plan_set(one, path))
    pin = loaded.suite.pin
    for what, found, wanted in (
        ("SHA-256", pin.sha256, one.sha256), ("number of items", pin.items, one.items)
    ):  # fmt: skip
        if wanted not in (None, found):
            raise InputError(
                f"the {what} of '{one.name}' is {found}; it should be {wanted}", remedy=remedy
            )
    return loaded


def _plan_set(one: PublicSet, path: str) -> EvalSet:
    return EvalSet(
        name=one.name, path=path, format=one.format, gate=one.gate, metric=one.metric,
        margin=one.margin,
    )  # fmt: skip


def _told(one: PublicSet, loaded: Loaded, was_there: bool) -> Fetched:
    pin = loaded.suite.pin
    path = f"{FETCHED}/{one.name}"
    more = {"sha256": pin.sha256, "rows": pin.items}
    metric = {} if one.metric == "exact" else {"metric": one.metric}
    return Fetched(
        name=one.name,
        path=path,
        files=len(one.files),
        sha256=pin.sha256,
        pinned=one.sha256 is not None,
        licence=one.licence,
        line=plan_line(_plan_set(one, path), one.margin, **metric, **more),
        items=pin.items,
        left_out=len(loaded.left_out),
        was_there=was_there,
    )


def _downloader() -> Callable[[str, Path], str]:
    """The downloader, whose module needs an extra."""
    try:
        from burnish.connectors.download import download
    except ModuleNotFoundError as missing:
        raise InputError(
            f"fetching needs {missing.name}, which is not installed",
            remedy="pip install 'burnish[http]'",
        ) from None
    return download


def _from_hub(root: Path, path: str, endpoint: str | None) -> Fetched:
    place = hub_place(root, path, "burnish eval fetch")
    there = place.is_file()
    if not there:
        _download_from_hub(root, path, place, endpoint or HUB_ADDRESS)
    digest = hashlib.sha256(place.read_bytes()).hexdigest()
    line = f'- {{name: NAME, path: "{path}", format: FORMAT, gate: GATE, sha256: {digest}}}'
    return Fetched(path, place.relative_to(root).as_posix(), 1, digest, True, "see its card", line,
                   was_there=there)  # fmt: skip


def _download_from_hub(root: Path, path: str, place: Path, endpoint: str) -> None:
    try:
        from burnish.connectors.hub_client import Repository
    except ModuleNotFoundError as missing:
        raise InputError(
            f"a file of the hub needs {missing.name}, which is not installed",
            remedy="pip install 'burnish[hub]'",
        ) from None
    from burnish.plan_remote import Hub

    found = HUB_FILE.fullmatch(path.removeprefix(HUB))
    assert found is not None  # hub_place refuses any other form
    owner, name, commit, file = found.groups()
    hub = Hub(dataset=f"{owner}/{name}", revision=commit, endpoint=endpoint)
    repository = Repository(hub, root)
    piece = next((one for one in repository.files() if one.name == file), None)
    if piece is None:
        raise InputError(f"{owner}/{name} has no file {file} at that commit", remedy="mend FILE")
    arriving = place.parent / f".{place.name}.arriving"
    arriving.mkdir(parents=True, exist_ok=True)
    repository.download(piece, arriving).replace(place)
    shutil.rmtree(arriving)
