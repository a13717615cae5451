"""What a person's record says: wishes, limits, what they bring; and, kept apart, who they are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from ingest.dates import read_date
from ingest.districts import read_place, read_places
from ingest.education import read_education
from ingest.experience import read_experience
from ingest.labels import label_code
from ingest.official_numbers import is_id_number, is_mobile_number, read_id_number
from ingest.pay import pay_from_range, read_pay
from ingest.reading import KIND_WORDS, Reading
from ingest.schemas import FloorWire, IntentionWire, SeekerWire, SkillWire
from models.ages import ADULT, WORKING_AGE, birthday, full_years
from models.enums import MARKET_KINDS, EmploymentKind, FixedWish, Mobility, SeekerState, Shift, Wish
from models.errors import FieldError, Problem
from models.text import normal_form
from models.times import local_date

MOST_INTENTIONS = 3
ANY_KIND = frozenset(map(normal_form, ("不限", "均可", "都可以", "任意", "any")))
STATE_WORDS: Mapping[str, SeekerState] = {
    **{state.value.lower(): state for state in SeekerState},
    **{state.label: state for state in SeekerState},
    **dict.fromkeys(("失业登记", "登记失业人员", "有效"), SeekerState.REGISTERED),
    **dict.fromkeys(("求职登记人员",), SeekerState.SEEKER_ONLY),
    **dict.fromkeys(("注销",), SeekerState.EXITED),
}
WISH_WORDS: Mapping[str, Wish] = {
    **{wish.value.lower(): wish for wish in Wish},
    **{wish.label: wish for wish in Wish},
    **dict.fromkeys(("就业", "求职"), Wish.EMPLOYMENT),
    **dict.fromkeys(("创业", "自主创业", "自主经营", "有创业意愿"), Wish.SELF_EMPLOYMENT),
    **dict.fromkeys(("不清晰", "意向不清晰", "尚不清晰", "就业意向不清晰"), Wish.UNCLEAR),
}
MOBILITY_WORDS: Mapping[str, Mobility] = {
    **{mobility.value.lower(): mobility for mobility in Mobility},
    **{mobility.label: mobility for mobility in Mobility},
    **dict.fromkeys(("不跨区县",), Mobility.OWN_DISTRICT),
    **dict.fromkeys(("全市范围", "重庆市内"), Mobility.WHOLE_CITY),
    **dict.fromkeys(("其他城市", "市外", "外地"), Mobility.OTHER_CITIES),
}
SHIFT_WORDS: Mapping[str, Shift] = {
    **{shift.value: shift for shift in Shift},
    **{shift.label: shift for shift in Shift},
    **dict.fromkeys(("不上夜班", "不接受夜班", "不能上夜班"), Shift.NIGHT),
    **dict.fromkeys(("倒班", "不倒班", "不接受倒班", "不轮班"), Shift.ROTATING),
}
FIXED_WORDS: Mapping[str, FixedWish] = {
    **{wish.value: wish for wish in FixedWish},
    **{wish.label: wish for wish in FixedWish},
}
SEX_WORDS: Mapping[str, str] = {
    "男": "M",
    "女": "F",
    "m": "M",
    "f": "F",
    "1": "M",
    "2": "F",
    "男性": "M",
    "女性": "F",
}


@dataclass(slots=True)
class SeekerReading(Reading):
    """A reading with the personal data beside the values; None where it was not given."""

    identity: dict[str, str | None] = field(default_factory=dict)


def read_seeker(wire: SeekerWire, now: datetime, home_city: str) -> SeekerReading:
    """The stored values of a person. Only `external_id` is required; missing identity needs completion by staff.

    Under 16 is refused (劳动法 15); 16 and 17 are kept with the day of the 18th birthday.
    """
    reading = SeekerReading()
    today = local_date(now)
    if is_id_number(wire.external_id) or is_mobile_number(wire.external_id):
        reading.invalid.append(
            Problem("external_id", "personal_number", "编号不能是身份证号或手机号", "请改用系统中的业务编号")
        )
    _read_identity(reading, wire, today)
    _read_registration(reading, wire, today, home_city)
    _read_wishes(reading, wire, home_city)
    _read_pay_floor(reading, wire)
    _read_means(reading, wire)
    reading.values |= {
        "labels": [_label(reading, number, label) for number, label in enumerate(wire.labels)],
        "availability": [slot.model_dump() for slot in wire.availability],
        "pension_drawn": wire.pension_drawn,
        "broker": wire.broker or None,
        "stated": _stated(wire),
    }
    return reading


def _read_identity(reading: SeekerReading, wire: SeekerWire, today: date) -> None:
    number = reading.read("id_number", lambda: read_id_number(wire.id_number), None) if wire.id_number else None
    born = reading.day("birth_date", wire.birth_date)
    sex = reading.word("sex", SEX_WORDS, wire.sex)
    if number and born and born != number.birth_date:
        reading.invalid.append(Problem("birth_date", "disagrees", "出生日期与身份证号不一致", "请核对出生日期"))
    if number and sex and sex != number.sex:
        reading.invalid.append(Problem("sex", "disagrees", "性别与身份证号不一致", "请核对性别"))
    born = born or (number.birth_date if number else None)
    if born and (born > today or full_years(born, today) < WORKING_AGE):
        reading.invalid.append(Problem("birth_date", "under_16", "未满 16 周岁，不能办理", "请核对出生日期"))
    if not wire.name or not number:
        missing = "name" if not wire.name else "id_number"
        reading.lacks(missing, "identity_missing", "缺少姓名或身份证号", "请工作人员补充，不影响匹配")
    adult_on = birthday(born, ADULT) if born else None
    reading.values["adult_on"] = adult_on if adult_on and adult_on > today else None
    reading.identity = {
        "name": wire.name or None,
        "id_number": number.number if number else None,
        "phone": wire.phone or None,
        "sex": sex or (number.sex if number else None),
        "birth_date": born.isoformat() if born else None,
        "original_kind": wire.original_kind or None,
    }


def _read_registration(reading: SeekerReading, wire: SeekerWire, today: date, home_city: str) -> None:
    """No registration columns: REGISTERED, applied for on the day of intake."""
    entry = wire.registration
    place = read_place(district=entry.district, home=home_city) if entry and entry.district else None
    state = reading.word("registration.state", STATE_WORDS, entry.state) if entry else None
    reading.values |= {
        "state": (state or SeekerState.REGISTERED).value,
        "registration_kind": (entry.kind or None) if entry else None,
        "channel": (entry.channel or None) if entry else None,
        "applied_at": (reading.day("registration.applied_at", entry.applied_at) if entry else None) or today,
        "district": place.code if place else None,
        "unemployed_since": reading.day("registration.unemployed_since", entry.unemployed_since) if entry else None,
        "reason": entry.reason if entry else "",
    }


def _read_wishes(reading: SeekerReading, wire: SeekerWire, home_city: str) -> None:
    intentions = [wish if isinstance(wish, IntentionWire) else IntentionWire(text=wish) for wish in wire.intentions]
    intentions = [wish for wish in intentions if wish.text or wish.occupation]
    if len(intentions) > MOST_INTENTIONS:
        reading.notes(
            "intentions",
            "intentions_cut",
            f"求职意向超过 {MOST_INTENTIONS} 个，按前 {MOST_INTENTIONS} 个匹配",
        )
    mobility = reading.word("mobility", MOBILITY_WORDS, wire.mobility) or Mobility.OWN_DISTRICT
    consents = wire.consents
    other_city = consents.other_city if consents else None
    wish = reading.word("wish", WISH_WORDS, wire.wish)
    fixed = [reading.word(f"fixed.{number}", FIXED_WORDS, word) for number, word in enumerate(wire.fixed)]
    reading.values |= {
        "wish": (wish or Wish.EMPLOYMENT).value,
        "kinds": _kinds(reading, wire.kinds),
        "intentions": [wish.model_dump() for wish in intentions[:MOST_INTENTIONS]],
        "districts": _districts(reading, wire.districts, home_city),
        "mobility": mobility.value,
        "fixed": sorted({wish.value for wish in fixed if wish}),
        "consent_other_city": mobility is Mobility.OTHER_CITIES if other_city is None else other_city,
        "consent_personalised": consents is None or consents.personalised is not False,
    }


def _kinds(reading: Reading, words: list[str]) -> list[str]:
    found: set[EmploymentKind] = set()
    for number, word in enumerate(words):
        if normal_form(word) in ANY_KIND:
            found.update(MARKET_KINDS)
        elif word:
            kind = reading.word(f"kinds.{number}", KIND_WORDS, word)
            found.update({kind} if kind else ())
    return sorted(kind.value for kind in found)


def _districts(reading: Reading, words: list[str], home_city: str) -> list[str]:
    codes: dict[str, None] = {}
    for word in words:
        places = read_places(word, home=home_city)
        codes.update((place.code, None) for place in places if place.code)
        if word and not any(place.code for place in places):
            reading.notes("districts", "place_unknown", "有期望地点无法识别，未参与匹配")
    return list(codes)


def _read_pay_floor(reading: SeekerReading, wire: SeekerWire) -> None:
    stated = wire.pay_floor
    floor: int | None = None
    if isinstance(stated, FloorWire):
        amount, unit = stated.amount, stated.unit
        if amount:
            floor = reading.read("pay_floor", lambda: pay_from_range(amount, amount, unit).minimum, None)
    elif stated:
        pay = reading.read("pay_floor", lambda: read_pay(stated), None)
        floor = (pay.minimum or pay.maximum) if pay else None
    reading.values["pay_floor"] = floor


def _read_means(reading: SeekerReading, wire: SeekerWire) -> None:
    """What the person brings, and the shifts the person does not work."""
    education = reading.read("education", lambda: read_education(wire.education), None)
    experience = reading.read("experience", lambda: read_experience(wire.experience), None)
    limits = [reading.word(f"shift_limits.{n}", SHIFT_WORDS, word) for n, word in enumerate(wire.shift_limits)]
    skills = [skill if isinstance(skill, SkillWire) else SkillWire(name=skill) for skill in wire.skills]
    reading.values |= {
        "skills": [skill.model_dump() for skill in skills if skill.name],
        "certificates": [name for name in wire.certificates if name],
        "education": education.level if education else None,
        "graduated_at": _graduation(reading, wire),
        "experience": experience.minimum if experience else None,
        "shift_limits": sorted({shift.value for shift in limits if shift}),
    }


def _graduation(reading: Reading, wire: SeekerWire) -> date | None:
    """The day of the diploma; a month alone ("2024年6月") is noted, not refused: nothing in matching needs the day."""
    try:
        return read_date(wire.graduated_at) if wire.graduated_at else None
    except FieldError as error:
        reading.notes("graduated_at", error.rule, "毕业日期不完整，未采用")
        return None


def _label(reading: Reading, number: int, label: Any) -> dict[str, str | None]:
    start = reading.day(f"labels.{number}.valid_from", label.valid_from)
    end = reading.day(f"labels.{number}.valid_to", label.valid_to)
    code = label_code(label.code)
    if code is None and label.code:
        reading.notes("labels", "label_unknown", "有人员标签无法识别，请按困难类型的名称或代码填写")
    return {
        "code": code or label.code,
        "valid_from": start.isoformat() if start else None,
        "valid_to": end.isoformat() if end else None,
    }


def _stated(wire: SeekerWire) -> dict[str, Any]:
    """What was written where values are read out of words; nothing of who the person is."""
    names = ("kinds", "education", "experience", "districts", "mobility", "pay_floor", "shift_limits", "fixed",
             "registration", "wish")  # fmt: skip
    return {name: value for name, value in wire.model_dump(include=set(names), exclude_none=True).items() if value}
