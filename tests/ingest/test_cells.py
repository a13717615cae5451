from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.cells import Slash, entries, figure, flag, said, unshielded, without_layout


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("  叉车工\t", "叉车工"),
        (3.0, "3"),
        (1001, "1001"),
        ("1001.0", "1001"),
        ("1001.5", "1001.5"),
        (0.3, "0.3"),
        (4500.55, "4500.55"),
        (True, "是"),
        (date(2026, 12, 1), "2026-12-01"),
        (datetime(2026, 12, 1), "2026-12-01"),  # noqa: DTZ001
        (datetime(2026, 12, 1, 8, 30, tzinfo=UTC), "2026-12-01 08:30:00+00:00"),
        (time(8, 30), "08:30"),
        (None, ""),
        (float("nan"), ""),
        ("N/A", ""),
        ("无", ""),
        (" — ", ""),
        ("面议", "面议"),
        ("0", "0"),
        ("无人机飞手", "无人机飞手"),
    ],
)
def test_a_cell_is_read_as_text(cell, text):
    assert said(cell) == text


@pytest.mark.parametrize("cell", [500101199001011234.0, 5.00101199001011e17, "500101199001011234.0"])
def test_digits_lost_in_a_spreadsheet_do_not_look_like_an_identifier(cell):
    assert not said(cell).isalnum()


@pytest.mark.parametrize(
    ("text", "plain"),
    [('="00123"', "00123"), ("'00123", "00123"), ("V-1", "V-1"), ("'a b", "'a b"), ("=1+1", "=1+1")],
)
def test_an_identifier_comes_out_of_its_shield(text, plain):
    assert unshielded(text) == plain


@pytest.mark.parametrize(
    ("cell", "parts"),
    [
        (
            "叉车、电工，焊工,钳工;车工；铣工|刨工\n磨工",
            ["叉车", "电工", "焊工", "钳工", "车工", "铣工", "刨工", "磨工"],
        ),
        ("Excel; Word; ", ["Excel", "Word"]),
        ("电工/焊工", ["电工", "焊工"]),
        ("C/C++", ["C/C++"]),
        ("SMT/DIP", ["SMT/DIP"]),
        ("PLC/电工", ["PLC/电工"]),
        ("上/下料", ["上/下料"]),
        ("仪器仪表/工业自动化; 销售", ["仪器仪表/工业自动化", "销售"]),
        ("办公软件（Word、Excel），驾驶(C1,B2)", ["办公软件（Word、Excel）", "驾驶(C1,B2)"]),
        ("未闭合（的括号、电工", ["未闭合（的括号", "电工"]),
        ("电工、 电工 、无、", ["电工"]),
        ("、，；", []),
    ],
)
def test_a_list_is_split_as_it_was_meant(cell, parts):
    assert entries([cell]) == parts


def test_lists_of_several_cells_are_joined_and_folded():
    assert entries(["电工、焊工", "焊工", ""]) == ["电工", "焊工"]


def test_a_slash_divides_closed_words_and_never_wishes():
    assert entries(["白班/夜班"], Slash.ALWAYS) == ["白班", "夜班"]
    assert entries(["会计主管/经理、出纳"], Slash.NEVER) == ["会计主管/经理", "出纳"]


@given(st.text("(（[【)、，/|电a\n", max_size=40))
def test_no_letter_of_a_list_is_lost(text):
    joined = "".join(entries([text]))
    assert set(joined) >= set(text) - set("、，/|\n")


@pytest.mark.parametrize(
    ("text", "value"),
    [("是", True), ("√", True), ("TRUE", True), ("1", True), ("可", True), ("否", False), ("0", False)],
)
def test_yes_and_no_are_read(text, value):
    assert flag(text) is value


def test_a_maybe_stays_what_it_is():
    assert flag("视情况") == "视情况"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("5000", 5000),
        ("5,000", 5000),
        ("5000元", 5000),
        ("18.5", 18.5),
        ("5千", None),
        ("", None),
        ("9" * 30, None),
    ],
)
def test_a_plain_figure_is_read(text, number):
    assert figure(text) == number


def test_only_layout_is_taken_from_a_description():
    page = "<p class='a'>负责&nbsp;仓库</p><br/>熟悉<b>C&lt;T&gt;</b>"
    assert without_layout(page) == "负责 仓库\n熟悉C<T>"
    for text in ("3<5 且 7>6", "<script>alert(1)</script>", "a & b", "< p >", "<" * 5000):
        assert without_layout(text) == text
