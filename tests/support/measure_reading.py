"""Reads one file in a process of its own, and says what came of it and what it cost: `measure_reading.py FILE NOUN`."""

import json
import re
import resource
import sys
import time
from pathlib import Path

from ingest.files import read_file
from ingest.schemas import SeekerWire, VacancyWire, read_wire
from models.errors import FieldError

MODELS = {"vacancies": VacancyWire, "seekers": SeekerWire}


def outcomes(path: Path, noun: str) -> tuple[list[list[object]], str]:
    """Each row with `ok` or the rule that refuses it; and the rule by which the whole file is refused."""
    told: list[list[object]] = []
    try:
        for row in read_file(path, noun):
            found = [row.problem] if row.problem else read_wire(MODELS[noun], row.document)
            told.append([row.number, found[0].rule if isinstance(found, list) else "ok"])
    except FieldError as error:
        return told, error.rule
    return told, ""


def highest() -> float:
    """MiB that this process ever held; ru_maxrss would begin with those of the process that started it."""
    return int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]) / 1024


def main(path: Path, noun: str) -> None:
    warm = path.with_name("warm.csv")
    warm.write_text("岗位编号,岗位名称,人员编号\nV1,电工,P1\n", "utf-8")
    outcomes(warm, noun)
    before, start = highest(), time.process_time()
    told, refused = outcomes(path, noun)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    growth = highest() - before + children.ru_maxrss / 1024
    seconds = time.process_time() - start + children.ru_utime + children.ru_stime
    sys.stdout.write(
        json.dumps({"told": told, "refused": refused, "mib": round(growth, 1), "seconds": round(seconds, 2)})
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
