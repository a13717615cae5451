"""Which columns does our own form have, and how does it look as a workbook that people fill in?"""

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib import resources
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

from ingest.cells import figure, said
from ingest.headers import Noun
from ingest.labels import label_names
from models.districts import counties_of, districts
from models.enums import EmploymentKind, FixedWish, Labelled, Mobility, Program, SeekerState, Shift, Wish

PLACE = re.compile(r"\.\d+|\[\d+\]")  # in a list
ROWS = 5_000  # that are prepared for filling in
WIDEST = 40
TITLES: Mapping[Noun, str] = {"vacancies": "岗位", "seekers": "人员"}
GUIDE, CHOICES = "填写说明", "选项"
GUIDE_COLUMNS = ("列名", "是否必填", "填写说明", "可选内容", "示例")
UNITS = ("月", "天", "小时", "周", "年")
EDUCATION = ("学历不限", "小学", "初中", "高中", "中专", "技校", "大专", "本科", "硕士", "博士")
AS_TEXT = frozenset({"external_id", "id_number", "phone", "employer.uscc", "contact.phone", "slots.start", "slots.end"})


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the form. `choices` names a list, with a + where a cell may hold several; or is `date`."""

    field: str
    name: str
    needed: str
    choices: str
    example: str
    explanation: str


@lru_cache(maxsize=2)
def template_columns(noun: Noun) -> tuple[Column, ...]:
    """The columns of the form, in order; every field of the wire has one."""
    text = resources.files("ingest").joinpath("data/template.csv").read_text("utf-8")
    rows = (row for row in csv.DictReader(text.splitlines()) if row.pop("noun") == noun)
    return tuple(Column(**row) for row in rows)


def column_name(noun: Noun, field: str) -> str:
    """What the form calls a field of the wire (`openings`, `kinds.2`, `pay`); the field itself where it has none."""
    path = PLACE.sub("", field)
    root = path.partition(".")[0]
    exact = (column.name for column in template_columns(noun) if column.field == path)
    within = (column.name for column in template_columns(noun) if column.field.partition(".")[0] == root)
    return next(chain(exact, within), field)


def is_example(cells: Mapping[str, Any], noun: Noun) -> bool:
    """Whether a row, by field, is the example that the form came with, unchanged."""
    if cells.get("external_id") != _example(noun)["external_id"][0]:
        return False
    found = {field: [said(cell) for cell in (value if isinstance(value, list) else [value])]
             for field, value in cells.items()}  # fmt: skip
    return found == _example(noun)


def write_template(noun: Noun, file: Path | BinaryIO, home_city: str) -> None:
    """Write the form: the sheet to fill in with an example row, lists to choose from, and a sheet that explains."""
    from xlsxwriter import Workbook

    with Workbook(str(file) if isinstance(file, Path) else file, {"in_memory": True}) as book:
        form, guide, choices = (book.add_worksheet(name) for name in (TITLES[noun], GUIDE, CHOICES))
        lists = _lists(home_city)
        ranges = _write_choices(choices, lists)
        choices.hide()
        formats = {
            "head": book.add_format({"bold": True, "bg_color": "#D9E2F3", "border": 1}),
            "text": book.add_format({"num_format": "@"}),
            "date": book.add_format({"num_format": "yyyy-mm-dd"}),
            "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
        }
        form.freeze_panes(1, 0)
        for place, column in enumerate(template_columns(noun)):
            _write_column(form, place, column, formats, ranges)
        _write_guide(guide, noun, formats, lists)


def _write_column(form: Any, place: int, column: Column, formats: Mapping[str, Any], ranges: Mapping[str, str]) -> None:
    kind = "text" if column.field in AS_TEXT else "date" if column.choices == "date" else ""
    width = min(WIDEST, 2 * max(len(column.name), len(column.example)) + 4)
    form.set_column(place, place, width, formats.get(kind))
    form.write_string(0, place, column.name, formats["head"])
    if column.explanation:
        form.write_comment(0, place, column.explanation)
    _write_example(form, place, column, formats)
    name, several = column.choices.rstrip("+"), column.choices.endswith("+")
    if name in ranges:
        told = {"error_type": "warning" if several else "stop", "error_title": column.name,
                "error_message": "可以填写几项，用顿号分开。" if several else "请从列表中选择。"}  # fmt: skip
        # A place of another city is no mistake either.
        told |= {"error_type": "warning"} if name == "district" else {}
        form.data_validation(1, place, ROWS, place, {"validate": "list", "source": ranges[name], **told})


def _write_example(form: Any, place: int, column: Column, formats: Mapping[str, Any]) -> None:
    number = figure(column.example)
    if column.choices == "date" and column.example:
        form.write_datetime(1, place, date.fromisoformat(column.example), formats["date"])
    elif number is not None and column.field not in AS_TEXT:
        form.write_number(1, place, number)
    elif column.example:
        form.write_string(1, place, column.example, formats["text"] if column.field in AS_TEXT else None)


def _write_choices(sheet: Any, lists: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """A list a column; where each of them stands, by name. Lists in a cell itself may have 255 letters only."""
    ranges = {}
    for place, (name, words) in enumerate(lists.items()):
        sheet.write_column(0, place, words)
        letter = chr(ord("A") + place)
        ranges[name] = f"={CHOICES}!${letter}$1:${letter}${len(words)}"
    return ranges


def _write_guide(sheet: Any, noun: Noun, formats: Mapping[str, Any], lists: Mapping[str, Sequence[str]]) -> None:
    sheet.freeze_panes(1, 0)
    sheet.write_row(0, 0, GUIDE_COLUMNS, formats["head"])
    for place, width in enumerate((18, 10, 56, 56, 24)):
        sheet.set_column(place, place, width, formats["wrap"])
    for row, column in enumerate(template_columns(noun), 1):
        words = lists.get(column.choices.rstrip("+"), ())
        told = (column.name, column.needed or "可不填", column.explanation, "、".join(words), column.example)
        for place, text in enumerate(told):
            sheet.write_string(row, place, text, formats["wrap"])
    last = len(template_columns(noun)) + 2
    sheet.write_string(last, 0, "编号为“示例”的一行是示例，导入时跳过；请从第 3 行起填写，或删去示例行。")


def _lists(home_city: str) -> dict[str, Sequence[str]]:
    """What may be chosen, by the name of the list."""

    def labels(*values: Labelled) -> tuple[str, ...]:
        return tuple(value.label for value in values)

    return {
        "kind": labels(*EmploymentKind),
        "program": labels(*Program),
        "unit": UNITS,
        "district": tuple(districts()[code].name for code in counties_of(home_city)) or ("不限",),
        "flag": ("是", "否"),
        "education": EDUCATION,
        "shift": labels(*Shift),
        "sex": ("男", "女"),
        "state": labels(SeekerState.REGISTERED, SeekerState.SEEKER_ONLY),
        "wish": labels(*Wish),
        "mobility": labels(*Mobility),
        "fixed": labels(*FixedWish),
        "label": label_names(),
    }


@lru_cache(maxsize=2)
def _example(noun: Noun) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for column in template_columns(noun):
        if column.example:
            found.setdefault(column.field, []).append(column.example)
    return found
