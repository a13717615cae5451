import json
import math
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.strict_json import DEEPEST, dump, parse, parse_records
from models.errors import FieldError

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)
SCALAR = (
    st.none() | st.booleans() | st.integers(-(10**17), 10**17) | st.floats(allow_nan=False, allow_infinity=False) | TEXT
)
VALUE = st.recursive(SCALAR, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4))
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)) | st.dates(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(codec=None)) | st.integers(), inner, max_size=4)
    ),
)
JSON_LETTERS = st.text(st.sampled_from('{}[]",:\\u0dD8eE+-.123 \n\x00tfn渝'), max_size=60)


def rule_of(data: bytes | str, most: int = 1_000_000) -> str:
    with pytest.raises(FieldError) as caught:
        parse(data, most)
    assert caught.value.message
    assert caught.value.fix
    return caught.value.rule


@given(VALUE, st.booleans())
def test_valid_documents_read_as_the_standard_parser_reads_them(value, escaped):
    text = json.dumps(value, ensure_ascii=escaped)
    assert parse(text) == json.loads(text) == value
    assert parse(text.encode()) == value
    assert parse(b"\xef\xbb\xbf" + text.encode()) == value


@given(JSON_LETTERS | st.text(st.characters(codec=None)) | st.binary())
def test_nothing_but_a_field_error_is_ever_raised(data):
    try:
        value = parse(data)
    except FieldError:
        return
    text = data.removeprefix("\ufeff") if isinstance(data, str) else data
    assert value == json.loads(text)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "json_syntax"),
        ("{'a': 1}", "json_syntax"),
        ('{"a": 1,}', "json_syntax"),
        ('"tab\there"', "json_syntax"),
        ('{"a": 1} {"b": 2}', "json_syntax"),
        ("[01]", "json_syntax"),
        ("[1_000]", "json_syntax"),
        ('{"a": 1, "a": 1}', "json_duplicate_key"),
        ('{"a": 1, "\\u0061": 2}', "json_duplicate_key"),
        ('[{"deep": {"a": 1, "a": 2}}]', "json_duplicate_key"),
        ('{"pay": NaN}', "json_not_finite"),
        ("[-Infinity]", "json_not_finite"),
        ("1e999", "json_not_finite"),
        ("-1e400", "json_not_finite"),
        ("[1234567890123456789]", "json_number"),
        ("-" + "9" * 5000, "json_number"),
        ("0." + "1" * 200, "json_number"),
        ('"\\ud800"', "json_surrogate"),
        ('{"\\udfff": 1}', "json_surrogate"),
        ('"\\ude00\\ud83d"', "json_surrogate"),
        ('"\ud83d"', "json_surrogate"),
        ('"a\x00"', "json_nul"),
        ('["\\u0000"]', "json_nul"),
        ('{"\\u0000": 1}', "json_nul"),
        ("[" * 33 + "]" * 33, "json_depth"),
        ("[" * 100_000, "json_depth"),
        ('{"a":' * 100_000, "json_depth"),
    ],
)
def test_what_parsers_disagree_on_is_refused(text, rule):
    assert rule_of(text) == rule


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        ('{"a": 1}'.encode("utf-16"), "json_encoding"),
        ('{"a": 1}'.encode("utf-16-le"), "json_encoding"),
        ('{"a": 1}'.encode("utf-16-be"), "json_encoding"),
        ('{"a": "渝北"}'.encode("gb18030"), "json_encoding"),
        (b'"\xed\xa0\x80"', "json_surrogate"),
        (b'"\xc0\x80"', "json_encoding"),
    ],
)
def test_other_encodings_than_utf8_are_refused(data, rule):
    assert rule_of(data) == rule


def test_what_only_looks_dangerous_is_read():
    assert parse('"\\ud83d\\ude00"') == "😀"
    assert parse('"\\\\ud800 \\\\u0000"') == "\\ud800 \\u0000"
    assert parse('"' + "[{" * 1000 + '\\""') == "[{" * 1000 + '"'
    assert parse("[" * DEEPEST + "]" * DEEPEST)
    assert parse(f"[{'9' * 18}, -{'9' * 18}]") == [10**18 - 1, 1 - 10**18]
    assert parse("[" + "[]," * 100 + "1]")[-1] == 1


def test_the_size_limit_is_in_bytes():
    assert parse('"渝"'.encode(), most=5) == "渝"
    assert rule_of('"渝北"'.encode(), most=5) == "json_size"


def test_a_syntax_error_says_where_and_repeats_nothing():
    with pytest.raises(FieldError) as caught:
        parse('[\n{"name": "王小明" oops}]')
    assert caught.value.span == (17, 18)
    assert "第 2 行" in caught.value.message
    assert "王小明" not in caught.value.message + caught.value.fix


def test_a_bad_record_stands_alone_among_good_ones():
    records = parse_records('[{"a": 1}, {"a": 1, "a": 2}, {"b": NaN}, {"c": "\\ud800"}, 0, {"d": "\\u0000"}]')
    found = [record.rule if isinstance(record, FieldError) else record for record in records]
    assert found == [{"a": 1}, "json_duplicate_key", "json_not_finite", "json_surrogate", 0, "json_nul"]


def test_one_record_needs_no_array():
    assert parse_records('{"a": 1}') == [{"a": 1}]
    with pytest.raises(FieldError):
        parse_records('[{"a": 1}, {')


@given(ANYTHING)
def test_rendering_never_fails_and_is_strict(value):
    parse_any = json.loads(dump(value).decode(), parse_constant=lambda name: pytest.fail(name))
    dump(parse_any)


def test_rendering_replaces_what_json_has_no_form_for():
    assert dump({"n": math.nan, "s": "a\ud800b", "i": [math.inf], "渝": 1}) == (
        '{"n":null,"s":"a\ufffdb","i":[null],"渝":1}'.encode()
    )
    assert (
        dump([date(2026, 12, 1), datetime(2026, 12, 1, 8, tzinfo=UTC)]) == b'["2026-12-01","2026-12-01T08:00:00+00:00"]'
    )
    assert dump(10**5000) == b"null"
    circle: list[object] = []
    circle.append(circle)
    assert dump(circle).startswith(b"[[")
