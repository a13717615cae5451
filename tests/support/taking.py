"""Takes files in one after another, as `zhipei ingest` does: a line of JSON comes in for each, and one goes out.

`taking.py FOLDER`: the folder gets the database. It has taken one file when it says that it is ready.
"""

import json
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from api.collecting import collect_seldom
from api.imports import open_file, taken_rows
from api.settings import Settings
from models.errors import Refused
from models.identity import Keyring


def taken(settings: Settings, path: Path, noun: Any, source: str) -> dict[str, Any]:
    """Every row with its verdict and what is first wrong with it, the rule that refuses the file, and what it took."""
    start, used = time.perf_counter(), time.process_time()
    told: list[tuple[int, str]] = []
    verdicts: Counter[str] = Counter()
    refused = ""
    try:
        for _, verdict in taken_rows(settings, open_file(path, noun), noun, source):
            told.append((verdict.row, "ok" if verdict.verdict == "ok" else verdict.problems[0].rule))
            verdicts[verdict.verdict] += 1
    except Refused as error:
        refused = error.problems[0].rule
    return {
        "told": told, "verdicts": verdicts, "refused": refused, "seconds": time.perf_counter() - start,
        "cpu": time.process_time() - used,
    }  # fmt: skip


def main(folder: Path) -> None:
    collect_seldom()
    settings = Settings(
        _env_file=None, database_url=f"sqlite:///{folder / 'files.db'}", secret_keys=Keyring.new_key(),
        home_city="500000", config=None, screening=None,
    )  # fmt: skip
    settings.database.migrate()
    warm = folder / "warm.csv"
    warm.write_text("岗位编号,岗位名称,人员编号,薪资\nV1,电工,P1,面议，35岁以下\n", "utf-8")
    for noun in ("vacancies", "seekers"):
        taken(settings, warm, noun, "warm")
    print("ready", flush=True)  # noqa: T201
    for number, line in enumerate(sys.stdin):
        path, noun = json.loads(line)
        print(json.dumps(taken(settings, Path(path), noun, f"file{number}")), flush=True)  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]))
