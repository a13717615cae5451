"""How is it kept who was shown what? With the audit event of whoever looked, in one transaction."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy.orm import Session

from api.audit import Action, record
from api.service import Told
from models.database import Database
from models.queries.showings import Shown, Viewing, keep_showings
from models.times import now


def record_list(database: Database, client: str, seeker: Any, told: Told) -> None:
    """Write down that a client was shown this list of a person: what cannot be written down is not shown.

    Called when the session that read it is closed, so that no request ever holds two connections.
    """
    viewing = Viewing(client, seeker.id, seeker.state, told.document["run"], now())
    subject = f"{seeker.source}:{seeker.external_id}"

    def write(session: Session) -> None:
        record(session, client, Action.RECOMMENDATIONS_VIEWED, [subject])
        keep_showings(session, viewing, _shown(told))

    database.write_together(write)


def _shown(told: Told) -> Iterator[Shown]:
    """The items of a list, with their reasons frozen as they were told."""
    for item, vacancy in zip(told.document["items"], told.shown, strict=True):
        reasons = {
            "score": item["score"],
            "rung": item["rung"]["code"],
            "confidence": item["confidence"]["code"],
            "parts": {name: part["value"] for name, part in item["parts"].items()},
            "reasons": item["reasons"],
        }
        yield Shown(vacancy, item["rank"], reasons)
