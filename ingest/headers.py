"""Which field does a column hold, whatever its header is called?

Fields are named by their wire path (`title`, `employer.name`, `pay.min`). A few say more than the wire has a
field for, and `ingest/wire.py` folds them into one: `province`, `city`, `place` (a work place that may be a
district or a street), `contact.phone`, `pay.kind`, `pay_floor.unit`, `mobility.cross`, `slots.date`, ...
"""

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from itertools import zip_longest
from typing import Literal

from models.errors import FieldError
from models.text import normal_form

Noun = Literal["vacancies", "seekers"]

LONGEST_HEADER = 60  # code points; a longer cell is no header
DROPPED = "dropped"  # the field of columns that the law lets nobody ask for (人力资源市场暂行条例 24, 11)
NEEDED: Mapping[Noun, Mapping[str, str]] = {
    "vacancies": {"external_id": "岗位编号", "title": "岗位名称"},
    "seekers": {"external_id": "人员编号"},
}
PAY_FIELDS: Mapping[str, str] = {
    "pay": "pay.unit",
    "pay.min": "pay.unit",
    "pay.max": "pay.unit",
    "pay_floor": "pay_floor.unit",
}

BRACKETED = re.compile(r"[(\[{<【〔《「][^)\]}>】〕》」]*[)\]}>】〕》」]?")
UNSPOKEN = re.compile(r"[\W_]+")
DEMAND = re.compile(r"(?:必填|选填|必选|可选|非必填)项?$")
PERIOD = re.compile(r"小时|半月|[时天日周月年]")
MYRIADS = re.compile(r"[万千]元?")


@dataclass(frozen=True, slots=True)
class Columns:
    """What the columns of a table hold: field by column number, from 0.

    `units` gives the unit of pay that a header names, by unit field. `unknown` headers are ignored, `dropped`
    ones must not be read (sex, age, marriage, hukou, ... as a condition).
    """

    fields: Mapping[int, str]
    units: Mapping[str, str]
    unknown: Sequence[str] = ()
    dropped: Sequence[str] = ()


def recognise(headers: Sequence[str], noun: Noun) -> Columns:
    """What each column holds. FieldError headers_missing where a record could not even be named.

    Several columns may hold one field. A vacancy without a column for its title is called by its occupation.
    """
    columns = _columns(headers, noun)
    missing = [name for field, name in NEEDED[noun].items() if field not in columns.fields.values()]
    if missing:
        names = "”和“".join(missing)
        raise FieldError("headers_missing", f"表头中没有找到“{names}”列", f"请在前十行内写一行表头，其中有“{names}”列")
    if len(columns.fields) == 1 and len(columns.unknown) > 1:  # a remark about the column, not its header
        raise FieldError("headers_missing", "表头中只有一列可以识别", "请使用模板中的列名")
    return columns


def join_levels(upper: Sequence[str], lower: Sequence[str], noun: Noun) -> list[str]:
    """The names of a header of two rows: 薪资 above 最低 and 最高 gives 薪资最低, 薪资最高.

    What names no field when joined (基本信息 above 岗位编号) is called by its lower row alone.
    """
    names, above = [], ""
    for name, below in zip_longest(upper, lower, fillvalue=""):
        above = name or above
        joined = above + below
        names.append(name if not below else joined if field_of(joined, noun) else below)
    return names


def _columns(headers: Sequence[str], noun: Noun) -> Columns:
    found = {number: field_of(header, noun) for number, header in enumerate(headers) if header.strip()}
    fields = {number: field for number, field in found.items() if field not in ("", DROPPED)}
    if noun == "vacancies" and "title" not in fields.values():
        fields = {number: "title" if field == "occupation" else field for number, field in fields.items()}
    units = {
        PAY_FIELDS[field]: unit
        for number, field in fields.items()
        if field in PAY_FIELDS and (unit := _pay_unit(headers[number]))
    }
    unknown = tuple(headers[number][:LONGEST_HEADER] for number, field in found.items() if not field)
    dropped = tuple(headers[number] for number, field in found.items() if field == DROPPED)
    return Columns(fields, units, unknown, dropped)


def field_of(header: str, noun: Noun) -> str:
    """The field of a header, first as it stands, then without what stands in brackets; empty where unknown."""
    if len(header) > LONGEST_HEADER:
        return ""
    names, text = _names(noun), normal_form(header)
    bare = BRACKETED.sub("", text)
    return next((names[key] for key in (_key(text), _key(bare)) if key in names), "")


def _key(text: str) -> str:
    return DEMAND.sub("", UNSPOKEN.sub("", text))


def _pay_unit(header: str) -> str:
    """The unit in a header of pay: 日薪 gives 元/日, 薪资(万元/年) 万元/年, 薪资 nothing."""
    text = normal_form(header)
    size, period = MYRIADS.search(text), PERIOD.search(text)
    size_text = size[0].rstrip("元") + "元" if size else "元"
    return f"{size_text}/{period[0]}" if period else size_text if size else ""


@lru_cache(maxsize=2)
def _names(noun: Noun) -> Mapping[str, str]:
    text = resources.files("ingest").joinpath("data/headers.csv").read_text("utf-8")
    rows = csv.DictReader(text.splitlines())
    return {_key(normal_form(row["name"])): row["field"] for row in rows if row["noun"] == noun}
