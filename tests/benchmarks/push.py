"""How fast does demand come in over HTTP, what does each stage of a row cost, and is all of it found afterwards?

    python tests/benchmarks/push.py [--rows 100000] [--databases sqlite postgres] [--out docs/benchmarks-push.md]

A real server, senders side by side, bulks of 500 invented vacancies, each bulk under a key of its own. Then every
vacancy is read back by the cursor, and the live index is asked which it has. Stages are measured in this process on
the same rows, by the CPU clock of the thread.
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
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
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
from api.live import LiveIndex
from api.market.sample import vacancies
from api.records import verdict_document
from api.security import create_client
from api.settings import Settings
from ingest.intake import Intake, read_vacancies
from ingest.policy import Policy
from ingest.strict_json import dump
from models.database import Database
from models.enums import Role, Screening
from models.identity import Keyring
from models.times import local_date, now
from models.vacancy import Vacancy

SEED = 7
MEASURED = 5_000  # rows whose stages are measured, after as many that warm up
PAGE = 500  # vacancies read back at once
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
    return own + sum(cpu_of_children(pid).values())


def cpu_of_children(pid: int) -> dict[int, float]:
    """The same of each child of a process."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return {child: cpu_of(child) for child in map(int, children)}


def push(port: int, key: str, bodies: list[tuple[int, bytes]]) -> dict[str, tuple[str, str]]:
    """Send bulks one after another; the verdict and effect that came back, by external_id."""
    connection, told = http.client.HTTPConnection("127.0.0.1", port, timeout=120), {}
    for number, body in bodies:
        headers = {
            "Authorization": f"Bearer {key}", "Content-Type": "application/x-ndjson",
            "Idempotency-Key": f"bulk-{number}",
        }  # fmt: skip
        connection.request("POST", "/v1/vacancies:batch", body, headers)
        answer = connection.getresponse()
        text = answer.read()
        assert answer.status == 200, text[:500]
        for row in map(json.loads, text.splitlines()):
            told[row["external_id"]] = row["verdict"], row["effect"]
    return told


def read_back(port: int, key: str) -> set[str]:
    """The names of all that the service gives by its cursor as standing."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    names, cursor = set[str](), ""
    while True:
        connection.request("GET", f"/v1/vacancies?limit={PAGE}{cursor}", headers={"Authorization": f"Bearer {key}"})
        page = json.loads(connection.getresponse().read())
        names |= {each["external_id"] for each in page["items"]}
        cursor = f"&cursor={page['next']}"
        if not page["more"]:
            return names


def in_index(settings: Settings) -> set[str]:
    """The names of all that the live index would recommend from."""
    live = LiveIndex(settings.engine, settings.snapshot, settings.meaning_file)
    with settings.database.read() as session:
        index = live.current(session)
        names = {row.id: row.external_id for row in session.execute(select(Vacancy.id, Vacancy.external_id))}
    return {names[number] for number in index.facts.id[index.living].tolist()}


def to_be_found(bodies: list[bytes], told: dict[str, tuple[str, str]]) -> set[str]:
    """The names of those that were told to be in order, with openings left, and whose last day has not come."""
    today = local_date(now()).isoformat()
    rows = (json.loads(line) for body in bodies for line in body.splitlines())
    return {
        row["external_id"] for row in rows
        if told[row["external_id"]][0] == "ok" and row.get("valid_to", today) >= today
        and row.get("openings_filled", 0) < (row["openings"] if isinstance(row.get("openings"), int) else 1)
    }  # fmt: skip


def over_http(settings: Settings, plan: Plan, bodies: list[bytes], log: Path) -> dict[str, Any]:
    """Push everything; rates and what became of the rows."""
    with settings.database.write() as session:
        key = create_client(session, "bench", Role.SYSTEM, source="bench")
    numbered = list(enumerate(bodies))
    with served(settings, log, plan.workers) as service, ThreadPoolExecutor(plan.senders) as pool:
        before, own, start = cpu_of_children(service.process.pid), time.process_time(), time.perf_counter()
        shares = [numbered[first :: plan.senders] for first in range(plan.senders)]
        told = {name: words for part in pool.map(lambda share: push(service.port, key, share), shares)
                for name, words in part.items()}  # fmt: skip
        took = time.perf_counter() - start
        after, sender = cpu_of_children(service.process.pid), time.process_time() - own
        shares_of_work = [seconds - before[child] for child, seconds in after.items()]
        server = sum(shares_of_work)
        accepted = {name for name, (_, effect) in told.items() if effect == "created"}
        assert len(told) == plan.rows, f"{plan.rows - len(told)} rows without a verdict"
        assert read_back(service.port, key) == accepted, "not all that was accepted is read back"
    wanted, found = to_be_found(bodies, told), in_index(settings)
    assert found == wanted, f"{len(wanted - found)} are not in the index, {len(found - wanted)} should not be"
    return {
        "rate": plan.rows / took, "busiest": max(shares_of_work) / server, "server": server / plan.rows * 1e6, "sender": sender / plan.rows * 1e6,
        "told": Counter(word for words in told.values() for word in words), "found": len(found),
        "read": len(accepted), **stored(settings.database),
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
    (ingest.vacancies, "screen_all", "screen"),
    (ingest.vacancies, "block_of", "duplicates"),
    (ingest.intake, "_regroup", "duplicates"),
    (ingest.intake, "stored_rows", "store"),
    (ingest.intake, "upsert", "store"),
    (ingest.intake, "employer_ids", "store"),
)


def by_stage(settings: Settings, bodies: list[bytes]) -> dict[str, float]:
    """Microseconds of CPU a row of each stage: the first half of the bodies warms up."""
    stages, rows = Stages(), 0
    plain = [(module, name, getattr(module, name)) for module, name, _ in STAGES]
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
            with stages.stage("rest of intake"):
                store = read_vacancies(chunk, intake)
            with stages.stage("store"), settings.database.write() as session, stages.stage("rest of intake"):
                verdicts = store(session)
            with stages.stage("answer"):
                b"".join(dump(verdict_document(verdict)) for verdict in verdicts)
    for module, name, function in plain:
        setattr(module, name, function)
    return {name: seconds / rows * 1e6 for name, seconds in stages.seconds.items()}


def section(plan: Plan, found: dict[str, Any], stages: dict[str, float], engine: str) -> str:
    """What one database is told of."""
    told = found["told"]
    costs = "\n".join(f"| {name} | {cost:.0f} |" for name, cost in stages.items())
    return f"""## {engine}

**{found["rate"]:,.0f} rows a second**; CPU a row: server {found["server"]:.0f} us, of which the busiest process did
{found["busiest"]:.0%}; sender {found["sender"]:.0f} us.
Created {told["created"]:,}, stored {found["stored"]:,} in {found["clusters"]:,} clusters; screened OK
{found["lawful"]:,}, blocked {told["blocked"]:,}, in review {told["in_review"]:,}, to be completed
{told["needs_completion"]:,}, invalid {told["invalid"]:,}. Read back by the cursor {found["read"]:,}: all that were
created. In the live index {found["found"]:,}: all that were told to be in order and whose last day has not come.

| stage | us of CPU a row |
|---|---|
{costs}
| sum | {sum(stages.values()):.0f} |
"""


def page(plan: Plan, sections: Iterable[str]) -> str:
    """The page."""
    told = "\n".join(sections)
    load = os.getloadavg()[0]
    return f"""# What it costs to take vacancies in

`make bench-push` wrote this page on {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()},
{local_date(now())}; the machine's load when it ended was {load:.1f}. {plan.rows:,} invented vacancies in bulks of
{plan.bulk} over HTTP, each bulk under an Idempotency-Key: {plan.workers} server processes, {plan.senders} senders on the
same machine, every commit on disk. The stages were measured alone, in one process, on {MEASURED:,} of the same rows.

{told}"""


def arguments() -> argparse.Namespace:
    """What is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--bulk", type=int, default=500)
    parser.add_argument("--senders", type=int, default=4)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--databases", nargs="+", choices=("sqlite", "postgres"), default=["sqlite", "postgres"])
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[2] / "docs/benchmarks-push.md")
    return parser.parse_args()


def main() -> None:
    """Measure and write."""
    given = arguments()
    plan = Plan(given.rows, given.bulk, given.senders, given.workers)
    bodies = bulks(plan)
    with tempfile.TemporaryDirectory() as folder:
        sections = [measure(plan, bodies, Path(folder), name) for name in given.databases]
    given.out.write_text(page(plan, sections), "utf-8")


def measure(plan: Plan, bodies: list[bytes], folder: Path, name: str) -> str:
    """One run on one database."""
    with postgres.server(f"push{os.getpid()}") if name == "postgres" else nullcontext() as server:
        if server:  # that of the tests does without
            postgres.execute(server, "ALTER SYSTEM SET fsync = on")
            postgres.execute(server, "SELECT pg_reload_conf()")
        url = server and server.render_as_string(False)
        found = over_http(new_settings(folder, url), plan, bodies, folder / "log")
        stages = by_stage(new_settings(folder, url), bodies[: 2 * MEASURED // plan.bulk])
    return section(plan, found, stages, "PostgreSQL" if url else "SQLite")


if __name__ == "__main__":
    main()
