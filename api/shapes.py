"""What shape does each answer have? For the API description; the tests hold every answer to these models."""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Code = str
Permille = int


class Shape(BaseModel):
    """An answer, or part of one: these fields and no other."""

    model_config = ConfigDict(extra="forbid")


class ErrorEntry(Shape):
    """One thing wrong with, or worth knowing of, one field of a record. `span`: part of the sent text."""

    row: int | None = None
    field: str
    rule: Code
    span: tuple[int, int] | None
    message: str
    fix: str


class ProblemDocument(Shape):
    """What went wrong (RFC 9457)."""

    type: str = Field(examples=["urn:zhipei:problem:not-found"])
    title: str
    status: int
    detail: str
    errors: list[ErrorEntry]


class VerdictAnswer(Shape):
    """What the sender of a record is told. `problems` decided the verdict; `findings` are worth knowing."""

    row: int
    external_id: str
    verdict: Code = Field(examples=["ok"])
    effect: Code = Field(examples=["created"])
    problems: list[ErrorEntry]
    findings: list[ErrorEntry]


class StoredAnswer(VerdictAnswer):
    """The verdict on one record that was accepted, and the revision that now stands."""

    source: str
    revision: int


class BatchCounts(Shape):
    """How many rows got which verdict and effect, and which rules spoke."""

    rows: int
    verdicts: dict[Code, int]
    effects: dict[Code, int]
    rules: dict[str, int]


class BatchAnswer(Shape):
    """A verdict for every row, in order."""

    counts: BatchCounts
    results: list[VerdictAnswer]


class FileFacts(Shape):
    """What was read of a file. `dropped_columns` ask for what nobody may ask for (sex, age, hukou, ...)."""

    sheet: str = Field(examples=["岗位"])
    unread_sheets: list[str]
    unknown_columns: list[str] = Field(examples=[["司龄"]])
    dropped_columns: list[str] = Field(examples=[["性别要求"]])


class UploadAnswer(BatchAnswer):
    """A verdict for every row of a file, by the row number that a spreadsheet program shows."""

    file: FileFacts


class Finding(Shape):
    """What was noted when a record was read; what screening found has all fields. `span`: part of the sent text."""

    field: str
    rule: Code
    category: Code | None = None
    level: Code | None = Field(default=None, examples=["BLOCKED"])
    span: tuple[int, int] | None = None
    excerpt: str | None = None
    articles: list[str] = Field(default=[], examples=[["《就业促进法》第27条"]])
    message: str | None = None
    suggestion: str | None = None


class VacancyUnderstood(Shape):
    """What matching goes by: pay in yuan a month, experience in years, education by match level."""

    kind: Code
    program: Code | None
    occupation: Code | None
    openings: int
    pay_min: int | None
    pay_max: int | None
    pay_base: int | None
    pay_unit: Code | None
    district: Code | None
    education: int | None
    experience: float | None
    certificates: list[str]
    shift: Code | None
    night: bool | None
    valid_from: date | None
    valid_to: date | None


class VacancyAnswer(BaseModel):
    """A stored vacancy: the wire fields as they were sent (see VacancyWire), and where it stands."""

    model_config = ConfigDict(extra="allow")

    source: str
    external_id: str
    title: str
    understood: VacancyUnderstood
    status: Code
    screening: Code
    findings: list[Finding]
    revision: int
    confirmed_at: datetime
    release_at: datetime


class VacancyChange(VacancyAnswer):
    """A vacancy that changed, as it stands."""

    gone: Literal[False]


class VacancyGone(Shape):
    """A vacancy that is not to be shown any longer."""

    source: str
    external_id: str
    revision: int
    gone: Literal[True]


class VacancyChanges(Shape):
    """What changed after a cursor, in order; `next` is the following cursor, to be asked at once if there is `more`."""

    items: list[VacancyChange | VacancyGone]
    next: int
    more: bool


class Approvals(Shape):
    """How many different reviewers must approve this text before it opens, and how many have."""

    needed: int
    given: int


class DecisionAnswer(Shape):
    """One decision of a reviewer. `effect` false: the first of two voices. Names are told to staff alone."""

    outcome: Code = Field(examples=["approve"])
    label: str
    reason: str
    wording: str
    on_present_text: bool
    stands: bool
    effect: bool
    rules: str
    decided_by: str | None
    decided_at: datetime


class AppealAnswer(Shape):
    """One objection: open, upheld, rejected, or lapsed since the text or the verdict has changed."""

    reason: str
    wording: str
    state: "Labelled"
    appealed_at: datetime
    answer: str | None
    answered_at: datetime | None


class ReviewItem(Shape):
    """A vacancy that waits for a reviewer. `texts`: the words that the spans of the findings are parts of."""

    source: str
    external_id: str
    wording: str
    title: str
    employer: str
    program: "Labelled | None"
    district: Code | None
    district_name: str
    waiting_since: datetime
    verdict: Code
    rules: str
    findings: list[Finding]
    texts: dict[str, str]
    approvals: Approvals
    decisions: list[DecisionAnswer]
    appeals: list[AppealAnswer]


class ReviewPage(Shape):
    """What waits, the most urgent first; `next` is the cursor of the following page."""

    items: list[ReviewItem]
    next: str | None


class RerunCounts(Shape):
    """How many decisions of people went on standing under other rules, and how many lapsed."""

    kept: int
    lapsed: int


class RerunAnswer(Shape):
    """What a version of the rules changed: by rule, how many vacancies took which verdict, and the names of some.

    `verdicts` has the steps (`OK>REVIEW`), in `rules` `same` counts those whose verdict stayed. `finished_at` is null
    while a pass goes on, or was cut off: the next one goes on where it stood.
    """

    id: int
    rules_version: str
    started_at: str
    finished_at: str | None
    vacancies: int
    changed: int
    verdicts: dict[str, int]
    rules: dict[str, dict[str, Any]]
    decisions: RerunCounts


class RerunPage(Shape):
    """Passes, newest first; `next` is the cursor of the following page."""

    items: list[RerunAnswer]
    next: int | None


class ScreeningAnswer(Shape):
    """How a vacancy stands in screening: the verdict, what was found by which rules, what people said of it."""

    source: str
    external_id: str
    wording: str
    verdict: Code = Field(examples=["REVIEW"])
    label: str
    waiting: bool
    rules: str
    findings: list[Finding]
    approvals: Approvals
    decisions: list[DecisionAnswer]
    appeals: list[AppealAnswer]
    revision: int


class DuplicateMember(Shape):
    """Another row of the same vacancy, what ties the two, and how alike their descriptions are in percent."""

    source: str
    external_id: str
    title: str
    openings: int
    status: Code
    why: "Labelled"
    likeness: int


class DuplicateWord(Shape):
    """A person's word on a pair: the same, kept apart, or left to their texts. Names are told to staff alone."""

    source: str
    external_id: str
    same: bool
    apart: bool
    decided_by: str | None
    decided_at: datetime


class DuplicatesAnswer(Shape):
    """The duplicates of a vacancy; `openings` of all together, `others` are rows that the caller may not see."""

    source: str
    external_id: str
    title: str
    openings: int
    duplicates: list[DuplicateMember]
    others: int
    decisions: list[DuplicateWord]


class Masked(Shape):
    """Enough of who a person is to tell two apart."""

    name: str | None = Field(examples=["张*"])
    id_number: str | None
    phone: str | None


class SeekerUnderstood(Shape):
    """What matching goes by: pay floor in yuan a month."""

    state: Code
    wish: Code
    kinds: list[Code]
    districts: list[Code]
    district: Code | None
    mobility: Code
    pay_floor: int | None
    education: int | None
    experience: float | None
    shift_limits: list[Code]
    fixed: list[Code]
    applied_at: date
    unemployed_since: date | None


class SeekerAnswer(BaseModel):
    """A stored person: the wire fields as they were sent (see SeekerWire) without personal data."""

    model_config = ConfigDict(extra="allow")

    source: str
    external_id: str
    identity: Masked | None
    understood: SeekerUnderstood
    findings: list[Finding]
    revision: int


class Labelled(Shape):
    """A code and what it is called."""

    code: Code
    label: str


class VacancySummary(Shape):
    """What everyone may know of a vacancy. `openings` are those left."""

    source: str
    external_id: str
    revision: int
    title: str
    employer: str
    kind: Labelled
    district: Code | None
    district_name: str
    pay: str
    pay_min: int | None
    pay_max: int | None
    openings: int
    valid_to: date | None


class Part(Shape):
    """One soft part of the score, 0 to 100."""

    label: str
    value: int


class Term(Shape):
    """Words that a wish and a vacancy share, and where they stand in both."""

    term: str
    share: Permille
    wish: str
    wish_span: tuple[int, int]
    field: str
    field_span: tuple[int, int]


class Trades(Shape):
    """The trades that the wish and the vacancy stand for: `same`, `near`, `partly` (both may be it) or `none`.

    A name is empty where the words do not surely name a trade.
    """

    relation: Labelled
    person: str = Field(examples=["叉车司机"])
    vacancy: str = Field(examples=["装卸工"])


class Want(Shape):
    """What one side asks of the other, what the other has, and how that stands.

    Of a wish of the person: met, unknown, bent or barred. Of a demand of the vacancy: met, missing or unknown.
    """

    code: Code = Field(examples=["EDUCATION"])
    label: str = Field(examples=["学历"])
    asks: str = Field(examples=["高中及以上"])
    has: str = Field(examples=["大专"])
    standing: Code = Field(examples=["met"])


class SkillMatch(Shape):
    """A skill that the vacancy names. `by`: what the person has instead of it (`met`) or near to it (`unknown`)."""

    skill: str
    standing: Code = Field(examples=["missing"])
    label: str
    by: str


class ItemAnswer(Shape):
    """One recommended vacancy. `score` is 0 to 1000, `distance_m` metres as the crow flies.

    `person_wants` and `vacancy_wants` are the two directions; `skills` are those that the vacancy names, the most
    telling first, at most 8 that the person has and 8 others. `trades` is null where there is nothing to go by.
    """

    rank: int
    score: int
    confidence: Labelled
    rung: Labelled
    vacancy: VacancySummary
    parts: dict[str, Part]
    terms: list[Term]
    trades: Trades | None
    person_wants: list[Want]
    vacancy_wants: list[Want]
    skills: list[SkillMatch]
    reasons: list[str]
    marks: list[Labelled]
    distance_m: int | None


class HeldBack(Shape):
    """How many vacancies would open if this one constraint were lifted."""

    constraint: Code
    label: str
    vacancies: int


class Change(Shape):
    """The smallest single change that gives three."""

    constraint: Code
    value: str
    opens: int
    text: str


class CertificateAnswer(Shape):
    """Why there are fewer than three, and what would help."""

    found: list[VacancySummary]
    held_back: list[HeldBack]
    change: Change | None
    text: str


class MatchAnswer(Shape):
    """Ranked vacancies for a profile; with a certificate where there are fewer than three."""

    items: list[ItemAnswer]
    certificate: CertificateAnswer | None


class SeekerName(Shape):
    """A person by the outside name."""

    source: str
    external_id: str


class RecommendationAnswer(MatchAnswer):
    """One person's list: `run` is the night it comes from, null when it was made now (`fresh`)."""

    seeker: SeekerName
    run: int | None
    fresh: bool


class Standing(Shape):
    """How a vacancy stands to one constraint: met, unknown, bent or barred."""

    constraint: Code
    label: str
    standing: Code


class WhyAnswer(BaseModel):
    """The trace of one pair: which constraint bars it, or where it ranks. An open vacancy has the item's fields too.

    `related_trades`: what a person with these wishes could turn to.
    """

    model_config = ConfigDict(extra="allow")

    rank: int | None
    chosen: bool
    verdict: str
    standings: list[Standing]
    related_trades: list[str] = []


class RunAnswer(Shape):
    """One night. Its `report` has the sum that was proved, and what the stages cost."""

    id: int
    date: date
    k: int
    config: str
    vacancies: int
    registered: int
    seeker_only: int
    started_at: datetime
    published_at: datetime
    report: dict[str, Any]


class RunPage(Shape):
    """Nights, newest first; `next` is the cursor of the following page."""

    items: list[RunAnswer]
    next: int | None


class ShortfallAnswer(Shape):
    """One person's certificate of one night."""

    seeker: SeekerName
    certificate: CertificateAnswer


class ShortfallPage(Shape):
    """Certificates of the people in scope; `next` is the cursor of the following page."""

    items: list[ShortfallAnswer]
    next: int | None


class LiveAnswer(Shape):
    """The process answers."""

    status: str


class IndexState(Shape):
    """The index of this process: the newest revision in it, and seconds since that was found."""

    watermark: int
    vacancies: int
    age_seconds: float


class ReadyAnswer(Shape):
    """Requests can be served."""

    status: str
    index: IndexState


class SubscriptionAnswer(Shape):
    """A receiver of vacancies, and how many wait for it or could not be brought to it."""

    id: int
    client: str
    url: str
    districts: list[Labelled]
    occupations: list[Labelled]
    programs: list[Labelled]
    state: Labelled
    reason: Code | None = Field(examples=["gone"])
    failures: int
    failing_since: datetime | None
    waiting: int
    dead: int
    former_until: datetime | None
    created_at: datetime


class SubscriptionCreated(SubscriptionAnswer):
    """A new receiver with the secret that signs what it is sent: shown this once."""

    secret: str = Field(examples=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])


class SubscriptionPage(Shape):
    """Receivers; `next` is the cursor of the following page."""

    items: list[SubscriptionAnswer]
    next: int | None


class RotatedSubscription(Shape):
    """The new secret, shown this once; until `former_until` the former one signs too."""

    id: int
    secret: str
    former_until: datetime


class DeliveryAnswer(Shape):
    """One attempt: the HTTP `status` of the receiver, or the `error` instead of one."""

    source: str
    external_id: str
    revision: int
    event: Code = Field(examples=["vacancy.published"])
    attempt: int
    at: datetime
    status: int | None
    error: Code | None = Field(examples=["timeout"])
    milliseconds: int


class DeliveryPage(Shape):
    """Attempts, newest first; `next` is the cursor of the following page."""

    items: list[DeliveryAnswer]
    next: int | None


class DeadLetter(Shape):
    """A vacancy that the receiver did not take in all attempts."""

    source: str
    external_id: str
    revision: int
    attempts: int
    noticed_at: datetime


class DeadLetterPage(Shape):
    """Vacancies that were given up; `next` is the cursor of the following page."""

    items: list[DeadLetter]
    next: int | None


class ShowingAnswer(Shape):
    """One vacancy on the list of one person that a client looked at. `released`: the priority window was over."""

    at: datetime
    seeker: SeekerName
    registered: bool
    released: bool
    client: str
    run: int | None
    rank: int
    revision: int
    reasons: dict[str, Any]


class ShowingCounts(Shape):
    """Showings for registered unemployed people and for others, by when."""

    registered: int
    others: int


class ShowingPage(Shape):
    """Who was shown a vacancy, in order of time, and who first. `registered_first`: no other person saw it before."""

    source: str
    external_id: str
    program: Labelled | None
    release_at: datetime
    before_release: ShowingCounts
    after_release: ShowingCounts
    first_registered_at: datetime | None
    first_other_at: datetime | None
    registered_first: bool | None
    items: list[ShowingAnswer]
    next: int | None


class LedgerLineAnswer(Shape):
    """People (`WANTED`) or vacancies (`OFFERED`) that found nothing, by occupation, district and cause."""

    side: Labelled
    occupation: Labelled | None
    district: Labelled | None
    cause: Labelled
    count: int


class LedgerPage(Shape):
    """The ledger of one night, `WANTED` first, the largest counts first; `next` is the cursor of the following page."""

    run: int | None
    date: date | None
    items: list[LedgerLineAnswer]
    next: int | None
