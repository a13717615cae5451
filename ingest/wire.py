"""What would a row of a file be, had it been pushed as JSON?

The cells of a row, by field (`ingest/headers.py`), become the document of `interfaces.md`. Only the shape is
settled here: nested objects, lists, flags, figures. What the words mean is for the readers of single notations.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ingest.cells import Slash, entries, figure, flag, said, unshielded, without_layout, words

Cells = Mapping[str, Any]  # a field that several columns hold has the list of their cells
Document = dict[str, Any]

VACANCY_FIELDS = words(
    "external_id title kind program occupation openings openings_filled education experience certificates skills "
    "shift hours preferences industry valid_from valid_to updated_at remote description"
)
SEEKER_FIELDS = words(
    "external_id name id_number phone sex birth_date kinds intentions certificates education graduated_at "
    "experience fixed original_kind pension_drawn broker"
)
IDENTIFIERS = words("external_id employer.uscc id_number phone")
FLAGS = words("remote pension_drawn consents.other_city consents.personalised")
LISTS: Mapping[str, Slash] = {
    **dict.fromkeys(words("certificates skills preferences slots districts availability"), Slash.WORDS),
    **dict.fromkeys(words("kinds shift_limits fixed labels"), Slash.ALWAYS),
    "intentions": Slash.NEVER,
}

# All other fields are the text of their first cell.
READ_CLOSER = {
    *LISTS,
    *IDENTIFIERS,
    *FLAGS,
    "kind",
    "valid_to",
    "sex",
    "experience",
    "registration.state",
    "description",
}

LONGEST_SKILL = 50  # code points, as on the wire

# Words that are fine on a form and say nothing on the wire.
EMPTY_WORDS: Mapping[str, frozenset[str]] = {
    "kind": words("不限"),
    "valid_to": words("长期 长期有效 长期招聘 招满为止 招满即止 不限 永久"),
    "sex": words("0 9 未知 未说明 不详"),
    "intentions": words("不限 均可 其他 其它"),
}
CONTEST_UNITS: Mapping[str, str] = {"0": "year", "1": "month", "2": "day"}  # job_wage_kind, as its figures show
STATES: Mapping[str, str] = {"1": "有效", "0": "注销"}  # aae100
LEVELS = words(
    "commonly good skilled master 一般 了解 熟悉 掌握 良好 熟练 精通 初级 中级 高级 "
    "学徒工 初级工 中级工 高级工 技师 高级技师 特级技师 首席技师"
)

# The fields of objects, and what each is called there.
UNDER: Mapping[str, Sequence[tuple[str, str]]] = {
    name: [(f"{name}.{part}", part) for part in parts.split()]
    for name, parts in {
        "employer": "name uscc",
        "slots": "date start end",
        "availability": "date start end",
        "registration": "kind channel applied_at district state unemployed_since reason",
        "consents": "other_city personalised",
    }.items()
}

BARE_PAY = re.compile(r"[\d.,]{1,20}(?:\s?[-~～至到—]{1,2}\s?[\d.,]{1,20})?")
LEVELLED = re.compile(r"(.{1,60})(?:[:：](\w{1,10})|[(（](\w{1,10})[)）])")
SLOT = re.compile(r"(\S{1,20})\s{1,5}(\d{1,2}[:：]\d\d)\s?[-~～至到—]{1,2}\s?(\d{1,2}[:：]\d\d)")


def vacancy_document(cells: Cells) -> Document:
    """The vacancy in the cells of a row, as it would be pushed; what says nothing is left out."""
    told = _told(cells)
    document = {field: value for field, value in told.items() if field in VACANCY_FIELDS}
    if glued := [entry for entry in told.get("skills", ()) if len(entry) > LONGEST_SKILL]:  # a sentence, or no marks
        document["skills"] = [entry for entry in told["skills"] if len(entry) <= LONGEST_SKILL]
        document["description"] = "\n".join(filter(None, [told.get("description"), *glued]))
    document["employer"] = _under("employer", told)
    document["pay"] = _pay(told)
    document["district"] = _work_place(told)
    document["address"] = told.get("address") or (told.get("place") if "district" in told else None)
    document["slots"] = _slots("slots", told)
    document["contact"] = " ".join([told[name] for name in ("contact", "contact.phone") if name in told])
    return _spoken(document)


def seeker_document(cells: Cells) -> Document:
    """The person in the cells of a row, as they would be pushed; what says nothing is left out."""
    told = _told(cells)
    return _spoken(
        {field: value for field, value in told.items() if field in SEEKER_FIELDS}
        | {
            "registration": _under("registration", told),
            "consents": _under("consents", told),
            "wish": None if told.get("wish", "").isdigit() else told.get("wish"),
            "skills": [_skill(entry) for entry in told.get("skills", ())],
            "districts": _wanted_places(told),
            "mobility": told.get("mobility") or _mobility(told),
            "pay_floor": _with_unit(told.get("pay_floor", ""), told.get("pay_floor.unit", "")),
            "shift_limits": told.get("shift_limits", []) + _refused_shifts(told),
            "availability": _slots("availability", told),
            "labels": [{"code": code} for code in told.get("labels", ())],
        }
    )


def _told(cells: Cells) -> dict[str, Any]:
    """What the cells say, by field: the first column that says something, lists joined, flags read."""
    told: dict[str, Any] = {}
    for field, value in cells.items():
        if field not in READ_CLOSER and not isinstance(value, list):
            if text := said(value):
                told[field] = text
            continue
        values = value if isinstance(value, list) else [value]
        texts = [text for text in map(said, values) if text]
        if field == "experience" and not texts and "无" in values:
            texts = ["无经验"]
        if field in LISTS:
            texts = entries(texts, LISTS[field])
        if field in EMPTY_WORDS:
            texts = [text for text in texts if text not in EMPTY_WORDS[field]]
        if texts:
            told[field] = texts if field in LISTS else _one(field, texts)
    return told


def _one(field: str, texts: list[str]) -> Any:
    """What several columns of one field come to."""
    if field in IDENTIFIERS:
        return unshielded(texts[0])
    if field in FLAGS:
        return flag(texts[0])
    if field == "registration.state":
        return STATES.get(texts[0], texts[0])
    return without_layout("\n".join(texts)) if field == "description" else texts[0]


def _spoken(document: Document) -> Document:
    return {field: value for field, value in document.items() if value or value is False}


def _under(name: str, told: Mapping[str, Any]) -> Document:
    """The object made of the fields `name.…`."""
    return {part: told[field] for field, part in UNDER[name] if field in told}


def _pay(told: Mapping[str, Any]) -> str | Document:
    """Two figures with their unit, or a text where they are words, or the unit has a size (万元)."""
    unit = _pay_unit(told)
    low, high = told.get("pay.min", ""), told.get("pay.max", "")
    if not (low or high):
        return _with_unit(told.get("pay", ""), unit)
    figures = {"min": figure(low), "max": figure(high)}
    if not any(figures.values()) and "pay" in told:
        return _with_unit(told.get("pay", ""), unit)
    plain = all(text == "" or figure(text) is not None for text in (low, high))
    if plain and not ("万" in unit or "千" in unit):
        return {name: value for name, value in {**figures, "unit": unit}.items() if value not in (None, "")}
    if low == high or not (low and high):
        return _with_unit(low or high, unit) + ("" if low == high else "以上" if low else "以下")
    return _with_unit(f"{low}-{high}", unit)


def _pay_unit(told: Mapping[str, Any]) -> str:
    if kind := told.get("pay.kind"):
        return CONTEST_UNITS.get(kind, kind)
    unit = told.get("pay.unit")
    return unit.strip("按计结算薪制 ") if unit else ""


def _with_unit(text: str, unit: str) -> str:
    """A bare figure or range with the unit of its column; text that has words of its own stays."""
    if not unit or not BARE_PAY.fullmatch(text):
        return text
    return text + (unit if unit.startswith(("元", "万", "千")) else f"元/{unit}")


def _work_place(told: Mapping[str, Any]) -> str:
    """Province, city and district in one text: 重庆 渝北区."""
    parts = [told.get("province", ""), told.get("city", ""), told.get("district") or told.get("place", "")]
    place = ""
    for part in filter(None, parts):
        place = _within(place, part)
    return place


def _within(city: str, district: str) -> str:
    """A district qualified by its city, which may stand before it already: 杭州, 杭州-余杭区 -> 杭州 余杭区."""
    rest = district.removeprefix(city)
    if city and rest != district and (not rest or rest[0] in "-—·/ 市省"):
        district = rest.lstrip("-—·/ 市省")
    return f"{city} {district}".strip()


def _wanted_places(told: Mapping[str, Any]) -> list[str]:
    """The districts wanted, each within the city wanted if that is one; without districts the cities."""
    cities, districts = entries([told.get("city", "")]), told.get("districts", [])
    if len(cities) == 1 and districts:
        return [_within(cities[0], district) for district in districts]
    return list(districts or cities)


def _mobility(told: Mapping[str, Any]) -> str | None:
    crosses = flag(told.get("mobility.cross", ""))
    return {True: "WHOLE_CITY", False: "OWN_DISTRICT"}[crosses] if isinstance(crosses, bool) else crosses


def _refused_shifts(told: Mapping[str, Any]) -> list[str]:
    """可接受夜班: 否 is a limit."""
    return [shift for shift in ("rotating", "night") if flag(told.get(f"shift_limits.{shift}", "")) is False]


def _skill(entry: str) -> str | Document:
    """python:SKILLED and 叉车(熟练) with their level; a skill without one stays a text."""
    found = LEVELLED.fullmatch(entry)
    level = (found[2] or found[3]) if found else ""
    return {"name": found[1].strip(), "level": level} if found and level.lower() in LEVELS else entry


def _slots(name: str, told: Mapping[str, Any]) -> list[Document]:
    """2026-12-01 08:00-12:00 as a slot; what is not written like that is taken for a day. And that of columns."""
    slots = []
    for text in told.get(name, ()):
        written = SLOT.fullmatch(text)
        parts = zip(("date", "start", "end"), written.groups() if written else (text,), strict=False)
        slots.append(dict(parts))
    column = _under(name, told)
    return [*slots, column] if column else slots
