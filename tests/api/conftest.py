"""A small market behind the door, and how its answers are checked."""

from collections.abc import Callable
from typing import Any

import pytest
from intaking import take_seekers, take_vacancies
from pydantic import BaseModel
from wire import small_market

from api.settings import Settings
from api.shapes import ProblemDocument
from ingest.files import Row
from ingest.intake import Intake
from ingest.policy import Policy
from models.times import now


@pytest.fixture
def market(settings: Settings) -> None:
    """The small market of `wire.py`, from the source `caiji`."""
    intake = Intake("caiji", Policy.of(settings.configuration), now(), settings.home_city, settings.keyring)
    vacancies, people = small_market()
    with settings.database.write() as session:
        take_vacancies(session, [Row(n, record) for n, record in enumerate(vacancies, 1)], intake)
        take_seekers(session, [Row(n, record) for n, record in enumerate(people, 1)], intake)


Shaped = Callable[..., dict[str, Any]]


@pytest.fixture
def shaped() -> Shaped:
    """The document of an answer that must have a status and the documented shape."""

    def check(response: Any, model: type[BaseModel], status: int = 200) -> dict[str, Any]:
        assert response.status_code == status, response.text
        document: dict[str, Any] = response.json()
        model.model_validate(document)
        return document

    return check


@pytest.fixture
def refused(shaped: Shaped) -> Shaped:
    """The problem document of an answer that must have a status."""

    def check(response: Any, status: int) -> dict[str, Any]:
        assert response.headers["content-type"] == "application/problem+json"
        document = shaped(response, ProblemDocument, status)
        assert document["status"] == status
        return document

    return check
