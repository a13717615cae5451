"""Files as people, programs and attackers make them, all invented, each with what must come of it.

`told` says for every row with a verdict what that is: `ok`, or the rule that refuses it; `refused` the rule by which
the whole file is. `heavy` ones are bombs and floods, read in a process of their own whose memory is measured.
"""

import io
import json
import struct
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

import xlsxwriter
from old_workbook import ERROR_RESULT, formula_cell, label_cell, ole, record, workbook_stream, xls
from wire import id_number

HEAD = ["岗位编号", "岗位名称", "用人单位", "招聘人数", "薪资", "工作区县", "截止日期"]
END = "2030-12-31"
XLSX, CSV, XLS = "rows.xlsx", "rows.csv", "rows.xls"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"

Told = Mapping[int, str]
Make = Callable[[], bytes]


@dataclass(frozen=True)
class HostileFile:
    """A file, and what must come of it. `said`: fields of the documents of some rows."""

    title: str
    name: str
    make: Make
    told: Told = field(default_factory=dict)
    refused: str = ""
    noun: str = "vacancies"
    said: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    sheet: str = ""
    unread: Sequence[str] = ()
    heavy: bool = False


def row(number: int, title: str = "叉车司机", **given: Any) -> list[Any]:
    """The cells of a good vacancy, in the order of HEAD."""
    facts = {"openings": 2, "pay": "5000-7000元/月", "district": "渝中区", "valid_to": END, "id": f"V{number}"} | given
    return [
        facts["id"], title, "重庆江北嘴物流有限公司", facts["openings"], facts["pay"], facts["district"], facts["valid_to"],
    ]  # fmt: skip


ROWS = [row(1), row(2, "电工"), row(3, "焊工")]
GOOD = {2: "ok", 3: "ok", 4: "ok"}


def text(rows: Iterable[Sequence[Any]], delimiter: str = ",", end: str = "\r\n") -> str:
    return "".join(delimiter.join(str(cell) for cell in cells) + end for cells in rows)


def csv_of(*rows: Sequence[Any], head: Sequence[Any] = HEAD) -> bytes:
    return text([head, *rows]).encode()


def book(
    *sheets: tuple[str, Sequence[Sequence[Any]]], change: Callable[[Any, Any], None] | None = None, **options: Any
) -> bytes:
    """A workbook as xlsxwriter makes it; `change(book, first sheet)` adds what is special."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"default_date_format": "yyyy-mm-dd", **options}) as made:
        first = None
        for name, rows in sheets:
            sheet = made.add_worksheet(name)
            first = first or sheet
            for number, cells in enumerate(rows):
                for column, cell in enumerate(cells):
                    sheet.write(number, column, cell)
        if change:
            change(made, first)
    return file.getvalue()


def table(*rows: Sequence[Any], head: Sequence[Any] = HEAD, change: Any = None, **options: Any) -> bytes:
    return book(("岗位", [head, *rows]), change=change, **options)


def sheets_of(sheets: Mapping[str, Sequence[Sequence[Any]]]) -> bytes:
    return book(*sheets.items())


def _escaped(value: Any) -> str:
    return str(value).replace("&", "&amp;").replace("<", "&lt;")


def _letters(column: int) -> str:
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def xml_rows(rows: Sequence[Sequence[Any]], first: int = 1, placed: bool = True) -> str:
    """Rows with texts in their cells, with or without their places."""
    parts = []
    for number, cells in enumerate(rows, first):
        parts.append(f'<row r="{number}">' if placed else "<row>")
        for column, cell in enumerate(cells):
            place = f' r="{_letters(column)}{number}"' if placed else ""
            parts.append(f'<c{place} t="inlineStr"><is><t>{_escaped(cell)}</t></is></c>')
        parts.append("</row>")
    return "".join(parts)


def raw(
    rows: str | Iterable[bytes], before: str = "", texts: str = "", name: str = "xl/worksheets/sheet1.xml",
    packing: int = zipfile.ZIP_DEFLATED, **parts: str | bytes,
) -> bytes:  # fmt: skip
    """A workbook written part by part: `rows` stand in the sheet, `before` at its head, `texts` are shared."""
    file = io.BytesIO()
    relations = [("rId1", "worksheet", name.removeprefix("xl/")), ("rId2", "sharedStrings", "sharedStrings.xml")]
    made: dict[str, Any] = {
        "_rels/.rels": _relations([("rId1", "officeDocument", "xl/workbook.xml")]),
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets><sheet name="岗位" sheetId="1" r:id="rId1"/>'
        "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": _relations(relations),
        "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">{texts}</sst>',
        **parts,
    }
    with zipfile.ZipFile(file, "w", packing, compresslevel=1) as archive:
        for part, content in made.items():
            archive.writestr(part, content)
        with archive.open(name, "w") as sheet:
            sheet.write(f'<?xml version="1.0" encoding="UTF-8"?>{before}<worksheet xmlns="{MAIN}"><sheetData>'.encode())
            for block in [rows.encode()] if isinstance(rows, str) else rows:
                sheet.write(block)
            sheet.write(b"</sheetData></worksheet>")
    return file.getvalue()


def _relations(found: Sequence[tuple[str, str, str]]) -> str:
    inner = "".join(
        f'<Relationship Id="{at}" Type="{RELATIONS}/{kind}" Target="{target}"/>' for at, kind, target in found
    )
    return f'<Relationships xmlns="{PACKAGE}">{inner}</Relationships>'


RAW_ROWS = xml_rows([HEAD, *ROWS])


def archive_of(**parts: str | bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


def flipped(content: bytes, part: str) -> bytes:
    """A workbook with one bit of the packed bytes of a part turned over."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entry = archive.getinfo(part)
    damaged = bytearray(content)
    damaged[entry.header_offset + 30 + len(part) + entry.compress_size // 2] ^= 0x10
    return bytes(damaged)


def lying(content: bytes, part: str, claimed: int) -> bytes:
    """A workbook in which a part claims another size than it has."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        size = archive.getinfo(part).file_size
    return content.replace(struct.pack("<I", size), struct.pack("<I", claimed))


def doubled(content: bytes) -> bytes:
    """An archive with one entry twice, of which every reader takes another."""
    file = io.BytesIO(content)
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("XL/Workbook.xml", "<workbook/>")
    return file.getvalue()


def blank_rows(count: int, cells: str = "") -> Iterable[bytes]:
    """The good rows, then a flood of rows without content, then one more good row at the very end."""
    yield RAW_ROWS.encode()
    for start in range(5, count, 10_000):
        yield "".join(
            f'<row r="{number}" spans="1:7" ht="15.75">{cells.replace("#", str(number))}</row>'
            for number in range(start, min(start + 10_000, count))
        ).encode()
    yield xml_rows([row(9)], count).encode()


def _merged(made: Any, sheet: Any) -> None:
    sheet.merge_range("C2:C4", "重庆江北嘴物流有限公司")
    sheet.merge_range("F2:F4", "渝中区")


def _merged_names(made: Any, sheet: Any) -> None:
    sheet.merge_range("A2:A3", "V1")


def _cached(made: Any, sheet: Any) -> None:
    sheet.write_formula("D2", "=1+1", None, 2)
    sheet.write_formula("B3", '="电"&"工"', None, "电工")


def _error_cells(made: Any, sheet: Any) -> None:
    sheet.write_formula("D2", "=1/0", None, "#DIV/0!")
    sheet.write_formula("G3", "=NA()", None, "#N/A")
    sheet.write_formula("A4", "=#REF!", None, "#REF!")


def _styled(made: Any, sheet: Any) -> None:
    chinese = made.add_format({"num_format": 'yyyy"年"m"月"d"日"'})
    moment = made.add_format({"num_format": "yyyy/m/d h:mm;@"})
    sheet.write_datetime("G2", datetime(2030, 12, 31), chinese)  # noqa: DTZ001
    sheet.write_datetime("G3", datetime(2030, 12, 31, 18, 30), moment)  # noqa: DTZ001
    sheet.write_number("G4", 47848)  # 2030-12-31 without a format


def _hidden_first(made: Any, sheet: Any) -> None:
    made.worksheets()[1].activate()
    sheet.hide()
    made.add_chartsheet("图")


def _comments_and_filters(made: Any, sheet: Any) -> None:
    sheet.write_comment("B2", "经理批注")
    sheet.autofilter("A1:G4")
    sheet.freeze_panes(1, 0)
    sheet.data_validation("D2:D4", {"validate": "integer", "criteria": ">", "value": 0})
    sheet.conditional_format("D2:D4", {"type": "3_color_scale"})
    sheet.set_row(2, None, None, {"hidden": True})
    sheet.protect()


def _rich(made: Any, sheet: Any) -> None:
    bold = made.add_format({"bold": True})
    sheet.write_rich_string("B2", "叉", bold, "车", "司机")


PEOPLE_HEAD = ["人员编号", "姓名", "身份证号", "手机号", "求职意向", "期望区县", "登记日期"]


def person(number: int, **given: Any) -> list[Any]:
    facts = {
        "id_number": id_number(f"P{number}"),
        "phone": "13912345678",
        "applied": "2026-11-02",
        "id": f"P{number}",
    } | given
    return [facts["id"], "张三丰", facts["id_number"], facts["phone"], "叉车司机", "渝中区", facts["applied"]]


def people(*rows: Sequence[Any], **options: Any) -> bytes:
    return book(("人员", [PEOPLE_HEAD, *rows]), **options)


NOTATIONS = [
    END, "2030/12/31", "2030.12.31", "2030年12月31日", "20301231", "47848", "2030-12-31 18:00", "２０３０－１２－３１",
    date(2030, 12, 31), 47848, 47848.75, 20301231,
]  # fmt: skip
STRANGE_DAYS = ["12/31/2030", "30-12-31", "2030-02-30", "明年年底", "2030-12", 12, time(8, 30)]
TRADITIONAL = ["崗位編號", "崗位名稱", "用人單位", "招聘人數", "薪資", "工作區縣", "截止日期"]
TWO_LEVELS = [
    ["岗位编号", "岗位名称", "用人单位", "薪资待遇", "", "工作区县"],
    ["", "", "", "最低", "最高", ""],
    ["V1", "电工", "重庆某某机电有限公司", 5000, 7000, "渝中区"],
]
GROUPED = [
    ["基本信息", "", "", "待遇", "", "地点"],
    ["岗位编号", "岗位名称", "用人单位", "最低", "最高", "工作区县"],
    TWO_LEVELS[2],
]

ENCODINGS = ("utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be")


def encoded() -> list[HostileFile]:
    return [
        *(HostileFile(f"csv in {name}", CSV, lambda name=name: csv_of(*ROWS).decode().encode(name), GOOD) for name in ENCODINGS),
        HostileFile("UTF-16 of the other side with its mark", CSV, lambda: b"\xfe\xff" + csv_of(*ROWS).decode().encode("utf-16-be"), GOOD),
        HostileFile("Big5, traditional letters", CSV, lambda: text([TRADITIONAL, row(1, "叉車司機", district="渝中區")]).encode("big5hkscs", "ignore").replace("重庆".encode("gb18030"), b""), {2: "ok"}, said={2: {"title": "叉車司機"}}),
        HostileFile("Big5 below English names", CSV, lambda: "id,title,employer,openings,pay,district\nV1,電工,重慶機電公司,2,5000元/月,渝中區\n".encode("big5"), {2: "ok"}, said={2: {"title": "電工"}}),
        HostileFile("GB18030 below English names", CSV, lambda: "id,title,employer,openings,pay,district\nV1,电工,重庆机电公司,2,5000元/月,渝中区\n".encode("gb18030"), {2: "ok"}, said={2: {"title": "电工"}}),
        HostileFile("letters beyond the basic plane", CSV, lambda: csv_of(row(1, "𠮷野家厨师")), {2: "ok"}, said={2: {"title": "𠮷野家厨师"}}),
        HostileFile("one row in another encoding", CSV, lambda: csv_of(row(1)) + text([row(2, "电工")]).encode("gb18030") + text([row(3)]).encode(), {2: "ok", 3: "encoding", 4: "ok"}),
        HostileFile("half a surrogate in UTF-8", CSV, lambda: csv_of(row(1, "电X工")).replace(b"X", b"\xed\xa0\x80"), {2: "encoding"}),
        HostileFile("a NUL in a title", CSV, lambda: csv_of(row(1, "电\x00工"), row(2)), {2: "control_character", 3: "ok"}),
        HostileFile("a bell in a title", CSV, lambda: csv_of(row(1, "电\x07工"), row(2)), {2: "control_character", 3: "ok"}),
        HostileFile("UTF-32", CSV, lambda: csv_of(*ROWS).decode().encode("utf-32-le"), refused="file_type"),
    ]  # fmt: skip


def delimited() -> list[HostileFile]:
    return [
        HostileFile("semicolons", CSV, lambda: text([HEAD, *ROWS], ";").encode(), GOOD),
        HostileFile("tabs, called xls", XLS, lambda: text([HEAD, *ROWS], "\t").encode("gb18030"), GOOD),
        HostileFile("bars", "rows.txt", lambda: text([HEAD, *ROWS], "|").encode(), GOOD),
        HostileFile("sep= above the header", CSV, lambda: b"sep=,\r\n" + csv_of(*ROWS), {3: "ok", 4: "ok", 5: "ok"}),
        HostileFile("lines end as on old Macs", CSV, lambda: text([HEAD, *ROWS], end="\r").encode(), GOOD),
        HostileFile("a quote that is never closed", CSV, lambda: csv_of(row(1), row(2, '"电工'), row(3)), {2: "ok", 3: "quote_not_closed", 4: "ok"}),
        HostileFile("line breaks within quotes", CSV, lambda: csv_of(row(1, '"叉车\r\n司机"'), row(2)), {2: "ok", 3: "ok"}, said={2: {"title": "叉车\r\n司机"}}),
        HostileFile("rows of any length", CSV, lambda: csv_of(row(1), row(2)[:5], [*row(3), "多余", "的"], ["", "电工"]), {2: "ok", 3: "place_missing", 4: "ok", 5: "missing"}),
        HostileFile("titles above the header", CSV, lambda: text([["某区重点企业用工需求汇总表"], [], ["填报单位：某某"], HEAD, *ROWS]).encode(), {5: "ok", 6: "ok", 7: "ok"}),
        HostileFile("the header again on every page", CSV, lambda: csv_of(row(1), HEAD, row(2)), {2: "ok", 4: "ok"}),
        HostileFile("codes of the fields below the header", CSV, lambda: csv_of(["acb200", "aca112", "aab004", "acb21d", "acb21i", "aab301", "aae031"], row(1)), {3: "ok"}),
        HostileFile("a sum below the table", CSV, lambda: csv_of(row(1), ["合计", "", "", 2], ["填表人：李四"]), {2: "ok", 3: "identifier", 4: "identifier"}),
        HostileFile("numbered blank rows", CSV, lambda: csv_of([1, *row(1)], [2], [3, *row(2)], head=["序号", *HEAD]), {2: "ok", 4: "ok"}),
        HostileFile("numbers that Excel spoiled", CSV, lambda: csv_of(row(1, id="5.00101E+17"), row(2, id="1.23E+17"), row(3, openings="3.0"), row(4, id="1E5")), {2: "number_damaged", 3: "number_damaged", 4: "ok", 5: "ok"}, said={4: {"openings": "3"}}),
        HostileFile("error words of a spreadsheet", CSV, lambda: csv_of(row(1, openings="#REF!"), row(2, valid_to="#N/A"), row(3, "#NAME?")), {2: "cell_error", 3: "ok", 4: "cell_error"}),
        HostileFile("formulas, markup and SQL as text", CSV, lambda: csv_of(row(1, "=1+1"), row(2, "@SUM(A1)"), row(3, "<script>x</script>"), row(4, "'; DROP TABLE vacancies; --")), {2: "ok", 3: "ok", 4: "ok", 5: "ok"}, said={2: {"title": "=1+1"}}),
        HostileFile("identifiers in a shield", CSV, lambda: csv_of(row(1, id='"=""00123"""'), row(2, id="'00124")), {2: "ok", 3: "ok"}, said={2: {"external_id": "00123"}, 3: {"external_id": "00124"}}),
        HostileFile("openings of every sort", CSV, lambda: csv_of(row(1, openings="若干"), row(2, openings="3-5人"), row(3, openings=-1), row(4, openings="1e400"), row(5, openings=0), row(6, openings="二十名")), {2: "ok", 3: "ok", 4: "openings_number", 5: "openings_number", 6: "openings_zero", 7: "ok"}),
        HostileFile("days in every notation", CSV, lambda: csv_of(*(row(n, valid_to=day) for n, day in enumerate(NOTATIONS[:8]))), dict.fromkeys(range(2, 10), "ok")),
        HostileFile("days that are none", CSV, lambda: csv_of(*(row(n, valid_to=day) for n, day in enumerate(STRANGE_DAYS[:5]))), {2: "date_ambiguous", 3: "date_ambiguous", 4: "date_impossible", 5: "date_unreadable", 6: "date_unreadable"}),
        HostileFile("nothing but a header", CSV, lambda: csv_of()),
        HostileFile("nothing at all", CSV, lambda: b"", refused="file_empty"),
        HostileFile("blanks alone", CSV, lambda: b"\r\n \r\n\t\r\n", refused="file_empty"),
        HostileFile("no header within ten rows", CSV, lambda: text([["注"]] * 12 + [HEAD, *ROWS]).encode(), refused="headers_missing"),
        HostileFile("no column for a name", CSV, lambda: csv_of(*(cells[1:] for cells in ROWS), head=HEAD[1:]), refused="headers_missing"),
        HostileFile("a million blank lines", CSV, lambda: csv_of(row(1)) + b"\r\n" * 1_048_576 + text([row(2)]).encode(), {2: "ok", 1_048_579: "ok"}, heavy=True),
        HostileFile("twenty thousand columns", CSV, lambda: csv_of([*row(1), *["x"] * 20_000], head=[*HEAD, *(f"列{n}" for n in range(20_000))]), {2: "ok"}, heavy=True),
        HostileFile("a cell without end", CSV, lambda: csv_of(row(1), row(2, "工" * 100_001), row(3)), {2: "ok", 3: "cell_too_long", 4: "ok"}),
        HostileFile("a line without end", CSV, lambda: csv_of(row(1), row(2)[:1] + [""] * 3_000_000, row(3)), {2: "ok", 3: "row_too_long", 4: "ok"}, heavy=True),
        HostileFile("a file that is one quote", CSV, lambda: csv_of(row(1)) + b'"' + (b"x" * 400 + b"\n") * 10_000, {2: "ok", 3: "cell_too_long", **dict.fromkeys(range(4, 10_003), "identifier")}, heavy=True),
    ]  # fmt: skip


def workbooks() -> list[HostileFile]:
    notes = ("说明", [["填表说明"], ["请按要求填写"]])
    return [
        HostileFile("a plain workbook", XLSX, lambda: table(*ROWS), GOOD, sheet="岗位"),
        HostileFile("one with the furniture of an office", XLSX, lambda: table(*ROWS, change=_comments_and_filters), GOOD),
        HostileFile("cells merged over rows", XLSX, lambda: table(*([*cells[:2], "", *cells[3:5], "", *cells[6:]] for cells in ROWS), change=_merged), GOOD, said={4: {"employer": {"name": "重庆江北嘴物流有限公司"}, "district": "渝中区"}}),
        HostileFile("a name merged over two rows", XLSX, lambda: table(row(1), row(2, "电工", id=""), row(3), change=_merged_names), {2: "ok", 3: "missing", 4: "ok"}),
        HostileFile("a header of two rows", XLSX, lambda: book(("岗位", TWO_LEVELS)), {3: "ok"}, said={3: {"pay": {"min": 5000, "max": 7000}}}),
        HostileFile("groups above the header", XLSX, lambda: book(("岗位", GROUPED)), {3: "ok"}, said={3: {"pay": {"min": 5000, "max": 7000}}}),
        HostileFile("titles above, far to the right", XLSX, lambda: book(("岗位", [["汇总表"], [], *([""] * 3 + cells for cells in [HEAD, *ROWS])])), {4: "ok", 5: "ok", 6: "ok"}),
        HostileFile("the table in the second sheet", XLSX, lambda: book(notes, ("岗位", [HEAD, *ROWS])), GOOD, sheet="岗位"),
        HostileFile("a hidden sheet first, a chart last", XLSX, lambda: book(("码表", [HEAD, row(8)]), ("岗位", [HEAD, *ROWS]), change=_hidden_first), GOOD, sheet="岗位"),
        HostileFile("a first sheet with nothing but a header", XLSX, lambda: book(("空表", [HEAD]), ("岗位", [HEAD, *ROWS])), GOOD, sheet="岗位", unread=["空表"]),
        HostileFile("two sheets with a table", XLSX, lambda: book(("十月", [HEAD, *ROWS]), ("十一月", [HEAD, row(8)])), GOOD, sheet="十月", unread=["十一月"]),
        HostileFile("days in every notation, some as days", XLSX, lambda: table(*(row(n, valid_to=day) for n, day in enumerate(NOTATIONS))), dict.fromkeys(range(2, 2 + len(NOTATIONS)), "ok")),
        HostileFile("days that are none, one a number", XLSX, lambda: table(*(row(n, valid_to=day) for n, day in enumerate(STRANGE_DAYS))), {2: "date_ambiguous", 3: "date_ambiguous", 4: "date_impossible", 5: "date_unreadable", 6: "date_unreadable", 7: "date_unreadable", 8: "date_unreadable"}),
        HostileFile("days counted from 1904", XLSX, lambda: table(row(1, valid_to=date(2030, 12, 31)), date_1904=True), {2: "ok"}, said={2: {"valid_to": END}}),
        HostileFile("days in formats of their own", XLSX, lambda: table(*ROWS, change=_styled), GOOD, said={2: {"valid_to": END}, 3: {"valid_to": "2030-12-31 18:30:00"}}),
        HostileFile("people whose numbers became numbers", XLSX, lambda: people(person(1, id_number=float(id_number("P1")[:17] + "0")), person(2, phone=13912345678.0), person(3, id=int(id_number("P3")[:17])), person(4, phone="1.39123E+10"), person(5, id_number="5.00103E+17")), {2: "number_damaged", 3: "ok", 4: "number_damaged", 5: "number_damaged", 6: "number_damaged"}, noun="seekers", said={3: {"phone": "13912345678"}}),
        HostileFile("people whose id is an ID number", XLSX, lambda: people(person(1, id=id_number("P1")), person(2, id="13912345678"), person(3)), {2: "personal_number", 3: "personal_number", 4: "ok"}, noun="seekers"),
        HostileFile("numbers with a fraction that is none", XLSX, lambda: table(row(1, openings=3.0), row(2, openings="3.0"), row(3, id=1001.0), row(4, openings=2.5)), {2: "ok", 3: "ok", 4: "ok", 5: "openings_number"}, said={2: {"openings": "3"}, 4: {"external_id": "1001"}}),
        HostileFile("formulas with what they came to", XLSX, lambda: table(*ROWS, change=_cached), GOOD, said={2: {"openings": "2"}, 3: {"title": "电工"}}),
        HostileFile("formulas that nobody worked out", XLSX, lambda: raw(RAW_ROWS.replace("<c r=\"D2\" t=\"inlineStr\"><is><t>2</t></is></c>", "<c r=\"D2\"><f>1+1</f></c>")), {2: "formula_without_value", 3: "ok", 4: "ok"}),
        HostileFile("formulas that failed", XLSX, lambda: table(*ROWS, change=_error_cells), {2: "cell_error", 3: "ok", 4: "cell_error"}),
        HostileFile("texts in letters of several sorts", XLSX, lambda: table(*ROWS, change=_rich), GOOD, said={2: {"title": "叉车司机"}}),
        HostileFile("a text that is lost", XLSX, lambda: raw(RAW_ROWS.replace("<c r=\"B2\" t=\"inlineStr\"><is><t>叉车司机</t></is></c>", "<c r=\"B2\" t=\"s\"><v>99</v></c>")), {2: "cell_damaged", 3: "ok", 4: "ok"}),
        HostileFile("cells without places", XLSX, lambda: raw(xml_rows([HEAD, *ROWS], placed=False)), GOOD),
        HostileFile("rows that are out of order", XLSX, lambda: raw(xml_rows([HEAD]) + xml_rows([row(1)], 7) + xml_rows([row(2)], 3) + xml_rows([row(3)], 4)), {7: "ok", 3: "ok", 4: "ok"}),
        HostileFile("names with a prefix", XLSX, lambda: _prefixed(), GOOD),
        HostileFile("escapes and readings in texts", XLSX, lambda: raw(RAW_ROWS.replace("<is><t>叉车司机</t></is>", "<is><t>叉车_x000D_\n司机</t><rPh sb=\"0\" eb=\"1\"><t>読み</t></rPh></is>", 1)), GOOD, said={2: {"title": "叉车\r\n司机"}}),
        HostileFile("another name for the parts", XLSX, lambda: raw(RAW_ROWS, name="xl/worksheets/Tabelle.xml"), GOOD),
        HostileFile("values of no kind", XLSX, lambda: raw(RAW_ROWS.replace("<c r=\"D2\" t=\"inlineStr\"><is><t>2</t></is></c>", "<c r=\"D2\"><v>1e400</v></c>")), {2: "cell_damaged", 3: "ok", 4: "ok"}),
        HostileFile("a sheet that breaks off", XLSX, lambda: raw(RAW_ROWS.replace("</row>", "</row><row r=", 4).replace("<row r=<row", "<row", 3)), {2: "ok", 3: "ok", 4: "ok", 5: "file_damaged"}),
        HostileFile("a million blank rows", XLSX, lambda: raw(blank_rows(1_048_576)), {**GOOD, 1_048_576: "ok"}, heavy=True),
        HostileFile("a million rows of formatted cells", XLSX, lambda: raw(blank_rows(1_048_576, '<c r="A#" s="1"/><c r="B#" s="1"/><c r="C#" s="1"/>')), {**GOOD, 1_048_576: "ok"}, heavy=True),
        HostileFile("a quarter million rows of blanks", XLSX, lambda: raw(blank_rows(250_000, '<c r="A#" t="str"><v> </v></c><c r="B#" t="str"><v>　</v></c>')), {**GOOD, 250_000: "ok"}, heavy=True),
        HostileFile("a cell in the far corner", XLSX, lambda: raw(RAW_ROWS + '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'), GOOD, heavy=True),
        HostileFile("sixteen thousand columns", XLSX, lambda: raw(xml_rows([[*HEAD, *(f"列{n}" for n in range(16_377))]]) + xml_rows([[*row(1), *["x"] * 16_377]], 2)), {2: "ok"}, heavy=True),
        HostileFile("a row beyond the last one", XLSX, lambda: raw(RAW_ROWS + xml_rows([row(9)], 9_999_999)), GOOD),
        HostileFile("a column that cannot be", XLSX, lambda: raw(RAW_ROWS + '<row r="5"><c r="ZZZZ5"><v>1</v></c></row>'), {**GOOD, 6: "file_damaged"}),
    ]  # fmt: skip


def _prefixed() -> bytes:
    plain = raw("")
    sheet = f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData>{RAW_ROWS}</x:sheetData></x:worksheet>'
    for tag in ("row", "c", "is", "t"):
        sheet = (
            sheet.replace(f"<{tag}>", f"<x:{tag}>")
            .replace(f"<{tag} ", f"<x:{tag} ")
            .replace(f"</{tag}>", f"</x:{tag}>")
        )
    with zipfile.ZipFile(io.BytesIO(plain)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    return archive_of(**{**parts, "xl/worksheets/sheet1.xml": sheet})


def bombs() -> list[HostileFile]:
    laughs = "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    shown = '<row r="{0}">' + "".join(f'<c r="{_letters(n)}{{0}}" t="s"><v>0</v></c>' for n in range(7)) + "</row>"
    return [
        HostileFile("a bomb of blanks", XLSX, lambda: raw(RAW_ROWS, docProps=b" " * 150_000_000), refused="file_too_large", heavy=True),
        HostileFile("a bomb of one cell", XLSX, lambda: raw('<row r="1"><c t="inlineStr"><is><t>' + "x" * 60_000_000 + "</t></is></c></row>"), refused="file_too_large", heavy=True),
        HostileFile("a bomb that denies its size", XLSX, lambda: lying(raw(RAW_ROWS + " " * 20_000_000), "xl/worksheets/sheet1.xml", 100), refused="file_damaged", heavy=True),
        HostileFile("ten times a billion laughs", XLSX, lambda: raw(RAW_ROWS.replace("叉车司机", "&j;"), before=f'<!DOCTYPE x [<!ENTITY a "ha">{laughs}]>'), refused="file_damaged", heavy=True),
        HostileFile("a text from another file", XLSX, lambda: raw(RAW_ROWS.replace("叉车司机", "&a;"), before='<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>'), refused="file_damaged"),
        HostileFile("a long text in very many cells", XLSX, lambda: raw(RAW_ROWS + "".join(shown.format(n) for n in range(5, 3_005)), texts=f"<si><t>{'x' * 32_000}</t></si>"), {**GOOD, **dict.fromkeys(range(5, 3_005), "too_long")}, heavy=True),
        HostileFile("millions of shared texts", XLSX, lambda: raw(RAW_ROWS, texts=_many_texts()), refused="file_too_large", heavy=True),
        HostileFile("tags within tags within tags", XLSX, lambda: raw(RAW_ROWS + "<a>" * 600_000 + "</a>" * 600_000), GOOD, heavy=True),
        HostileFile("a tag without end", XLSX, lambda: raw(RAW_ROWS + f'<a b="{"x" * 9_000_000}"/>'), {**GOOD, 5: "file_too_large"}, heavy=True),
        HostileFile("a flood of other tags", XLSX, lambda: raw([b"<a/>" * 11_000_000], packing=zipfile.ZIP_STORED), refused="file_too_large", heavy=True),
        HostileFile("one part under two names", XLSX, lambda: doubled(raw(RAW_ROWS)), refused="file_damaged"),
        HostileFile("a path out of the archive", XLSX, lambda: raw(RAW_ROWS, **{"../../etc/cron.d/x": "x", "/etc/passwd": "x"}), GOOD),
        HostileFile("an older workbook with a far corner", XLS, lambda: xls({"岗位": [HEAD, *ROWS]}, more=label_cell(65_535, 255, "x")), refused="file_too_large", heavy=True),
        HostileFile("an older workbook whose chain is a circle", XLS, lambda: ole({"Workbook": workbook_stream({"岗位": [HEAD, *ROWS]})}, fat_loop=True), GOOD, heavy=True),
    ]  # fmt: skip


def _many_texts() -> str:
    return "".join(f"<si><t>{n:x}</t></si>" for n in range(1_600_000))


def wrong_types() -> list[HostileFile]:
    good = table(*ROWS)
    old = {"岗位": [HEAD, *ROWS]}
    return [
        HostileFile("a workbook called csv", CSV, lambda: good, GOOD),
        HostileFile("a csv called xlsx", XLSX, lambda: csv_of(*ROWS), GOOD),
        HostileFile("a page called xls", XLS, lambda: "<html><body><table><tr><td>岗位编号</td></tr></table></body></html>".encode(), refused="file_type"),
        HostileFile("a page in UTF-16 called xls", XLS, lambda: "<html><table></table></html>".encode("utf-16"), refused="file_type"),
        HostileFile("a workbook as one XML text", XLS, lambda: b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook/>', refused="file_type"),
        HostileFile("a web archive", XLS, lambda: b"MIME-Version: 1.0\r\nContent-Type: multipart/related\r\n", refused="file_type"),
        HostileFile("a text document", XLSX, lambda: archive_of(**{"_rels/.rels": _relations([("rId1", "officeDocument", "word/document.xml")]), "word/document.xml": "<w:document xmlns:w='x'/>"}), refused="file_type"),
        HostileFile("an open document", "rows.ods", lambda: archive_of(mimetype="application/vnd.oasis.opendocument.spreadsheet", **{"content.xml": "<x/>"}), refused="file_type"),
        HostileFile("a binary workbook", "rows.xlsb", lambda: archive_of(**{"_rels/.rels": _relations([("rId1", "officeDocument", "xl/workbook.bin")]), "xl/workbook.bin": b"\x83\x01\x00"}), refused="file_type"),
        HostileFile("an archive of csv files", "rows.zip", lambda: archive_of(**{"rows.csv": csv_of(*ROWS)}), refused="file_type"),
        HostileFile("a workbook with a password", XLSX, lambda: ole({"EncryptionInfo": b"x" * 5_000, "EncryptedPackage": b"y" * 9_000}), refused="file_password"),
        HostileFile("a workbook that is cut off", XLSX, lambda: good[: len(good) // 2], refused="file_damaged"),
        HostileFile("a workbook without its last bytes", XLSX, lambda: good[:-30], refused="file_damaged"),
        HostileFile("a bit turned over in the rows", XLSX, lambda: flipped(raw(RAW_ROWS), "xl/worksheets/sheet1.xml"), refused="file_damaged"),
        HostileFile("a bit turned over in the texts", XLSX, lambda: flipped(good, "xl/sharedStrings.xml"), refused="file_damaged"),
        HostileFile("a mark and nothing behind it", XLSX, lambda: b"PK\x03\x04" + b"\x00" * 100, refused="file_damaged"),
        HostileFile("a print", XLSX, lambda: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", refused="file_type"),
        HostileFile("a photograph", XLSX, lambda: b"\xff\xd8\xff\xe0\x00\x10JFIF", refused="file_type"),
        HostileFile("another packer", XLSX, lambda: b"Rar!\x1a\x07\x01\x00" + bytes(range(256)), refused="file_type"),
        HostileFile("bytes of any sort", XLSX, lambda: bytes(range(256)) * 40 + bytes(2_000), refused="file_type"),
        HostileFile("an older workbook", XLS, lambda: xls(old), GOOD, sheet="岗位"),
        HostileFile("an older workbook with days, merged cells and a hidden sheet", XLS, lambda: xls({"码表": [HEAD, row(8)], "岗位": [[], HEAD, row(1, valid_to=date(2030, 12, 31)), row(2)]}, hidden=["码表"]), {3: "ok", 4: "ok"}, sheet="岗位", said={3: {"valid_to": END}}),
        HostileFile("an older workbook with failed formulas", XLS, lambda: xls({"岗位": [HEAD, row(1, openings="#REF!"), row(2, valid_to="#N/A"), row(3, openings="")]}, more=formula_cell(3, 3, ERROR_RESULT)), {2: "cell_error", 3: "ok", 4: "cell_error"}),
        HostileFile("an older workbook with a password", XLS, lambda: xls(old, before=record(0x2F, struct.pack("<HHH", 1, 1, 1) + bytes(48))), refused="file_password"),
        HostileFile("an older workbook that is cut off", XLS, lambda: xls(old)[:3_000], refused="file_damaged"),
        HostileFile("an older workbook with noise in it", XLS, lambda: _noisy(xls(old)), refused="file_damaged"),
        HostileFile("a workbook of the very first sort", XLS, lambda: struct.pack("<HHHH", 0x0009, 4, 2, 0x10) + bytes(200), refused="file_type"),
    ]  # fmt: skip


def _noisy(content: bytes) -> bytes:
    """An older workbook whose records have impossible lengths."""
    return content[:1024] + b"\xff" * 600 + content[1624:]


def json_files() -> list[HostileFile]:
    good = {
        "external_id": "V1",
        "title": "电工",
        "employer": {"name": "某某公司"},
        "openings": 1,
        "pay": "5000元/月",
        "district": "渝中区",
    }
    line = json.dumps(good, ensure_ascii=False)
    other = line.replace('"V1"', '"V2"')
    return [
        HostileFile("lines, some of them bad", "rows.ndjson", lambda: f'{line}\n{{oops\n\n[1]\n{line[:-1]}, "title": "x"}}\n{other}'.encode(), {1: "ok", 2: "json_syntax", 4: "wrong_type", 5: "json_duplicate_key", 6: "ok"}),
        HostileFile("an array, some entries bad", "rows.json", lambda: f'[{line}, {{"pay": 1e999}}, 3, "\\ud800", {other}]'.encode(), {1: "ok", 2: "json_not_finite", 3: "wrong_type", 4: "json_surrogate", 5: "ok"}),
        HostileFile("an array that breaks off", "rows.json", lambda: f"[{line}, {line[:20]}".encode(), {1: "json_syntax"}),
        HostileFile("JSON in UTF-16", "rows.json", lambda: f"[{line}]".encode("utf-16"), {1: "json_encoding"}),
        HostileFile("brackets ten thousand deep", "rows.json", lambda: b"[" * 10_000 + b"]" * 10_000, {1: "json_depth"}),
        HostileFile("a line of three megabytes", "rows.ndjson", lambda: f'{line}\n{{"title": "{"x" * 3_000_000}"}}\n{other}'.encode(), {1: "ok", 2: "json_size", 3: "ok"}),
        HostileFile("an array of sixty megabytes", "rows.json", lambda: b"[" + b"[],".join([b""] * 20_000_000) + b"[]]", {1: "json_size"}, heavy=True),
    ]  # fmt: skip


def hostile_files() -> list[HostileFile]:
    """All of them."""
    return [*encoded(), *delimited(), *workbooks(), *bombs(), *wrong_types(), *json_files()]
