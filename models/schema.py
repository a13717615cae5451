"""Which tables there are: importing this module registers every one."""

from models.account import ApiClient, AuditEvent
from models.database import Counter, RevisionMark
from models.duplicates import DuplicateDecision
from models.former import FormerSeeker
from models.idempotency import KeptAnswer
from models.identity import SeekerIdentity
from models.ledger import LedgerLine
from models.outbox import OutboxMessage, Receipt, Subscription
from models.recommendation import Departure, Load, Recommendation, Run, Shortfall
from models.screening import ScreeningAppeal, ScreeningDecision, ScreeningRerun
from models.seeker import JobSeeker
from models.showing import Showing
from models.vacancy import Employer, Vacancy

TABLES = (
    Employer,
    Vacancy,
    DuplicateDecision,
    ScreeningAppeal,
    ScreeningDecision,
    ScreeningRerun,
    JobSeeker,
    FormerSeeker,
    SeekerIdentity,
    Run,
    Recommendation,
    Shortfall,
    Departure,
    Load,
    ApiClient,
    AuditEvent,
    Counter,
    RevisionMark,
    KeptAnswer,
    Subscription,
    OutboxMessage,
    Receipt,
    Showing,
    LedgerLine,
)
