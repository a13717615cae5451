"""Which tables there are: importing this module registers every one."""

from models.account import ApiClient, AuditEvent
from models.database import Counter
from models.duplicates import DuplicateDecision
from models.identity import SeekerIdentity
from models.recommendation import Recommendation, Run, Shortfall
from models.seeker import JobSeeker
from models.vacancy import Employer, Vacancy

TABLES = (
    Employer,
    Vacancy,
    DuplicateDecision,
    JobSeeker,
    SeekerIdentity,
    Run,
    Recommendation,
    Shortfall,
    ApiClient,
    AuditEvent,
    Counter,
)
