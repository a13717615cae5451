"""What a record on the wire gives of itself, and how long its texts may be."""

from datetime import date

import pytest
import wire

from api.market.sample import vacancies
from ingest.schemas import VacancyWire, read_wire

TODAY = date(2026, 11, 27)
LIMITS = {"title": 100, "kind": 50, "district": 200, "address": 200, "hours": 200, "description": 10_000}


def test_a_document_is_what_the_model_dumps():
    pay = {"min": 5000, "max": None, "unit": "month"}
    records = [*vacancies(300, 3, TODAY), wire.vacancy("V1", employer=None), wire.vacancy("V2", pay=pay)]
    read = [VacancyWire.model_validate(record) for record in records]
    assert [record.document() for record in read] == [record.model_dump() for record in read]
    assert any(record.slots for record in read)


@pytest.mark.parametrize(("field", "limit"), LIMITS.items())
def test_a_text_is_as_long_as_the_schema_says(field, limit):
    assert VacancyWire.model_json_schema()["properties"][field]["maxLength"] == limit
    assert isinstance(read_wire(VacancyWire, wire.vacancy("V1", **{field: "长" * limit})), VacancyWire)
    refused = read_wire(VacancyWire, wire.vacancy("V1", **{field: "长" * (limit + 1)}))
    assert [(problem.field, problem.rule) for problem in refused] == [(field, "too_long")]
