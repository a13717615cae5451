import anyio
import pytest
from starlette.requests import Request

from api.bodies import Body, batch
from api.problems import TooLarge

HEADERS = [(b"content-type", b"application/json; charset=utf-8")]


def read(most, chunks):
    """What a body of these chunks reads as, and how many of them were asked for."""
    asked = []

    async def receive():
        asked.append(1)
        return {"type": "http.request", "body": chunks(len(asked)), "more_body": len(asked) < 1_000}

    async def run():
        return await Body({"application/json": most})(Request({"type": "http", "headers": HEADERS}, receive), None)

    return lambda: anyio.run(run), asked


def test_a_body_is_read_to_its_end():
    body, _ = read(1_000, lambda n: b"x" if n < 1_000 else b"")
    assert body() == b"x" * 999


def test_a_body_is_read_no_further_than_its_limit():
    body, asked = read(100, lambda n: b"x" * 40)
    with pytest.raises(TooLarge):
        body()
    assert len(asked) == 3


@pytest.fixture
def sent():
    """The chunks of a batch that was sent as lines or as an array."""

    def read(body, media="application/x-ndjson", **headers):
        named = [
            (b"content-type", media.encode()),
            *((name.encode(), value.encode()) for name, value in headers.items()),
        ]
        return batch(Request({"type": "http", "headers": named}), bytearray(body))

    return read


def test_lines_are_read_chunk_by_chunk_when_their_turn_comes(sent):
    chunks = sent(b"\n".join([b"{}"] * 1_100 + [b"not json"])).chunks
    assert [(len(rows), rows[0].number, rows[-1].number) for rows in chunks] == [
        (500, 1, 500),
        (500, 501, 1_000),
        (101, 1_001, 1_101),
    ]


def test_a_chunk_of_long_lines_is_short(sent):
    line = b'{"title": "%s"}' % (b"x" * 400_000)
    assert [len(rows) for rows in sent(b"\n".join([line] * 5)).chunks] == [2, 2, 1]


def test_a_line_beyond_the_limit_is_its_own_fault(sent):
    body = b'{"a": 1}\n{"title": "%s"}\n\n\xef\xbb\xbf{"b": 2}' % (b"x" * 1_000_000)
    rows = [row for chunk in sent(body).chunks for row in chunk]
    assert [(row.number, row.document) for row in rows] == [(1, {"a": 1}), (2, None), (4, {"b": 2})]
    assert rows[1].problem.rule == "json_size"


def test_more_than_a_batch_may_hold_is_refused_before_anything_is_read(sent):
    for body, media in (
        (b"{}\n" * 50_001, "application/x-ndjson"),
        (b"\n" * 50_001, "application/x-ndjson"),
        (b"{}\n" * 50_000 + b"{}", "application/x-ndjson"),
        (b"[" + b"{}," * 10_000 + b"{}]", "application/json"),
        (b"[" + b"0," * 1_000_000 + b"0]", "application/json"),
    ):
        with pytest.raises(TooLarge):
            sent(body, media)
    assert sum(len(rows) for rows in sent(b"{}\n" * 50_000).chunks) == 50_000


def test_verdicts_are_told_as_the_rows_were_sent_unless_asked_otherwise(sent):
    array, lines = "application/json", "application/x-ndjson"
    for media, accept, as_lines in (
        (array, "*/*", False), (lines, "*/*", True), (lines, array, False), (array, lines, True), (lines, f"{array}, {lines}", True),
    ):  # fmt: skip
        assert sent(b"[]", media, accept=accept).as_lines is as_lines
