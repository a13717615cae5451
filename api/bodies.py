"""What did the caller send? Raw bytes within limits, one strict record, or the rows of a batch, chunk by chunk.

A body is received to its end before anything of it takes effect: a connection that breaks on the way has done nothing.
"""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, NamedTuple

from fastapi import Depends, Request

from api.deps import Caller
from api.problems import Malformed, TooLarge, WrongMedia
from ingest.files import Row
from ingest.strict_json import parse, parse_records
from models.errors import FieldError

JSON, NDJSON = "application/json", "application/x-ndjson"
MEGABYTE = 1_000_000
RECORD_BYTES = MEGABYTE
ARRAY_BYTES, ARRAY_ROWS = 20 * MEGABYTE, 10_000
LINES_BYTES, LINES_ROWS = 64 * MEGABYTE, 50_000
CHUNK_ROWS, CHUNK_BYTES = 500, MEGABYTE  # a transaction: others wait no longer for it, and no more is read at once
# What an array weighs once it is read: a bracket or comma is one byte on the wire and up to 80 in memory.
ARRAY_VALUES = 1_000_000
VALUE_MARKS = (b"[", b"{", b",")


class Body:
    """The raw body of a caller who was let in: one of some media types, each with its most bytes.

    `request.state.digest` is then of these bytes, for who must know whether they were sent before.
    """

    def __init__(self, most: Mapping[str, int]) -> None:
        self.most = most

    async def __call__(self, request: Request, _caller: Caller) -> bytearray:
        """The bytes. WrongMedia or TooLarge as soon as it shows."""
        most = self.most.get(_media_of(request))
        if most is None or request.headers.get("content-encoding", "identity") != "identity":
            raise WrongMedia(f"请使用 {' 或 '.join(self.most)}，不压缩")
        body, digest = bytearray(), hashlib.blake2b(digest_size=16)
        async for chunk in request.stream():
            body += chunk
            if len(body) > most:
                raise TooLarge(f"内容不能超过 {most // MEGABYTE} MB，请分成几次发送")
            digest.update(chunk)
        request.state.digest = digest.digest()
        return body


class Batch(NamedTuple):
    """The rows of a batch, read as they are asked for; and whether its verdicts are told as lines."""

    chunks: Iterator[list[Row]]
    as_lines: bool


def _media_of(request: Request) -> str:
    """The media type of a body, without its parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def record_document(body: Annotated[bytearray, Depends(Body({JSON: RECORD_BYTES}))]) -> Any:
    """The one record in a body. Malformed when it is not strict JSON."""
    try:
        return parse(bytes(body), RECORD_BYTES)
    except FieldError as error:
        raise Malformed(error.message, [error.at("body")]) from None


def batch(
    request: Request, body: Annotated[bytearray, Depends(Body({JSON: ARRAY_BYTES, NDJSON: LINES_BYTES}))]
) -> Batch:
    """The records of a batch, a bad one as its problem. TooLarge beyond the limits, Malformed when none shows."""
    is_lines, accepted = _media_of(request) == NDJSON, request.headers.get("accept", "")
    told = {named for named in (JSON, NDJSON) if named in accepted}
    as_lines = is_lines if len(told) != 1 else told == {NDJSON}
    return Batch(_line_chunks(body) if is_lines else _array_chunks(body), as_lines)


def _array_chunks(body: bytearray) -> Iterator[list[Row]]:
    """The records of an array, which has to be read whole."""
    if sum(map(body.count, VALUE_MARKS)) > ARRAY_VALUES:
        raise TooLarge(f"一个 JSON 数组不能超过 {ARRAY_VALUES} 个值，请分批发送")
    try:
        records = parse_records(bytes(body), ARRAY_BYTES)
    except FieldError as error:
        raise Malformed(error.message, [error.at("body")]) from None
    if len(records) > ARRAY_ROWS:
        raise TooLarge(f"一个 JSON 数组不能超过 {ARRAY_ROWS} 条，请分批发送，或使用 {NDJSON}")
    rows = [_row(number, record) for number, record in enumerate(records, 1)]
    return (rows[start : start + CHUNK_ROWS] for start in range(0, len(rows), CHUNK_ROWS))


def _line_chunks(body: bytearray) -> Iterator[list[Row]]:
    """The records of lines; how many there are is known at once, what is in them when its turn comes."""
    if body.count(b"\n") + (not body.endswith(b"\n")) > LINES_ROWS:
        raise TooLarge(f"一次不能超过 {LINES_ROWS} 行，请分批发送")
    return _chunked(body)


def _chunked(body: bytearray) -> Iterator[list[Row]]:
    chunk: list[Row] = []
    weight = 0
    for number, line in enumerate(_lines(body), 1):
        if chunk and (len(chunk) == CHUNK_ROWS or weight + len(line) > CHUNK_BYTES):
            yield chunk
            chunk, weight = [], 0
        if line.strip():
            chunk.append(_row(number, _entry(line)))
            weight += len(line)
    if chunk:
        yield chunk


def _lines(body: bytearray) -> Iterator[bytes]:
    start = 0
    while start < len(body):
        end = body.find(b"\n", start)
        end = len(body) if end < 0 else end
        yield bytes(body[start:end])
        start = end + 1


def _entry(line: bytes) -> Any:
    """The record in a line; one that is not JSON as its error."""
    try:
        return parse(line, RECORD_BYTES)
    except FieldError as error:
        return error


def _row(number: int, record: Any) -> Row:
    if isinstance(record, FieldError):
        return Row(number, None, record.at("record"))
    return Row(number, record, None)


RecordDocument = Annotated[Any, Depends(record_document)]
BatchBody = Annotated[Batch, Depends(batch)]
