"""One person, one file (一人一档): personal data checked against what is stored, then kept encrypted and apart."""

import json
from collections.abc import Mapping, Sequence

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from ingest.seekers import SeekerReading
from models.errors import Problem
from models.identity import Keyring, SeekerIdentity
from models.seeker import JobSeeker

NO_KEYS = Problem(
    "id_number", "keys_missing", "系统未配置加密密钥，不能保存个人信息", "请管理员设置 ZHIPEI_SECRET_KEYS"
)
TAKEN = Problem("id_number", "identity_taken", "该身份证号已登记在另一编号下", "请核对编号，一人一档")
BOUND = Problem("id_number", "identity_bound", "该编号已登记另一身份证号", "请核对编号；确需更正请联系工作人员")


def has_identity(reading: SeekerReading) -> bool:
    """Whether a record carries any personal data."""
    return any(reading.identity.values())


def identity_digest(reading: SeekerReading, keyring: Keyring | None) -> str:
    """A keyed digest by which a changed identity is noticed without being stored readably."""
    if keyring is None or not has_identity(reading):
        return ""
    return keyring.blind_index(json.dumps(reading.identity, sort_keys=True, ensure_ascii=False)).hex()


def identity_problems(
    session: Session, source: str, people: Sequence[tuple[str, SeekerReading]], keyring: Keyring | None
) -> dict[int, Problem]:
    """The people (by position) whose personal data cannot be taken, and why.

    An ID number and an external_id stay bound to each other, among the stored and within the batch.
    """
    if keyring is None:
        return {place: NO_KEYS for place, (_, reading) in enumerate(people) if has_identity(reading)}
    hashes = {
        place: keyring.blind_index(number)
        for place, (_, reading) in enumerate(people)
        if (number := reading.identity.get("id_number"))
    }
    owner, owned = _bindings(session, source, set(hashes.values()), {people[place][0] for place in hashes})
    problems: dict[int, Problem] = {}
    for place, hashed in hashes.items():
        name = (source, people[place][0])
        if owner.setdefault(hashed, name) != name:
            problems[place] = TAKEN
        elif owned.setdefault(name, hashed) != hashed:
            problems[place] = BOUND
    return problems


def store_identities(session: Session, identities: Mapping[int, SeekerReading], keyring: Keyring) -> None:
    """Keep the personal data of these seeker ids, replacing what was kept before."""
    rows = []
    for seeker_id, reading in identities.items():
        if not has_identity(reading):
            continue
        sealed = {name: keyring.encrypt(text) if text else None for name, text in reading.identity.items()}
        number = reading.identity["id_number"]
        rows.append({"seeker_id": seeker_id, **sealed, "id_hash": keyring.blind_index(number) if number else None})
    if rows:
        ids = [row["seeker_id"] for row in rows]
        session.execute(delete(SeekerIdentity).where(SeekerIdentity.seeker_id.in_(ids)))
        session.execute(insert(SeekerIdentity), rows)


def _bindings(
    session: Session, source: str, hashes: set[bytes], names: set[str]
) -> tuple[dict[bytes, tuple[str, str]], dict[tuple[str, str], bytes]]:
    """Who holds these ID numbers, and which ID number these people hold."""
    query = select(SeekerIdentity.id_hash, JobSeeker.source, JobSeeker.external_id).join(
        JobSeeker, JobSeeker.id == SeekerIdentity.seeker_id
    )
    mine = (JobSeeker.source == source) & JobSeeker.external_id.in_(names)
    found = [
        *session.execute(query.where(SeekerIdentity.id_hash.in_(hashes))),
        *session.execute(query.where(mine)),
    ]
    bound = [row for row in found if row.id_hash is not None]
    return (
        {row.id_hash: (row.source, row.external_id) for row in bound},
        {(row.source, row.external_id): row.id_hash for row in bound},
    )
