"""The night on a real standalone cluster: a master and two workers, each a process, give the rows of one machine."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from subprocess import DEVNULL

import pytest
from factories import NOW, seeker
from sqlalchemy import select
from stored import change, count

from api.imports import import_rows
from api.market.sample import seekers, vacancies
from ingest.files import Row
from matching.loading import Night
from matching.nightly import run_night
from models.database import Database
from models.enums import RunState
from models.queries import runs
from models.recommendation import Departure, Recommendation, Run, Shortfall
from models.times import local_date, now, start_of

pyspark = pytest.importorskip("pyspark", reason="the extra `spark` is not installed")
PySparkException = pytest.importorskip("pyspark.errors").PySparkException
pytest.importorskip("pandas", reason="Spark's tables of Arrow need pandas (extra `spark`)")
if not shutil.which("java"):
    pytest.skip("no Java on this machine: Spark needs one", allow_module_level=True)

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # sockets between Spark's Python and its Java
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

ROOT = Path(__file__).parents[2]
SPARK = Path(pyspark.__file__).parent
PEOPLE, PLACES, SEED = 400, 240, 7
PART = 96  # people: several parts, and a wish in several of them
FEW = 5  # vacancies a list: some find all of them full, and look further
SECONDS = 90  # until what should happen has happened, on a busy machine
TABLES = {Recommendation: ("seeker_id", "rank"), Shortfall: ("seeker_id",), Departure: ("seeker_id", "vacancy_id")}
# Makes each item slow, so that a kill meets rows of a night that is being written.
SLOW = {
    "sqlite": (
        "CREATE TRIGGER slow AFTER INSERT ON recommendations "
        "BEGIN SELECT count(*) FROM job_seekers a, job_seekers b WHERE a.id <= 100; END",
        "DROP TRIGGER slow",
    ),
    "postgresql": (
        # One after the other, as on SQLite: else all of them would be there in the same moment.
        "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN PERFORM pg_advisory_xact_lock(1), pg_sleep(0.01); RETURN NULL; END $$;"
        "CREATE TRIGGER slow AFTER INSERT ON recommendations FOR EACH ROW EXECUTE FUNCTION slow()",
        "DROP TRIGGER slow ON recommendations",
    ),
}


@pytest.fixture(scope="module")
def environment(tmp_path_factory) -> dict[str, str]:
    """Loopback only, a core on each worker, the tests' own Python and code wherever a task runs."""
    conf = tmp_path_factory.mktemp("conf")
    (conf / "spark-defaults.conf").write_text("spark.cores.max 2\nspark.executor.memory 512m\n")
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    daemon = {"SPARK_DAEMON_MEMORY": "256m", "SPARK_HOME": str(SPARK), "SPARK_CONF_DIR": str(conf)}
    return daemon | {"PYTHONPATH": path, "PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}


@pytest.fixture(scope="module")
def master(tmp_path_factory, environment) -> Iterator[str]:
    """The address of a cluster's master; two workers with room for two of our sessions."""
    folder = tmp_path_factory.mktemp("cluster")
    log = folder / "log"

    def start(name: str, *words: str) -> subprocess.Popen:
        command = [SPARK / "bin/spark-class", f"org.apache.spark.deploy.{name}", "--host", "127.0.0.1"]
        with log.open("ab") as out:
            return subprocess.Popen([*command, "--webui-port", "0", *words], env=os.environ | environment,
                                    stdout=out, stderr=out, cwd=folder)  # fmt: skip

    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    url = f"spark://127.0.0.1:{port}"
    worker = ("--cores", "2", "--memory", "1g", "--work-dir", str(folder / "work"), url)
    started = [start("master.Master", "--port", str(port))]
    try:
        wait_for(lambda: listens(port), "the master listens")
        started += [start("worker.Worker", *worker) for _ in range(2)]
        wait_for(lambda: log.read_text("utf-8", "replace").count("Registering worker") == 2, "two workers are there")
        yield url
    finally:
        for process in reversed(started):
            process.terminate()
        for process in started:
            process.wait(30)


@pytest.fixture(scope="module")
def hire(master, environment):
    """One session for the nights of this module."""
    from matching import cluster

    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        patch.setattr(cluster, "PART", PART)
        with cluster.cluster(master) as found:
            yield found


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def wait_for(holds, what: str) -> None:
    deadline = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


@pytest.fixture
def night(settings) -> Night:
    """A night on a sample market in which places are few."""
    today = local_date(now())
    for noun, documents in (("vacancies", vacancies(PLACES, SEED, today)), ("seekers", seekers(PEOPLE, SEED, today))):
        rows = [Row(number, document, None) for number, document in enumerate(documents, 1)]
        assert len(list(import_rows(settings, iter(rows), noun, "test"))) == len(rows)
    config = replace(settings.engine, plan=replace(settings.engine.plan, offers_per_opening=1))
    return Night(config, settings.home_city, start_of(today) + timedelta(hours=12), candidates=FEW)


def rows(database: Database, run_id: int) -> dict[str, list[tuple]]:
    """All that a night left, but for its number and what it cost."""
    with database.read() as session:
        found = {}
        for table, key in TABLES.items():
            columns = [column for column in table.__table__.columns if column.name != "run_id"]
            query = select(*columns).where(table.run_id == run_id).order_by(*(table.__table__.c[name] for name in key))
            found[table.__tablename__] = [tuple(row) for row in session.execute(query)]
        run = session.get_one(Run, run_id)
        assert run.state == RunState.PUBLISHED
        report = {name: run.report[name] for name in run.report if name not in ("seconds", "cpu_seconds", "peak_mb")}
    return found | {"report": report}


def withdraw(database: Database, run_id: int) -> None:
    """Make a night one that was killed: the next removes it, and looks back on the one before."""
    change(database, f"UPDATE runs SET state = 'WRITING' WHERE id = {run_id}")


@pytest.fixture
def alone(database, night) -> dict[str, list[tuple]]:
    """The rows of one machine; its night is then removed."""
    run_id, _ = run_night(database, night)
    found = rows(database, run_id)
    withdraw(database, run_id)
    runs.remove_unpublished(database)
    return found


def test_two_nights_give_the_rows_of_one_machine(database, night, hire):
    """A first night of three each; and after changes a second of up to six, that looks back on the first."""
    for tonight in (night, replace(night, now=night.now + timedelta(days=1), k=6, candidates=6)):
        run_id, _ = run_night(database, tonight)
        expected = rows(database, run_id)
        withdraw(database, run_id)
        run_id, stages = run_night(database, tonight, hire)
        assert rows(database, run_id) == expected
        assert {"hand out", "match", "plan", "write", "prove and publish"} <= set(stages.seconds)
        for statement in (
            "UPDATE vacancies SET openings_filled = openings WHERE id % 7 = 3",
            f"UPDATE vacancies SET valid_to = '{night.now.date()}' WHERE id % 11 = 5",
            "UPDATE job_seekers SET pay_floor = 9000 WHERE id % 5 = 4",
        ):
            change(database, statement)
    assert all(expected.values()), "each table has had something to hold"
    assert any(expected["report"]["plan"]["over"].values()), "somebody found everything full"
    assert len({item[1] for item in expected["recommendations"]}) == 6, "lists of six"


@pytest.mark.parametrize("people", [0, 1])
def test_a_service_without_people_or_without_vacancies_has_nights_too(database, settings, hire, people):
    with database.write() as session:
        session.add_all([seeker("焊工", id=number) for number in range(1, people + 1)])
    run_id, _ = run_night(database, Night(settings.engine, settings.home_city, NOW), hire)
    assert len(rows(database, run_id)["shortfalls"]) == people


@contextmanager
def slow_rows(database: Database) -> Iterator[None]:
    begin, end = SLOW[database.engine.dialect.name]
    change(database, begin)
    yield
    change(database, end)


def test_a_night_survives_a_killed_executor_and_shows_no_half(database, night, hire, alone):
    """While rows are written, one of the two executors is killed: its tasks go to others, nothing is written twice."""
    published, seen = [], set()

    def run() -> None:
        published.append(run_night(database, night, hire)[0])

    with slow_rows(database):
        writing = threading.Thread(target=run)
        writing.start()
        wait_for(lambda: count(database, Recommendation) > 0, "the first rows are there")
        killed = executors()
        os.kill(killed[0], signal.SIGKILL)
        found = count(database, Recommendation)
        while writing.is_alive():
            with database.read() as session:
                visible = runs.latest_run(session)
            if visible:
                seen.add(count(database, Recommendation))
            time.sleep(0.1)
        writing.join()
    assert len(killed) == 2
    assert found < len(alone["recommendations"]), "killed in the middle of the rows"
    assert seen <= {len(alone["recommendations"])}, "what is to be seen is whole"
    assert rows(database, published[0]) == alone
    assert count(database, Run) == 1


def executors() -> list[int]:
    """The processes in which our tasks run."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if b"org.apache.spark.executor.CoarseGrainedExecutorBackend" in words:
            found.append(int(folder.name))
    return sorted(found)


def test_a_killed_command_shows_nothing_and_the_next_night_is_whole(
    settings, database, night, hire, alone, master, environment, tmp_path
):
    """The driver is killed in the middle of its rows; its tasks may outlive it by a moment."""
    words = [sys.executable, "-m", "api.cli", "nightly", "--engine", "spark", "--master", master]
    own = {"ZHIPEI_DATABASE_URL": settings.database_url, "ZHIPEI_DATA_DIR": str(tmp_path / "data")}
    with slow_rows(database):
        with subprocess.Popen(words, env=os.environ | environment | own, stdout=DEVNULL, stderr=DEVNULL) as driver:
            wait_for(lambda: count(database, Recommendation) > len(alone["recommendations"]) // 4, "it writes rows")
            driver.kill()
        assert count(database, Recommendation) < len(alone["recommendations"]), "killed in the middle of the rows"
        with database.read() as session:
            assert runs.latest_run(session) is None
    run_id, _ = run_night(database, night, hire)
    assert rows(database, run_id) == alone
    assert count(database, Recommendation) == len(alone["recommendations"]), "no row is left over"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_tasks_of_another_version_make_no_lists(database, night, hire, monkeypatch):
    from matching import tasks

    monkeypatch.setattr(tasks, "code_identity", lambda: "another")
    with pytest.raises(PySparkException, match="版本与主机不同"):
        run_night(database, night, hire)
    with database.read() as session:
        assert runs.latest_run(session) is None


@pytest.mark.parametrize(("prelude", "changed", "master", "told"), [
    ("", {"JAVA_HOME": "/nowhere"}, "local[1]", "请安装 Java 17"),
    ("import sys; sys.modules['pyspark'] = None; ", {}, "local[1]", "请安装附加组件 spark"),
    ("", {}, "spark://127.0.0.1:1", "连不上 spark://127.0.0.1:1"),
])  # fmt: skip
def test_what_is_missing_is_named_with_the_way_out(environment, tmp_path, prelude, changed, master, told):
    words = ["nightly", "--engine", "spark", "--master", master]
    code = f"{prelude}import sys; sys.argv[1:] = {words}; from api.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", code], env=os.environ | environment | changed, cwd=tmp_path,
                          capture_output=True, text=True, check=False)  # fmt: skip
    assert done.returncode == 1
    assert told in done.stderr.replace("\n", "")
    assert "Traceback" not in done.stderr
