"""Which vacancies are one vacancy posted again? The block they share, people's decisions, the clusters.

The rules and the threshold were measured on real postings: docs/decisions/0009-duplicates.md.
"""

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from datetime import datetime
from functools import lru_cache
from typing import Any, cast

import numpy as np
from sqlalchemy import Executable, Table, bindparam, func, or_, select, update
from sqlalchemy.orm import Session

from ingest.likeness import Form, Likeness, Pair
from ingest.schemas import VacancyWire
from models.base import AnyRow
from models.database import VACANCY_REVISIONS, hold, take_revisions
from models.duplicates import DuplicateDecision
from models.errors import Refused
from models.queries.among import among
from models.queries.duplicates import told_same
from models.queries.vacancies import kept_apart
from models.text import normal_form
from models.vacancy import Vacancy

HEAD = 1_500  # characters of a description that are compared: no text costs more than that
MOST = 10_000  # vacancies of a block; no demand for one work at one place is larger, and no push waits for such a one

MARKS = re.compile(r"[^\w+#]|_")  # "C++" and "C#" keep their marks
# What a title says of the terms, not of the work.
TERMS = re.compile(
    r"急聘|急招|诚聘|招聘|直招|直聘|高薪|待遇优|(?:周末|固定)?双休|[五六]险一金|五险|包吃包住|包吃住|包食宿|包吃|包住"
    r"|管吃住|提供[食住]宿|不加班|带薪年假|年终奖|\d+薪|若干名|\d+[名人]"
)


@lru_cache(maxsize=8_192)
def letters(text: str) -> str:
    """What of a text is compared: its normal form without blanks and punctuation."""
    return MARKS.sub("", normal_form(text))


def own_cluster(source: str, external_id: str) -> int:
    """The cluster of a vacancy that has no duplicate; a cluster has the number of its oldest member."""
    return _number(source, external_id)


def block_of(wire: VacancyWire, source: str, values: Mapping[str, Any]) -> int:
    """Equal for vacancies that may be duplicates: same employer by name, same work by title, same place and hours.

    Another county is another place of work. An employer without a name is its own, unless one source sends
    the same description again.
    """
    return _number(
        *_employer(wire, source),
        _work(wire.title),
        "" if values["remote"] else str(values["district"]),
        *(str(values[name]) for name in ("kind", "shift", "night")),
        json.dumps(values["slots"], sort_keys=True) if values["slots"] else "",
    )


@lru_cache(maxsize=8_192)
def _work(title: str) -> str:
    """The work that a title names, without the terms; all of it where it names nothing else."""
    normal = normal_form(title)
    return MARKS.sub("", TERMS.sub("", normal)) or MARKS.sub("", normal)


def _employer(wire: VacancyWire, source: str) -> tuple[str, ...]:
    """What an employer is known by here. Not its code: one channel states it, another does not."""
    name = letters(wire.employer.name) if wire.employer else ""
    if name:
        return (name,)
    text = letters(wire.description[:HEAD])
    return (source, text) if text else (source, wire.external_id, "")


def _number(*parts: str) -> int:
    """A signed 64-bit hash: among a million lists of parts no two are expected to meet."""
    digest = hashlib.blake2b("\x1f".join(parts).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little", signed=True)


def decide(
    session: Session, vacancies: tuple[int, int], apart: bool, by: str, at: datetime, same: bool = False
) -> None:
    """Keep a person's word that two vacancies are not duplicates (`apart`), are the `same`, or, with neither, that
    their texts are to tell; clusters follow.

    It holds whatever is pushed later. Kept apart, texts equal to one of the two go with that one, similar ones with
    the one that they resemble more. The same, they are one cluster with all duplicates of both, unless that would
    tie together two that are kept apart. Refused when both are one vacancy.
    """
    first, second = sorted(vacancies)
    if first == second:
        raise Refused("同一个岗位不能与自己比较，请选择两个岗位")
    hold(session, VACANCY_REVISIONS)
    session.add(
        DuplicateDecision(first_id=first, second_id=second, apart=apart, same=same, decided_by=by, decided_at=at)
    )
    session.flush()
    regroup(session, set(vacancies))


def shared_blocks(session: Session, blocks: Iterable[int]) -> set[int]:
    """Those of some blocks that hold more than one vacancy: a new one in any other has no duplicate."""
    return set(session.connection().execute(_shared(), {"blocks": list(blocks)}).scalars())


@lru_cache(maxsize=1)
def _shared() -> Executable:
    block = cast(Table, Vacancy.__table__).c.block
    return select(block).where(among(block, "blocks")).group_by(block).having(func.count() > 1)


def regroup(session: Session, ids: Set[int]) -> None:
    """Settle the clusters of new or changed vacancies, of their blocks, and of the clusters that they left.

    Rows whose cluster changes get a fresh revision, so that every index learns of it. The caller holds the
    counter of vacancies: what is read stays true until its commit.
    """
    if not ids:
        return
    same = told_same(session)
    ids, blocks, left = _with_the_same(session, ids, same)
    several = {block for block, rows in blocks.items() if 1 < len(rows) <= MOST}
    texts, apart = _texts(session, several), kept_apart(session, blocks.keys() if same else several)
    clusters = [
        cluster
        for rows in blocks.values()
        for cluster in _clusters(rows, texts, {row.id for row in rows if row.id in ids or row.cluster in left}, apart)
    ]
    changed: dict[int, int] = {}
    for cluster in _joined(clusters, same, apart):
        oldest = min(cluster, key=lambda row: row.id)
        label = own_cluster(oldest.source, oldest.external_id)
        changed.update((row.id, label) for row in cluster if row.cluster != label)
    if changed:
        _store(session, changed)


def _with_the_same(
    session: Session, ids: Set[int], same: Collection[Pair]
) -> tuple[Set[int], dict[int, list[AnyRow]], set[int]]:
    """What is concerned, and with it, block by block, what people tied to any of it."""
    while True:
        blocks, left = _concerned(session, ids)
        known = {row.id for rows in blocks.values() for row in rows}
        tied = frozenset[int]().union(*(pair for pair in same if pair & known))
        if tied <= ids:
            return ids, blocks, left
        ids = ids | tied


def _joined(clusters: list[list[AnyRow]], same: Collection[Pair], apart: Collection[Pair]) -> list[list[AnyRow]]:
    """The clusters, with those in one that people said are the same, save where that ties what is kept apart."""
    home = {row.id: cluster for cluster in clusters for row in cluster}
    for pair in same:
        first, second = (home.get(each) for each in sorted(pair))
        if first is None or second is None or first is second:
            continue
        ids = [{row.id for row in each} for each in (first, second)]
        if not any(two & ids[0] and two & ids[1] for two in apart):
            first += second
            home.update((row.id, first) for row in second)
            second.clear()
    return [cluster for cluster in clusters if cluster]


def _concerned(session: Session, ids: Set[int]) -> tuple[dict[int, list[AnyRow]], set[int]]:
    """The rows whose cluster may change, by block, and the clusters that a changed row is leaving or entering."""
    placed = session.execute(select(Vacancy.block, Vacancy.cluster).where(Vacancy.id.in_(ids))).all()
    left = {row.cluster for row in placed}
    columns = select(
        Vacancy.id, Vacancy.source, Vacancy.external_id, Vacancy.block, Vacancy.cluster, Vacancy.pay_min,
        Vacancy.pay_max,
    )  # fmt: skip
    inside = or_(Vacancy.block.in_({row.block for row in placed}), Vacancy.cluster.in_(left))
    blocks = defaultdict(list)
    for row in session.execute(columns.where(inside, Vacancy.block.is_not(None)).order_by(Vacancy.id)):
        blocks[row.block].append(row)
    return blocks, left


def _texts(session: Session, blocks: Collection[int]) -> dict[int, str]:
    """What of the descriptions in these blocks is compared, by id."""
    heads = select(Vacancy.id, func.substr(Vacancy.description, 1, HEAD).label("head"))
    found = session.execute(heads.where(Vacancy.block.in_(blocks))) if blocks else ()
    return {row.id: row.head for row in found}


def _store(session: Session, changed: Mapping[int, int]) -> None:
    first = take_revisions(session, VACANCY_REVISIONS, len(changed))
    table = cast(Table, Vacancy.__table__)
    statement = update(table).where(table.c.id == bindparam("row_id"))
    session.execute(
        statement.values(cluster=bindparam("new_cluster"), revision=bindparam("new_revision")),
        [
            {"row_id": row, "new_cluster": cluster, "new_revision": revision}
            for revision, (row, cluster) in enumerate(sorted(changed.items()), first)
        ],
    )


def _clusters(
    rows: Sequence[AnyRow], texts: Mapping[int, str], fresh: Collection[int], apart: set[Pair]
) -> list[list[AnyRow]]:
    """The rows of one block in their clusters; between rows that are not fresh the stored ones still stand."""
    if len(rows) == 1 or len(rows) > MOST:
        return [[row] for row in rows if row.id in fresh]
    inside = {pair for pair in apart if pair <= {row.id for row in rows}}
    forms = _forms(rows, texts, frozenset[int]().union(*inside))
    if len(forms) == 1:
        return [list(rows)]
    same = list(forms.values())
    # Clusters that a decision has divided do not tell how texts hang together: then everything is looked at.
    known = [None if inside else next((row.cluster for row in each if row.id not in fresh), None) for each in same]
    likeness = Likeness(list(forms), known.count(None))
    parts = likeness.components(known)
    if inside:
        places = {form.alone: place for place, form in enumerate(forms) if form.alone is not None}
        kept = {frozenset(places[row] for row in pair) for pair in inside}
        parts = [group for part in parts for group in likeness.divided(part, kept)]
    return [[row for place in part for row in same[place]] for part in parts]


def _forms(rows: Sequence[AnyRow], texts: Mapping[int, str], decided: Collection[int]) -> dict[Form, list[AnyRow]]:
    """The rows by what is compared of them, in an order that does not come from the order of pushes."""
    forms = defaultdict(list)
    for row in sorted(rows, key=lambda row: own_cluster(row.source, row.external_id)):
        alone = row.id if row.id in decided else None
        forms[Form(letters(texts[row.id]), row.pay_min, row.pay_max, alone)].append(row)
    return forms


def why_same(first: Vacancy, second: Vacancy) -> tuple[str, int]:
    """What in two vacancies of a cluster ties them, and how alike their descriptions are in percent.

    `equal_text`, `alike_text`, `no_text` (only title, place and pay are told), or `others`: what both resemble.
    """
    forms = [Form(letters(each.description[:HEAD]), each.pay_min, each.pay_max) for each in (first, second)]
    likeness = Likeness(forms, len(forms))
    percent = int(100 * likeness.shares(0, np.array([1]))[0])
    if first.block != second.block or not len(likeness.linked(0, np.array([1]))):
        return "others", percent
    if forms[0].text == forms[1].text:
        return ("equal_text" if forms[0].text else "no_text"), percent
    return "alike_text", percent
