"""Which real postings does a test want? Some of them, read as a file of their own."""

import csv
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from ingest.files import Row, read_file

REAL = Path(__file__).parents[2] / "../shared/data/vacancies"


def postings(name: str, wanted: Callable[[Mapping[str, str]], bool]) -> list[Row]:
    """The rows of a real file whose cells are wanted. To read all the others as well would cost most of such a test."""
    with (REAL / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file, TemporaryDirectory() as folder:
        lines, part = csv.DictReader(file), Path(folder) / f"{name}.csv"
        with part.open("w", encoding="utf-8", newline="") as copy:
            some = csv.DictWriter(copy, lines.fieldnames or ())
            some.writeheader()
            some.writerows(filter(wanted, lines))
        return list(read_file(part, "vacancies"))
