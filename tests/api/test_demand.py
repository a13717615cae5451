"""Those who collect demand see what is asked for and not found, and what finds nobody."""

import re

import pytest
from wire import seeker, vacancy

from api.shapes import LedgerPage
from matching.config import engine_config
from matching.loading import Night
from matching.nightly import run_night
from models.configuration import read_configuration
from models.enums import Role
from models.queries.ledger import asked_for, refresh_ledger
from models.queries.seekers import served_columns
from models.times import now


@pytest.fixture
def ledger(market, client, settings):
    """The small market of `wire.py` after a night: 古琴修复师 is asked for and not offered."""
    office = client(Role.OFFICE)
    office.put("/v1/seekers/caiji/P5", json=seeker("P5", "电焊工", fixed=["occupation", "place"]))
    office.put("/v1/vacancies/caiji/V9", json=vacancy("V9", "锅炉操作工", district="成都市锦江区"))
    run_id, _ = run_night(settings.database, Night(engine_config(read_configuration()), "500000", now()))
    with settings.database.read() as session:
        demands = asked_for(served_columns(session))
    assert refresh_ledger(settings.database, run_id, demands) > 0
    return run_id


def test_the_ledger_in_words_for_those_who_collect_demand(ledger, client, shaped):
    page = shaped(client(Role.SYSTEM, source="caiji").get("/v1/demand/unmatched"), LedgerPage)
    assert page["run"] == ledger
    lines = page["items"]
    assert {line["side"]["code"] for line in lines} == {"WANTED", "OFFERED"}
    assert [line["side"]["code"] for line in lines] == sorted((line["side"]["code"] for line in lines), reverse=True)
    for line in lines:
        for part in ("side", "occupation", "district", "cause"):
            assert line[part] is None or re.search(r"[\u4e00-\u9fff]", line[part]["label"])
    welder = [line for line in lines if line["side"]["code"] == "WANTED" and "焊" in str(line["occupation"])]
    assert [(line["district"]["label"], line["cause"]["code"], line["count"]) for line in welder] == [
        ("重庆市渝中区", "PLACE", 1)
    ]
    boiler = [line for line in lines if line["side"]["code"] == "OFFERED" and "锅炉" in str(line["occupation"])]
    assert [line["cause"]["label"] for line in boiler] == ["没有人找这类工作"]


def test_the_ledger_by_side_place_occupation_cause_and_page(ledger, client):
    office = client(Role.OFFICE)

    def read(query=""):
        return office.get(f"/v1/demand/unmatched?{query}").json()

    everything = read()["items"]
    for query, part, code in (
        ("side=OFFERED", "side", "OFFERED"), ("cause=PLACE", "cause", "PLACE"), ("district=500229", "district", "500229"),
    ):  # fmt: skip
        assert read(query)["items"] == [line for line in everything if line[part] and line[part]["code"] == code]
    assert read("district=500000")["items"] == [
        line for line in everything if line["district"] and line["district"]["code"].startswith("50")
    ]
    paged, cursor = [], ""
    while cursor is not None:
        page = read(f"limit=2{cursor and f'&cursor={cursor}'}")
        paged, cursor = [*paged, *page["items"]], page["next"]
    assert paged == everything


def test_before_the_first_night_there_is_none(client, shaped, refused):
    assert shaped(client(Role.OFFICE).get("/v1/demand/unmatched"), LedgerPage)["items"] == []
    refused(client(Role.BROKER, name="li").get("/v1/demand/unmatched"), 403)
    for query in ("side=x", "district=渝中区", "occupation=6", "cause=x", "cursor=0"):
        refused(client(Role.OFFICE).get(f"/v1/demand/unmatched?{query}"), 422)
