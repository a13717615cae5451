"""Every hostile file is accepted or refused with row and reason, in bounded time and memory."""

import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from hostile_files import HostileFile, hostile_files

from api.imports import open_file, taken_rows
from models.errors import Refused
from models.times import now

SUPPORT = Path(__file__).parents[1] / "support"
SHARED = Path(__file__).parents[2] / "../shared/data"
MOST_SECONDS, MOST_MIB = 10, 200
FILES = hostile_files()
LIGHT = [file for file in FILES if not file.heavy]
HEAVY = [file for file in FILES if file.heavy]
# Those that take seconds to make or to read.
SLOW = {
    "a million blank rows", "a million rows of formatted cells", "a quarter million rows of blanks", "millions of shared texts",
}  # fmt: skip


@pytest.fixture
def database_url(sqlite_url):
    return sqlite_url  # a dry run: what is read of a file depends on no database


def title(file: HostileFile) -> str:
    return file.title


def test_there_are_more_than_sixty_each_with_a_title_of_its_own():
    assert len({file.title for file in FILES}) == len(FILES) >= 120
    assert now().date() < date(2030, 12, 31), "the days in the files are over"


@pytest.mark.parametrize("file", LIGHT, ids=title)
def test_every_row_gets_its_verdict(file, settings, tmp_path):
    path = tmp_path / file.name
    path.write_bytes(file.make())
    if file.refused:
        with pytest.raises(Refused) as caught:
            open_file(path, file.noun)
        assert [problem.rule for problem in caught.value.problems] == [file.refused]
        assert all(problem.message and problem.fix for problem in caught.value.problems)
        return
    found = open_file(path, file.noun)
    told = list(taken_rows(settings, found, file.noun, "somewhere", dry_run=True))
    given = [(verdict.row, "ok" if verdict.verdict == "ok" else verdict.problems[0].rule) for _, verdict in told]
    assert given == list(file.told.items())
    assert all(problem.message and problem.fix for _, verdict in told for problem in verdict.problems)
    documents = {row.number: row.document for row, _ in told}
    for number, fields in file.said.items():
        assert {**documents[number], **fields} == documents[number]
    if file.sheet:
        assert (found.sheet, list(found.unread)) == (file.sheet, list(file.unread))


def measured(path: Path, noun: str) -> dict:
    command = [sys.executable, str(SUPPORT / "measure_reading.py"), str(path), noun]
    environment = {"PYTHONPATH": str(SUPPORT.parents[1])}
    answer = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert answer.returncode == 0, answer.stderr
    found = json.loads(answer.stdout)
    assert found["seconds"] < MOST_SECONDS, found["seconds"]
    assert found["mib"] < MOST_MIB, found["mib"]
    return found


@pytest.mark.parametrize(
    "file",
    [
        pytest.param(file, marks=(pytest.mark.faults, pytest.mark.real) if file.title in SLOW else (), id=file.title)
        for file in HEAVY
    ],
)
def test_bombs_and_floods_cost_little(file, tmp_path):
    path = tmp_path / file.name
    path.write_bytes(file.make())
    found = measured(path, file.noun)
    assert (found["told"], found["refused"]) == ([list(pair) for pair in file.told.items()], file.refused)


REAL = {
    "vacancies/job51_2026.csv": 1_940, "vacancies/taidi_2023.csv": 1_575, "vacancies/zhilian_2026.csv": 31_962,
    "vacancies/job51_2024.csv": 67_796, "seekers/from_titles_2026.csv": 20_000, "seekers/taidi_2023.csv": 8_216,
}  # fmt: skip


@pytest.mark.skipif(not SHARED.is_dir(), reason="the real files are not on this machine")
@pytest.mark.parametrize(
    ("name", "rows"),
    [pytest.param(*real, marks=pytest.mark.real if real[1] > 25_000 else (), id=real[0]) for real in REAL.items()],
)
def test_real_files_are_read_to_their_last_row(name, rows, tmp_path):
    path = tmp_path / "rows.csv"
    path.symlink_to(SHARED / name)
    found = measured(path, name.partition("/")[0])
    assert [number for number, _ in found["told"]] == list(range(2, rows + 2))
