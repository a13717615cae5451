"""The files that partner systems really sent; they are not part of the project and may be absent."""

from pathlib import Path

import pytest

from ingest.files import read_file
from ingest.headers import Noun

SHARED = Path(__file__).parents[2] / "../shared/data"
pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="the real files are not on this machine")

# What each column holds, in order; empty where the wire has no field for it.
COLUMNS: dict[str, tuple[Noun, str]] = {
    "vacancies/job51_2024.csv": (
        "vacancies",
        "external_id title employer.name city district pay skills industry - -",
    ),
    "vacancies/job51_2026.csv": (
        "vacancies",
        "external_id title employer.name city place pay experience education - industry - - skills skills",
    ),
    "vacancies/zhilian_2026.csv": (
        "vacancies",
        "external_id title employer.name city education experience pay skills description industry - valid_from "
        "updated_at",
    ),
    "vacancies/taidi_2023.csv": (
        "vacancies",
        "external_id employer.name title pay.min pay.max pay.kind - - experience openings valid_to industry - skills "
        "description - address",
    ),
    "seekers/from_titles_2026.csv": (
        "seekers",
        "external_id intentions city districts pay_floor skills education experience kinds wish mobility.cross "
        "consents.other_city registration.applied_at registration.channel",
    ),
    "seekers/taidi_2023.csv": (
        "seekers",
        "external_id intentions - pay_floor - city experience - education - skills - - certificates - -",
    ),
    **{
        f"judged/{name}/vacancies.csv": (
            "vacancies",
            "external_id title employer.name city district education experience pay skills description industry",
        )
        for name in ("it", "mixed", "titles")
    },
    **{
        f"judged/{name}/seekers.csv": ("seekers", "external_id intentions city pay_floor")
        for name in ("it", "mixed", "titles")
    },
}


@pytest.mark.parametrize("name", COLUMNS)
def test_every_column_is_recognised_and_every_row_is_read(name):
    noun, fields = COLUMNS[name]
    file = read_file(SHARED / name, noun)
    assert file.columns is not None
    assert file.columns.fields == {number: field for number, field in enumerate(fields.split()) if field != "-"}
    assert not file.columns.dropped
    rows = list(file)
    assert not [row.problem for row in rows if row.problem]
    assert len({row.document["external_id"] for row in rows if row.document}) == len(rows)
    assert [row.number for row in rows] == list(range(2, len(rows) + 2))
