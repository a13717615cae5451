"""The index that requests are answered from: always at the database's watermark, swapped, never changed."""

import threading
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

import numpy as np
from sqlalchemy.orm import Session

from matching.config import Config
from matching.index import Index, build_index
from matching.meaning import Meaning
from models.database import VACANCY_REVISIONS, watermark
from models.errors import ZhipeiError
from models.queries import vacancies
from models.times import local_date, now

Stamp = tuple[int, int]


@dataclass(frozen=True, slots=True)
class State:
    """An index, since when it stands, and the snapshot file that was there then: a newer one is looked at."""

    index: Index
    since: datetime
    stamp: Stamp | None


class LiveIndex:
    """One process's reference to the newest index. Reading it costs one small query when nothing changed.

    The night's snapshot is mapped, so that the processes of a machine hold it once; what came since is each one's own.
    """

    def __init__(self, config: Config, snapshot: Path, meaning_file: Path) -> None:
        self._config, self._snapshot, self._meaning_file = config, snapshot, meaning_file
        self._state: State | None = None
        self._refreshing = threading.Lock()

    @property
    def state(self) -> State | None:
        """The index as it stands; None before the first use."""
        return self._state

    def current(self, session: Session) -> Index:
        """The index of everything that this session can see, or of more: another request may have been later.

        Then the session's transaction ends: what it reads next is at least as new as the index, on SQLite too.
        """
        mark = watermark(session, VACANCY_REVISIONS)
        if not self._stands(mark):
            with self._refreshing:
                if not self._stands(mark):
                    self._state = self._refreshed(session, mark)
        assert self._state
        index = self._state.index
        if index.watermark > mark:
            session.rollback()
        return index

    def _stands(self, mark: int) -> bool:
        return self._state is not None and self._state.index.watermark >= mark and self._state.stamp == self._stamp()

    def _stamp(self) -> Stamp | None:
        """What tells one snapshot file from the next."""
        with suppress(OSError):
            found = self._snapshot.stat()
            return found.st_ino, found.st_mtime_ns
        return None

    def _refreshed(self, session: Session, mark: int) -> State:
        """The stored snapshot if it is new here, else the index as it stood; both with what has changed since."""
        today, own, stamp = local_date(now()), self._state, self._stamp()
        stored = self._stored() if own is None or own.stamp != stamp else None
        for known in (stored, own.index if own else None):
            if known is not None and known.watermark <= mark:
                changed = self._changed(session, known, mark, today)
                if not changed.stale and (known is not stored or _agrees(changed, session, today)):
                    return State(changed, now(), stamp)
        if own is not None and own.index.watermark >= mark:  # an older session, or a snapshot of no use
            return own if stored is not None and stored.watermark > mark else replace(own, stamp=stamp)
        meaning = Meaning.stored(self._meaning_file)
        index = build_index(vacancies.open_vacancies(session, today), mark, self._config, meaning)
        with suppress(OSError):  # a full disk costs the next start some time, and this request nothing
            index.save(self._snapshot)
        return State(index, now(), self._stamp())

    def _changed(self, session: Session, known: Index, mark: int, today: date) -> Index:
        if known.watermark == mark:
            return known
        opened, gone = vacancies.changes(session, known.watermark, today)
        return known.updated(opened, gone, mark, self._config)

    def _stored(self) -> Index | None:
        try:
            meaning = Meaning.stored(self._meaning_file)
            return Index.load(self._snapshot, meaning) if self._snapshot.is_file() else None
        except ZhipeiError:
            return None  # written by another version, or before the last fit: built anew


def _agrees(index: Index, session: Session, today: date) -> bool:
    """Whether a stored snapshot is one of this database: a restored or new one may have the same watermark."""
    alive = index.facts.valid_to >= today.toordinal()
    return (int(alive.sum()), int(np.sum(index.facts.revision[alive]))) == vacancies.open_sums(session, today)
