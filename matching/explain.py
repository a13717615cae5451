"""Why this vacancy for this person, or why not: what each wants of the other, from the numbers that ranked it."""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from itertools import chain
from typing import Any, NamedTuple

import numpy as np

from matching.config import NEVER, PART_SCALE, Config
from matching.eligibility import Limits
from matching.facts import UNKNOWN
from matching.index import Index
from matching.meaning import ALIKE
from matching.plain import Block
from matching.recommend import Item, recommend
from matching.scoring import FULL
from matching.seekers import Profile, Seekers
from matching.terms import characters, words
from matching.vocabulary import CHARACTERS, WISH_SCALE, WORDS
from matching.wishes import Skills, Wish, read_wishes
from matching.wording import substance
from models import times
from models.certificates import certificate_name
from models.enums import Constraint, Mark, Rung
from models.text import normal_form

Span = tuple[int, int]

# Of trades that are near to a near one those as alike as this are related: so 104 of 118 pairs were, read by hand.
# Likeness alone would not do: it finds 骨科医生 for 保洁员.
KINDRED = 8_000
MOST_SKILLS = 8  # skills that are told: those had, and those not
LONGEST_SKILL = 30  # characters: what is longer is a sentence
_LATIN = frozenset(string.ascii_lowercase + string.digits + "+#")


class Standing(StrEnum):
    """How one side of a pair stands to what the other wants: MISSING what is asked, BENT or BARRED what is wished."""

    MET = "met"
    UNKNOWN = "unknown"
    MISSING = "missing"
    BENT = "bent"
    BARRED = "barred"

    __hash__ = str.__hash__  # that of Enum is a function of Python


# Which mark says that a met limit was met only because a fact is missing.
UNKNOWN_BY: Mapping[Constraint, Mark] = {
    Constraint.PLACE: Mark.COUNTY_UNKNOWN,
    Constraint.PAY: Mark.PAY_UNKNOWN,
    Constraint.EDUCATION: Mark.EDUCATION_UNKNOWN,
    Constraint.SHIFT: Mark.SHIFT_UNKNOWN,
    Constraint.CERTIFICATE: Mark.CERTIFICATE_TO_GET,
}


@dataclass(frozen=True, slots=True)
class Trace:
    """One pair, judged. `rung` and `rank` (among all that the person may be shown) are None when barred."""

    rung: Rung | None
    rank: int | None
    admitted: int
    chosen: bool
    item: Item
    standings: Mapping[Constraint, Standing]


def trace(profile: Profile, vacancy_id: int, index: Index, config: Config, now: datetime) -> Trace | None:
    """What the engine says of a pair; None when the vacancy is not open (closed, incomplete, past its end)."""
    row = index.row_of(vacancy_id)
    if row is None:
        return None
    block = Block(Limits(Seekers.of([profile]), index, config, now), index.market(None))
    level = block.level[0]
    keys = block.keys(0)
    barred = level[row] >= NEVER
    item = block.item(0, row)
    outcome = recommend([profile], index, config, now)[0]
    return Trace(
        rung=None if barred else config.ladder[level[row]],
        rank=None if barred else int((keys[level < NEVER] < keys[row]).sum()) + 1,
        admitted=int((level < NEVER).sum()),
        chosen=any(found.row == row for found in outcome.items),
        item=item,
        standings={
            constraint: _standing(constraint, int(np.broadcast_to(levels, block.level.shape)[0, row]), item)
            for constraint, levels in block.levels.items()
        },
    )


def _standing(constraint: Constraint, level: int, item: Item) -> Standing:
    if level >= NEVER:
        return Standing.BARRED
    if level > 0:
        return Standing.BENT
    return Standing.UNKNOWN if UNKNOWN_BY.get(constraint) in item.marks else Standing.MET


class Kin(StrEnum):
    """How the trades are akin that a wish and a vacancy stand for: one, two that people change between, or perhaps."""

    SAME = "same"
    NEAR = "near"
    PARTLY = "partly"
    NONE = "none"

    __hash__ = str.__hash__


@dataclass(frozen=True, slots=True)
class Ground:
    """What a wish (or the skills, of who named no wish) and a vacancy have in common; text evidence 0..10000.

    `plain` is the wish as it was read: of what was said as people speak (开叉车的) the plain name of the trade.
    `own` and `theirs` are the names of the trades that both surely are, or of the one that both may be; else "".
    """

    said: str | Skills
    plain: str | Skills
    evidence: int
    kin: Kin
    own: str
    theirs: str


class SkillMatch(NamedTuple):
    """A skill that a vacancy names. `by`: the person's skill or certificate that is it (MET) or near it (UNKNOWN)."""

    skill: str
    standing: Standing
    by: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """What there is to say of one pair: how the vacancy stands to each wish, by which rung a wish was bent."""

    said: Sequence[str]  # the wishes, without the plain names that were added to them
    standings: Mapping[Constraint, Standing]
    bent: Mapping[Constraint, Rung]
    ground: Ground | None  # that of the best-met wish
    terms: Sequence[TermMatch]  # of the same wish
    skills: Sequence[SkillMatch]


WISHES = (
    Constraint.OCCUPATION, Constraint.PLACE, Constraint.CONSENT, Constraint.PAY, Constraint.KIND, Constraint.SHIFT,
)  # fmt: skip


def explain(
    items: Sequence[Item], vacancies: Sequence[Any], profile: Profile, index: Index, config: Config
) -> list[Explanation]:  # fmt: skip
    """The explanation of each item of one person, with its vacancy (an object with the columns of `models.vacancy`)."""
    if not items:
        return []
    read = list(zip(profile.said, read_wishes(index, profile.said, config), strict=True))
    origins = _origins(profile, index)
    grounds = [_grounds(read, origins, item.row, index) for item in items]
    evidence = [max((ground.evidence for ground in own), default=0) for own in grounds]
    levels = _levels(items, evidence, profile, index, config)
    said = [wish for wish in profile.wishes if origins[wish] == wish] or profile.wishes
    skills = skill_matches(profile, vacancies, [item.row for item in items], index)
    found = []
    for item, vacancy, own, stands, asked in zip(items, vacancies, grounds, levels, skills, strict=True):
        best = max(range(len(own)), key=lambda place: _strength(own[place], config), default=None)
        barred = max(stands.values()) >= NEVER
        found.append(Explanation(
            said=said,
            standings={limit: _standing(limit, level, item) for limit, level in stands.items()},
            bent={limit: config.ladder[level] for limit, level in stands.items() if level and not barred},
            ground=None if best is None else own[best],
            terms=[] if best is None else _terms(*read[best], vacancy, index),
            skills=asked,
        ))  # fmt: skip
    return found


def _origins(profile: Profile, index: Index) -> dict[str | Skills, str]:
    """For each wish the one that it is the plain name of, or itself."""
    called = {wish: index.senses.catalogue.called(wish) for wish in profile.wishes}
    return {wish: next((said for said, names in called.items() if wish in names), wish) for wish in profile.wishes}


def _levels(
    items: Sequence[Item], evidence: Sequence[int], profile: Profile, index: Index, config: Config
) -> list[dict[Constraint, int]]:  # fmt: skip
    """The ladder's level of each wish at each item. What stands on the first rung bends none.

    A pair that is barred counts as of the last rung: a ladder of a single one says nothing.
    """
    levels = [dict.fromkeys(WISHES, 0) for _ in items]
    bent = [n for n, item in enumerate(items) if item.rung is not config.ladder[0] or len(config.ladder) == 1]
    if bent:
        found = _levels_at([items[n].row for n in bent], [evidence[n] for n in bent], profile, index, config)
        for number, stands in zip(bent, found, strict=True):
            levels[number] = stands
    return levels


def _levels_at(
    rows: Sequence[int], evidence: Sequence[int], profile: Profile, index: Index, config: Config
) -> list[dict[Constraint, int]]:  # fmt: skip
    """The same at index rows; none of the wishes hangs on the moment.

    The limits are those of the ranking, on an index of these rows: no tables over what all the others have.
    """
    facts, each = index.facts.take(np.array(rows, np.int64)), np.arange(len(rows), dtype=np.int32)
    alone = replace(
        index,
        facts=replace(facts, place=each, occupation=each, licences=each),
        places=tuple(index.places[place] for place in facts.place),
        occupations=tuple(index.occupations[code] for code in facts.occupation),
        licences=tuple(index.licences[names] for names in facts.licences),
    )
    limits = Limits(Seekers.of([profile]), alone, config, times.now())
    levels = limits.levels(np.zeros(len(rows), np.int64), each.astype(np.int64), np.array(evidence, np.int64))
    told = [np.broadcast_to(levels[limit], each.shape).tolist() for limit in WISHES]
    return [dict(zip(WISHES, stands, strict=True)) for stands in zip(*told, strict=True)]


def _strength(ground: Ground, config: Config) -> tuple[int, int]:
    """By how early a rung it admits (`Limits.levels`), then by how much it meets."""
    strangers = ground.kin is Kin.NONE and ground.own and ground.theirs
    if ground.kin is Kin.SAME or ground.evidence * 2 >= config.floor * (3 if strangers else 2):
        return 2, ground.evidence
    return int(ground.kin is Kin.NEAR or ground.evidence * 2 >= config.floor), ground.evidence


# ---------------------------------------------------------------- trades
def _grounds(
    read: Sequence[tuple[str | Skills, Wish]], origins: Mapping[str | Skills, str], row: int, index: Index
) -> list[Ground]:  # fmt: skip
    """What each wish and a vacancy have in common."""
    weights, trade = index.weights(row) if read else {}, int(index.facts.trade[row])
    return [_ground(origins.get(said, said), said, wish, weights, trade, index) for said, wish in read]


def _ground(
    said: str | Skills, plain: str | Skills, wish: Wish, weights: Mapping[int, int], trade: int, index: Index
) -> Ground:  # fmt: skip
    """The same dot product that ranked it, and the trades behind it."""
    met = {column: weight * weights[column] for column, weight in wish.row.items() if column in weights}
    whole = sum(met.values())
    kin, own, theirs = _kin(wish.trade, trade, index)
    if kin is Kin.NONE:
        first = len(index.vocabulary.terms)
        product, both = max(((met[column], column - first) for column in met if column >= first), default=(0, UNKNOWN))
        if product and product * 4 >= whole:
            kin, own, theirs = Kin.PARTLY, both, both
    names = (index.senses.catalogue.trades[number].name if number != UNKNOWN else "" for number in (own, theirs))
    return Ground(said, plain, min(whole * PART_SCALE // FULL, PART_SCALE), kin, *names)


def _kin(own: int, theirs: int, index: Index) -> tuple[Kin, int, int]:
    if own == theirs != UNKNOWN:
        return Kin.SAME, own, theirs
    near = UNKNOWN not in (own, theirs) and theirs in index.senses.catalogue.near_to(own)  # as `Limits.kin` has it
    return Kin.NEAR if near else Kin.NONE, own, theirs


def related_trades(wish: str | Skills, index: Index, config: Config) -> list[str]:
    """The trades that a person with this wish could turn to, those most alike first; none for a wish of no sure trade.

    The near ones of the catalogue, then of those near to them the ones that are alike in meaning.
    """
    own = read_wishes(index, [wish], config)[0].trade
    if own == UNKNOWN:
        return []
    catalogue, meaning = index.senses.catalogue, index.senses.meaning
    near = [trade for trade in catalogue.near_to(own) if trade != own]
    alike = meaning.alike([catalogue.said(own)], [catalogue.said(trade) for trade in near])[0]
    found = [near[place] for place in np.argsort(-alike, kind="stable")]
    return [catalogue.trades[trade].name for trade in found + _further(own, index)]


def _further(own: int, index: Index) -> list[int]:
    """The trades that are near to a near one of mine and alike in meaning, the most alike first."""
    catalogue = index.senses.catalogue
    akin = catalogue.next_but_one(own)
    if not akin:
        return []
    alike = index.senses.meaning.alike([catalogue.said(own)], [catalogue.said(trade) for trade in akin])[0]
    return [akin[place] for place in np.argsort(-alike, kind="stable") if alike[place] >= KINDRED]


# ---------------------------------------------------------------- skills
def skill_matches(
    profile: Profile, vacancies: Sequence[Any], rows: Sequence[int], index: Index
) -> list[list[SkillMatch]]:  # fmt: skip
    """The skills that each vacancy (with its index row) names, the rarest and most telling first: at most 8 that are
    met, and 8 that are not.

    A skill is met by the same words, by words that hold it or by a certificate. What something that the person said
    is only near to, is unknown, and so is everything where the person named no skill.
    """
    asked = [_short_skills(vacancy) for vacancy in vacancies]
    every = list(dict.fromkeys(chain.from_iterable(asked)))
    matches, weights = _matched(every, profile, index), _telling(every, rows, index)
    found = []
    for own, weight in zip(asked, weights, strict=True):
        told = [matches[skill] for skill in sorted(own, key=weight.__getitem__, reverse=True)]
        met = [match for match in told if match.standing is Standing.MET]
        found.append(met[:MOST_SKILLS] + [match for match in told if match.standing is not Standing.MET][:MOST_SKILLS])
    return found


def _short_skills(vacancy: Any) -> list[str]:
    return [skill for skill in dict.fromkeys(substance(vacancy.skills)) if len(skill) <= LONGEST_SKILL]


def _matched(asked: Sequence[str], profile: Profile, index: Index) -> dict[str, SkillMatch]:
    """How each skill that is asked for stands to what the person has."""
    own = {normal_form(skill): skill for skill in own_skills(profile)}
    met = {skill: by for skill in asked if (by := _met_by(skill, own, profile))}
    open_ones = [skill for skill in asked if skill not in met]
    near = index.senses.meaning.near_skills(open_ones, list(own))
    missing = Standing.MISSING if own else Standing.UNKNOWN
    matches = {skill: SkillMatch(skill, Standing.MET, by) for skill, by in met.items()}
    for skill, nearest in zip(open_ones, near, strict=True):
        alike = _alike(skill, own, profile) or own.get(nearest or "", "")
        matches[skill] = SkillMatch(skill, Standing.UNKNOWN if alike else missing, alike)
    return matches


def own_skills(profile: Profile) -> tuple[str, ...]:
    """The skills that the person named; who named nothing is matched by certificates, which are not told as skills."""
    return profile.skills if profile.readable else ()


def _met_by(skill: str, own: Mapping[str, str], profile: Profile) -> str:
    if certificate_name(skill) in profile.certificates:
        return certificate_name(skill)
    return next((said for normal, said in own.items() if holds(normal, skill)), "")


def _alike(skill: str, own: Mapping[str, str], profile: Profile) -> str:
    """A wider skill of the person's, or a wish that names this one."""
    wider = (said for normal, said in own.items() if holds(skill, normal))
    return next(wider, "") or next((wish for wish in profile.wishes if holds(wish, skill)), "")


def holds(text: str, skill: str) -> bool:
    """Whether a text is a skill or names it in words of its own, in normal form: c语言 holds c, javascript no java."""
    if len(skill) < 2 and not skill.isascii():
        return text == skill
    at = text.find(skill)
    while at >= 0 and (_within_word(text, at) or _within_word(text, at + len(skill))):
        at = text.find(skill, at + 1)
    return at >= 0


def _within_word(text: str, at: int) -> bool:
    """Whether the letters before and behind a place are of one Latin word."""
    return 0 < at < len(text) and text[at - 1] in _LATIN and text[at] in _LATIN


def _telling(skills: Sequence[str], rows: Sequence[int], index: Index) -> list[dict[str, float]]:
    """What each skill weighs at each vacancy: the rarer and the nearer to what the vacancy is about, the more."""
    vectors = index.senses.meaning.of_skills(skills).astype(np.int64)
    alike = np.maximum(index.vectors[list(rows)].astype(np.int64) @ vectors.T, 0) / ALIKE
    rarity = [_rarity(skill, index) for skill in skills]
    return [
        {skill: weight * (1 + near) for skill, weight, near in zip(skills, rarity, own, strict=True)}
        for own in alike.tolist()
    ]


def _rarity(skill: str, index: Index) -> float:
    """The inverse document frequency of its rarest word."""
    known = index.vocabulary
    columns = map(known.terms.get, _word_terms(skill))
    return max((known.unseen if column is None else float(known.idf[column]) for column in columns), default=0.0)


_long_form = lru_cache(maxsize=8_192)(normal_form)  # of skills and descriptions: the same vacancies are told again


@lru_cache(maxsize=65_536)
def _words(text: str) -> tuple[str, ...]:
    return tuple(words(text))


@lru_cache(maxsize=16_384)
def _word_terms(text: str) -> tuple[str, ...]:
    """Each different word as the vocabulary has it."""
    return tuple(dict.fromkeys(WORDS + word for word in _words(text)))


@lru_cache(maxsize=8_192)
def _character_terms(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(CHARACTERS + gram for gram in characters(text)))


# ---------------------------------------------------------------- words
class TermMatch(NamedTuple):
    """Words that a wish and a vacancy share, and where they stand in both (normal form, code points).

    `share` is the part of the wish's whole weight that they carry, in permille.
    """

    term: str
    share: int
    wish: str
    wish_span: Span
    field: str
    field_span: Span


def _terms(said: str | Skills, wish: Wish, vacancy: Any, index: Index) -> list[TermMatch]:
    """The shared words of a wish (or skills) and a vacancy, heaviest first."""
    found = _shared(spoken(said), wish.row, vacancy, index)
    return sorted(found, key=lambda match: (-match.share, match.wish_span))


def whole_words(match: TermMatch) -> str:
    """The part of a stretch that is made of whole words of the wish; "" where it holds none."""
    found = [spot for word in _words(match.wish) for spot in re.finditer(re.escape(word), match.term)]
    if not found:
        return ""
    return match.term[min(spot.start() for spot in found) : max(spot.end() for spot in found)]


def spoken(said: str | Skills) -> str:
    """A wish, or skills in the place of one, as one text in normal form."""
    return normal_form(said if isinstance(said, str) else " ".join(said))


def _shared(text: str, weights: Mapping[int, int], vacancy: Any, index: Index) -> list[TermMatch]:
    """The longest stretches of a wish found in the title, then the words found elsewhere."""
    known, title = index.vocabulary.terms, normal_form(vacancy.title)

    def share(terms: Iterable[str]) -> int:
        return sum(weights.get(known.get(term, UNKNOWN), 0) for term in terms) * 1000 // WISH_SCALE

    found: list[TermMatch] = []
    for start, end in _stretches(text, title):
        stretch = text[start:end]
        at = title.index(stretch)
        weight = share(_character_terms(stretch)) + share(_word_terms(stretch))
        found.append(TermMatch(stretch, weight, text, (start, end), "title", (at, at + len(stretch))))
    for word, start in _sought(text):
        if any(word in match.term for match in found):
            continue
        place = next((name for name in ("skills", "description") if holds(_field(vacancy, name), word)), None)
        if place:
            at = _field(vacancy, place).index(word)
            span = (at, at + len(word))
            found.append(TermMatch(word, share(_word_terms(word)), text, (start, start + len(word)), place, span))
    return found


def _field(vacancy: Any, name: str) -> str:
    """A field of a vacancy in normal form, which costs: most words are found in the title."""
    said = getattr(vacancy, name)
    return _long_form(said if isinstance(said, str) else " ".join(said))


@lru_cache(maxsize=16_384)
def _sought(wish: str) -> tuple[tuple[str, int], ...]:
    """The words of a wish that are looked for, the longest first, and where each stands in it."""
    spots = ((word, wish.find(word)) for word in set(_words(wish)) if len(word) > 1)
    return tuple(sorted((spot for spot in spots if spot[1] >= 0), key=lambda spot: (-len(spot[0]), spot[1])))


def _stretches(wish: str, title: str) -> Iterator[Span]:
    """The longest stretches of a wish, from the left, that the title holds; blanks alone are none."""
    start = 0
    while start < len(wish):
        end = start
        while end < len(wish) and wish[start : end + 1] in title:
            end += 1
        if wish[start:end].strip():
            yield start, end
        start = max(end, start + 1)
