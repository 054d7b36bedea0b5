"""Hugging Face datasets: a folder of this machine, or one commit of a repository of the hub.

Only data files are read, by burnish's own readers; no script of a dataset is ever run, and the
`datasets` library is not needed. What comes from the hub is checked against the digest that its
commit states.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import pyarrow as pa

from burnish.connectors.arrow import plain_parquet
from burnish.connectors.splits import NoSplit, Wish, chosen
from burnish.core.errors import InputError
from burnish.core.fingerprint import RUNS, fingerprint
from burnish.core.sources import Piece
from burnish.core.stamps import stamp, stamped_path
from burnish.plan_remote import Hub

if TYPE_CHECKING:
    from burnish.connectors.hub_client import Repository

CARD = "README.md"


def hub_connector(hub: Hub, root: Path, outside: bool = False) -> LocalDataset | HubDataset:
    """The connector of a plan's section `hub`: with a revision it is the hub's.

    Raises `InputError` for a name that is neither.
    """
    if hub.revision is not None:
        return HubDataset(hub, root)
    folder = (root / hub.dataset).resolve()
    if not folder.is_dir():
        raise InputError(
            f"dataset '{hub.dataset}' is no folder of the project, and has no `revision`",
            remedy="mend `dataset`, or pin the hub's dataset to a commit with `revision`",
        )
    if not outside and not folder.is_relative_to(root.resolve()):
        raise InputError(
            f"dataset '{hub.dataset}' leads outside the project folder",
            remedy="set `outside: true` for this source if that is meant",
        )
    return LocalDataset(hub, folder)


def _wish(hub: Hub) -> Wish:
    return Wish(hub.name, hub.split, hub.files)


def _asked(hub: Hub) -> list[object]:
    return [hub.dataset, hub.revision, hub.name, hub.split, hub.files]


@dataclass(frozen=True, slots=True)
class LocalDataset:
    """The data files of a folder, or the shards of a `save_to_disk`; read where they lie."""

    hub: Hub
    folder: Path = field(metadata={RUNS: True})

    @property
    def live(self) -> bool:
        """A folder of this machine is listed at every run."""
        return True

    @property
    def grows(self) -> bool:
        """Every file is looked at each time."""
        return False

    @property
    def at_once(self) -> bool:
        """Files are read later."""
        return False

    @property
    def definition(self) -> str:
        """What is chosen."""
        return fingerprint("hub", _asked(self.hub))

    @property
    def where(self) -> str:
        """The folder, as the plan names it."""
        return self.hub.dataset

    def pieces(self, known: Sequence[Piece] = ()) -> Iterator[Piece]:
        """The files of the wish in order, but those known; raises `InputError`."""
        seen = {piece.name for piece in known}
        for path in self._chosen():
            named = str(PurePosixPath(path).with_suffix(".parquet"))
            name = named if path.endswith(".arrow") else path
            if name not in seen:
                mark, size = stamp(self.folder / path)
                yield Piece(name, "", size, mark)

    def fetch(self, piece: Piece, folder: Path) -> Path:
        """The file where it lies, or as Parquet in `folder`; `InputError` if it changed."""
        path = stamped_path(piece.mark)
        try:
            same = stamp(path)[0] == piece.mark
        except OSError:
            same = False
        if not same:
            raise InputError(
                f"file {piece.name} is not the one that was listed",
                remedy="let its writer finish, and run again",
            )
        return _readable(path, folder, piece.name)

    def _chosen(self) -> list[str]:
        try:
            return _saved(self.folder, self.hub.split) or chosen(
                _files(self.folder), _text(self.folder / CARD), _wish(self.hub)
            )
        except NoSplit as wrong:
            raise _mend(self.hub, wrong) from None


@dataclass(frozen=True, slots=True)
class HubDataset:
    """The data files of one commit of a repository of the hub."""

    hub: Hub
    root: Path = field(metadata={RUNS: True})

    @property
    def live(self) -> bool:
        """A commit is listed once."""
        return False

    @property
    def grows(self) -> bool:
        """A commit never changes."""
        return False

    @property
    def at_once(self) -> bool:
        """Files are fetched later, by the workers."""
        return False

    @property
    def definition(self) -> str:
        """What is chosen."""
        return fingerprint("hub", _asked(self.hub))

    @property
    def where(self) -> str:
        """Repository and commit, at which address."""
        return f"{self.hub.endpoint}/datasets/{self.hub.dataset}@{self.hub.revision}"

    def pieces(self, known: Sequence[Piece] = ()) -> Iterator[Piece]:
        """The commit's files of the wish in order, but those known; raises `InputError`."""
        seen = {piece.name for piece in known}
        repository = self._repository()
        listed = {piece.name: piece for piece in repository.files()}
        try:
            names = chosen(list(listed), repository.card(listed.get(CARD)), _wish(self.hub))
        except NoSplit as wrong:
            raise _mend(self.hub, wrong) from None
        yield from (listed[name] for name in names if name not in seen)

    def fetch(self, piece: Piece, folder: Path) -> Path:
        """The file, checked against its digest in the commit; raises `InputError`."""
        path = self._repository().download(piece, folder)
        return _readable(path, folder, piece.name)

    def _repository(self) -> Repository:
        try:
            from burnish.connectors.hub_client import Repository
        except ModuleNotFoundError as missing:
            raise InputError(
                f"dataset '{self.hub.dataset}' needs {missing.name}, which is not installed",
                remedy="pip install 'burnish[hub]'",
            ) from None
        return Repository(self.hub, self.root)


def _readable(path: Path, folder: Path, name: str) -> Path:
    if path.suffix not in (".arrow", ".parquet"):
        return path
    try:
        return plain_parquet(path, folder)
    except (pa.ArrowInvalid, pa.ArrowIndexError, OSError):
        raise InputError(
            f"{name} is no whole {path.suffix[1:]} file", remedy="write it anew"
        ) from None


def _saved(folder: Path, split: str | None) -> list[str]:
    """Shards that `save_to_disk` wrote, in their order; none if it did not write the folder."""
    if not (folder / "dataset_dict.json").is_file():
        return _shards(folder, "")
    splits = [str(name) for name in json.loads(_text(folder / "dataset_dict.json"))["splits"]]
    if split is not None and split not in splits:
        raise NoSplit(f"no split '{split}'; there is {', '.join(sorted(splits))}")
    asked = splits if split is None else [split]
    return [path for name in asked for path in _shards(folder, f"{name}/")]


def _shards(folder: Path, prefix: str) -> list[str]:
    """What `state.json` names; only plain names beside it."""
    path = folder / prefix / "state.json"
    if not path.is_file():
        return []
    try:
        names = [shard["filename"] for shard in json.loads(_text(path))["_data_files"]]
    except (ValueError, KeyError, TypeError):
        names = [""]
    if not all(isinstance(n, str) and n and n == os.path.basename(n) for n in names):
        raise NoSplit(f"{prefix}state.json names no shards beside it")
    return [f"{prefix}{name}" for name in names]


def _files(folder: Path) -> list[str]:
    """Paths of the regular files inside, links left out, which may lead elsewhere."""
    found = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return sorted(path.relative_to(folder).as_posix() for path in found)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""


def _mend(hub: Hub, wrong: NoSplit) -> InputError:
    return InputError(f"dataset '{hub.dataset}': {wrong}", remedy="mend `name`, `split` or `files`")
