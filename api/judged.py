"""How does the product rank a judged set, and plain peers beside it? Its files go through intake, its people too."""

import csv
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from api.settings import Settings
from ingest.files import Row, read_file
from ingest.occupations import occupation_codes
from ingest.policy import Policy
from ingest.schemas import SeekerWire, VacancyWire, read_wire
from ingest.seekers import read_seeker
from ingest.vacancies import read_vacancy
from matching.config import Config
from matching.corpus import spoken
from matching.evaluation import FIGURES, Judgement, ablations, calibration, groups, judge, paired
from matching.index import Index, build_index
from matching.meaning import Meaning
from matching.peers import PEERS, similarities
from matching.plain import Ranked, by_score
from matching.readings import Readings
from matching.seekers import Profile, profiles
from models.errors import Refused
from models.seeker import JobSeeker
from models.times import local_date, now
from models.vacancy import Vacancy

SOURCE = "open-judged"  # judged postings may lack their employer

Lists = dict[str, list[str]]  # person -> vacancies, the best first
Record = Mapping[str, str]  # a line as it is written


@dataclass(frozen=True)
class JudgedSet:
    """People, vacancies and grades; what was written in each line too, for who does not read it as we do."""

    vacancies: Sequence[Vacancy]
    people: Sequence[Profile]
    written_vacancies: Sequence[Record]
    written_people: Sequence[Record]
    grades: Mapping[str, Mapping[str, int]]

    @classmethod
    def read(cls, settings: Settings, folder: Path) -> "JudgedSet":
        """The set in a folder. Refused when a file, a column or a value is not as the layout has it."""
        demand, supply = folder / "vacancies.csv", folder / "seekers.csv"
        vacancies = _lines(demand, "external_id", "title", "city")
        people = _lines(supply, "external_id", "intention", "city")
        grades = _grades(folder / "qrels.csv")
        for path, lines in ((demand, vacancies), (supply, people)):
            if not lines or len({line["external_id"] for line in lines}) < len(lines):
                raise Refused(f"{path.name} 没有内容，或者编号有重复：每行一个不同的 external_id")
        seen = profiles(_people(settings, supply), local_date(now()), settings.home_city)
        return cls(list(_vacancies(settings, demand)), seen, vacancies, people, grades)

    @cached_property
    def wishes(self) -> dict[str, str]:
        """Each person's wish as it is written."""
        return {line["external_id"]: line["intention"] for line in self.written_people}

    def lists(self, rows: Iterable[Iterable[int]]) -> Lists:
        """What is listed for each person, by its name."""
        return {
            person: [self.vacancies[row].external_id for row in ranked]
            for person, ranked in zip(self.wishes, rows, strict=True)
        }

    def listed(self, index: Index, rows: Iterable[Iterable[int]]) -> Lists:
        """The same from rows of an index, whose ids number the vacancies."""
        numbers = (index.facts.id - 1).tolist()
        return self.lists((numbers[row] for row in ranked) for ranked in rows)

    def ours(self, index: Index, config: Config, k: int) -> list[list[Ranked]]:
        """The product's own first `k` for each person."""
        return by_score(self.people, index, config, now(), k)

    def peers(self, k: int) -> Iterator[tuple[str, Lists]]:
        """What each peer lists for everybody. The city is the limit; ties keep the order of the file."""
        fields = ("title", "skills", "description")
        titles = [line["title"] for line in self.written_vacancies]
        texts = [" ".join(line.get(field) or "" for field in fields) for line in self.written_vacancies]
        city = np.array([line["city"] for line in self.written_vacancies])
        inside = [np.flatnonzero(city == line["city"]) for line in self.written_people]
        for name, found in similarities(titles, texts, list(self.wishes.values())):
            near = zip(found, inside, strict=True)
            yield name, self.lists(rows[np.argsort(-scores[rows], kind="stable")[:k]] for scores, rows in near)


def judged_index(settings: Settings, vacancies: Sequence[Vacancy]) -> Index:
    """The index of a set's vacancies, with meanings fitted on them as `zhipei fit` does on a service's own."""
    said = Readings().texts(map(spoken, vacancies)).said
    return build_index(vacancies, 0, settings.engine, Meaning.fit(said, settings.engine.seed))


def evaluate(
    settings: Settings, folder: Path, k: int, progress: Callable[[int, int], None]
) -> tuple[dict[str, Any], Lists]:
    """How good our ranking of a set is, by itself and beside peers and ablations; and our lists."""
    judged, config = JudgedSet.read(settings, folder), settings.engine
    index = judged_index(settings, judged.vacancies)
    items = judged.ours(index, config, k)
    lists = judged.listed(index, ([item.row for item in ranked] for ranked in items))
    whole = judge(lists, judged.grades)
    compared: dict[str, dict[str, Any]] = {"peers": {}, "ablation": {}}
    steps = len(PEERS) + len(ablations(config))
    for done, (kind, name, others) in enumerate(_others(judged, index, config, k), 1):
        compared[kind][name] = _compared(whole, judge(others, judged.grades))
        progress(done, steps)
    words = [config.confidence_word(item.score) for ranked in items for item in ranked]
    grades = [judged.grades.get(person, {}).get(item, 0) for person, ranked in lists.items() for item in ranked]
    return {
        **whole.quality().as_dict(), "k": k, **compared, "groups": _groups(judged, whole),
        "calibration": [asdict(line) | {"label": line.word.label} for line in calibration(words, grades)],
    }, lists  # fmt: skip


def _others(judged: JudgedSet, index: Index, config: Config, k: int) -> Iterator[tuple[str, str, Lists]]:
    """What ours is compared with: the kind, the name, the lists."""
    for name, lists in judged.peers(k):
        yield "peers", name, lists
    for name, without in ablations(config).items():
        found = judged.ours(index, without, k)
        yield "ablation", name, judged.listed(index, ([item.row for item in ranked] for ranked in found))


def _compared(whole: Judgement, other: Judgement) -> dict[str, Any]:
    difference = {
        name: asdict(found) | {"significant": found.significant} for name, found in paired(whole, other).items()
    }
    return _figures(other) | {"difference": difference}


def _groups(judged: JudgedSet, whole: Judgement) -> list[dict[str, Any]]:
    """The figures of every group of occupations, the worst first."""
    found = [
        {"group": name, "n": len(people), **_figures(whole.take(people))}
        for name, people in groups(judged.wishes, judged.grades).items()
    ]
    return sorted(found, key=lambda line: (line["ndcg10"], line["group"]))


def _figures(judgement: Judgement) -> dict[str, float]:
    quality = judgement.quality().as_dict()
    return {name: quality[name] for name in FIGURES}


def write_run(lists: Lists, path: Path) -> None:
    """The lists as seeker_id,vacancy_id,rank."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("seeker_id", "vacancy_id", "rank"))
        for seeker, ranked in lists.items():
            writer.writerows((seeker, vacancy, rank) for rank, vacancy in enumerate(ranked, 1))


def _vacancies(settings: Settings, path: Path) -> Iterator[Vacancy]:
    """The vacancies whatever their verdict: completeness is no matter here, only the text and the city."""
    policy, moment = Policy.of(settings.configuration), now()
    wires = [_accepted(VacancyWire, row) for row in read_file(path, "vacancies")]
    codes = occupation_codes([wire.occupation or wire.title for wire in wires])
    for number, (wire, code) in enumerate(zip(wires, codes, strict=True), 1):
        reading = read_vacancy(wire, SOURCE, policy, moment, settings.home_city)
        reading.values["district"] = reading.values["district"] or ""  # of no known place: in everybody's reach
        yield Vacancy(
            **reading.values, id=number, source=SOURCE, external_id=wire.external_id, occupation=code,
            employer_id=None, revision=0,
        )  # fmt: skip


def _people(settings: Settings, path: Path) -> Iterator[JobSeeker]:
    for number, row in enumerate(read_file(path, "seekers"), 1):
        wire = _accepted(SeekerWire, row)
        reading = read_seeker(wire, now(), settings.home_city)
        intentions = reading.values["intentions"]
        for wish, code in zip(intentions, occupation_codes([w["text"] for w in intentions]), strict=True):
            wish["occupation"] = code
        yield JobSeeker(**reading.values, id=number, source=SOURCE, external_id=wire.external_id, revision=0)


def _accepted(model: Any, row: Row) -> Any:
    wire = [row.problem] if row.problem else read_wire(model, row.document)
    if isinstance(wire, list):
        raise Refused(f"第 {row.number} 行不能读取", wire)
    return wire


def _lines(path: Path, *columns: str) -> list[Record]:
    if not path.is_file():
        raise Refused(f"评判集缺少文件 {path.name}")
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        if missing := [column for column in columns if column not in (reader.fieldnames or ())]:
            raise Refused(f"{path.name} 缺少列：{'、'.join(missing)}")
        return list(reader)


def _grades(path: Path) -> dict[str, dict[str, int]]:
    grades: dict[str, dict[str, int]] = defaultdict(dict)
    for number, line in enumerate(_lines(path, "seeker_id", "vacancy_id", "grade"), 2):
        if line["grade"] not in ("0", "1", "2", "3"):
            raise Refused(f"{path.name} 第 {number} 行：grade 应为 0、1、2 或 3")
        grades[line["seeker_id"]][line["vacancy_id"]] = int(line["grade"])
    return grades
