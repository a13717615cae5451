"""What have people said about vacancies that look like duplicates, and does it stand?"""

from collections.abc import Collection, Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from models.duplicates import DuplicateDecision

Pair = frozenset[int]


def told_same(session: Session) -> list[Pair]:
    """The pairs that people said are one vacancy, in the order of their words; the newest word on a pair stands."""
    word = DuplicateDecision
    once = select(word.first_id).where(word.same)
    words = select(word.first_id, word.second_id, word.same).where(word.first_id.in_(once)).order_by(word.id)
    newest = {frozenset((row.first_id, row.second_id)): row.same for row in session.execute(words)}
    return [pair for pair, same in newest.items() if same]


def words_on(session: Session, vacancies: Collection[int]) -> Sequence[DuplicateDecision]:
    """Everything that was said of pairs that hold one of these vacancies, the newest first."""
    word = DuplicateDecision
    query = select(word).where(or_(word.first_id.in_(vacancies), word.second_id.in_(vacancies)))
    return session.execute(query.order_by(word.id.desc())).scalars().all()
