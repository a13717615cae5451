"""How fast does demand come in over HTTP, and what does each stage of a row cost? Prints a section of markdown.

    python tests/benchmarks/push.py --rows 100000 --senders 2 --workers 2 [--postgres | --database-url URL]

A real server process, keep-alive senders, bulks of 500 invented vacancies, each bulk under a key of its own. Stages
are measured in this process on the same rows, by the CPU clock of the thread.
"""

import argparse
import http.client
import json
import os
import platform
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from itertools import count
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

import postgres
from served import served
from sqlalchemy import func, select

import ingest.intake
import ingest.vacancies
from api.bodies import _chunked
from api.market.sample import vacancies
from api.records import verdict_document
from api.security import create_client
from api.settings import Settings
from ingest.intake import Intake, take_vacancies
from ingest.policy import Policy
from ingest.strict_json import dump
from models.database import Database
from models.enums import Role, Screening
from models.identity import Keyring
from models.times import local_date, now
from models.vacancy import Vacancy

SEED = 7
MEASURED = 5_000  # rows whose stages are measured, after as many that warm up
TICK = os.sysconf("SC_CLK_TCK")
_names = count(1)


@dataclass(frozen=True)
class Plan:
    """What is pushed, and how."""

    rows: int
    bulk: int
    senders: int
    workers: int


def bulks(plan: Plan) -> list[bytes]:
    """The bodies: lines of JSON, made before the clock starts."""
    lines = [json.dumps(row, ensure_ascii=False).encode() for row in vacancies(plan.rows, SEED, local_date(now()))]
    return [b"\n".join(lines[start : start + plan.bulk]) for start in range(0, len(lines), plan.bulk)]


def new_settings(folder: Path, url: str | None) -> Settings:
    """An empty installation: a file of its own, or a fresh database of a server."""
    name = f"push_{os.getpid()}_{next(_names)}"
    if url:
        postgres.execute(postgres.make_url(url).set(drivername="postgresql+psycopg"), f"CREATE DATABASE {name}")
        url = postgres.make_url(url).set(drivername="postgresql+psycopg", database=name).render_as_string(False)
    made = Settings(
        _env_file=None, database_url=url or f"sqlite:///{folder / name}.db", data_dir=folder / name,
        secret_keys=Keyring.new_key(),
    )  # fmt: skip
    made.database.migrate()
    return made


def cpu_of(pid: int) -> float:
    """Seconds of CPU that a process and its children have had."""
    folder = Path(f"/proc/{pid}")
    fields = (folder / "stat").read_text().rpartition(")")[2].split()
    own = (int(fields[11]) + int(fields[12])) / TICK
    children = (folder / "task" / str(pid) / "children").read_text().split()
    return own + sum(map(cpu_of, map(int, children)))


def push(port: int, key: str, bodies: list[tuple[int, bytes]]) -> Counter[str]:
    """Send bulks over one connection; the verdicts and effects that came back."""
    connection, told = http.client.HTTPConnection("127.0.0.1", port, timeout=120), Counter[str]()
    for number, body in bodies:
        headers = {
            "Authorization": f"Bearer {key}", "Content-Type": "application/x-ndjson",
            "Idempotency-Key": f"bulk-{number}",
        }  # fmt: skip
        connection.request("POST", "/v1/vacancies:batch", body, headers)
        answer = connection.getresponse()
        text = answer.read()
        assert answer.status == 200, text[:500]
        told.update(word for line in text.splitlines() for word in _words(json.loads(line)))
    return told


def _words(row: dict[str, Any]) -> tuple[str, str]:
    return row["verdict"], row["effect"]


def over_http(settings: Settings, plan: Plan, bodies: list[bytes], log: Path) -> dict[str, Any]:
    """Push everything; rates and what became of the rows."""
    with settings.database.write() as session:
        key = create_client(session, "bench", Role.SYSTEM, source="bench")
    numbered = list(enumerate(bodies))
    with served(settings, log, plan.workers) as service, ThreadPoolExecutor(plan.senders) as pool:
        spent, own, start = cpu_of(service.process.pid), time.process_time(), time.perf_counter()
        shares = [numbered[first :: plan.senders] for first in range(plan.senders)]
        told: Counter[str] = sum(pool.map(lambda share: push(service.port, key, share), shares), Counter())
        took = time.perf_counter() - start
        return {
            "rate": plan.rows / took, "server": (cpu_of(service.process.pid) - spent) / plan.rows * 1e6,
            "sender": (time.process_time() - own) / plan.rows * 1e6, "told": told, **stored(settings.database),
        }  # fmt: skip


def stored(database: Database) -> dict[str, int]:
    """What stands in the database."""
    is_ok = Vacancy.screening == Screening.OK.value
    query = select(func.count(), func.count().filter(is_ok), func.count(func.distinct(Vacancy.cluster)))
    with database.read() as session:
        rows, lawful, clusters = session.execute(query).one()
    return {"stored": rows, "lawful": lawful, "clusters": clusters}


class Stages:
    """CPU seconds of this thread by stage; of nested stages only the inner one counts."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self._last = 0.0
        self._open: list[str] = []

    def _turn(self) -> None:
        moment = time.thread_time()
        if self._open:
            self.seconds[self._open[-1]] += moment - self._last
        self._last = moment

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count what happens inside for a stage."""
        self._turn()
        self._open.append(name)
        try:
            yield
        finally:
            self._turn()
            self._open.pop()

    def wrap(self, module: Any, name: str, stage: str) -> None:
        """Have every call of a function that a module looks up count for a stage."""
        plain: Callable[..., Any] = getattr(module, name)

        @wraps(plain)
        def measured(*given: Any, **named: Any) -> Any:
            with self.stage(stage):
                return plain(*given, **named)

        setattr(module, name, measured)


STAGES = (
    (ingest.intake, "_read", "read and normalise"),
    (ingest.intake, "first_codes", "occupation"),
    (ingest.vacancies, "screen", "screen"),
    (ingest.vacancies, "block_of", "duplicates"),
    (ingest.intake, "regroup", "duplicates"),
    (ingest.intake, "upsert", "store"),
    (ingest.intake, "employer_ids", "store"),
)


def by_stage(settings: Settings, bodies: list[bytes]) -> dict[str, float]:
    """Microseconds of CPU a row of each stage: the first half of the bodies warms up."""
    stages, rows = Stages(), 0
    for module, name, stage in STAGES:
        stages.wrap(module, name, stage)
    for number, body in enumerate(bodies):
        if number == len(bodies) // 2:
            stages.seconds.clear()
            rows = 0
        intake = Intake("bench", Policy.of(settings.configuration), now(), settings.home_city, settings.keyring)
        with stages.stage("parse"):
            chunks = list(_chunked(bytearray(body)))
        for chunk in chunks:
            rows += len(chunk)
            with stages.stage("store"), settings.database.write() as session, stages.stage("rest of intake"):
                verdicts = take_vacancies(session, chunk, intake)
            with stages.stage("answer"):
                b"".join(dump(verdict_document(verdict)) for verdict in verdicts)
    return {name: seconds / rows * 1e6 for name, seconds in stages.seconds.items()}


def page(plan: Plan, found: dict[str, Any], stages: dict[str, float], engine: str) -> str:
    """The section."""
    told, rows = found["told"], plan.rows
    costs = "\n".join(f"| {name} | {cost:.0f} |" for name, cost in stages.items())
    return f"""## Push: {rows:,} vacancies in bulks of {plan.bulk} over HTTP, {engine}

{os.cpu_count()} cores, Python {platform.python_version()}, {plan.workers} server processes, {plan.senders} senders on
the same machine. **{found["rate"]:,.0f} rows a second**; CPU a row: server {found["server"]:.0f} us, sender
{found["sender"]:.0f} us. Created {told["created"]:,}, stored {found["stored"]:,} in {found["clusters"]:,} clusters;
screened OK {found["lawful"]:,}, blocked {told["blocked"]:,}, in review {told["in_review"]:,}, to be completed
{told["needs_completion"]:,}, invalid {told["invalid"]:,}.

| stage | us of CPU a row |
|---|---|
{costs}
| sum | {sum(stages.values()):.0f} |
"""


def arguments() -> argparse.Namespace:
    """What is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=5_000)
    parser.add_argument("--bulk", type=int, default=500)
    parser.add_argument("--senders", type=int, default=2)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--database-url", default=None)
    parser.add_argument("--postgres", action="store_true", help="start the server of the tests")
    parser.add_argument("--stages-only", action="store_true")
    return parser.parse_args()


def main() -> None:
    """Measure and print."""
    given = arguments()
    plan = Plan(given.rows, given.bulk, given.senders, given.workers)
    with tempfile.TemporaryDirectory() as folder:
        if given.postgres:
            with postgres.server(f"push{os.getpid()}") as url:
                measure(plan, Path(folder), url.render_as_string(False), given.stages_only)
        else:
            measure(plan, Path(folder), given.database_url, given.stages_only)


def measure(plan: Plan, folder: Path, url: str | None, stages_only: bool) -> None:
    """One run on one database."""
    bodies = bulks(plan)
    engine = "PostgreSQL" if url else "SQLite"
    found: dict[str, Any] = {
        "rate": 0,
        "server": 0,
        "sender": 0,
        "told": Counter(),
        "stored": 0,
        "lawful": 0,
        "clusters": 0,
    }
    if not stages_only:
        found = over_http(new_settings(folder, url), plan, bodies, folder / "log")
    stages = by_stage(new_settings(folder, url), bodies[: 2 * MEASURED // plan.bulk])
    sys.stdout.write(page(plan, found, stages, engine))


if __name__ == "__main__":
    main()
