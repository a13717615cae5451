import anyio
import pytest
from starlette.requests import Request

from api.bodies import Body
from api.problems import TooLarge

HEADERS = [(b"content-type", b"application/json; charset=utf-8")]


def read(most, chunks):
    """What a body of these chunks reads as, and how many of them were asked for."""
    asked = []

    async def receive():
        asked.append(1)
        return {"type": "http.request", "body": chunks(len(asked)), "more_body": len(asked) < 1_000}

    async def run():
        return await Body(most, "application/json")(Request({"type": "http", "headers": HEADERS}, receive), None)

    return lambda: anyio.run(run), asked


def test_a_body_is_read_to_its_end():
    body, _ = read(1_000, lambda n: b"x" if n < 1_000 else b"")
    assert body() == b"x" * 999


def test_a_body_is_read_no_further_than_its_limit():
    body, asked = read(100, lambda n: b"x" * 40)
    with pytest.raises(TooLarge):
        body()
    assert len(asked) == 3
