"""How the product ranks a judged set: its files through intake, its people through the engine."""

import csv
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from api.settings import Settings
from ingest.files import Row, read_file
from ingest.occupations import occupation_codes
from ingest.policy import Policy
from ingest.reading import Reading
from ingest.schemas import SeekerWire, VacancyWire, read_wire
from ingest.seekers import read_seeker
from ingest.vacancies import read_vacancy
from matching.evaluation import Quality, quality
from matching.index import build_index
from matching.recommend import by_score
from matching.seekers import profiles
from models.errors import Refused
from models.seeker import JobSeeker
from models.times import local_date, now
from models.vacancy import Vacancy

SOURCE = "open-judged"  # judged postings may lack their employer


def evaluate(settings: Settings, folder: Path, k: int) -> tuple[Quality, dict[str, list[str]]]:
    """The quality of the product's ranking on a judged set, and the ranked lists (person -> vacancy ids)."""
    vacancies = list(_vacancies(settings, folder / "vacancies.csv"))
    people = list(_people(settings, folder / "seekers.csv"))
    index = build_index(vacancies, 0, settings.engine)
    moment = now()
    lists = {
        person.external_id: [vacancies[row].external_id for row in by_score(profile, index, settings.engine, moment, k)]
        for person, profile in zip(people, profiles(people, local_date(moment), settings.home_city), strict=True)
    }
    return quality(lists, _grades(folder / "qrels.csv")), lists


def write_run(lists: dict[str, list[str]], path: Path) -> None:
    """The lists as seeker_id,vacancy_id,rank."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("seeker_id", "vacancy_id", "rank"))
        for seeker, ranked in lists.items():
            writer.writerows((seeker, vacancy, rank) for rank, vacancy in enumerate(ranked, 1))


def _vacancies(settings: Settings, path: Path) -> Iterator[Vacancy]:
    policy, moment = Policy.of(settings.configuration), now()
    wires = [_accepted(VacancyWire, row) for row in read_file(path, "vacancies")]
    codes = occupation_codes([wire.occupation or wire.title for wire in wires])
    for number, (wire, code) in enumerate(zip(wires, codes, strict=True), 1):
        reading = read_vacancy(wire, SOURCE, policy, moment, settings.home_city)
        yield Vacancy(
            **_values(reading), id=number, source=SOURCE, external_id=wire.external_id, occupation=code,
            employer_id=None, revision=0,
        )  # fmt: skip


def _people(settings: Settings, path: Path) -> Iterator[JobSeeker]:
    for number, row in enumerate(read_file(path, "seekers"), 1):
        wire = _accepted(SeekerWire, row)
        reading = read_seeker(wire, now(), settings.home_city)
        intentions = reading.values["intentions"]
        for wish, code in zip(intentions, occupation_codes([w["text"] for w in intentions]), strict=True):
            wish["occupation"] = code
        yield JobSeeker(**_values(reading), id=number, source=SOURCE, external_id=wire.external_id, revision=0)


def _accepted(model: Any, row: Row) -> Any:
    wire = [row.problem] if row.problem else read_wire(model, row.document)
    if isinstance(wire, list):
        raise Refused(f"第 {row.number} 行不能读取", wire)
    return wire


def _values(reading: Reading) -> dict[str, Any]:
    """The values of a row whatever its verdict: completeness is no matter here, only the text and the city."""
    return reading.values


def _grades(path: Path) -> dict[str, dict[str, int]]:
    grades: dict[str, dict[str, int]] = defaultdict(dict)
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            grades[row["seeker_id"]][row["vacancy_id"]] = int(row["grade"])
    return grades
