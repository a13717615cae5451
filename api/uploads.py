"""How does a table that somebody sends over HTTP come in? As a file without a name on disk, then as rows."""

import threading
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Annotated, BinaryIO, NamedTuple

from fastapi import Depends, Request
from sqlalchemy.orm import Session
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.responses import Response

from api.audit import record
from api.batches import WRITTEN
from api.bodies import LINES_BYTES, LINES_ROWS, MEGABYTE
from api.deps import Caller, settings_of
from api.imports import Counts, Noun, file_facts, open_file, taken_rows
from api.problems import Malformed, TooLarge, WrongMedia
from api.records import subjects, verdict_document
from api.refused import refused_rows
from api.responses import JsonAnswer
from api.security import Client
from ingest.files import Row, RowFile
from ingest.strict_json import dump
from ingest.verdicts import Verdict
from models.errors import NotReady, Problem

FORM, XLSX = "multipart/form-data", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PART = "file"  # the one field of the form
MOST_AT_ONCE = 4  # files of one process: each may take a hundred megabytes
PATIENCE = 2.0  # seconds
_turns = threading.BoundedSemaphore(MOST_AT_ONCE)


class Upload(NamedTuple):
    """A file that was sent, and what it was called."""

    file: BinaryIO
    name: str

    @property
    def path(self) -> Path:
        """Where readers find it. It has no name on disk, so nothing of it outlives this process."""
        return Path(f"/dev/fd/{self.file.fileno()}")


async def uploaded(request: Request, _caller: Caller) -> AsyncIterator[Upload]:
    """The file in a form of a caller who was let in. WrongMedia, TooLarge as soon as it shows, Malformed."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise WrongMedia(f"请使用 {FORM}，文件放在字段 {PART} 中")
    parser = MultiPartParser(request.headers, _limited(request), max_files=1, max_fields=10)
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError, ValueError):
        raise _no_file() from None
    except OSError:
        raise NotReady("临时空间不足，请稍后重试") from None
    try:
        part = form.get(PART)
        if not isinstance(part, UploadFile):
            raise _no_file()
        part.file.rollover()  # type: ignore[attr-defined] # a real file, as the reader of workbooks needs it
        yield Upload(part.file, part.filename or "")
    finally:
        await form.close()


async def _limited(request: Request) -> AsyncGenerator[bytes, None]:
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > LINES_BYTES:
            raise TooLarge(f"文件不能超过 {LINES_BYTES // MEGABYTE} MB，请分成几个文件")
        yield chunk


def _no_file() -> Malformed:
    problem = Problem(PART, "missing", "表单中没有文件", f"请把文件放在表单的 {PART} 字段中")
    return Malformed("没有收到文件", [problem])


UploadBody = Annotated[Upload, Depends(uploaded)]


def take_upload(request: Request, noun: Noun, source: str, client: Client, upload: Upload, dry_run: bool) -> Response:
    """The answer to a file: every row's verdict, or the refused rows as a workbook where that is asked for."""
    with _turn():
        found = open_file(upload.path, noun, upload.name, LINES_ROWS)

        def audit(session: Session, verdicts: Sequence[Verdict]) -> None:
            record(session, client.name, WRITTEN[noun], subjects(source, verdicts))

        told = taken_rows(settings_of(request), found, noun, source, dry_run, audit)
        if XLSX in request.headers.get("accept", ""):
            return _as_workbook(told, noun, found)
        return _as_document(told, found)


@contextmanager
def _turn() -> Iterator[None]:
    """A turn at reading a file. NotReady where too many are being read."""
    if not _turns.acquire(timeout=PATIENCE):
        raise NotReady("正在处理的文件较多，请稍后重试")
    try:
        yield
    finally:
        _turns.release()


def _as_document(told: Iterator[tuple[Row, Verdict]], found: RowFile) -> Response:
    """Counts, and every row in order; of the rows only their bytes are kept meanwhile."""
    counts, results = Counts(), []
    for _, verdict in told:
        counts.add(verdict)
        results.append(dump(verdict_document(verdict)))
    head = dump({"counts": counts.as_dict(), "file": file_facts(found)})
    body = head[:-1] + b',"results":[' + b",".join(results) + b"]}"
    return Response(body, headers={"Cache-Control": "no-store"}, media_type=JsonAnswer.media_type)


def _as_workbook(told: Iterator[tuple[Row, Verdict]], noun: Noun, found: RowFile) -> Response:
    made = BytesIO()
    with refused_rows(made, noun, found) as rows:
        for _ in rows.noting(told):
            pass
    return workbook_answer(made, "refused.xlsx")


def workbook_answer(made: BytesIO, name: str) -> Response:
    """A workbook to be saved under a name; no copy of it is kept between."""
    headers = {"Cache-Control": "no-store", "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(made.getvalue(), headers=headers, media_type=XLSX)
