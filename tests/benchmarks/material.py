"""What do the benchmarks of ranking measure on? The sample market and the real files, taken in as partners send them."""

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from api.fitting import fit_meaning
from api.imports import Noun, import_rows
from api.market import seekers, vacancies
from api.settings import Settings
from ingest.files import Row, read_file
from matching.config import Config
from matching.index import Index, build_index
from matching.meaning import Meaning
from matching.seekers import Profile, profiles
from models.bulk import named_rows
from models.identity import Keyring
from models.queries.seekers import served_columns
from models.queries.vacancies import open_vacancies
from models.times import local_date, now

DATA = Path(__file__).parents[2] / "../shared/data"
POSTINGS = ("zhilian_2026", "job51_2026", "job51_2024")
PEOPLE = "from_titles_2026"
SEED = 20261124


@dataclass(frozen=True)
class Material:
    """A filled database with the meaning fitted on its vacancies, and what an engine reads of it at one moment."""

    name: str
    settings: Settings
    moment: datetime

    @property
    def config(self) -> Config:
        """The shipped configuration."""
        return self.settings.engine

    @cached_property
    def meaning(self) -> Meaning:
        """The fitted vectors."""
        fit_meaning(self.settings)
        return Meaning.load(self.settings.meaning_file)

    @cached_property
    def rows(self) -> list[Any]:
        """The open vacancies."""
        with self.settings.database.read() as session:
            return list(open_vacancies(session, local_date(self.moment)))

    @cached_property
    def index(self) -> Index:
        """The index of the open vacancies."""
        return build_index(self.rows, 0, self.config, self.meaning)

    @cached_property
    def people(self) -> list[Profile]:
        """Everyone whom a night serves."""
        with self.settings.database.read() as session:
            found = served_columns(session)
        return profiles(named_rows(found), local_date(self.moment), self.settings.home_city)


def sample(folder: Path, count: int, openings: int) -> Material:
    """The sample market."""
    today = local_date(now())
    supply = {"seekers": {"sample": _rows(seekers(count, 7, today))}}
    return _taken("sample", folder, {"vacancies": {"sample": _rows(vacancies(openings, 7, today))}, **supply})


def real(folder: Path, count: int) -> Material | None:
    """The real postings of an office city, and some of the people made from them; None where they are not."""
    if not DATA.is_dir():
        return None
    chosen = random.Random(SEED).sample(list(read_file(DATA / "seekers" / f"{PEOPLE}.csv", "seekers")), count)
    postings = {name: read_file(DATA / "vacancies" / f"{name}.csv", "vacancies") for name in POSTINGS}
    return _taken("real", folder, {"vacancies": postings, "seekers": {PEOPLE: chosen}})


def _taken(name: str, folder: Path, files: Mapping[Noun, Mapping[str, Iterable[Row]]]) -> Material:
    settings = Settings(
        _env_file=None, database_url=f"sqlite:///{folder / f'{name}.db'}", secret_keys=Keyring.new_key(), config=None
    )  # fmt: skip
    settings.database.migrate()
    for noun, sources in files.items():
        for source, rows in sources.items():
            for _ in import_rows(settings, iter(rows), noun, source):
                pass
    return Material(name, settings, now())


def _rows(documents: Iterable[Mapping[str, Any]]) -> Iterable[Row]:
    return (Row(number, document, None) for number, document in enumerate(documents, 1))
