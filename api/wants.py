"""What does the person want of a vacancy, and the vacancy of the person? Both directions, side by side."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from ingest.screening_personal import starred
from matching.explain import SkillMatch, Standing, own_skills
from matching.facts import UNKNOWN
from matching.seekers import Profile
from models.certificates import is_obtainable
from models.codes_education import education_label
from models.districts import label
from models.enums import MARKET_KINDS, Constraint, EmploymentKind, Mobility, Shift

Document = dict[str, Any]

NOT_STATED, NOT_REGISTERED = "未注明", "未登记"  # by the vacancy, by the person
NO_LIMIT = "不限"

district_label = lru_cache(maxsize=8_192)(label)  # the same few places are told again and again


def title_text(vacancy: Any) -> str:
    """The title as everyone may read it: a number or account of somebody in it is starred."""
    return _starred(vacancy.title)


_starred = lru_cache(maxsize=32_768)(starred)  # the same titles are told again and again


def pay_text(vacancy: Any) -> str:
    """The pay as the employer wrote it, else the monthly range."""
    stated = vacancy.stated.get("pay")
    if isinstance(stated, str) and stated:
        return stated
    if vacancy.pay_min is None and vacancy.pay_max is None:
        return "面议"
    if vacancy.pay_max is None:
        return f"{vacancy.pay_min}元/月起"
    return f"{vacancy.pay_max}元/月以内" if vacancy.pay_min is None else f"{vacancy.pay_min}-{vacancy.pay_max}元/月"


def _want(code: str, label: str, asks: str, has: str, standing: Standing) -> Document:
    return {"code": code, "label": label, "asks": asks, "has": has, "standing": standing.value}


def wishes_text(profile: Profile, said: Sequence[str]) -> dict[Constraint, str]:
    """What the person wants, in words: the wishes as they were `said`, and the rest; of what was not said nothing."""
    told = {
        Constraint.OCCUPATION: "、".join(map(read_out, said or own_skills(profile))),
        Constraint.PLACE: _places(profile),
        Constraint.PAY: f"不低于 {profile.pay_floor} 元/月" if profile.pay_floor else "",
        Constraint.KIND: _kinds(profile),
        Constraint.SHIFT: _refused(profile),
    }
    return {wish: asks for wish, asks in told.items() if asks}


def person_wants(
    vacancy: Any, wishes: Mapping[Constraint, str], stands: Mapping[Constraint, Standing]
) -> list[Document]:  # fmt: skip
    """What the person wants, in words, and what the vacancy has."""
    barred = stands[Constraint.CONSENT] is Standing.BARRED
    return [
        _want(wish.value, wish.label, asks, OFFERS[wish](vacancy),
              Standing.BARRED if barred and wish is Constraint.PLACE else stands[wish])
        for wish, asks in wishes.items()
    ]  # fmt: skip


def place_text(vacancy: Any) -> str:
    """Where the work is; of an unknown place nothing."""
    return "远程" if vacancy.remote else district_label(vacancy.district or "")


# What a vacancy has of what a person may wish for.
OFFERS: Mapping[Constraint, Callable[[Any], str]] = {
    Constraint.OCCUPATION: title_text,
    Constraint.PLACE: place_text,
    Constraint.PAY: pay_text,
    Constraint.KIND: lambda vacancy: EmploymentKind(vacancy.kind).label,
    Constraint.SHIFT: lambda vacancy: Shift(vacancy.shift).label if vacancy.shift else NOT_STATED,
}


def _places(profile: Profile) -> str:
    names = "、".join(district_label(code) for code in sorted(profile.place.wanted))
    mobility = profile.place.mobility
    return names if mobility is Mobility.OWN_DISTRICT else f"{names}（{mobility.label}）"


def _kinds(profile: Profile) -> str:
    """The kinds wanted; nothing where the market's kinds are all alike to the person."""
    wanted = () if profile.kinds >= set(MARKET_KINDS) else [kind for kind in EmploymentKind if kind in profile.kinds]
    return "、".join(kind.label for kind in wanted)


def _refused(profile: Profile) -> str:
    return "、".join(f"不上{shift.label}" for shift in Shift if shift in profile.shift_limits)


def vacancy_wants(vacancy: Any, profile: Profile, skills: Sequence[SkillMatch]) -> list[Document]:
    """What the vacancy wants, and what the person has. What either side does not say is unknown, never mismatched.

    A certificate that the person did not register is missing all the same: the law asks for it.
    """
    return [
        _education(vacancy.education, profile.education),
        _experience(vacancy.experience, profile.experience),
        *_certificates(vacancy.certificates, profile.certificates),
        _skills(skills, own_skills(profile)),
    ]


def _education(need: int | None, level: int) -> Document:
    asks = NOT_STATED if need is None else f"{education_label(need)}及以上" if need else NO_LIMIT
    has = NOT_REGISTERED if level == UNKNOWN else education_label(level) if level else "小学以下"
    return _want("EDUCATION", "学历", asks, has, _measured(need, level))


def _experience(need: float | None, tenths: int) -> Document:
    asks = NOT_STATED if need is None else f"{need:g} 年以上" if need else NO_LIMIT
    has = NOT_REGISTERED if tenths == UNKNOWN else f"{tenths / 10:g} 年"
    return _want("EXPERIENCE", "工作经验", asks, has, _measured(None if need is None else round(need * 10), tenths))


def _measured(need: int | None, have: int) -> Standing:
    if need == 0:
        return Standing.MET
    if need is None or have == UNKNOWN:
        return Standing.UNKNOWN
    return Standing.MET if have >= need else Standing.MISSING


def _certificates(needed: Sequence[str], held: frozenset[str]) -> Iterator[Document]:
    if not needed:
        yield _want("CERTIFICATE", "证书", NO_LIMIT, "、".join(sorted(held)) or NOT_REGISTERED, Standing.MET)
    for name in needed:
        lacking = f"{NOT_REGISTERED}，上岗前可办理" if is_obtainable(name) else NOT_REGISTERED
        has, standing = ("持有", Standing.MET) if name in held else (lacking, Standing.MISSING)
        yield _want("CERTIFICATE", "证书", name, has, standing)


def _skills(skills: Sequence[SkillMatch], own: Sequence[str]) -> Document:
    """All that the vacancy names, in one line: met when every one is, missing when one is."""
    stand = {match.standing for match in skills}
    standing = next((s for s in (Standing.MISSING, Standing.UNKNOWN) if s in stand or not skills), Standing.MET)
    met = "、".join(dict.fromkeys(match.by for match in skills if match.standing is Standing.MET))
    return _want(
        "SKILLS", "技能", "、".join(match.skill for match in skills) or NOT_STATED,
        met or ("没有登记这些" if own else NOT_REGISTERED), standing if skills else Standing.UNKNOWN,
    )  # fmt: skip


def read_out(wish: str) -> str:
    """A wish as it is written in a sentence."""
    return wish.replace(",", "，")
