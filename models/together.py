"""How do small writes of many threads become durable at the cost of one? They share a transaction."""

import threading
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

Work = Callable[[Session], object]


@dataclass(slots=True, eq=False)
class _Entry:
    work: Work
    done: bool = False
    error: Exception | None = None


class Together:
    """Who comes while a transaction is being committed waits for it, and then goes into the next one with all others.

    A commit on a disk takes milliseconds, whatever is in it; one writer at a time is all that SQLite has anyway.
    """

    def __init__(self, write: Callable[[], AbstractContextManager[Session]]) -> None:
        self._write = write
        self._waiting: deque[_Entry] = deque()
        self._turn = threading.Lock()

    def write(self, work: Work) -> None:
        """Do the work in a transaction and return when it is committed; raise what became of it otherwise.

        The work may be done twice: when that of another breaks a constraint, each is done in its own transaction.
        """
        mine = _Entry(work)
        self._waiting.append(mine)
        with self._turn:
            if not mine.done:
                self._commit([self._waiting.popleft() for _ in range(len(self._waiting))])
        if mine.error:
            raise mine.error

    def _commit(self, entries: list[_Entry]) -> None:
        error: Exception | None = None
        try:
            with self._write() as session:
                for entry in entries:
                    entry.work(session)
        except IntegrityError as broken:
            if len(entries) > 1:
                for entry in entries:
                    self._commit([entry])
                return
            error = broken
        except Exception as failed:  # of the database, not of one entry: all are told
            error = failed
        for entry in entries:
            entry.done, entry.error = True, error
