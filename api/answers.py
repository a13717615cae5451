"""What a broker is told, in Chinese: ranked vacancies with reasons, certificates, the trace of a pair."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from api.reasons import mark_label, reasons
from api.wants import (
    Document,
    district_label,
    pay_text,
    person_wants,
    place_text,
    title_text,
    vacancy_wants,
    wishes_text,
)
from matching.config import PART_LABELS, PARTS, Config
from matching.explain import Explanation, Ground, Kin, SkillMatch, Standing, TermMatch, Trace, explain, related_trades
from matching.index import Index
from matching.marks import from_bits
from matching.recommend import Item
from matching.scoring import metres
from matching.seekers import Profile
from models.base import AnyRow
from models.codes_education import education_label
from models.enums import RUNGS, Confidence, Constraint, EmploymentKind, Mark, Shift
from models.occupations import occupation_label

GUIDED = "按距离和发布时间推荐"  # in the place of a rung, for who said nothing that could be met exactly
MOST_RELATED = 8  # trades


def item_documents(
    items: Sequence[Item], shown: Sequence[AnyRow], profile: Profile, index: Index, config: Config,
    declined: bool = False,
) -> list[Document]:  # fmt: skip
    """One person's ranked vacancies: what the person wants of each, what it wants of the person, the reasons in words.

    `declined`: the person does not want a personalised ranking.
    """
    found = explain(items, shown, profile, index, config)
    person = _Person(profile, wishes_text(profile, found[0].said) if found else {}, declined)
    told = zip(items, shown, found, strict=True)
    return [_item_document(rank, *one, person, config) for rank, one in enumerate(told, 1)]


class _Person(NamedTuple):
    """Who is told: as the engine sees them, what they want in words, whether they declined a personalised ranking."""

    profile: Profile
    wishes: Mapping[Constraint, str]
    declined: bool


def _item_document(
    rank: int, item: Item, vacancy: AnyRow, found: Explanation, person: _Person, config: Config
) -> Document:  # fmt: skip
    profile, wishes, declined = person
    demands = vacancy_wants(vacancy, profile, found.skills)
    away = _metres(profile.place, "" if vacancy.remote else vacancy.district)
    guided = Mark.GUIDANCE in item.marks  # nearest and newest says nothing of how well it suits
    confidence = Confidence.LOW if guided else config.confidence_word(item.score)
    return {
        "rank": rank,
        "score": item.score,
        "confidence": {"code": confidence.value, "label": confidence.label},
        "rung": {"code": item.rung.value, "label": GUIDED if guided else item.rung.label},
        "vacancy": vacancy_summary(vacancy),
        "parts": {
            name: {"label": PART_LABELS[name], "value": value} for name, value in zip(PARTS, item.parts, strict=True)
        },
        "terms": [term_document(match) for match in found.terms],
        "trades": trades_document(found.ground) if found.ground and not guided else None,
        "person_wants": person_wants(vacancy, wishes, found.standings),
        "vacancy_wants": demands,
        "skills": [skill_document(match) for match in found.skills],
        "reasons": reasons(item, vacancy, profile, found, demands, away, declined),
        "marks": [{"code": mark.value, "label": mark_label(mark, declined)} for mark in item.marks],
        "distance_m": away,
    }


_metres = lru_cache(maxsize=32_768)(metres)  # people wish for few different places


def vacancy_summary(vacancy: AnyRow) -> Document:
    """What everyone may know of a vacancy; contact data only after a referral."""
    return {
        "source": vacancy.source,
        "external_id": vacancy.external_id,
        "revision": vacancy.revision,
        "title": title_text(vacancy),
        "employer": vacancy.employer or "",
        "kind": {"code": vacancy.kind, "label": EmploymentKind(vacancy.kind).label},
        "district": vacancy.district,
        "district_name": place_text(vacancy),
        "pay": pay_text(vacancy),
        "pay_min": vacancy.pay_min,
        "pay_max": vacancy.pay_max,
        "openings": vacancy.openings_left,
        "valid_to": vacancy.valid_to.isoformat() if vacancy.valid_to else None,
    }


def term_document(match: TermMatch) -> Document:
    """One stretch of shared words, with its place on both sides."""
    return {
        "term": match.term, "share": match.share, "wish": match.wish, "wish_span": list(match.wish_span),
        "field": match.field, "field_span": list(match.field_span),
    }  # fmt: skip


KIN_LABELS = {Kin.SAME: "同一职业", Kin.NEAR: "相近职业", Kin.PARTLY: "可能是同一职业", Kin.NONE: "不是同一职业"}
SKILL_LABELS = {Standing.MET: "具备", Standing.UNKNOWN: "待了解", Standing.MISSING: "未登记"}


def trades_document(ground: Ground) -> Document:
    """The trades that the wish and the vacancy stand for, and how they are akin."""
    unsure = ground.kin is Kin.NONE and not (ground.own and ground.theirs)
    return {
        "relation": {"code": ground.kin.value, "label": "职业不明" if unsure else KIN_LABELS[ground.kin]},
        "person": ground.own, "vacancy": ground.theirs,
    }  # fmt: skip


def skill_document(match: SkillMatch) -> Document:
    """One skill that the vacancy names."""
    return {
        "skill": match.skill, "standing": match.standing.value, "label": SKILL_LABELS[match.standing], "by": match.by,
    }  # fmt: skip


def stored_item(row: AnyRow, index: Index, today: date) -> Item | None:
    """A row of a stored list as an item of this index; None when its vacancy has since changed, closed or run out."""
    place = index.row_of(row.id)
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


def trace_answer(
    found: Trace, shown: AnyRow, profile: Profile, index: Index, config: Config, declined: bool = False
) -> Document:  # fmt: skip
    """The trace of one pair: which limit bars it, or where it ranks."""
    barred = [constraint for constraint, standing in found.standings.items() if standing is Standing.BARRED]
    (document,) = item_documents([found.item], [shown], profile, index, config, declined)
    if barred:
        verdict = "不能推荐：" + "、".join(constraint.label for constraint in barred)
    elif found.chosen:
        verdict = f"在推荐之列，共 {found.admitted} 个可选，排第 {found.rank}"
    else:
        verdict = f"可以推荐但未进入前三，共 {found.admitted} 个可选，排第 {found.rank}"
    related = (name for wish in profile.said for name in related_trades(wish, index, config))
    return {
        **document,
        "rank": found.rank,
        "related_trades": list(dict.fromkeys(related))[:MOST_RELATED],
        "rung": document["rung"] if found.rung else None,
        "admitted": found.admitted,
        "chosen": found.chosen,
        "verdict": verdict,
        "standings": [
            {"constraint": constraint.value, "label": constraint.label, "standing": standing.value}
            for constraint, standing in found.standings.items()
        ],
    }
