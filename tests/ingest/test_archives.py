import io
import zipfile
from pathlib import Path

import pytest
from hostile_files import RAW_ROWS, doubled, flipped, lying, raw

from ingest.archives import open_archive
from models.errors import FieldError

SHEET = "xl/worksheets/sheet1.xml"


def written(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "rows.xlsx"
    path.write_bytes(content)
    return path


def rule_of(path: Path) -> str:
    with pytest.raises(FieldError) as caught:
        b"".join(open_archive(path).chunks(SHEET))
    return caught.value.rule


def test_parts_are_found_by_name_in_any_case(tmp_path):
    archive = open_archive(written(tmp_path, raw(RAW_ROWS)))
    assert "XL/Workbook.xml" in archive
    assert "xl/none.xml" not in archive
    assert b"V1" in b"".join(archive.chunks("XL/worksheets/Sheet1.xml"))


def test_packed_bombs_are_refused_by_what_they_claim(tmp_path):
    bomb = raw(" " * 20_000_000)
    assert rule_of(written(tmp_path, bomb)) == "file_too_large"
    assert rule_of(written(tmp_path, lying(bomb, SHEET, 100))) == "file_damaged"
    assert rule_of(written(tmp_path, raw(RAW_ROWS, more=b"x" * 300_000_000))) == "file_too_large"


def test_repetition_in_a_small_file_is_no_bomb(tmp_path):
    assert len(b"".join(open_archive(written(tmp_path, raw(" " * 9_000_000))).chunks(SHEET))) > 9_000_000


def test_two_entries_of_one_name_and_too_many_are_refused(tmp_path):
    assert rule_of(written(tmp_path, doubled(raw(RAW_ROWS)))) == "file_damaged"
    assert rule_of(written(tmp_path, raw("", **{f"x{n}": "" for n in range(10_000)}))) == "file_damaged"


def test_other_packings_are_refused(tmp_path):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr(SHEET, "x" * 1000)
    assert rule_of(written(tmp_path, file.getvalue())) == "file_damaged"


def test_a_wrong_checksum_is_noticed(tmp_path):
    assert rule_of(written(tmp_path, flipped(raw(RAW_ROWS), SHEET))) == "file_damaged"
    assert rule_of(written(tmp_path, b"PK\x03\x04 but no more")) == "file_damaged"
