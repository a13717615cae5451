"""What the project says of itself is so: names, words, documents."""

import re
import tomllib
from importlib import import_module
from pathlib import Path

import pytest
from sqlalchemy import inspect

from models.enums import Constraint, Mark, Rung
from models.schema import TABLES

ROOT = Path(__file__).parents[1]
ROOMS = ("api", "ingest", "matching", "models")
SOURCES = [path for room in ROOMS for path in (ROOT / room).rglob("*.py") if "migrations/versions" not in str(path)]


@pytest.mark.parametrize("room", ROOMS)
def test_the_rooms_are_ours(room):
    """`matching` is also the name of a package on the public index."""
    assert Path(import_module(room).__file__).parent == ROOT / room


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_opens_with_its_question(path):
    assert path.read_text("utf-8").startswith('"""'), "a module says first what it answers"


def test_words_that_are_not_used():
    """A vacancy is never a job or a posting, a person never a candidate (docs/glossary.md)."""
    names = re.compile(r"\b(?:class|def)\s+\w*(?:Job(?!Seeker)|Posting|Candidate|Position)\w*")
    found = [f"{path.name}: {match[0]}" for path in SOURCES for match in names.finditer(path.read_text("utf-8"))]
    assert not found


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.__name__)
def test_no_column_of_the_engine_names_a_protected_trait(table):
    from models.queries import seekers

    engine = {column.key for column in seekers.ENGINE_COLUMNS}
    assert not engine & {"name", "sex", "birth_date", "id_number", "phone", "ethnicity", "marriage", "hukou"}
    assert inspect(table).primary_key


def test_every_code_has_a_chinese_label():
    for values in (Rung, Constraint, Mark):
        assert all(re.search(r"[\u4e00-\u9fff]", value.label) for value in values)


def test_decisions_are_numbered_without_gaps():
    numbers = sorted(int(path.name[:4]) for path in (ROOT / "docs/decisions").glob("*.md"))
    assert numbers == list(range(1, len(numbers) + 1))


def test_every_dependency_has_its_line():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = {re.split(r"[\[>=<]", name)[0] for name in project["dependencies"]}
    told = "\n".join(path.read_text("utf-8") for path in (ROOT / "docs/decisions").glob("0008-*.md"))
    assert not {name for name in wanted if name not in told}
