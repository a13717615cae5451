from sqlalchemy import text

from api.shapes import LiveAnswer, ReadyAnswer
from models.enums import Role


def test_a_process_that_answers_is_alive_without_a_key(client, shaped):
    assert shaped(client(None).get("/health/live"), LiveAnswer)["status"] == "live"


def test_a_process_is_ready_when_its_index_is(market, client, shaped):
    answer = shaped(client(None).get("/health/ready"), ReadyAnswer)
    assert answer["status"] == "ready"
    before = answer["index"]["watermark"]
    client(Role.OFFICE).put("/v1/vacancies/caiji/NEW", json={"title": "叉车司机", "employer": {"name": "甲"}})
    client(Role.OFFICE).get("/v1/seekers/caiji/P1/recommendations?fresh=true")
    after = client(None).get("/health/ready").json()["index"]
    assert after["watermark"] == before + 1
    assert after["age_seconds"] < 60


def test_a_process_of_another_schema_is_not_ready(client, settings, refused):
    with settings.database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    problem = refused(client(None).get("/health/ready"), 503)
    assert "zhipei migrate" in problem["detail"]
