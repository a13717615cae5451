"""Why this vacancy for this person? In sentences that a broker can read out, from the numbers that ranked it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from api.wants import NO_LIMIT, NOT_REGISTERED, NOT_STATED, Document, district_label, pay_text, read_out, title_text
from matching.config import PARTS
from matching.eligibility import SAME, SIBLING, kinship
from matching.explain import (
    Explanation,
    Ground,
    Kin,
    SkillMatch,
    Standing,
    TermMatch,
    holds,
    own_skills,
    spoken,
    whole_words,
)
from matching.recommend import Item
from matching.seekers import Profile
from matching.wording import cleaned, levels
from models.enums import RUNGS, Constraint, Mark, Rung
from models.occupations import group, occupation_label
from models.text import normal_form
from models.trades import trades

TOLD = 3  # names in one sentence
DECLINED = "本人不接受个性化推荐，按就近和最新推荐"  # in the place of the mark of who said nothing
ALIKE = 80  # part of meaning: from here on 4 of 5 vacancies of the judged sets are of the wish's own trade or a sibling
FIELD_LABELS = {"title": "岗位名称", "skills": "技能要求", "description": "岗位描述"}
RANK_LABELS = {
    "director": "总监级", "manager": "经理级", "supervisor": "主管级", "assistant": "助理级", "apprentice": "学徒",
}  # fmt: skip


def reasons(
    item: Item, vacancy: Any, profile: Profile, found: Explanation, demands: Sequence[Document], away: int | None,
    declined: bool,
) -> list[str]:  # fmt: skip
    """Why this one, in sentences a broker can read out. Says nothing of age, sex or hardship. `away` in metres.

    Of who declined personalised ranking neither wishes nor skills are used, and none are said to be missing.
    """
    alike = bool(profile.said) and item.parts[PARTS.index("meaning")] >= ALIKE
    guided = Mark.GUIDANCE in item.marks
    said = [mark_label(Mark.GUIDANCE, declined)] if guided else _occupation_reasons(vacancy, profile, found, alike)
    said += [
        _rank_reason(vacancy, profile), *_demand_reasons(demands),
        "" if declined else _skill_reason(found.skills, profile),
        _place_reason(vacancy, away), _pay_reason(vacancy, profile, found.standings[Constraint.PAY]),
        _bent_reason(found.bent),
    ]  # fmt: skip
    said += [mark.label for mark in item.marks if mark not in TOLD_BY_DEMANDS]
    return [sentence for sentence in said if sentence]


def mark_label(mark: Mark, declined: bool) -> str:
    """What a mark says of somebody; who declined personalised ranking may well have said what is wanted."""
    return DECLINED if declined and mark is Mark.GUIDANCE else mark.label


TOLD_BY_DEMANDS = (Mark.GUIDANCE, Mark.EDUCATION_UNKNOWN, Mark.EXPERIENCE_UNKNOWN, Mark.CERTIFICATE_TO_GET)


def _occupation_reasons(vacancy: Any, profile: Profile, found: Explanation, alike: bool) -> list[str]:
    """What the wish and the vacancy have to do with each other: never empty."""
    ground, title = found.ground, title_text(vacancy)
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
    mine = f"你说的“{read_out(wish)}”" if isinstance(ground.said, str) else f"你会的{_quoted(ground.said)}"
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
        if ground.plain != ground.said:
            mine = f"{mine}就是“{spoken(ground.plain)}”，它"
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
        *(f"“{read_out(by)}”与要求的{_quoted(names)}相近" for by, names in list(near.items())[:TOLD]),
        f"{'没有登记' if named else '要求'}{_quoted(rest)}" if rest else "",
        "你没有登记技能，可以问一问" if rest and not named else "",
    ]
    return f"技能：{'；'.join(filter(None, told))}" if skills else ""


def _quoted(names: Iterable[str]) -> str:
    return "、".join(f"“{name}”" for name in list(names)[:TOLD])


def _bent_reason(bent: Mapping[Constraint, Rung]) -> str:
    rungs = sorted(set(bent.values()), key=RUNGS.index)
    return f"已放宽：{'、'.join(rung.label for rung in rungs)}" if rungs else ""


def _place_reason(vacancy: Any, away: int | None) -> str:
    if vacancy.remote:
        return "可居家或远程工作"
    distance = f"（约 {round(away / 1000)} 公里）" if away else ""
    return f"工作地点：{district_label(vacancy.district)}{distance}"


def _pay_reason(vacancy: Any, profile: Profile, standing: Standing) -> str:
    text = f"薪酬：{pay_text(vacancy)}"
    if not profile.pay_floor or vacancy.pay_max is None:
        return text
    relation = {Standing.BENT: "略低于", Standing.BARRED: "低于"}.get(standing, "不低于")
    return f"{text}，{relation}期望的 {profile.pay_floor} 元/月"
