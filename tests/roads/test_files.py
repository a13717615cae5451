"""Every file that we have, the partners' and the hostile ones, taken in for good: a verdict for every row, in bounds.

Some minutes long: `make night` runs it, and prints what each file cost.
"""

import os
import sys
from pathlib import Path

import pytest
from file_costs import Cost, taker
from hostile_files import hostile_files

SHARED = Path(__file__).parents[2] / "../shared/data"
REAL = {
    "vacancies/job51_2026.csv": 1_940, "vacancies/taidi_2023.csv": 1_575, "vacancies/zhilian_2026.csv": 31_962,
    "vacancies/job51_2024.csv": 67_796, "seekers/from_titles_2026.csv": 20_000, "seekers/taidi_2023.csv": 8_216,
}  # fmt: skip
MOST_SECONDS, MOST_MIB = 10.0, 200.0
A_THOUSAND = 0.9  # seconds for a thousand rows of partners: ten seconds are enough for eleven thousand, not for more
SLACK = 3.0  # where others are on the machine a second of CPU does less; the bar itself is for a quiet one

pytestmark = pytest.mark.real


def most_seconds():
    """The bar, by how busy the machine is before anything begins."""
    return MOST_SECONDS if os.getloadavg()[0] < 1.0 else MOST_SECONDS * SLACK


def shown(costs: dict[str, Cost], capsys):
    """One line a file, the slowest first."""
    lines = [f"{cost.line}  {title}" for title, cost in sorted(costs.items(), key=lambda each: -each[1].seconds)]
    with capsys.disabled():
        sys.stdout.write("\n".join(["", *lines, ""]))


def test_the_files_that_partners_sent(tmp_path, capsys):
    if not SHARED.is_dir():
        pytest.skip("the real files (../shared/data) are not part of the project")
    bar, costs = most_seconds(), {}
    for number, name in enumerate(REAL):
        with taker(tmp_path / str(number)) as process:
            costs[name] = process.take(SHARED / name, name.partition("/")[0])
    shown(costs, capsys)
    for name, rows in REAL.items():
        assert [number for number, _ in costs[name].told] == list(range(2, rows + 2)), name
        assert sum(costs[name].verdicts.values()) == rows, name
    assert not {name: cost.mib for name, cost in costs.items() if cost.mib > MOST_MIB}
    slow = {name: cost.cpu for name, cost in costs.items() if cost.cpu > max(bar, REAL[name] / 1000 * A_THOUSAND)}
    assert not slow


def test_hostile_files(tmp_path, capsys):
    bar, costs, files = most_seconds(), {}, hostile_files()
    assert len(files) >= 60
    with taker(tmp_path / "all") as light:
        for file in files:
            path = tmp_path / file.name
            path.write_bytes(file.make())
            if file.heavy:
                with taker(tmp_path / "alone") as process:
                    costs[file.title] = process.take(path, file.noun)
            else:
                costs[file.title] = light.take(path, file.noun)
            path.unlink()
    shown(costs, capsys)
    for file in files:
        cost = costs[file.title]
        assert cost.refused == file.refused, file.title
        # A file that is refused once its rows come has told of those before.
        assert [number for number, _ in cost.told] == list(file.told), file.title
        if not file.heavy:
            assert dict(cost.told) == file.told, file.title
    assert not {title: cost.mib for title, cost in costs.items() if cost.mib > MOST_MIB}
    assert not {title: cost.cpu for title, cost in costs.items() if cost.cpu > bar}
