"""What a key was told before, and which keys have had their time."""

from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, delete, select, tuple_
from sqlalchemy.orm import Session

from models.idempotency import KeptAnswer


def kept_answer(session: Session, client: str, key: str, part: int) -> KeptAnswer | None:
    """The answer of one part of a request; None where it has not come to its end."""
    return session.get(KeptAnswer, (client, key, part))


def forget_answers(session: Session, before: datetime, most: int) -> int:
    """Remove the answers of at most `most` keys whose first use was before an instant; how many rows went.

    A key goes with all its parts: a later part must never answer for another request.
    """
    name = tuple_(KeptAnswer.client, KeptAnswer.key)
    old = (
        select(KeptAnswer.client, KeptAnswer.key)
        .where(KeptAnswer.part == 0, KeptAnswer.at < before)
        .order_by(KeptAnswer.at)
        .limit(most)
    )
    gone = session.execute(delete(KeptAnswer).where(name.in_(old)).execution_options(synchronize_session=False))
    return cast(CursorResult[Any], gone).rowcount
