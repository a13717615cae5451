"""How one record is read field by field: values, reasons to refuse, what is missing, what is remarkable."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from ingest.dates import read_date
from models.enums import EmploymentKind
from models.errors import FieldError, Problem
from models.text import normal_form

if TYPE_CHECKING:
    from ingest.screening import Screened
    from ingest.screening_decisions import Standing

Value = TypeVar("Value")
_problem = lru_cache(maxsize=1_024)(Problem)  # what is said of one record is said of thousands

KIND_WORDS: Mapping[str, EmploymentKind] = {
    **{kind.value.lower(): kind for kind in EmploymentKind},
    **dict.fromkeys(("全日制", "全职", "正式", "劳务派遣", "合同制", "全日制岗位"), EmploymentKind.REGULAR),
    **dict.fromkeys(("零工", "兼职", "临时", "日结", "小时工", "非全日制", "季节工"), EmploymentKind.GIG),
    **dict.fromkeys(("见习", "实习", "就业见习", "实习见习"), EmploymentKind.INTERNSHIP),
    **dict.fromkeys(("公益性岗位", "公益岗", "公岗", "公益岗位"), EmploymentKind.PUBLIC_WELFARE),
}  # fmt: skip


@dataclass(slots=True)
class Reading:
    """What was read out of a record: column values; why it is refused, incomplete, unlawful, or remarkable."""

    values: dict[str, Any] = field(default_factory=dict)
    invalid: list[Problem] = field(default_factory=list)
    missing: list[Problem] = field(default_factory=list)
    findings: list[Problem] = field(default_factory=list)
    document: dict[str, Any] = field(default_factory=dict)  # of vacancies only, as these two: the wire record
    screened: "Screened | None" = None
    decided: "Standing | None" = None  # what a person decided about this very text

    def read(self, name: str, reader: Callable[[], Value], otherwise: Value) -> Value:
        """A reader's value; its FieldError becomes a reason for refusal, and `otherwise` stands in."""
        try:
            return reader()
        except FieldError as error:
            self.invalid.append(error.at(name))
            return otherwise

    def lacks(self, name: str, rule: str, message: str, fix: str) -> None:
        """Note that the record cannot be recommended until this is completed."""
        self.missing.append(_problem(name, rule, message, fix))

    def notes(self, name: str, rule: str, message: str) -> None:
        """Note something that changes no verdict."""
        self.findings.append(_problem(name, rule, message))

    def word(self, name: str, words: Mapping[str, Value], text: str) -> Value | None:
        """The value of a word in a closed list; None for no word."""
        if not text:
            return None
        key = normal_form(text)
        if key not in words:
            fix = "请使用接口文档列出的取值"
            self.invalid.append(Problem(name, "unknown_value", "不是可以识别的取值", fix))
        return words.get(key)

    def day(self, name: str, text: str | None) -> date | None:
        """The day that a text names; None for no text."""
        return self.read(name, lambda: read_date(text), None) if text else None
