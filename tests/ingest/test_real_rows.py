"""Does intake read 200 real postings as a person reads them?"""

import csv
from functools import cache
from pathlib import Path
from random import Random

import pytest
from postings import REAL, postings

from ingest.policy import Policy
from ingest.schemas import VacancyWire, read_wire
from ingest.vacancies import read_vacancy
from models.configuration import read_configuration
from models.times import now

TABLE = Path(__file__).parent / "data/real_rows.csv"
SEED = 20261124
# How many rows of each file were drawn; one generator draws them all, so the order counts.
DRAWN = {"zhilian_2026": 70, "job51_2024": 80, "job51_2026": 20, "taidi_2023": 30}
SOURCE, HOME = "job51_2026-open", "500000"
FIELDS = ("district", "remote", "pay_min", "pay_max", "education")

pytestmark = pytest.mark.skipif(not REAL.is_dir(), reason="the real files are not on this machine")


@cache
def table():
    """What a person read in the columns, by the rules alone; None is unknown, or an open end of the pay.

    No rule says which place a vacancy has that names two cities (沈阳 昆山): it is put under the first.
    """
    expected = {name: {} for name in DRAWN}
    with TABLE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            numbers = {field: int(row[field]) if row[field] else None for field in FIELDS[2:]}
            place = {"district": row["district"] or None, "remote": row["remote"] == "1"}
            expected[row["file"]][row["job_id"]] = place | numbers
    return expected


@cache
def drawn():
    """The ids that the seed gives, in the order of their rows."""
    generator, ids = Random(SEED), {}
    for name, count in DRAWN.items():
        with (REAL / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
            everybody = [row["job_id"] for row in csv.DictReader(file)]
        ids[name] = [everybody[row] for row in sorted(generator.sample(range(len(everybody)), count))]
    return ids


def values(document, policy):
    wire = read_wire(VacancyWire, document)
    assert isinstance(wire, VacancyWire), f"{document['external_id']}: refused, {wire}"
    return read_vacancy(wire, SOURCE, policy, now(), HOME).values


@pytest.mark.parametrize("name", DRAWN)
def test_the_table_holds_the_rows_that_the_seed_gives(name):
    assert list(table()[name]) == drawn()[name]


@pytest.mark.parametrize("name", DRAWN)
def test_every_row_is_read_as_a_person_reads_it(name):
    expected, policy = table()[name], Policy.of(read_configuration())
    rows = postings(name, lambda cells: cells["job_id"] in expected)
    read = {row.document["external_id"]: values(row.document, policy) for row in rows}
    assert read.keys() == expected.keys()
    differences = [
        f"{name} {job_id} {field}: {row[field]} by hand, {read[job_id][field]} by intake"
        for job_id, row in expected.items()
        for field in FIELDS
        if row[field] != read[job_id][field]
    ]
    assert not differences, "\n".join(["", *differences])
