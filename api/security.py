"""Who is calling, what may that role call, and whom may this client see?"""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import ColumnElement, Connection, bindparam, false, or_, select, true
from sqlalchemy.orm import Session

from ingest.schemas import IDENTIFIER
from models.account import ApiClient
from models.districts import covers, districts
from models.enums import Role
from models.errors import Conflict, NotFound, Refused
from models.seeker import JobSeeker
from models.text import clean
from models.times import now
from models.vacancy import Vacancy

PREFIX = "zhp_"  # makes a leaked key easy to find
KEY_BYTES = 32
LONGEST_NAME = 64

EVERYBODY = frozenset(Role)
STAFF = frozenset({Role.BROKER, Role.COUNSELLOR, Role.OFFICE})
SENDERS = frozenset({Role.SYSTEM, Role.OFFICE})
REVIEWERS = frozenset({Role.COUNSELLOR, Role.OFFICE})  # who may decide what screening found: staff of the service
# Which roles may call which operation. A route that is not in this table is not served.
MATRIX: Mapping[str, frozenset[Role]] = {
    "put_vacancy": SENDERS,
    "get_vacancy": EVERYBODY,
    "get_public_vacancy": EVERYBODY,
    "list_vacancy_changes": EVERYBODY,
    "withdraw_vacancy": SENDERS,
    "push_vacancies": SENDERS,
    "upload_vacancies": SENDERS,
    "put_seeker": frozenset({Role.OFFICE}),  # registration is an act of the office
    "get_seeker": STAFF,
    "push_seekers": frozenset({Role.OFFICE}),
    "upload_seekers": frozenset({Role.OFFICE}),
    "get_vacancy_template": EVERYBODY,
    "get_seeker_template": EVERYBODY,
    "recommend_vacancies": STAFF,
    "match_profile": STAFF,
    "explain_pair": STAFF,
    "list_runs": STAFF,
    "get_run": STAFF,
    "list_shortfalls": STAFF,
    "list_review_queue": REVIEWERS,
    "decide_screening": REVIEWERS,
    "list_screening_reruns": REVIEWERS,
    "get_screening": SENDERS | REVIEWERS,
    "appeal_screening": SENDERS,
    "get_duplicates": SENDERS | REVIEWERS,
    "decide_duplicates": REVIEWERS,
    "create_subscription": STAFF,
    "list_subscriptions": STAFF,
    "get_subscription": STAFF,
    "end_subscription": STAFF,
    "rotate_subscription": STAFF,
    "replay_subscription": STAFF,
    "list_deliveries": STAFF,
    "list_dead_letters": STAFF,
    "list_showings": frozenset({Role.OFFICE}),
    "list_unmatched": SENDERS,
}
# Asked once a request: built once.
_BY_HASH = select(ApiClient.name, ApiClient.role, ApiClient.source, ApiClient.district).where(
    ApiClient.key_hash == bindparam("hash"), ApiClient.revoked_at.is_(None)
)


@dataclass(frozen=True, slots=True)
class Client:
    """The one who calls."""

    name: str
    role: Role
    source: str | None
    district: str | None

    def may(self, operation: str) -> bool:
        """Whether the role may call this operation at all."""
        return self.role in MATRIX.get(operation, ())

    def has(self, source: str) -> bool:
        """Whether the vacancies of this source are open to the client: a system knows its own alone."""
        return self.role is not Role.SYSTEM or source == self.source

    def vacancies(self) -> ColumnElement[bool]:
        """The condition on `Vacancy` for those this client decides about: of its district, or of no known one."""
        match self.role:
            case Role.OFFICE:
                return true()
            case Role.COUNSELLOR:
                return or_(Vacancy.district.in_(_inside(self.district or "")), Vacancy.district.is_(None))
            case Role.SYSTEM:
                return Vacancy.source == (self.source or "")
            case _:
                return false()

    def people(self) -> ColumnElement[bool]:
        """The condition on `JobSeeker` for the people this client may see: the one place that says whom."""
        match self.role:
            case Role.OFFICE:
                return true()
            case Role.BROKER:
                return JobSeeker.broker == self.name
            case Role.COUNSELLOR:
                return JobSeeker.district.in_(_inside(self.district or ""))
            case _:
                return false()


def authenticate(connection: Connection, key: str) -> Client | None:
    """The client of a key; None for one that is unknown or revoked.

    A key is 256 random bits, so its plain SHA-256 tells nothing, and looking the hash up leaks no timing.
    """
    row = connection.execute(_BY_HASH, {"hash": _hash(key)}).one_or_none()
    return Client(row.name, Role(row.role), row.source, row.district) if row else None


def create_client(
    session: Session, name: str, role: Role, source: str | None = None, district: str | None = None
) -> str:
    """The key of a new client, shown this once. Refused when the name or the limit of the role is not right.

    A SYSTEM needs its `source`, a COUNSELLOR a `district` code; the name of a BROKER is the one in the
    records of the people. Conflict when the name is taken.
    """
    _check_limits(name, role, source, district)
    if session.execute(select(ApiClient.id).where(ApiClient.name == name)).first():
        raise Conflict("已有同名的客户端")
    key = _new_key()
    session.add(
        ApiClient(
            name=name, role=role.value, source=source if role is Role.SYSTEM else None,
            district=district if role is Role.COUNSELLOR else None,
            key_hash=_hash(key), created_at=now(), revoked_at=None,
        )
    )  # fmt: skip
    session.flush()
    return key


def list_clients(session: Session) -> Sequence[ApiClient]:
    """All clients by name, revoked ones included."""
    return session.execute(select(ApiClient).order_by(ApiClient.name)).scalars().all()


def revoke_client(session: Session, name: str) -> None:
    """End a client: its key opens nothing from now on. NotFound when there is no such client."""
    client = _find(session, name)
    client.revoked_at = client.revoked_at or now()


def rotate_client(session: Session, name: str) -> str:
    """A new key for a client; the old one ends. NotFound when there is none, Conflict when it was revoked."""
    client = _find(session, name)
    if client.revoked_at:
        raise Conflict("该客户端已停用")
    key = _new_key()
    client.key_hash = _hash(key)
    return key


def _find(session: Session, name: str) -> ApiClient:
    client = session.execute(select(ApiClient).where(ApiClient.name == name)).scalar_one_or_none()
    if client is None:
        raise NotFound("没有这个客户端")
    return client


def _check_limits(name: str, role: Role, source: str | None, district: str | None) -> None:
    if not name or len(name) > LONGEST_NAME or clean(name) != name or not name.isprintable():
        raise Refused(f"名称须为 1 至 {LONGEST_NAME} 个可见字符，首尾无空格")
    if role is Role.SYSTEM and not IDENTIFIER.fullmatch(source or ""):
        raise Refused("采集系统须指定来源：1 至 64 位字母、数字或 _ . : -")
    if role is Role.COUNSELLOR and district not in districts():
        raise Refused("职业指导员须指定行政区划代码，例如 500103")


def _new_key() -> str:
    return PREFIX + secrets.token_urlsafe(KEY_BYTES)


def _hash(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "replace")).digest()


@lru_cache(maxsize=256)
def _inside(district: str) -> tuple[str, ...]:
    """Every code, former ones included, that lies in a district."""
    return tuple(code for code in districts() if covers(district, code))
