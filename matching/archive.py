"""What does a night keep, so that any of its lists can be made again? One folder a run.

The index that the lists were made with, what the night was told (the whole configuration, the home city), what the
vacancies were called; and beside the folders each fitted meaning once. People are not in it: what their records said
stays in the database, where one statement erases a person (docs/decisions/0019-replay.md).
"""

from __future__ import annotations

import gzip
import json
import logging
import os
import secrets
import shutil
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from matching.config import Config, PlanConfig
from matching.index import Index
from matching.meaning import Meaning
from models.enums import Constraint, Rung
from models.errors import NotFound, ZhipeiError

INDEX, BASIS, NAMES = "index", "basis.json", "names.json.gz"  # in the folder of a run
SHORTENED = 8  # bytes of a content hash that are kept: enough to see that a record is another

log = logging.getLogger(__name__)


class Called(NamedTuple):
    """What a vacancy was called at a night, and a digest of its record."""

    source: str
    external_id: str
    title: str
    content: str


@dataclass(frozen=True, slots=True)
class Basis:
    """What a night was told: enough to do it again."""

    config: Config
    home_city: str
    candidates: int
    meaning: str = ""  # identity of the fitted vectors, empty for none
    version: str = field(default_factory=lambda: version("zhipei"))  # of the program

    def document(self) -> dict[str, Any]:
        """As it is kept."""
        return asdict(self)

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Basis:
        """From what was kept. KeyError, TypeError or ValueError when another version wrote it."""
        told = document["config"]
        lists = {name: tuple(told[name]) for name in ("weights", "neutral_weights", "confidence")}
        words = {"ladder": tuple(map(Rung, told["ladder"])), "changes": tuple(map(Constraint, told["changes"]))}
        config = Config(**{**told, **lists, **words, "plan": PlanConfig(**told["plan"])})
        return cls(**{**document, "config": config})


@dataclass(frozen=True, slots=True)
class Kept:
    """What was kept of a night."""

    basis: Basis
    index: Index
    names: Mapping[int, Called]  # by vacancy id


class Archive:
    """The folder in which nights are kept. Only a night writes to it, and only one night runs at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(
        self, day: date, basis: Basis, index: Index, meaning: Meaning, names: Mapping[str, Sequence[Any]],
        shared: Path | None,
    ) -> str | None:  # fmt: skip
        """Keep a night under a new name, which a run notes. `shared` becomes another name of the file of the index.

        None where it cannot be written, a full disk: people are served all the same, and the run cannot be replayed.
        """
        name = f"{day:%Y%m%d}-{secrets.token_hex(4)}"
        folder = self._folder / name
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            folder.mkdir(mode=0o700)
            index.save(folder / INDEX)
            _write_names(folder / NAMES, names)
            _write_meaning(self._meaning(basis.meaning), meaning)
            (folder / BASIS).write_text(json.dumps(basis.document(), ensure_ascii=False, indent=1), "utf-8")
            if shared:
                _share(folder / INDEX, shared)
        except OSError as error:
            log.warning("night not kept, it cannot be replayed: %s", error)
            shutil.rmtree(folder, ignore_errors=True)
            return None
        return name

    def clear(self, wanted: Collection[str]) -> None:
        """Remove what no run refers to any more, and what a killed night left behind."""
        if not self._folder.is_dir():
            return
        kept = {*wanted, *(self._meaning(self._meaning_of(name)).name for name in wanted)}
        for path in self._folder.iterdir():
            if path.name not in kept:
                shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)

    def open(self, name: str) -> Kept:
        """What was kept under a name. NotFound when it is gone, ZhipeiError when it cannot be read."""
        folder = self._folder / name
        if not folder.is_dir():
            raise NotFound(f"这个批次留存的快照不在数据目录里（{name}）：可能已被移走，或数据目录不是当晚的那一个")
        basis = self._basis(name)
        meaning = Meaning.load(self._meaning(basis.meaning)) if basis.meaning else Meaning.none()
        try:
            return Kept(basis, Index.load(folder / INDEX, meaning), _read_names(folder / NAMES))
        except (OSError, EOFError, ValueError, TypeError, ZhipeiError) as error:
            raise _unusable(name, basis.version) from error

    def _basis(self, name: str) -> Basis:
        try:
            return Basis.of(json.loads((self._folder / name / BASIS).read_text("utf-8")))
        except (OSError, KeyError, TypeError, ValueError) as error:
            raise _unusable(name, "未知") from error

    def _meaning_of(self, name: str) -> str:
        """The identity that a night noted, whatever else another version wrote."""
        with suppress(OSError, KeyError, TypeError, ValueError):
            return str(json.loads((self._folder / name / BASIS).read_text("utf-8"))["meaning"])
        return ""

    def _meaning(self, identity: str) -> Path:
        return self._folder / f"meaning-{identity}.npz"


def _unusable(name: str, written_by: str) -> ZhipeiError:
    return ZhipeiError(
        f"快照 {name} 不能读取：已损坏，或由另一版本的程序写成"
        f"（当晚的版本是 {written_by}，现在是 {version('zhipei')}）；请用当晚的版本重放"
    )


def _share(index: Path, shared: Path) -> None:
    """Give a file a second name in place of what stood there; a reader sees the old file or the new one."""
    partial = shared.with_name(f"{shared.name}.{os.getpid()}.link")
    partial.unlink(missing_ok=True)
    try:
        try:
            os.link(index, partial)
        except OSError:  # a file system without second names
            shutil.copyfile(index, partial)
        os.replace(partial, shared)
    finally:
        partial.unlink(missing_ok=True)


def _write_meaning(path: Path, meaning: Meaning) -> None:
    """Each fit once: weekly at most."""
    if meaning.identity and not path.exists():
        meaning.save(path)


def _write_names(path: Path, names: Mapping[str, Sequence[Any]]) -> None:
    digests = [content[:SHORTENED].hex() for content in names["content"]]
    columns = [*(list(names[name]) for name in ("id", "source", "external_id", "title")), digests]
    path.write_bytes(gzip.compress(json.dumps(columns, ensure_ascii=False).encode(), compresslevel=1))


def _read_names(path: Path) -> dict[int, Called]:
    numbers, *called = json.loads(gzip.decompress(path.read_bytes()))
    return {number: Called(*one) for number, *one in zip(numbers, *called, strict=True)}
