"""May this zip archive be opened, and what do its parts hold? Nothing is unpacked beyond fixed limits."""

import struct
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from models.errors import FieldError

MOST_UNPACKED = 200_000_000  # bytes of all parts
MOST_RATIO, RATIO_FROM = 100, 10_000_000  # of unpacked to packed; a small file may well be repetitive
MOST_ENTRIES = 10_000
CHUNK = 1 << 20


class Archive:
    """The parts of an archive by their names in lower case, as readers of spreadsheets look them up."""

    def __init__(self, path: Path, entries: Iterable[ZipInfo]) -> None:
        self._path = path
        self._entries = {entry.filename.lower(): entry for entry in entries}

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._entries

    def chunks(self, name: str) -> Iterator[bytes]:
        """The content of a part, piece by piece. FieldError file_damaged, also where its checksum is wrong."""
        with _told(), ZipFile(self._path) as archive, archive.open(self._entries[name.lower()]) as part:
            while chunk := part.read(CHUNK):
                yield chunk


def open_archive(path: Path) -> Archive:
    """The archive of a file. FieldError file_damaged, or file_too_large (packed bombs).

    No part ever gives more bytes than its entry claims, so the sum of the claims bounds what will be read.
    """
    with _told():
        with ZipFile(path) as archive:
            entries = archive.infolist()
        # Of two entries of one name each reader takes another.
        if len({entry.filename.lower() for entry in entries}) < len(entries) or len(entries) > MOST_ENTRIES:
            raise BadZipFile
        if any(entry.flag_bits & 1 or entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED) for entry in entries):
            raise BadZipFile
    unpacked, packed = sum(entry.file_size for entry in entries), path.stat().st_size
    if unpacked > min(MOST_UNPACKED, max(RATIO_FROM, MOST_RATIO * packed)):
        raise too_large()
    return Archive(path, entries)


def too_large() -> FieldError:
    """What is told of a file that would come to too much."""
    return FieldError("file_too_large", "表格展开后过大", "请删除多余的行列，分成几个文件，或另存为 CSV")


def damaged() -> FieldError:
    """What is told of a file that does not hold together."""
    return FieldError("file_damaged", "文件已损坏，无法打开", "请重新另存为 xlsx 后再导入")


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except FieldError:
        raise
    except (BadZipFile, EOFError, OSError, NotImplementedError, ValueError, struct.error, zlib.error):
        raise damaged() from None
