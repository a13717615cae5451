"""The import contracts hold, and each of them notices a violation planted for it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("api", "ingest", "matching", "models")

PLANTED = [
    ("Imports point down", "models/text.py", "import api.settings"),
    ("Imports point down", "ingest/policy.py", "import matching.config"),
    ("Imports point down", "matching/terms.py", "import ingest.policy"),
    ("The engine cannot see who a person is", "matching/terms.py", "import models.identity"),
    ("Web frameworks stay out", "models/text.py", "import pydantic"),
    ("Web frameworks stay out", "matching/terms.py", "import fastapi"),
    ("Engines stay out", "ingest/policy.py", "import jieba"),
    ("Engines stay out", "models/text.py", "import sklearn"),
]


def lint(folder: Path) -> subprocess.CompletedProcess:
    """Run the contracts on the rooms in a folder, not on the installed ones."""
    code = (
        "import sys; sys.path.insert(0, '.'); from importlinter.cli import lint_imports_command; lint_imports_command()"
    )
    return subprocess.run([sys.executable, "-c", code, "--no-cache"], cwd=folder, capture_output=True, text=True)


@pytest.fixture
def copy(tmp_path):
    for room in ROOMS:
        shutil.copytree(ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__", "data"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_contracts_hold(copy):
    answer = lint(copy)
    assert answer.returncode == 0, answer.stdout


@pytest.mark.parametrize(("contract", "file", "line"), PLANTED)
def test_a_planted_violation_breaks_its_contract(copy, contract, file, line):
    with (copy / file).open("a", encoding="utf-8") as source:
        source.write(f"\n{line}\n")
    answer = lint(copy)
    assert answer.returncode == 1
    broken = [text for text in answer.stdout.splitlines() if text.rstrip().endswith("BROKEN")]
    assert any(text.startswith(contract) for text in broken), answer.stdout


def test_only_the_settings_read_the_environment():
    readers = {
        str(path.relative_to(ROOT))
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        if "os.environ" in path.read_text("utf-8") or "getenv" in path.read_text("utf-8")
    }
    assert readers <= {"api/settings.py"}
