"""Who did what to which record? Appended in the transaction that does it; nothing personal is written."""

from collections.abc import Iterable
from enum import StrEnum

from sqlalchemy import insert
from sqlalchemy.orm import Session

from models.account import AuditEvent
from models.database import Database
from models.times import now


class Action(StrEnum):
    """What is written down."""

    VACANCY_WRITTEN = "vacancy.written"
    VACANCY_WITHDRAWN = "vacancy.withdrawn"
    SEEKER_WRITTEN = "seeker.written"
    SEEKER_VIEWED = "seeker.viewed"
    RECOMMENDATIONS_VIEWED = "recommendations.viewed"
    PAIR_VIEWED = "pair.viewed"
    SHORTFALLS_VIEWED = "shortfalls.viewed"
    SHOWINGS_VIEWED = "showings.viewed"
    SUBSCRIPTION_CREATED = "subscription.created"
    SUBSCRIPTION_ENDED = "subscription.ended"
    SUBSCRIPTION_ROTATED = "subscription.rotated"
    SUBSCRIPTION_REPLAYED = "subscription.replayed"
    SCREENING_DECIDED = "screening.decided"
    SCREENING_APPEALED = "screening.appealed"
    DUPLICATES_DECIDED = "duplicates.decided"


_APPEND = insert(AuditEvent)


def record(session: Session, client: str, action: Action, subjects: Iterable[str]) -> None:
    """Append one event a subject ('source:external_id'), in the transaction of the caller."""
    at = now()
    rows = [{"at": at, "client": client, "action": action.value, "subject": subject} for subject in subjects]
    if rows:
        session.connection().execute(_APPEND, rows)


def record_view(reader: Session, database: Database, client: str, action: Action, subject: str) -> None:
    """Append one event in a transaction of its own: what cannot be written down is not shown.

    The reader's connection goes back first, so that no request ever holds two of them.
    """
    reader.close()
    database.write_together(lambda session: record(session, client, action, [subject]))
