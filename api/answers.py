"""What a broker is told, in Chinese: ranked vacancies with reasons, certificates, the trace of a pair."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from matching.config import PART_LABELS, PARTS, Config
from matching.explain import Standing, TermMatch, Trace, term_matches
from matching.index import Index
from matching.marks import from_bits
from matching.recommend import Item
from matching.scoring import metres
from matching.seekers import Profile
from models.base import AnyRow
from models.codes_education import education_label
from models.districts import label as district_label
from models.enums import RUNGS, Confidence, Constraint, EmploymentKind, Mark, Rung, Shift
from models.occupations import occupation_label
from models.recommendation import Recommendation

Document = dict[str, Any]


def item_document(rank: int, item: Item, shown: AnyRow, profile: Profile, index: Index, config: Config) -> Document:
    """One ranked vacancy with its reasons, from the numbers that ranked it."""
    vacancy = shown.Vacancy
    terms = term_matches(profile, vacancy, index, config)
    # Nearest and newest says nothing of how well it suits.
    confidence = config.confidence_word(item.score) if profile.readable else Confidence.LOW
    return {
        "rank": rank,
        "score": item.score,
        "confidence": {"code": confidence.value, "label": confidence.label},
        "rung": {"code": item.rung.value, "label": item.rung.label},
        "vacancy": vacancy_summary(shown),
        "parts": {
            name: {"label": PART_LABELS[name], "value": value} for name, value in zip(PARTS, item.parts, strict=True)
        },
        "terms": [term_document(match) for match in terms],
        "reasons": reasons(item, vacancy, profile, terms),
        "marks": [{"code": mark.value, "label": mark.label} for mark in item.marks],
        "distance_m": metres(profile.place, "" if vacancy.remote else vacancy.district),
    }


def vacancy_summary(shown: AnyRow) -> Document:
    """What everyone may know of a vacancy; contact data only after a referral."""
    vacancy = shown.Vacancy
    return {
        "source": vacancy.source,
        "external_id": vacancy.external_id,
        "revision": vacancy.revision,
        "title": vacancy.title,
        "employer": shown.employer or "",
        "kind": {"code": vacancy.kind, "label": EmploymentKind(vacancy.kind).label},
        "district": vacancy.district,
        "district_name": "远程" if vacancy.remote else district_label(vacancy.district or ""),
        "pay": pay_text(vacancy),
        "pay_min": vacancy.pay_min,
        "pay_max": vacancy.pay_max,
        "openings": max(0, vacancy.openings - vacancy.openings_filled),
        "valid_to": vacancy.valid_to.isoformat() if vacancy.valid_to else None,
    }


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


def term_document(match: TermMatch) -> Document:
    """One stretch of shared words, with its place on both sides."""
    return {
        "term": match.term, "share": match.share, "wish": match.wish, "wish_span": list(match.wish_span),
        "field": match.field, "field_span": list(match.field_span),
    }  # fmt: skip


FIELD_LABELS = {"title": "岗位名称", "skills": "技能要求", "description": "岗位描述"}


def reasons(item: Item, vacancy: Any, profile: Profile, terms: Sequence[TermMatch]) -> list[str]:
    """Why this one, in sentences a broker can read out. Says nothing of age, sex or hardship."""
    said = []
    if terms:
        words = "、".join(f"“{match.term}”" for match in terms[:3])
        place = FIELD_LABELS[terms[0].field]
        said.append(f"求职意向“{terms[0].wish}”与{place}在{words}上相符")
    elif not profile.readable:
        said.append(Mark.GUIDANCE.label)
    if vacancy.occupation and vacancy.occupation in profile.occupations:
        said.append(f"与求职意向属于同一职业：{occupation_label(vacancy.occupation)}")
    said.append(_place_reason(vacancy, profile))
    said.append(_pay_reason(vacancy, profile))
    if item.rung is not Rung.EXACT:
        said.append(f"已放宽：{item.rung.label}")
    said.extend(mark.label for mark in item.marks if mark is not Mark.GUIDANCE)
    return said


def _place_reason(vacancy: Any, profile: Profile) -> str:
    if vacancy.remote:
        return "可居家或远程工作"
    away = metres(profile.place, vacancy.district)
    distance = f"（约 {round(away / 1000)} 公里）" if away else ""
    return f"工作地点：{district_label(vacancy.district)}{distance}"


def _pay_reason(vacancy: Any, profile: Profile) -> str:
    text = f"薪酬：{pay_text(vacancy)}"
    if not profile.pay_floor or vacancy.pay_max is None:
        return text
    relation = "不低于" if vacancy.pay_max >= profile.pay_floor else "略低于"
    return f"{text}，{relation}期望的 {profile.pay_floor} 元/月"


def stored_item(row: Recommendation, index: Index, today: date) -> Item | None:
    """A stored row as an item of this index; None when its vacancy has since changed, closed or run out."""
    place = index.row_of(row.vacancy_id)
    if place is None or int(index.facts.revision[place]) != row.vacancy_revision:
        return None
    if not index.facts.valid_from[place] <= today.toordinal() <= index.facts.valid_to[place]:
        return None
    return Item(place, RUNGS[row.rung], row.score, tuple(row.parts), from_bits(row.marks))


CHANGE_WORDS: Mapping[Constraint, str] = {
    Constraint.PAY: "把薪酬底线调整到 {} 元/月",
    Constraint.PLACE: "接受在{}工作",
    Constraint.OCCUPATION: "接受“{}”类职业",
    Constraint.KIND: "接受“{}”",
    Constraint.SHIFT: "接受“{}”",
    Constraint.CONSENT: "同意推荐其他城市的岗位",
    Constraint.CERTIFICATE: "取得“{}”",
    Constraint.EDUCATION: "学历达到“{}”",
}
VALUE_LABELS: Mapping[Constraint, Callable[[str], str]] = {
    Constraint.PLACE: district_label,
    Constraint.OCCUPATION: occupation_label,
    Constraint.KIND: lambda code: EmploymentKind(code).label,
    Constraint.SHIFT: lambda code: Shift(code).label,
    Constraint.EDUCATION: lambda level: education_label(int(level)),
}


def certificate_answer(stored: Mapping[str, Any], shown: Mapping[int, AnyRow]) -> Document:
    """A certificate in words: what was found, what holds the rest back, the smallest change that gives three."""
    held_back = [
        {"constraint": name, "label": Constraint(name).label, "vacancies": count}
        for name, count in stored["held_back"].items()
        if count
    ]
    change = stored["change"]
    return {
        "found": [vacancy_summary(shown[identity]) for identity in stored["found"] if identity in shown],
        "held_back": sorted(held_back, key=lambda entry: (-entry["vacancies"], entry["constraint"])),
        "change": change and {**change, "text": change_text(change)},
        "text": certificate_text(stored),
    }


def change_text(change: Mapping[str, Any]) -> str:
    """The change in words, e.g. 把薪酬底线调整到 3500 元/月."""
    constraint = Constraint(change["constraint"])
    label = VALUE_LABELS.get(constraint, str)
    return CHANGE_WORDS[constraint].format(label(change["value"]))


def certificate_text(stored: Mapping[str, Any]) -> str:
    """One sentence for the person."""
    start = f"目前符合条件的岗位只有 {len(stored['found'])} 个"
    if stored["change"]:
        return f"{start}；如果{change_text(stored['change'])}，可增加 {stored['change']['opens']} 个"
    return f"{start}；没有哪一项单独调整就能达到三个，请预约职业指导"


def trace_answer(found: Trace, shown: AnyRow, profile: Profile, index: Index, config: Config) -> Document:
    """The trace of one pair: which limit bars it, or where it ranks."""
    barred = [constraint for constraint, standing in found.standings.items() if standing is Standing.BARRED]
    document = item_document(found.rank or 0, found.item, shown, profile, index, config)
    if barred:
        verdict = "不能推荐：" + "、".join(constraint.label for constraint in barred)
    elif found.chosen:
        verdict = f"在推荐之列，共 {found.admitted} 个可选，排第 {found.rank}"
    else:
        verdict = f"可以推荐但未进入前三，共 {found.admitted} 个可选，排第 {found.rank}"
    return {
        **document,
        "rank": found.rank,
        "rung": document["rung"] if found.rung else None,
        "admitted": found.admitted,
        "chosen": found.chosen,
        "verdict": verdict,
        "standings": [
            {"constraint": constraint.value, "label": constraint.label, "standing": standing.value}
            for constraint, standing in found.standings.items()
        ],
    }
