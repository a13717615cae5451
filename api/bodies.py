"""What did the caller send? Raw bytes within limits, one strict record, or the rows of a batch."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Annotated, Any

from fastapi import Depends, Request

from api.deps import Caller
from api.problems import Malformed, TooLarge, WrongMedia
from ingest.files import Row
from ingest.strict_json import parse, parse_records
from models.errors import FieldError

JSON, NDJSON = "application/json", "application/x-ndjson"
RECORD_BYTES = 1_000_000
BATCH_BYTES = 20_000_000
BATCH_ROWS = 5_000
# What a batch weighs once it is read: a bracket or comma is one byte on the wire and up to 80 in memory.
BATCH_VALUES = 1_000_000
VALUE_MARKS = (b"[", b"{", b",", b"\n")


class Body:
    """The raw body of a caller who was let in: one of some media types, at most `most` bytes."""

    def __init__(self, most: int, *media: str) -> None:
        self.most, self.media = most, media

    async def __call__(self, request: Request, _caller: Caller) -> bytes:
        """The bytes. WrongMedia or TooLarge as soon as it shows."""
        encoding = request.headers.get("content-encoding", "identity")
        if _media_of(request) not in self.media or encoding != "identity":
            raise WrongMedia(f"请使用 {' 或 '.join(self.media)}，不压缩")
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > self.most:
                raise TooLarge(f"内容不能超过 {self.most // 1_000_000} MB")
        return bytes(body)


def _media_of(request: Request) -> str:
    """The media type of a body, without its parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def record_document(body: Annotated[bytes, Depends(Body(RECORD_BYTES, JSON))]) -> Any:
    """The one record in a body. Malformed when it is not strict JSON."""
    try:
        return parse(body, RECORD_BYTES)
    except FieldError as error:
        raise Malformed(error.message, [error.at("body")]) from None


def batch_rows(request: Request, body: Annotated[bytes, Depends(Body(BATCH_BYTES, JSON, NDJSON))]) -> Sequence[Row]:
    """The records of a batch, a bad one as its problem. TooLarge beyond the limits, Malformed when none shows."""
    if sum(map(body.count, VALUE_MARKS)) > BATCH_VALUES:
        raise TooLarge(f"一批不能超过 {BATCH_VALUES} 个值")
    found = _lines(body) if _media_of(request) == NDJSON else _entries(body)
    rows = [_row(number, record) for number, record in islice(found, BATCH_ROWS + 1)]
    if len(rows) > BATCH_ROWS:
        raise TooLarge(f"一批不能超过 {BATCH_ROWS} 条")
    return rows


def _row(number: int, record: Any) -> Row:
    if isinstance(record, FieldError):
        return Row(number, None, record.at("record"))
    return Row(number, record, None)


def _entries(body: bytes) -> Iterator[tuple[int, Any]]:
    try:
        yield from enumerate(parse_records(body, BATCH_BYTES), 1)
    except FieldError as error:
        raise Malformed(error.message, [error.at("body")]) from None


def _lines(body: bytes) -> Iterator[tuple[int, Any]]:
    """Each line that is not blank, with its number; a line that is not JSON as its error."""
    for number, line in enumerate(body.split(b"\n"), 1):
        if line.strip():
            try:
                yield number, parse(line, RECORD_BYTES)
            except FieldError as error:
                yield number, error


RecordDocument = Annotated[Any, Depends(record_document)]
BatchRows = Annotated[Sequence[Row], Depends(batch_rows)]
