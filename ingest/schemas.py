"""What a record may hold on the wire: shapes, lengths and characters; what the words mean comes after."""

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache, partial
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag, ValidationError
from pydantic_core import PydanticCustomError

from models.errors import Problem
from models.text import INVISIBLE, clean

# C0 and C1 controls; tab and line breaks are allowed where a text may have several lines.
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
CONTROL_IN_LINES = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
SURROGATE = re.compile(r"[\ud800-\udfff]")
LOST_IN_NAME = re.compile("[\ufffd\ue000-\uf8ff]")  # the sender's system had no such letter
IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}")
MOST_ENTRIES = 50
SHORT = 64  # code points: words of forms, which come again and again, and are read once
MOST = 1e12  # no figure on any form is larger
TEXT, OBJECT = "text", "object"  # how a field with two shapes was written


def _refuse(rule: str, message: str, fix: str) -> PydanticCustomError:
    return PydanticCustomError(rule, message, {"fix": fix})


def _letters(value: Any, limit: int, control: re.Pattern[str]) -> str:
    if not isinstance(value, str):
        raise _refuse("wrong_type", "应为文字", "请填写文字")
    if len(value) > 4 * limit + 1000:
        raise _refuse("too_long", f"超过 {limit} 个字", f"请缩短到 {limit} 个字以内")
    if value.isprintable():
        return value
    if SURROGATE.search(value):
        raise _refuse("surrogate", "含有残缺的字符", "请用 UTF-8 重新导出")
    if control.search(value):
        raise _refuse("control_character", "含有不可见的控制字符", "请删除控制字符")
    return value


def _bounded(text: str, limit: int) -> str:
    if len(text) > limit:
        raise _refuse("too_long", f"超过 {limit} 个字", f"请缩短到 {limit} 个字以内")
    return text


def most(limit: int) -> Any:
    """What a schema says of a length that a reader below sees to: pydantic would count the letters once more."""
    return Field(json_schema_extra={"maxLength": limit})


def own_line(limit: int) -> BeforeValidator:
    """One line of at most `limit` code points, NFKC, blanks folded; line breaks count as blanks."""
    return BeforeValidator(partial(_line, limit=limit))


def line(limit: int) -> BeforeValidator:
    """The same of what is not said of one person or place alone: short ones are remembered."""
    known = lru_cache(maxsize=16_384)(partial(_line, limit=limit))

    def read(value: Any) -> str:
        return known(value) if isinstance(value, str) and len(value) <= SHORT else _line(value, limit)

    return BeforeValidator(read)


def _line(value: Any, limit: int) -> str:
    return _bounded(clean(_letters(value, limit, CONTROL_IN_LINES)), limit)


def lines(limit: int) -> BeforeValidator:
    """A text of several lines, at most `limit` code points."""

    def read(value: Any) -> str:
        text = _letters(value, limit, CONTROL_IN_LINES)
        return _bounded("\n".join(map(clean, text.splitlines())).strip(), limit)

    return BeforeValidator(read)


def _name(value: Any) -> str:
    """A person's name, kept letter for letter: NFC, invisible characters and outer blanks out."""
    text = _letters(value, 50, CONTROL)
    if LOST_IN_NAME.search(text):
        raise _refuse("letter_lost", "姓名中有无法识别的字", "请核对姓名原字后重新填写")
    return _bounded(INVISIBLE.sub("", unicodedata.normalize("NFC", text)).strip(), 50)


def _identifier(value: Any) -> str:
    if isinstance(value, str) and IDENTIFIER.fullmatch(value):
        return value
    _letters(value, 64, CONTROL)
    raise _refuse(
        "identifier",
        "编号须为 1 至 64 位字母、数字或 _ . : -，首位为字母或数字",
        "请改用系统中的业务编号",
    )


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _refuse("wrong_type", "应为 true 或 false", "请填写 true 或 false")
    return value


def _number_or_line(value: Any) -> str:
    """A number or its words, as text: '20', '若干'. True is not one."""
    text = value if isinstance(value, str) else _written(value)
    return _short_line(text) if len(text) <= SHORT else _line(text, 100)


def _written(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _refuse("wrong_type", "应为数字或文字", "请填写数字")
    if isinstance(value, int):
        return str(value)
    if not abs(value) < MOST:  # NaN too
        raise _refuse("not_finite", "不是有效数字", "请填写有效数字")
    return str(int(value)) if value.is_integer() else str(value)


_short_line = lru_cache(maxsize=16_384)(partial(_line, limit=100))


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _refuse("wrong_type", "应为数字", "请填写数字")
    if not abs(value) < MOST:  # NaN too
        raise _refuse("not_finite", "不是有效数字", "请填写有效数字")
    return float(value)


def _entries(value: Any) -> Any:
    if not isinstance(value, list):
        raise _refuse("wrong_type", "应为列表", '请填写列表，例如 ["叉车"]')
    if len(value) > MOST_ENTRIES:
        raise _refuse("too_many", f"超过 {MOST_ENTRIES} 项", f"请保留最重要的 {MOST_ENTRIES} 项以内")
    return value


Identifier = Annotated[str, BeforeValidator(_identifier), Field(examples=["V000001"])]
Line50 = Annotated[str, most(50), line(50)]
Line64 = Annotated[str, most(64), line(64)]
Line100 = Annotated[str, most(100), line(100)]
Line200 = Annotated[str, most(200), line(200)]
Own50 = Annotated[str, most(50), own_line(50)]
Own200 = Annotated[str, most(200), own_line(200)]
Lines = Annotated[str, most(10_000), lines(10_000)]
Number = Annotated[float, BeforeValidator(_number)]
Flag = Annotated[bool, BeforeValidator(_flag)]
NumberOrLine = Annotated[str, BeforeValidator(_number_or_line, json_schema_input_type=float | str)]
Names = Annotated[list[Line50], BeforeValidator(_entries)]
NONE: Any = Field(default_factory=list, json_schema_extra={"default": []})  # a default that is a list would be copied
Certificates = Annotated[list[Line100], BeforeValidator(_entries)]


# A field that may be written as words or as an object.
WRITTEN = Discriminator(
    lambda value: OBJECT if not isinstance(value, str) and isinstance(value, dict | BaseModel) else TEXT
)


class Wire(BaseModel):
    """Unknown fields never take effect; a null is the same as nothing said."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)


class EmployerWire(Wire):
    """用人单位."""

    name: Line200 = ""
    uscc: Line50 = ""


class PayWire(Wire):
    """Pay in figures; `unit` is one of hour, day, week, month, year or its Chinese word."""

    min: Number | None = None
    max: Number | None = None
    unit: Line50 = "month"


class SlotWire(Wire):
    """One gig slot: a day and its hours."""

    date: NumberOrLine
    start: Line50 = ""
    end: Line50 = ""


Slots = Annotated[list[SlotWire], BeforeValidator(_entries)]


class VacancyWire(Wire):
    """A vacancy as it is pushed. Notations (pay, openings, education, ...) may be written as people write them."""

    external_id: Identifier
    title: Line100 = Field(examples=["叉车司机"])
    employer: EmployerWire | None = None
    kind: Line50 = ""
    program: Line50 = ""
    occupation: Line100 = ""
    openings: NumberOrLine = ""
    openings_filled: NumberOrLine = ""
    pay: Annotated[Annotated[Line200, Tag(TEXT)] | Annotated[PayWire, Tag(OBJECT)], WRITTEN] = Field(
        default="", examples=["5000-7000元/月"]
    )
    district: Line200 = Field(default="", examples=["重庆市渝中区"])
    remote: Flag = False
    address: Own200 = ""
    education: Line100 = ""
    experience: NumberOrLine = ""
    certificates: Certificates = NONE
    skills: Names = NONE
    shift: Line100 = ""
    hours: Line200 = ""
    slots: Slots = NONE
    description: Lines = ""
    industry: Line200 = ""
    preferences: Certificates = NONE
    valid_from: NumberOrLine | None = None
    valid_to: NumberOrLine | None = None
    updated_at: NumberOrLine | None = None
    contact: Own200 = ""

    def document(self) -> dict[str, Any]:
        """What `model_dump` gives, at a tenth of its price: the lists are those of the record, which nobody changes."""
        return {
            **self.__dict__,
            "employer": self.employer and dict(self.employer.__dict__),
            "pay": dict(self.pay.__dict__) if isinstance(self.pay, PayWire) else self.pay,
            "slots": [dict(slot.__dict__) for slot in self.slots],
        }


class RegistrationWire(Wire):
    """失业登记 or 求职登记."""

    kind: Line50 = ""
    channel: Line50 = ""
    applied_at: NumberOrLine | None = None
    district: Line200 = ""
    state: Line50 = ""
    unemployed_since: NumberOrLine | None = None
    reason: Line200 = ""


class IntentionWire(Wire):
    """One wish: its words, and the occupation code where it is known."""

    text: Line50 = ""
    occupation: Line50 = ""


class SkillWire(Wire):
    """One skill, with its level where it is known."""

    name: Line50
    level: Line50 = ""


class FloorWire(Wire):
    """The least pay that is wanted."""

    amount: Number | None = None
    unit: Line50 = "month"


class LabelWire(Wire):
    """One label of hardship_categories, with its days."""

    code: Line50
    valid_from: NumberOrLine | None = None
    valid_to: NumberOrLine | None = None


class ConsentsWire(Wire):
    """What the person agreed to."""

    other_city: Flag | None = None
    personalised: Flag | None = None


Intention = Annotated[Annotated[Line50, Tag(TEXT)] | Annotated[IntentionWire, Tag(OBJECT)], WRITTEN]
Skill = Annotated[Annotated[Line50, Tag(TEXT)] | Annotated[SkillWire, Tag(OBJECT)], WRITTEN]
Floor = Annotated[Annotated[NumberOrLine, Tag(TEXT)] | Annotated[FloorWire, Tag(OBJECT)], WRITTEN]


class SeekerWire(Wire):
    """A person as registered. Only `external_id` is required; what is missing is unknown, not mismatched."""

    external_id: Identifier
    name: Annotated[str, BeforeValidator(_name)] = ""
    id_number: Own50 = ""
    phone: Own50 = ""
    sex: Own50 = ""
    birth_date: NumberOrLine | None = None
    registration: RegistrationWire | None = None
    wish: Line50 = ""
    kinds: Names = NONE
    intentions: Annotated[list[Intention], BeforeValidator(_entries)] = NONE
    skills: Annotated[list[Skill], BeforeValidator(_entries)] = NONE
    certificates: Certificates = NONE
    education: Line100 = ""
    graduated_at: NumberOrLine | None = None
    experience: NumberOrLine = ""
    districts: Certificates = NONE
    mobility: Line50 = ""
    pay_floor: Floor | None = None
    shift_limits: Names = NONE
    availability: Slots = NONE
    fixed: Names = NONE
    labels: Annotated[list[LabelWire], BeforeValidator(_entries)] = NONE
    consents: ConsentsWire | None = None
    original_kind: Line50 = ""
    pension_drawn: Flag = False
    broker: Line64 = ""


# What pydantic itself finds, in the words of our senders.
_BUILT_IN: Mapping[str, tuple[str, str, str]] = {
    "missing": ("missing", "缺少必填项", "请补充"),
    "model_type": ("wrong_type", "应为对象", "请按接口文档的结构填写"),
    "model_attributes_type": ("wrong_type", "应为对象", "请按接口文档的结构填写"),
    "dict_type": ("wrong_type", "应为对象", "请按接口文档的结构填写"),
}

WireModel = TypeVar("WireModel", bound=Wire)


def read_wire(model: type[WireModel], document: Any) -> WireModel | list[Problem]:
    """The record in a document, or the problems that keep it from being one: a problem a field."""
    try:
        return model.model_validate(_without_nulls(document))
    except ValidationError as error:
        problems = {found.field: found for found in map(_problem, error.errors(include_url=False, include_input=False))}
        return list(problems.values())


def _without_nulls(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {
        key: _without_nulls(entry) if isinstance(entry, dict) else entry
        for key, entry in value.items()
        if entry is not None
    }


def _problem(error: Any) -> Problem:
    path = [str(step) for step in error["loc"] if step not in (TEXT, OBJECT)]
    rule, message, fix = _BUILT_IN.get(
        error["type"], (error["type"], error["msg"], error.get("ctx", {}).get("fix", "请核对后重填"))
    )
    return Problem(".".join(path) or "record", rule, message, fix)
