import re

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from api.app import create_app
from api.security import MATRIX
from models.enums import Role
from models.errors import ZhipeiError

LOCAL = re.compile(r"(?:https?:)?//[^\s\"'<>]+")


@pytest.fixture
def database_url(sqlite_url):
    return sqlite_url  # what is described depends on no database


@pytest.fixture
def document(app):
    return app.openapi()


def operations(document):
    return {
        (path, method): operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def test_without_keys_nothing_starts(settings):
    bare = settings.model_copy(update={"secret_keys": ""})
    bare.__dict__.pop("keyring", None)
    with pytest.raises(ZhipeiError, match="ZHIPEI_SECRET_KEYS"):
        create_app(bare)


def test_the_wishes_of_those_registered_are_read_before_the_first_request(market, app, client):
    client(Role.BROKER, name="li")
    assert {text for text, _ in app.state.index.state.index.wishes} >= {"叉车司机"}


def test_on_another_schema_nothing_starts(settings):
    with settings.database.write() as session:
        session.execute(text("DELETE FROM alembic_version"))
    with pytest.raises(ZhipeiError, match="zhipei migrate"):
        create_app(settings)


def test_every_route_is_described_with_its_name_its_key_and_its_errors(document):
    found = operations(document)
    named = {operation["operationId"] for operation in found.values()}
    assert len(named) == len(found)
    assert set(MATRIX) <= named
    for (path, _), operation in found.items():
        assert operation["summary"]
        assert operation["description"]
        if path.startswith("/v1"):
            assert operation["security"] == [{"key": []}]
            assert {"401", "403", "422", "503"} <= set(operation["responses"])
        for status, answer in operation["responses"].items():
            if status >= "400":
                assert list(answer["content"]) == ["application/problem+json"]


def test_every_body_is_described_with_an_example_that_is_accepted(document, client):
    office = client(Role.OFFICE)
    for (path, method), operation in operations(document).items():
        for media, content in operation.get("requestBody", {}).get("content", {}).items():
            if media == "application/json":
                example = content["example"]
                name = example[0] if isinstance(example, list) else example
                address = path.format(source="caiji", external_id=name.get("external_id", "V000001"))
                answer = office.request(method, address, json=example, params={"source": "caiji"})
                spoken_of = path.endswith(("/decisions", "/appeals"))  # of what is not stored, or needs no word
                assert answer.status_code in ((404, 409) if spoken_of else (200, 201)), answer.text
                assert '"invalid"' not in answer.text


def test_every_reference_in_the_description_leads_somewhere(document):
    schemas = document["components"]["schemas"]
    for name in re.findall(r"#/components/schemas/(\w+)", str(document)):
        assert name in schemas


def test_the_documentation_page_asks_nothing_of_the_internet(client):
    door = client(None)
    page = door.get("/docs")
    assert page.status_code == 200
    outside = [url for url in LOCAL.findall(page.text) if "testserver" not in url]
    assert outside == []
    assert '"validatorUrl": null' in page.text
    for asset in re.findall(r'(?:src|href)="([^"]+)"', page.text):
        assert door.get(asset).status_code == 200
    assert "'unsafe-inline'" in page.headers["content-security-policy"]
    assert door.get("/redoc").status_code == 404
    values = ("https://schema.org/", "https://jiuye.example.org/")  # examples of values: nobody fetches them
    found = LOCAL.findall(door.get("/openapi.json").text)
    assert not [url for url in found if not url.startswith(values)]


def test_an_application_outside_its_lifespan_still_answers(app):
    assert TestClient(app).get("/health/live").status_code == 200
    assert TestClient(app).get("/health/ready").status_code == 503
