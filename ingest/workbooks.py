"""Which sheets does a workbook have, xlsx or the older xls?"""

from pathlib import Path

from ingest.sheets import Sheet
from ingest.xls import read_xls
from ingest.xlsx import read_xlsx

ZIP_MARK = b"PK\x03\x04"
OLE_MARK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # xls, and any workbook with a password
WORKBOOK_MARKS = (ZIP_MARK, OLE_MARK)


def read_workbook(path: Path) -> list[Sheet]:
    """The sheets that a person sees, in order.

    FieldError file_type, file_damaged, file_too_large or file_password.
    """
    with path.open("rb") as file:
        mark = file.read(len(OLE_MARK))
    return read_xlsx(path) if mark.startswith(ZIP_MARK) else read_xls(path)
