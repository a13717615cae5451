"""What a vacancy on the wire says: the stored values, what is missing, what is worth knowing."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from ingest.dates import read_moment
from ingest.districts import Level, read_place
from ingest.duplicates import block_of, own_cluster
from ingest.education import read_education
from ingest.experience import read_experience
from ingest.hours import WorkTime, read_hours
from ingest.minors import is_barred_to_minors
from ingest.official_numbers import is_id_number, is_mobile_number, read_uscc
from ingest.openings import read_openings
from ingest.pay import Pay, pay_from_range, read_pay
from ingest.policy import Policy
from ingest.reading import KIND_WORDS, Reading
from ingest.schemas import PayWire, VacancyWire
from ingest.screening import Screened, Wording, digest_of, screen_all, wording_of
from ingest.screening_rules import RuleBook
from models.certificates import certificate_name
from models.enums import EmploymentKind, Program, Screening, Shift, VacancyStatus
from models.errors import Problem
from models.times import local_date

PROGRAM_WORDS: Mapping[str, Program | None] = {
    **{program.value.lower(): program for program in Program},
    **{program.label: program for program in Program},
    **dict.fromkeys(("重点企业用工", "重点用工企业"), Program.KEY_ENTERPRISE),
    **dict.fromkeys(("重大项目用工", "重点项目"), Program.MAJOR_PROJECT),
    **dict.fromkeys(("none", "无", "普通"), None),
}  # fmt: skip
Many = Sequence[tuple[Reading, VacancyWire]]
GIG_FORMS = frozenset({"gig", "part_time", "temporary"})
INTERNSHIP_FORMS = frozenset({"internship", "internship_subsidised"})
SHIFT_WORDS: Mapping[str, Shift] = {
    **{shift.value: shift for shift in Shift},
    **{shift.label: shift for shift in Shift},
}


def read_vacancy(
    wire: VacancyWire, source: str, policy: Policy, now: datetime, home_city: str, rules: RuleBook | None = None
) -> Reading:
    """The stored values of a vacancy; occupation, employer and revision are settled later, for many at once.

    Completeness is `product.md` 6: refused without employer (save open data) or with a value that cannot be;
    not recommended without place, pay figure or openings, nor unless screening finds it lawful.
    """
    return vacancy_readings([wire], source, policy, now, home_city, rules)[0]


def vacancy_readings(
    wires: Sequence[VacancyWire],
    source: str,
    policy: Policy,
    now: datetime,
    home_city: str,
    rules: RuleBook | None = None,
) -> list[Reading]:
    """The same of many, step by step: each step finds its patterns and tables still in the processor's cache.

    Of 500 vacancies that costs a third less than one vacancy after the other.
    """
    many = [(Reading(), wire) for wire in wires]
    pays = _read_fields(many, source, policy, now, home_city)
    _screen(many, pays, now, rules)
    for reading, wire in many:
        reading.values["cluster"] = own_cluster(source, wire.external_id)
        reading.values["block"] = block_of(wire, source, reading.values)
    return [reading for reading, _ in many]


def _read_fields(many: Many, source: str, policy: Policy, now: datetime, home_city: str) -> list[Pay | None]:
    """All that is read out of notations; the pays are looked at again."""
    for reading, wire in many:
        _read_names(reading, wire, source, policy)
    collected = policy.is_collected(source)
    for reading, wire in many:
        _read_openings(reading, wire, collected)
    pays = [_read_pay(reading, wire) for reading, wire in many]
    for reading, wire in many:
        _read_place(reading, wire, home_city)
    times = [_read_requirements(reading, wire) for reading, wire in many]
    for (reading, wire), pay, time in zip(many, pays, times, strict=True):
        _read_kind(reading, wire, pay, time)
    terms = _Terms.of(policy, now)
    for reading, wire in many:
        _read_validity(reading, wire, terms)
    return pays


def _screen(many: Many, pays: Sequence[Pay | None], now: datetime, rules: RuleBook | None) -> None:
    """The verdict of screening, and beside it what is stored as it was sent."""
    for reading, wire in many:
        reading.document = wire.document()
    today = local_date(now)
    wordings = [wording_of(wire, reading.values, pay) for (reading, wire), pay in zip(many, pays, strict=True)]
    found = screen_all(wordings, today, rules)
    for (reading, wire), wording, screened in zip(many, wordings, found, strict=True):
        reading.screened = screened
        reading.values |= _copied(reading, wire, wording)
        reading.values |= _judged(reading, wording, screened, now)


def _copied(reading: Reading, wire: VacancyWire, wording: Wording) -> dict[str, Any]:
    """What is stored as it was sent."""
    return {
        "title": wire.title,
        "address": wire.address,
        "skills": wording.skills,
        "description": wire.description,
        "industry": wire.industry,
        "preferences": wire.preferences,
        "slots": reading.document["slots"],
        "contact": wire.contact,
        "stated": _stated(reading.document),
    }


def _judged(reading: Reading, wording: Wording, screened: Screened, now: datetime) -> dict[str, Any]:
    """What is stored of screening, and whether the record is complete."""
    return {
        "screening": screened.verdict.value,
        "screening_rules": screened.rules,
        "wording": digest_of(wording),
        "decision_id": None,
        "waiting_since": now if screened.verdict is Screening.REVIEW and not reading.missing else None,
        "status": (VacancyStatus.NEEDS_COMPLETION if reading.missing else VacancyStatus.OPEN).value,
    }


def _read_names(reading: Reading, wire: VacancyWire, source: str, policy: Policy) -> None:
    if is_id_number(wire.external_id) or is_mobile_number(wire.external_id):
        reading.invalid.append(
            Problem("external_id", "personal_number", "编号不能是身份证号或手机号", "请改用系统中的业务编号")
        )
    if not wire.title:
        reading.invalid.append(Problem("title", "missing", "缺少岗位名称", "请填写岗位名称"))
    name = wire.employer.name if wire.employer else ""
    if not name and not policy.may_lack_employer(source):
        reading.invalid.append(Problem("employer.name", "missing", "缺少用人单位名称", "请填写用人单位全称"))
    if wire.employer and wire.employer.uscc:
        uscc = wire.employer.uscc
        reading.read("employer.uscc", lambda: read_uscc(uscc), "")


def _read_openings(reading: Reading, wire: VacancyWire, collected: bool) -> None:
    openings = reading.read("openings", lambda: read_openings(wire.openings), None)
    count = openings.count if openings else None
    if openings and openings.flag == "headcount_zero":
        reading.lacks("openings", "openings_zero", "招聘人数为 0", "请填写尚缺人数，或撤回该岗位")
        count = 0
    elif count is None and collected:
        reading.lacks("openings", "openings_missing", "未注明招聘人数", "请填写招聘人数")
    elif count is None:
        reading.notes("openings", "openings_missing", "未注明人数，按 1 人计")
    elif openings and openings.flag:
        reading.notes("openings", openings.flag, "招聘人数按约数或合计读取")
    reading.values["openings"] = 1 if count is None else count
    filled = reading.read("openings_filled", lambda: read_openings(wire.openings_filled), None)
    reading.values["openings_filled"] = (filled.count or 0) if filled else 0


def _read_pay(reading: Reading, wire: VacancyWire) -> Pay | None:
    stated = wire.pay
    if isinstance(stated, PayWire):
        low, high, unit = stated.min, stated.max, stated.unit
        pay = reading.read("pay", lambda: pay_from_range(low, high, unit), None) if low or high else None
    else:
        pay = reading.read("pay", lambda: read_pay(stated), None) if stated else None
    if pay is None or not pay.stated:
        reading.lacks("pay", "pay_missing", "没有明确的薪酬数额", "请填写薪酬，例如 4000-6000元/月")
    for flag in pay.flags if pay else ():
        reading.notes("pay", flag, "薪酬写法已按规则折算")
    reading.values |= {
        "pay_unit": pay.unit.value if pay and pay.unit else None,
        "pay_min": pay.minimum if pay else None,
        "pay_max": pay.maximum if pay else None,
        "pay_base": pay.base if pay else None,
    }
    return pay


def _read_place(reading: Reading, wire: VacancyWire, home_city: str) -> None:
    place = read_place(district=wire.district, address=wire.address, home=home_city)
    known = place.code is not None and place.level is not Level.PROVINCE
    remote = wire.remote or place.remote
    if place.flag:
        reading.notes("district", place.flag, place.flag.label)
    if not known and not remote:
        reading.lacks("district", "place_missing", "工作地点不明确到市或区县", "请填写工作地点所在区县")
    reading.values |= {"district": place.code if known else None, "remote": remote}


def _read_requirements(reading: Reading, wire: VacancyWire) -> WorkTime:
    education = reading.read("education", lambda: read_education(wire.education), None)
    experience = reading.read("experience", lambda: read_experience(wire.experience), None)
    time = read_hours(wire.hours)
    shift = reading.word("shift", SHIFT_WORDS, wire.shift) or time.shift
    certificates = sorted({certificate_name(name) for name in wire.certificates if name})
    for flag in time.flags:
        reading.notes("hours", flag, "工作时间需注意劳动法规定")
    reading.values |= {
        "education": education.level if education else None,
        "experience": experience.minimum if experience else None,
        "certificates": certificates,
        "shift": shift.value if shift else None,
        "night": True if shift is Shift.NIGHT else time.night,
        "minor_barred": is_barred_to_minors(wire.title, certificates),
    }
    return time


def _read_kind(reading: Reading, wire: VacancyWire, pay: Pay | None, time: WorkTime) -> None:
    kind = reading.word("kind", KIND_WORDS, wire.kind)
    if kind is None and (time.form in INTERNSHIP_FORMS or "见习" in wire.title):
        kind = EmploymentKind.INTERNSHIP
    if kind is None and (wire.slots or time.form in GIG_FORMS or (pay and "gig" in pay.flags)):
        kind = EmploymentKind.GIG
    program = reading.word("program", PROGRAM_WORDS, wire.program)
    reading.values |= {
        "kind": (kind or EmploymentKind.REGULAR).value,
        "program": program.value if program else None,
    }


class _Terms(NamedTuple):
    """The days and moments that hold for all that comes in at one moment."""

    now: datetime
    latest: datetime  # of an update; a clock may be wrong by a day
    today: date
    last_day: date
    release_at: datetime  # of a vacancy under a program

    @classmethod
    def of(cls, policy: Policy, now: datetime) -> "_Terms":
        today, day = local_date(now), timedelta(days=1)
        return cls(now, now + day, today, today + day * policy.validity_days, now + day * policy.priority_window_days)


def _read_validity(reading: Reading, wire: VacancyWire, terms: _Terms) -> None:
    start = reading.day("valid_from", wire.valid_from)
    end = reading.day("valid_to", wire.valid_to)
    if start and end and end < start:
        reading.invalid.append(
            Problem("valid_to", "ends_before_start", "截止日期早于开始日期", "请核对开始日期和截止日期")
        )
    updated = wire.updated_at
    moment = reading.read("updated_at", lambda: read_moment(updated), None) if updated else None
    if moment and moment > terms.latest:
        reading.invalid.append(Problem("updated_at", "in_future", "更新时间晚于现在一天以上", "请核对发送系统的时钟"))
    reading.values |= {
        "valid_from": start or terms.today,
        "valid_to": end or terms.last_day,
        "updated_at": moment,
        "confirmed_at": terms.now,
        "release_at": terms.release_at if reading.values["program"] else terms.now,
    }


STATED = ("employer", "kind", "program", "occupation", "openings", "pay", "district", "education", "experience",
          "certificates", "shift", "hours", "valid_from", "valid_to")  # fmt: skip
OBJECTS = ("employer", "pay")


def _stated(document: Mapping[str, Any]) -> dict[str, Any]:
    """What was written where values are read out of words, for reading the record back as it was sent."""
    stated = {name: value for name in STATED if (value := document[name])}
    for name in OBJECTS:
        if isinstance(value := stated.get(name), dict):
            stated[name] = {part: said for part, said in value.items() if said is not None}
    return stated
