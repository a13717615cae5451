"""Kept machine code is that of today's numbers, and a folder that cannot be written costs time only."""

import subprocess
import sys
from pathlib import Path

import pytest

from matching import compiled as module
from matching.compiled import compiled

ROOT = Path(__file__).parents[2]
LOOPS = """
from limits_of_today import LEAST
from matching.compiled import compiled

@compiled()
def least(number):
    return max(number, LEAST)

print(least(0), sum(least.stats.cache_hits.values()))
"""


TAKEN = {
    "a number": "LEAST = {}",
    "a function": "from matching.compiled import inlined\n\n@inlined\ndef LEAST():\n    return {}\n",
}


@pytest.mark.parametrize(("kind", "later"), [("a number", 1), ("a number", 2), ("a function", 2)])
def test_what_comes_from_another_file_is_never_an_old_one(tmp_path, kind, later):
    """The file of the loop stays as it is, to the second: only what it takes from another one changes."""
    (tmp_path / "loops.py").write_text(LOOPS.replace("LEAST)", "LEAST())") if kind == "a function" else LOOPS)

    def run(number):
        (tmp_path / "limits_of_today.py").write_text(TAKEN[kind].format(number))
        environment = {
            "PYTHONPATH": f"{tmp_path}:{ROOT}",
            "NUMBA_CACHE_DIR": str(tmp_path),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        return subprocess.run(
            [sys.executable, "loops.py"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
        ).stdout.split()

    assert run(1) == ["1", "0"]
    assert run(later) == [str(later), "1" if later == 1 else "0"]


def test_without_a_folder_every_process_compiles_for_itself(monkeypatch, tmp_path):
    (tmp_path / "a file").write_text("")
    monkeypatch.setattr(module, "BESIDE", tmp_path / "a file")
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "a file")

    @compiled()
    def twice(number):
        return 2 * number

    assert twice(21) == 42
    assert not list(tmp_path.rglob("*.nbi"))
