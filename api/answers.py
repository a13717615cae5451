"""What a broker is told, in Chinese: ranked vacancies with reasons, certificates, the trace of a pair."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from matching.config import PART_LABELS, PARTS, Config
from matching.eligibility import SAME, SIBLING, kinship
from matching.explain import (
    Explanation,
    Ground,
    Kin,
    SkillMatch,
    Standing,
    TermMatch,
    Trace,
    explain,
    holds,
    own_skills,
    related_trades,
    spoken,
    whole_words,
)
from matching.index import UNKNOWN, Index
from matching.marks import from_bits
from matching.recommend import Item
from matching.scoring import metres
from matching.seekers import Profile
from matching.wording import cleaned, levels
from models.base import AnyRow
from models.certificates import is_obtainable
from models.codes_education import education_label
from models.districts import label as district_label
from models.enums import MARKET_KINDS, RUNGS, Confidence, Constraint, EmploymentKind, Mark, Mobility, Rung, Shift
from models.occupations import group, occupation_label
from models.recommendation import Recommendation
from models.text import normal_form
from models.trades import trades

Document = dict[str, Any]

NOT_STATED, NOT_REGISTERED = "未注明", "未登记"  # by the vacancy, by the person
NO_LIMIT = "不限"
GUIDED = "按距离和发布时间推荐"  # in the place of a rung, for who said nothing that could be met exactly
TOLD = 3  # names in one sentence
MOST_RELATED = 8  # trades
ALIKE = 80  # part of meaning: from here on 4 of 5 vacancies of the judged sets are of the wish's own trade or a sibling


def item_document(rank: int, item: Item, shown: AnyRow, profile: Profile, index: Index, config: Config) -> Document:
    """One ranked vacancy: what the person wants of it, what it wants of the person, the reasons in words."""
    vacancy = shown.Vacancy
    found = explain(item, vacancy, profile, index, config)
    demands = vacancy_wants(vacancy, profile, found.skills)
    guided = Mark.GUIDANCE in item.marks  # nearest and newest says nothing of how well it suits
    confidence = Confidence.LOW if guided else config.confidence_word(item.score)
    return {
        "rank": rank,
        "score": item.score,
        "confidence": {"code": confidence.value, "label": confidence.label},
        "rung": {"code": item.rung.value, "label": GUIDED if guided else item.rung.label},
        "vacancy": vacancy_summary(shown),
        "parts": {
            name: {"label": PART_LABELS[name], "value": value} for name, value in zip(PARTS, item.parts, strict=True)
        },
        "terms": [term_document(match) for match in found.terms],
        "trades": trades_document(found.ground) if found.ground and not guided else None,
        "person_wants": person_wants(vacancy, profile, found),
        "vacancy_wants": demands,
        "skills": [skill_document(match) for match in found.skills],
        "reasons": reasons(item, vacancy, profile, found, demands),
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
        "openings": shown.openings_left,
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


# ---------------------------------------------------------------- the two directions
def _want(code: str, label: str, asks: str, has: str, standing: Standing) -> Document:
    return {"code": code, "label": label, "asks": asks, "has": has, "standing": standing.value}


def person_wants(vacancy: Any, profile: Profile, found: Explanation) -> list[Document]:
    """What the person wants, and what the vacancy has; of what was not said nothing is told."""
    place = "远程" if vacancy.remote else district_label(vacancy.district)
    said = {
        Constraint.OCCUPATION: ("、".join(map(_read_out, found.said or own_skills(profile))), vacancy.title),
        Constraint.PLACE: (_places(profile), place),
        Constraint.PAY: (f"不低于 {profile.pay_floor} 元/月" if profile.pay_floor else "", pay_text(vacancy)),
        Constraint.KIND: (_kinds(profile), EmploymentKind(vacancy.kind).label),
        Constraint.SHIFT: (_refused(profile), Shift(vacancy.shift).label if vacancy.shift else NOT_STATED),
    }
    stands = dict(found.standings)
    if stands[Constraint.CONSENT] is Standing.BARRED:
        stands[Constraint.PLACE] = Standing.BARRED
    return [_want(wish.value, wish.label, asks, has, stands[wish]) for wish, (asks, has) in said.items() if asks]


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


# ---------------------------------------------------------------- reasons
FIELD_LABELS = {"title": "岗位名称", "skills": "技能要求", "description": "岗位描述"}
RANK_LABELS = {
    "director": "总监级", "manager": "经理级", "supervisor": "主管级", "assistant": "助理级", "apprentice": "学徒",
}  # fmt: skip


def reasons(item: Item, vacancy: Any, profile: Profile, found: Explanation, demands: Sequence[Document]) -> list[str]:
    """Why this one, in sentences a broker can read out. Says nothing of age, sex or hardship."""
    alike = bool(profile.said) and item.parts[PARTS.index("meaning")] >= ALIKE
    guided = Mark.GUIDANCE in item.marks
    said = [Mark.GUIDANCE.label] if guided else _occupation_reasons(vacancy, profile, found, alike)
    said += [
        _rank_reason(vacancy, profile), *_demand_reasons(demands), _skill_reason(found.skills, profile),
        _place_reason(vacancy, profile), _pay_reason(vacancy, profile, found.standings[Constraint.PAY]),
        _bent_reason(found.bent),
    ]  # fmt: skip
    said += [mark.label for mark in item.marks if mark not in TOLD_BY_DEMANDS]
    return [sentence for sentence in said if sentence]


TOLD_BY_DEMANDS = (Mark.GUIDANCE, Mark.EDUCATION_UNKNOWN, Mark.EXPERIENCE_UNKNOWN, Mark.CERTIFICATE_TO_GET)


def _occupation_reasons(vacancy: Any, profile: Profile, found: Explanation, alike: bool) -> list[str]:
    """What the wish and the vacancy have to do with each other: never empty."""
    ground, title = found.ground, vacancy.title
    stands = found.standings[Constraint.OCCUPATION]
    said = list(_ground_reasons(ground, found.terms, title, stands)) if ground else []
    kin = kinship(profile.occupations, vacancy.occupation or "")
    if kin == SAME and not (ground and ground.own and ground.theirs):  # trades tell more than codes
        said.append(f"与求职意向属于同一职业：{occupation_label(vacancy.occupation)}")
    elif kin == SIBLING and not said:
        said.append(f"相近职业：与求职意向同属“{occupation_label(group(vacancy.occupation))}”")
    if alike:
        said[:1] = ["，".join([*said[:1], "工作内容相近"])]
    return said or ["与求职意向没有共同之处"]


def _ground_reasons(ground: Ground, terms: Sequence[TermMatch], title: str, stands: Standing) -> Iterator[str]:
    """The wish in the title; else the trade of both; else the words that both have and the trade that both may be."""
    wish = spoken(ground.said)
    mine = f"你说的“{_read_out(wish)}”" if isinstance(ground.said, str) else f"你会的{_quoted(ground.said)}"
    if isinstance(ground.said, str) and holds(normal_form(title), wish):
        yield f"岗位名称里就有{mine}"
    elif ground.kin is Kin.SAME:
        yield _same_trade(ground, mine, title)
    elif ground.plain != ground.said and holds(normal_form(title), spoken(ground.plain)):
        yield f"{mine}就是“{spoken(ground.plain)}”，岗位名称里就有"
    elif ground.kin is Kin.NEAR:
        near = "，职业相近" if stands is Standing.MET else ""  # by the words alone
        yield f"{'' if near else '相近职业：'}{_understood(ground, mine)}，这个岗位属于“{ground.theirs}”{near}"
    else:
        words = list(_word_reasons(mine, terms, normal_form(title)))
        yield from words
        if ground.kin is Kin.PARTLY:
            yield f"{mine}和这个岗位都接近“{ground.own}”这个职业"
        elif terms and not words and stands is not Standing.BARRED:
            letters = "字母" if terms[0].term.isascii() else "字"
            yield f"{mine}和{FIELD_LABELS[terms[0].field]}里都有{letters}“{terms[0].term}”"


def _same_trade(ground: Ground, mine: str, title: str) -> str:
    called = f"这个岗位叫“{_short(title)}”"
    if spoken(ground.said) == normal_form(ground.own):
        return f"你说的“{ground.own}”，{called}，是同一个职业"
    is_named = normal_form(ground.own) in normal_form(title)
    return f"{_understood(ground, mine)}，{'这个岗位正是' if is_named else called}"


def _understood(ground: Ground, mine: str) -> str:
    """The trade of a wish: what the wish names, or what it was taken for."""
    wish, trade = spoken(ground.said), trades()[ground.own]
    names = [normal_form(name) for name in (trade.name, *trade.aliases, *trade.spoken)]
    if wish == names[0]:
        return f"你想做“{ground.own}”"
    if not isinstance(ground.said, str):
        return f"{mine}对应职业“{ground.own}”"
    known = any(holds(name, wish) or holds(wish, name) for name in names)
    return f"{mine}就是“{ground.own}”" if known else f"把{mine}理解为“{ground.own}”"


def _read_out(wish: str) -> str:
    """A wish as it is written in a sentence."""
    return wish.replace(",", "，")


def _short(title: str) -> str:
    """The occupation words of a title, as they are written there."""
    words, normal = cleaned(title), normal_form(title)
    at = normal.find(words)
    return title[at : at + len(words)] if at >= 0 and len(normal) == len(title) else words


def _word_reasons(mine: str, terms: Sequence[TermMatch], title: str) -> Iterator[str]:
    """The whole words that stand in the title, else those that stand elsewhere."""
    for field, label in FIELD_LABELS.items():
        words = dict.fromkeys(whole_words(match) for match in terms if match.field == field)
        told = [word for word in words if len(word) > 1 and (field != "title" or holds(title, word))]
        if told:
            yield f"{mine}和{label}里都有{_quoted(told)}"
            return


def _rank_reason(vacancy: Any, profile: Profile) -> str:
    """Only ranks are worth a word: 员 and 工 are in every other title."""
    own = {level for wish in profile.wishes for level in levels(wish)}
    theirs = levels(vacancy.title)
    shared = sorted(own & theirs & RANK_LABELS.keys())
    if shared:
        return f"岗位级别一致（{RANK_LABELS[shared[0]]}）"
    if own and theirs and not own & theirs and (own | theirs) & RANK_LABELS.keys():
        return f"岗位级别不同：你说的是{_rank(own)}，这个岗位是{_rank(theirs)}"
    return ""


def _rank(found: set[str] | frozenset[str]) -> str:
    return next((label for level, label in RANK_LABELS.items() if level in found), "普通岗位")


def _demand_reasons(demands: Sequence[Document]) -> Iterator[str]:
    """What the vacancy asks for beside skills: met, missing, to be found out."""
    asked = [d for d in demands if d["code"] != "SKILLS" and d["asks"] != NO_LIMIT]
    for standing, start in ((Standing.MET, "符合要求"), (Standing.MISSING, "还差"), (Standing.UNKNOWN, "待核实")):
        told = [_demand(d) for d in asked if d["standing"] == standing and _is_worth(d)]
        if told:
            yield f"{start}：{'、'.join(told)}"


def _is_worth(demand: Document) -> bool:
    """Most vacancies say nothing of experience, and nobody misses it."""
    return bool(demand["asks"] != NOT_STATED or demand["code"] == "EDUCATION")


def _demand(demand: Document) -> str:
    label, asks, has = demand["label"], demand["asks"], demand["has"]
    if asks == NOT_STATED:
        return f"{label}（岗位{asks}）"
    if demand["standing"] == Standing.MET:
        return f"{label}（{asks}）"
    return f"{label}（要求{asks}，{has if has.startswith(NOT_REGISTERED) else f'登记的是{has}'}）"


def _skill_reason(skills: Sequence[SkillMatch], profile: Profile) -> str:
    """Which of the skills that the vacancy names the person has, has something near to, or did not register."""
    met = [match.skill for match in skills if match.standing is Standing.MET]
    rest = [match.skill for match in skills if match.standing is not Standing.MET and not match.by]
    near: dict[str, list[str]] = {}
    for match in skills:
        if match.standing is Standing.UNKNOWN and match.by:
            near.setdefault(match.by, []).append(match.skill)
    named = bool(own_skills(profile))
    told = [
        f"会{_quoted(met)}" if met else "",
        *(f"“{_read_out(by)}”与要求的{_quoted(names)}相近" for by, names in list(near.items())[:TOLD]),
        f"{'没有登记' if named else '要求'}{_quoted(rest)}" if rest else "",
        "你没有登记技能，可以问一问" if rest and not named else "",
    ]
    return f"技能：{'；'.join(filter(None, told))}" if skills else ""


def _quoted(names: Iterable[str]) -> str:
    return "、".join(f"“{name}”" for name in list(names)[:TOLD])


def _bent_reason(bent: Mapping[Constraint, Rung]) -> str:
    rungs = sorted(set(bent.values()), key=RUNGS.index)
    return f"已放宽：{'、'.join(rung.label for rung in rungs)}" if rungs else ""


def _place_reason(vacancy: Any, profile: Profile) -> str:
    if vacancy.remote:
        return "可居家或远程工作"
    away = metres(profile.place, vacancy.district)
    distance = f"（约 {round(away / 1000)} 公里）" if away else ""
    return f"工作地点：{district_label(vacancy.district)}{distance}"


def _pay_reason(vacancy: Any, profile: Profile, standing: Standing) -> str:
    text = f"薪酬：{pay_text(vacancy)}"
    if not profile.pay_floor or vacancy.pay_max is None:
        return text
    relation = {Standing.BENT: "略低于", Standing.BARRED: "低于"}.get(standing, "不低于")
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
