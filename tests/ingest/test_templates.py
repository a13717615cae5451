"""The form that people download: every field has its column, and what is filled in reads back."""

import csv
import io
import zipfile
from datetime import date
from importlib import resources

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook, SheetVisibleEnum
from wire import id_number

from api.imports import open_file, taken_rows
from ingest.headers import recognise
from ingest.labels import label_code
from ingest.schemas import SeekerWire, VacancyWire
from ingest.templates import CHOICES, GUIDE, column_name, template_columns, write_template
from models.districts import counties_of, districts

NOUNS = ("vacancies", "seekers")


@pytest.fixture
def database_url(sqlite_url):
    return sqlite_url  # nothing is stored


def names(noun):
    return [column.name for column in template_columns(noun)]


@pytest.mark.parametrize("noun", NOUNS)
def test_the_columns_are_recognised_as_what_they_are(noun):
    columns = recognise(names(noun), noun)
    assert list(columns.fields.values()) == [column.field for column in template_columns(noun)]
    assert not columns.unknown
    assert len(set(names(noun))) == len(names(noun))


@pytest.mark.parametrize(("noun", "model"), [("vacancies", VacancyWire), ("seekers", SeekerWire)])
def test_every_field_of_the_wire_has_a_column(noun, model):
    asked = {column.field.partition(".")[0] for column in template_columns(noun)}
    assert set(model.model_fields) <= asked


@pytest.mark.parametrize("noun", NOUNS)
def test_the_form_as_it_comes_holds_no_record(noun, tmp_path):
    write_template(noun, tmp_path / "form.xlsx", "500000")
    found = open_file(tmp_path / "form.xlsx", noun)
    assert (list(found), list(found.unread)) == ([], [])


@pytest.mark.parametrize("noun", NOUNS)
def test_it_lets_people_choose_and_explains_itself(noun, tmp_path):
    write_template(noun, tmp_path / "form.xlsx", "500000")
    book = CalamineWorkbook.from_path(str(tmp_path / "form.xlsx"))
    visible = {sheet.name: sheet.visible == SheetVisibleEnum.Visible for sheet in book.sheets_metadata}
    assert visible == {{"vacancies": "岗位", "seekers": "人员"}[noun]: True, GUIDE: True, CHOICES: False}
    explained = [row[0] for row in book.get_sheet_by_name(GUIDE).to_python()]
    assert [name for name in names(noun) if name not in explained] == []
    offered = {cell for row in book.get_sheet_by_name(CHOICES).to_python() for cell in row}
    assert {districts()[code].name for code in counties_of("500000")} <= offered
    with zipfile.ZipFile(tmp_path / "form.xlsx") as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    lists = sum(bool(column.choices) and column.choices != "date" for column in template_columns(noun))
    assert sheet.count("<dataValidation ") == lists


FILLED = {
    "vacancies": {
        "external_id": ["V1", "V2"], "employer.uscc": ["", ""], "program": ["重点企业", "重大项目"], "kind": ["全日制岗位", "零工"],
        "slots.date": ["", "2030-12-01"], "slots.start": ["", "08:00"], "slots.end": ["", "12:00"],
        "pay.min": [5000, 4000], "pay.max": [7000, 4000], "pay.unit": ["月", ""], "shift": ["两班倒", "白班"],
        "remote": ["否", "是"], "hours": ["", ""],
    },
    "seekers": {
        "external_id": ["P1", "P2"], "name": ["张三丰", "李四光"], "id_number": [id_number("P1"), id_number("P2")],
        "phone": ["13912345678", ""], "labels": ["低保家庭成员、大龄人员", "H08"], "kinds": ["全日制岗位、零工", ""],
        "fixed": ["职业、薪酬", ""], "shift_limits": ["夜班、轮班", ""], "birth_date": ["", ""],
    },
}  # fmt: skip


def filled(noun, path):
    """The form with two records below its example, as somebody fills it in."""
    columns = template_columns(noun)
    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet("岗位")
        sheet.write_row(0, 0, [column.name for column in columns])
        for place, column in enumerate(columns):
            day = column.choices == "date" and column.example
            sheet.write(1, place, date.fromisoformat(column.example) if day else column.example)
            for number in (0, 1):
                given = FILLED[noun].get(column.field, [column.example] * 2)[number]
                sheet.write(2 + number, place, date.fromisoformat(given) if day else given)
    return path


@pytest.mark.parametrize("noun", NOUNS)
def test_a_form_that_is_filled_in_reads_back_without_findings(noun, settings, tmp_path):
    path = filled(noun, tmp_path / "filled.xlsx")
    told = list(taken_rows(settings, open_file(path, noun), noun, "caiji", dry_run=True))
    assert [(verdict.row, verdict.verdict) for _, verdict in told] == [(3, "ok"), (4, "ok")]
    assert [(verdict.problems, verdict.findings) for _, verdict in told] == [([], []), ([], [])]
    documents = [row.document for row, _ in told]
    if noun == "vacancies":
        assert documents[0]["pay"] == {"min": 5000, "max": 7000, "unit": "月"}
        assert documents[1]["slots"] == [{"date": "2030-12-01", "start": "08:00", "end": "12:00"}]
        assert (documents[0]["remote"], documents[1]["remote"]) == (False, True)
    else:
        assert documents[0]["labels"] == [{"code": "低保家庭成员"}, {"code": "大龄人员"}]
        assert documents[0]["kinds"] == ["全日制岗位", "零工"]
        assert documents[0]["intentions"] == ["叉车司机", "仓库管理员"]


@pytest.mark.parametrize("noun", NOUNS)
def test_words_of_forms_become_codes(noun, settings, tmp_path):
    from ingest.policy import Policy
    from ingest.schemas import read_wire
    from ingest.seekers import read_seeker
    from ingest.vacancies import read_vacancy
    from models.times import now

    first, second = (row.document for row in open_file(filled(noun, tmp_path / "filled.xlsx"), noun))
    if noun == "vacancies":
        policy = Policy.of(settings.configuration)
        values = [
            read_vacancy(read_wire(VacancyWire, document), "caiji", policy, now(), "500000").values
            for document in (first, second)
        ]
        assert [(each["kind"], each["program"], each["shift"]) for each in values] == [
            ("REGULAR", "KEY_ENTERPRISE", "two_shift"),
            ("GIG", "MAJOR_PROJECT", "day"),
        ]
        return
    values = read_seeker(read_wire(SeekerWire, first), now(), "500000").values
    assert [label["code"] for label in values["labels"]] == ["H02", "H06"]
    assert (values["kinds"], values["fixed"]) == (["GIG", "REGULAR"], ["occupation", "pay"])
    assert (values["mobility"], values["wish"], values["state"]) == ("ADJACENT", "EMPLOYMENT", "REGISTERED")
    assert (values["shift_limits"], values["districts"]) == (["night", "rotating"], ["500103", "500108"])


def test_a_changed_example_is_a_record_and_refused_by_its_name(tmp_path):
    path = tmp_path / "form.csv"
    path.write_text("岗位编号,岗位名称,用人单位\n示例,电工,某公司\n", "utf-8")
    assert [row.document["title"] for row in open_file(path, "vacancies")] == ["电工"]


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("H02", "H02"),
        ("l01", "L01"),
        ("低保", "H02"),
        ("4050人员", "H06"),
        ("残疾人", "H07"),
        ("農民工", "L03"),
        ("其他", None),
    ],
)
def test_a_label_is_known_by_code_and_by_word(word, code):
    assert label_code(word) == code


def test_no_label_is_named_twice():
    text = resources.files("ingest").joinpath("data/labels.csv").read_text("utf-8")
    words = [
        word for row in csv.DictReader(io.StringIO(text)) for word in (row["name"], *row["aliases"].split("|")) if word
    ]
    assert len(set(words)) == len(words)


@pytest.mark.parametrize(
    ("noun", "field", "name"),
    [
        ("vacancies", "openings", "招聘人数"), ("vacancies", "pay", "薪资下限"), ("vacancies", "skills.3", "技能要求"),
        ("vacancies", "slots.0.date", "用工日期"), ("seekers", "labels.0.valid_from", "困难类型"), ("seekers", "x", "x"),
        ("vacancies", "description[2]", "岗位描述"),
    ],
)  # fmt: skip
def test_a_field_is_called_as_its_column(noun, field, name):
    assert column_name(noun, field) == name
