"""In what form does an answer leave? Strict JSON, problem+json, and the tags by which a copy is known to be current."""

from collections.abc import Mapping
from typing import Any

from pydantic_core import PydanticSerializationError, to_json
from starlette.responses import JSONResponse

from ingest.strict_json import dump

PROBLEM_MEDIA = "application/problem+json"


class JsonAnswer(JSONResponse):
    """A document as strict JSON (RFC 8259: no NaN, no lone surrogates). May not be kept by anyone between."""

    def __init__(
        self,
        content: Any,
        status_code: int = 200,
        headers: Mapping[str, str] | None = None,
        media_type: str | None = None,
    ) -> None:
        super().__init__(content, status_code, {"Cache-Control": "no-store", **(headers or {})}, media_type)

    def render(self, content: Any) -> bytes:
        """The bytes of the document."""
        return dump(content)


class PlainAnswer(JsonAnswer):
    """A document of texts and whole numbers alone: the compiled writer makes the same of it in a third of the time."""

    def render(self, content: Any) -> bytes:
        """The bytes of the document."""
        try:
            return to_json(content)
        except PydanticSerializationError:  # a broken character
            return super().render(content)


class ProblemAnswer(JsonAnswer):
    """What went wrong (RFC 9457)."""

    media_type = PROBLEM_MEDIA


def tag(revision: int) -> str:
    """The entity tag of a stored revision."""
    return f'"{revision}"'


def is_tagged(header: str, revision: int) -> bool:
    """Whether an If-Match or If-None-Match header names this revision; `*` names every one (RFC 9110, 13.1)."""
    names = {name.strip().removeprefix("W/") for name in header.split(",")}
    return "*" in names or tag(revision) in names


def tagged(revision: int) -> dict[str, str]:
    """The headers of an answer whose copy may be kept by its reader, to be asked for again by its tag."""
    return {"ETag": tag(revision), "Cache-Control": "private, no-cache"}
