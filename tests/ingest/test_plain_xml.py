"""What is read without a parser is what a parser would have read."""

import io
import random
import zipfile

import pytest
from hostile_files import RAW_ROWS, archive_of, raw
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.plain_xml import MOST_KEPT, ROWS, Stretches
from ingest.workbooks import read_workbook
from models.errors import FieldError

TEXTS = "<si><t>甲</t></si><si><t xml:space='preserve'> 乙</t></si><si><t>_x0041_</t></si>"


def read(path):
    """The rows of a workbook, or why there are none."""
    try:
        return [told(row) for sheet in read_workbook(path) for row in sheet.rows()]
    except FieldError as error:
        return error.rule


def told(row):
    """A row whose errors can be compared."""
    number, cells = row
    if isinstance(cells, FieldError):
        return number, cells.rule
    return number, [cell.rule if isinstance(cell, FieldError) else (type(cell), cell) for cell in cells]


def read_both_ways(path, content, monkeypatch):
    path.write_bytes(content)
    quick = read(path)
    with monkeypatch.context() as patched:
        patched.setattr(Stretches, "marked", lambda stretches, chunks: chunks)
        return quick, read(path)


cells = st.one_of(
    st.sampled_from([
        '<c r="{0}" t="s"><v>1</v></c>', '<c r="{0}" t="s"><v>99</v></c>', '<c r="{0}"/>', '<c r="{0}" s="1"></c>',
        '<c r="{0}" t="b"><v>1</v></c>', '<c r="{0}" t="e"><v>#REF!</v></c>', '<c r="{0}" t="e"><v>#N/A</v></c>',
        '<c r="{0}" t="inlineStr"><is><t>丙</t></is></c>', '<c r="{0}"><f>1+1</f><v>2</v></c>', '<c r="{0}"><f>A1</f></c>',
        '<c r="{0}" t="str"><v>_x0041_</v></c>', '<c r="{0}" s="1"><v>47848.5</v></c>', '<c r="{0}"><v>1e999</v></c>',
        '<c t="s" r="{0}"><v>0</v></c>', '<c><v>7</v></c>', '<c r="{0}"><v>&#49;</v></c>', '<c r="{0}" t="str"><v>]]></v></c>',
        '<c r="{0}" t="inlineStr"><is><r><t>粗</t></r><r><t>细</t></r></is></c>', '<c r="{0}"><v>x</v></c>', "<!-- 注 -->",
    ]),
    st.text(max_size=6).map(lambda text: '<c r="{0}" t="str"><v>' + text.replace("{", "").replace("}", "") + "</v></c>"),
)  # fmt: skip
rows = st.tuples(
    st.sampled_from(
        ['<row r="{0}">', '<row r="{0}" spans="1:3" ht="15.75" s="2">', "<row>", '<row spans="1:3" r="{0}">']
    ),
    st.lists(cells, max_size=5),
)


@settings(max_examples=150, deadline=None)
@given(found=st.lists(rows, max_size=8), around=st.sampled_from(["{}", "<!--{}-->{}", "<?plain 1?>{}", "<x>{}</x>"]))
def test_rows_of_any_form_are_read_alike(found, around, tmp_path_factory):
    made = "".join(
        head.format(number) + "".join(cell.replace("{0}", f"{'ABCDE'[place]}{number}") for place, cell in enumerate(inner)) + "</row>"
        for number, (head, inner) in enumerate(found, 1)
    )  # fmt: skip
    content = raw([around.replace("{}", made).encode("utf-8", "surrogatepass")], texts=TEXTS)
    with pytest.MonkeyPatch.context() as monkeypatch:
        quick, slow = read_both_ways(tmp_path_factory.mktemp("plain") / "rows.xlsx", content, monkeypatch)
    assert quick == slow


def test_damaged_rows_are_read_alike(tmp_path, monkeypatch):
    places, given = random.Random(17), RAW_ROWS.encode()
    for _ in range(300):
        damaged = bytearray(given)
        for _ in range(places.randint(1, 3)):
            damaged[places.randrange(len(damaged))] = places.choice(b"<>\"'&/=?0 \x00\xff\xefrcvt")
        quick, slow = read_both_ways(tmp_path / "rows.xlsx", raw([bytes(damaged)]), monkeypatch)
        assert quick == slow


def test_another_encoding_is_left_to_the_parser(tmp_path, monkeypatch):
    with zipfile.ZipFile(io.BytesIO(raw(RAW_ROWS))) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = "xl/worksheets/sheet1.xml"
    parts[name] = parts[name].replace(b'encoding="UTF-8"', b'encoding="ISO-8859-1"')
    quick, slow = read_both_ways(tmp_path / "rows.xlsx", archive_of(**parts), monkeypatch)
    assert quick == slow
    assert quick[1][1][1] == (str, "叉车司机".encode().decode("latin-1"))


def test_what_stands_in_a_comment_is_kept_no_longer_than_it_may():
    row = b'<row r="1"><c r="A1"><v>1</v></c></row>'
    stretches = Stretches(ROWS, b"</row>")
    block = row * (500_000 // len(row))
    left = sum(map(len, stretches.marked([b"<worksheet>", *[block + b"<x/>"] * 20])))
    assert 20 * len(block) - MOST_KEPT <= left < 20 * len(block)
