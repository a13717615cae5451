"""The night on a cluster: how Spark is asked to make everyone's lists, plan each region and write the rows.

The functions are those of one process (`serving`, `nightly`), so are the rows; `tasks` calls them. People lie in parts
of a table, equal wishes in the same part; the snapshot of the index goes to every machine once, as a file that its
processes map. Lists stay where they were made: the driver holds a few bytes a person, the region and what the plan
gave. docs/decisions/0018 gives the reasons.

Needs the extra `spark`, and Java 17 or later; every machine of the cluster runs the same installation of this project.
"""

from __future__ import annotations

import platform
import re
import socket
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Event, Thread
from typing import Any

import numpy as np
from numpy.typing import NDArray
from py4j.protocol import Py4JError
from pyspark import Broadcast, SparkContext
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from sqlalchemy import select

from matching import tasks
from matching.index import Index
from matching.loading import Loaded, Night, Stages
from matching.nightly import Hire
from matching.planner import Items, Plan
from matching.serving import Ints, Reach, capacities
from matching.tables import FOUND, GIVEN, TO_PLAN, TOLD, Batches, as_stored, ddl, numbers_in, people_table, plan_in
from models.database import Database
from models.errors import ZhipeiError
from models.recommendation import Run

PART = 16_384  # people a task: as many as the ladder looks at side by side
PATIENCE = 60  # seconds until the master must have given us a worker
MOST_REGIONS = 1_000  # tasks that regions are dealt to


@contextmanager
def cluster(master: str, threads: int = 1) -> Iterator[Hire]:
    """Crews for nights on the cluster of a master: `spark://host:port`, or `local[n]` to try it in one process.

    Each task uses so many threads, and is given as many cores. ZhipeiError, with the way out, when Java or the master
    is missing, when no worker is free, or when a task fails for good.
    """
    session = _connected(master, threads)
    try:
        yield Hire(partial(_Cluster, session), as_stored)
    except (PySparkException, Py4JError) as error:
        raise _told(error) from error
    finally:
        session.stop()


def _connected(master: str, threads: int) -> SparkSession:
    _must_answer(master)
    settings: dict[str, bool | float | int | str | None] = {
        "spark.task.cpus": threads,
        "spark.ui.enabled": "false",  # it has no lock
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "ERROR",
        "spark.sql.execution.arrow.maxRecordsPerBatch": PART,  # a part is one partition, and is read in one piece
    }
    try:
        session = SparkSession.builder.config(map=settings).master(master).appName("zhipei nightly").getOrCreate()
    except PySparkException as error:
        raise ZhipeiError("Java 没有启动：请安装 Java 17 或更新的版本，或让 JAVA_HOME 指向它") from error
    except Py4JError as error:
        raise ZhipeiError(
            f"Spark 没有启动：请核对 --master {master}，以及 --workers {threads}（不多于一个工作进程的核数）"
        ) from error
    context = session.sparkContext
    if context.pythonExec == "python3":  # nobody named another one: PYSPARK_PYTHON
        context.pythonExec = sys.executable
    deadline = time.monotonic() + PATIENCE
    while not master.startswith("local") and not _workers(context):
        if time.monotonic() > deadline:
            session.stop()
            raise ZhipeiError(f"{master} 没有空闲的工作进程：请启动 worker，或等它上面的其他任务结束")
        time.sleep(0.2)
    return session


def _must_answer(master: str) -> None:
    """Spark itself asks for minutes before it gives up."""
    if not master.startswith("spark://"):
        return
    for address in master.removeprefix("spark://").split(","):
        host, _, port = address.rpartition(":")
        try:
            socket.create_connection((host, int(port)), timeout=5).close()
        except (OSError, ValueError):
            continue
        return
    raise ZhipeiError(f"连不上 {master}：请核对地址（spark://主机:端口，端口通常是 7077），并确认主节点已启动")


def _workers(context: SparkContext) -> int:
    """How many processes of the cluster are ours; the driver is in Spark's list too."""
    return len(context._jsc.sc().statusTracker().getExecutorInfos()) - 1


def _told(error: Exception) -> ZhipeiError:
    """What went wrong in a task: in our own words where they are ours, else only of which kind it was."""
    text = str(error)
    own = re.search(r"^models\.errors\.\w+: (.+)$", text, re.MULTILINE)
    if own:
        return ZhipeiError(own[1])
    if isinstance(error, ImportError):
        return ZhipeiError(f"附加组件 spark 不完整（uv sync --extra spark）：{text}")
    kinds = re.findall(r"^([\w.]+(?:Error|Exception))\b", text, re.MULTILINE)
    return ZhipeiError(f"集群上的任务失败（{kinds[-1] if kinds else type(error).__name__}），详情见工作进程的日志")


class _Cluster:
    """The crew of a cluster: one table of people, and what the tasks add to it. See `Crew`."""

    def __init__(
        self, session: SparkSession, database: Database, night: Night, loaded: Loaded, stages: Stages
    ) -> None:  # fmt: skip
        self._session, self._database, self._night, self._stages = session, database, night, stages
        self._people = len(loaded.people.id)
        with stages.measure("hand out"):
            self._site = _site(session.sparkContext, night, loaded.index)
            self._table = session.createDataFrame(people_table(loaded))
            loaded.people.known.clear()
        self._places = self._send(capacities(loaded.index, loaded.before, night.config))

    def look(self, k: int) -> None:
        """See `Crew`."""
        with _watched(self._session.sparkContext, self._people, self._night.progress):
            self._put(partial(tasks.look, self._site, k))

    def ask(self, people: Ints, k: int, open_rows: NDArray[np.bool_] | None) -> None:
        """See `Crew`."""
        chosen = np.zeros(self._people, bool)
        chosen[people] = True
        self._put(partial(tasks.ask, self._site, k, self._send(chosen), self._send(open_rows)))

    def reach(self) -> Reach:
        """See `Crew`."""
        pairs = self._table.select(*TO_PLAN).mapInArrow(partial(tasks.join, self._site), "a bigint, b bigint")
        pairs = pairs.distinct().toArrow()
        joined = np.stack([numbers_in(pairs, "a"), numbers_in(pairs, "b")], axis=1)
        return Reach(self._of_everyone("least"), joined)

    def plans(self, region: Ints, held: Items | None) -> Iterator[tuple[Ints, Plan]]:
        """See `Crew`."""
        regions = len(np.unique(region[region >= 0]))
        if regions:
            kinds = {"region": "bigint"} | {name: kind for name, kind in (TOLD | FOUND).items() if name in TO_PLAN}
            dealt = self._table.select(*TO_PLAN).mapInArrow(partial(tasks.deal, self._send(region)), ddl(kinds))
            plan = partial(tasks.plan, self._places, self._send(held), self._night.config.plan)
            grouped = dealt.repartition(min(regions, MOST_REGIONS), "region").groupBy("region")
            yield plan_in(grouped.applyInArrow(lambda table: plan(table), ddl(GIVEN)).toArrow())

    def serving(self) -> NDArray[np.int8]:
        """See `Crew`."""
        return self._of_everyone("serving").astype(np.int8)

    def write(self, run_id: int, done: Plan) -> None:
        """See `Crew`."""
        with self._database.read() as session:
            mark = session.execute(select(Run.report).where(Run.id == run_id)).scalar_one()
        url = self._database.url.render_as_string(hide_password=False)
        target = tasks.Target(url, platform.node(), run_id, mark)
        write = partial(tasks.write, self._site, target, self._send((done.items, done.left)), self._night.k)
        with self._stages.measure("write"):
            self._table.mapInArrow(write, "people bigint").collect()
        self._table.unpersist()

    def _send(self, value: Any) -> Broadcast[Any]:
        """What every task may look at."""
        return self._session.sparkContext.broadcast(value)

    def _put(self, task: Callable[[Batches], Batches]) -> None:
        """Have the table made anew by a task, and keep it in place of the one before."""
        before: DataFrame = self._table
        self._table = before.mapInArrow(task, ddl(TOLD | FOUND)).persist()
        self._table.count()
        before.unpersist()

    def _of_everyone(self, name: str) -> Ints:
        """A number of each person, fetched from where it lies."""
        found = self._table.select("number", name).toArrow()
        values = np.empty(self._people, np.int64)
        values[numbers_in(found, "number")] = numbers_in(found, name)
        return values


@contextmanager
def _watched(context: SparkContext, people: int, tell: Callable[[int, int], None]) -> Iterator[None]:
    """Tell how far the tasks inside have come, every second."""
    over, tracker = Event(), context.statusTracker()

    def watch() -> None:
        while not over.wait(1):
            stages = filter(None, map(tracker.getStageInfo, tracker.getActiveStageIds()))
            done = [people * stage.numCompletedTasks // stage.numTasks for stage in stages if stage.numTasks]
            tell(max(done, default=0), people)

    watcher = Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()
    tell(people, people)


def _site(context: SparkContext, night: Night, index: Index) -> tasks.Site:
    """What every task of a night knows, its files sent on their way."""
    with tempfile.TemporaryDirectory() as folder:
        files = Path(folder) / "index", Path(folder) / "meaning.npz"
        index.save(files[0])
        night.meaning.save(files[1])
        sent = [context.broadcast(file.read_bytes()) for file in files]
    return tasks.Site(
        uuid.uuid4().hex, sent[0], sent[1], tasks.code_identity(), night.config, night.now, night.home_city,
        night.workers,
    )  # fmt: skip
