"""What was read of a vacancy before is not read again: a file of readings, found by the hash of the text.

The file costs time only: without one, or with a damaged one, the same corpus is made, byte by byte. It belongs to one
way of reading (dictionary, wording, code), and what it says of meanings to one catalogue and one fit; what was made
another way is not used. Several processes may write: one of them wins, and what the others knew is read again.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import time
import unicodedata
import zlib
from array import array
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from importlib import metadata, resources
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from matching.corpus import Corpus, Reader, Spoken, Texts
from matching.counts import Counts
from matching.meaning import DIMENSIONS, Vectors
from matching.senses import Senses
from matching.wording import namings
from models.districts import aliases, districts
from models.text import normal_form

FORMAT = 1
KEPT_DAYS = 14  # that a reading is kept which nobody asks for
MOST = 1_000_000  # readings kept; those asked for last go before
KEY = 16  # bytes of a hash
UNREAD = -1
READING = ("terms.py", "wording.py", "counts.py", "corpus.py", "data/dictionary.txt", "data/wording.toml")
UNDERSTANDING = ("catalogue.py", "likeness.py", "meaning.py", "senses.py")
Rows = NDArray[np.int64]
ABANDONED = 3_600  # seconds after which a part of a file was left behind by a process that was killed

log = logging.getLogger(__name__)


@lru_cache(maxsize=1)
def way_of_reading() -> str:
    """A digest that changes with whatever may change how a text reads."""
    packages = [metadata.version(name) for name in ("rjieba", "opencc")]
    around = (packages, unicodedata.unidata_version, list(districts().values()), list(aliases()))
    return _digest("models", "text.py") + _digest("matching", *READING) + _short(repr(around).encode())


def way_of_understanding(senses: Senses) -> str:
    """A digest that changes with whatever may change what a reading means."""
    return f"{_digest('matching', *UNDERSTANDING)}-{senses.identity}"


@lru_cache(maxsize=4)
def _digest(package: str, *files: str) -> str:
    return _short(b"".join(resources.files(package).joinpath(name).read_bytes() for name in files))


def _short(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=8).hexdigest()


@dataclass(frozen=True, slots=True)
class Understood:
    """What some of the texts mean, by one way of understanding."""

    way: str
    row: NDArray[np.int32]  # of each text; UNREAD where nobody asked
    shares: sp.csr_array
    vectors: Vectors

    @classmethod
    def nothing(cls, way: str, texts: int, trades: int) -> Understood:
        """Of so many texts."""
        shares, vectors = sp.csr_array((0, trades), dtype=np.int64), np.zeros((0, DIMENSIONS), np.int8)
        return cls(way, np.full(texts, UNREAD, np.int32), shares, vectors)

    def longer(self, texts: int) -> Understood:
        """The same for more texts, of which nothing is known."""
        return replace(self, row=np.concatenate([self.row, np.full(texts, UNREAD, np.int32)]))

    def with_more(self, texts: Rows, shares: sp.csr_array, vectors: Vectors) -> Understood:
        """Now also what these texts mean."""
        row = self.row.copy()
        row[texts] = len(self.vectors) + np.arange(len(texts))
        together = sp.csr_array(sp.vstack([self.shares, shares]))
        return Understood(self.way, row, together, np.concatenate([self.vectors, vectors]))

    def take(self, texts: Rows) -> Understood:
        """What some of the texts mean."""
        row = self.row[texts]
        known = row != UNREAD
        new = np.where(known, np.cumsum(known) - 1, UNREAD).astype(np.int32)
        return Understood(self.way, new, self.shares[row[known]], self.vectors[row[known]])


@dataclass(frozen=True, slots=True)
class Stored:
    """The readings of distinct texts."""

    keys: NDArray[np.uint8]  # texts x KEY
    used: NDArray[np.int32]  # the day each was last asked for
    texts: Texts
    understood: Understood

    @classmethod
    def nothing(cls) -> Stored:
        """No text yet."""
        keys, used = np.zeros((0, KEY), np.uint8), np.zeros(0, np.int32)
        return cls(keys, used, Reader().texts(), Understood.nothing("", 0, 0))

    def rows(self) -> dict[bytes, int]:
        """The text of each key."""
        keys = self.keys.tobytes()
        return {keys[row * KEY : (row + 1) * KEY]: row for row in range(len(self.used))}

    def followed_by(self, keys: Sequence[bytes], texts: Texts) -> Stored:
        """These texts, then new ones."""
        if not keys:
            return self
        more = np.frombuffer(b"".join(keys), np.uint8).reshape(-1, KEY)
        return Stored(
            np.concatenate([self.keys, more]), np.concatenate([self.used, np.zeros(len(keys), np.int32)]),
            Texts.joined([self.texts, texts]), self.understood.longer(len(keys)),
        )  # fmt: skip

    def understood_by(self, senses: Senses, titles: Mapping[int, str]) -> Stored:
        """Now it is known what the texts with these titles mean."""
        known, way = self.understood, way_of_understanding(senses)
        if known.way != way:
            known = Understood.nothing(way, len(self.used), len(senses.catalogue))
        unread = np.array([text for text in titles if known.row[text] == UNREAD], np.int64)
        if not len(unread):
            return replace(self, understood=known)
        found = senses.read([namings(normal_form(titles[text])) for text in unread], self.texts.take(unread).said)
        return replace(self, understood=known.with_more(unread, *found))

    def take(self, rows: Rows) -> Stored:
        """Some of the texts."""
        return Stored(self.keys[rows], self.used[rows], self.texts.take(rows), self.understood.take(rows))


class Readings:
    """Reads what vacancies say, each distinct text once in its life. Without a path nothing is kept."""

    def __init__(self, path: Path | None = None, today: date = date.min) -> None:
        self._path, self._today = path, today.toordinal()

    def texts(self, spoken: Iterable[Spoken]) -> Texts:
        """It in columns."""
        stored, places, _ = _read(self._stored(), spoken)
        self._keep(stored, places)
        return stored.texts.take(places)

    def corpus(self, spoken: Iterable[Spoken], senses: Senses) -> Corpus:
        """The same, and what it means."""
        stored, places, titles = _read(self._stored(), spoken)
        stored = stored.understood_by(senses, titles)
        self._keep(stored, places)
        texts, meant = stored.texts.take(places), stored.understood.take(places)
        return Corpus(texts.counts, texts.levels, meant.shares, meant.vectors)

    def _stored(self) -> Stored:
        if self._path is None or not self._path.is_file():
            return Stored.nothing()
        try:
            return load(self._path)
        except (OSError, EOFError, KeyError, ValueError, BadZipFile, zlib.error) as error:
            log.warning("readings not used: %s", error)
            return Stored.nothing()

    def _keep(self, stored: Stored, asked: Rows) -> None:
        """Write what was asked for lately. Where that fails, the next night reads again."""
        if self._path is None:
            return
        used = stored.used.copy()
        used[asked] = self._today
        lately = np.flatnonzero(used >= self._today - KEPT_DAYS)
        lately = np.sort(lately[np.argsort(-used[lately], kind="stable")][:MOST])
        stored = replace(stored, used=used)
        try:
            save(stored if len(lately) == len(used) else stored.take(lately), self._path)
        except OSError as error:
            log.warning("readings not kept: %s", error)


def _read(stored: Stored, spoken: Iterable[Spoken]) -> tuple[Stored, Rows, dict[int, str]]:
    """With what is new among these texts; the place of each of them; their titles by place."""
    known, reader = stored.rows(), Reader()
    new: list[bytes] = []
    places, titles = array("q"), dict[int, str]()
    for title, skills, description, industry in spoken:
        said = repr((title, *skills, None, description, industry))
        key = hashlib.blake2b(said.encode(), digest_size=KEY).digest()
        place = known.get(key)
        if place is None:
            known[key] = place = len(known)
            new.append(key)
            reader.add(title, skills, description, industry)
        places.append(place)
        titles[place] = title
    return stored.followed_by(new, reader.texts()), np.array(places, np.int64), titles


# ---------------------------------------------------------------- the file
def save(stored: Stored, path: Path) -> None:
    """Write the file; a reader finds the old one or the new one, never a part."""
    _clear_abandoned(path)
    partial = path.with_suffix(f".{os.getpid()}.partial.npz")
    arrays = {"keys": stored.keys, "used": stored.used, "levels": stored.texts.levels}
    meta = {"format": FORMAT, "reading": way_of_reading(), "understanding": stored.understood.way}
    arrays |= {"meta": _text(json.dumps(meta)), "row": stored.understood.row, "vectors": stored.understood.vectors}
    for name, counts in (("terms", stored.texts.terms), ("tags", stored.texts.tags)):
        arrays |= _matrix_arrays(name, counts.matrix) | {f"{name}_names": _text("\n".join(counts.names))}
    arrays |= _matrix_arrays("shares", stored.understood.shares)
    try:
        np.savez(partial, **arrays)  # type: ignore[arg-type]
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def load(path: Path) -> Stored:
    """What a file holds. ValueError and the like when it is damaged, or was made by another way of reading."""
    with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        meta = json.loads(arrays["meta"].tobytes())
        if (meta["format"], meta["reading"]) != (FORMAT, way_of_reading()):
            raise ValueError("made by another version")
        names = {name: arrays[f"{name}_names"].tobytes().decode() for name in ("terms", "tags")}
        terms, tags = (
            Counts(found.split("\n") if found else [], _matrix(arrays, name, np.int32)) for name, found in names.items()
        )
        understood = Understood(
            meta["understanding"], arrays["row"], _matrix(arrays, "shares", np.int64), arrays["vectors"]
        )
        return Stored(arrays["keys"], arrays["used"], Texts(terms, tags, arrays["levels"]), understood)


def _clear_abandoned(path: Path) -> None:
    """Remove what a process left behind that was killed while it wrote."""
    for partial in path.parent.glob(f"{path.stem}.*.partial.npz"):
        with suppress(OSError):
            if time.time() - partial.stat().st_mtime > ABANDONED:
                partial.unlink()


def _text(text: str) -> NDArray[np.uint8]:
    return np.frombuffer(text.encode(), np.uint8)


def _matrix_arrays(name: str, matrix: sp.csr_array) -> dict[str, NDArray[Any]]:
    """The parts of a matrix, its values as small as they are."""
    small = matrix.data.astype(np.min_scalar_type(matrix.data.max(initial=0)))
    shape = np.array(matrix.shape, np.int64)
    parts = {"data": small, "columns": matrix.indices, "ends": matrix.indptr, "shape": shape}
    return {f"{name}_{part}": values for part, values in parts.items()}


def _matrix(arrays: Mapping[str, NDArray[Any]], name: str, dtype: type[np.integer]) -> sp.csr_array:
    data, columns, ends, shape = (arrays[f"{name}_{part}"] for part in ("data", "columns", "ends", "shape"))
    return sp.csr_array((data.astype(dtype), columns, ends), shape=tuple(shape.tolist()))
