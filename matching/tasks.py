"""What the tasks of a cluster do in a night: make lists, look further, plan a region, write rows.

The driver gives them all but the last argument, a part of the people; Spark calls them where that part lies.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyspark import Broadcast, SparkFiles
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

import matching
from matching.config import Config, PlanConfig
from matching.index import Index
from matching.ladder import Ladder
from matching.meaning import Meaning
from matching.nightly import item_rows, left_rows, shortfall_rows
from matching.planner import Capacities, Items
from matching.seekers import seekers_of
from matching.serving import (
    UNCOUNTED,
    Before,
    Ints,
    Listed,
    certificates,
    cities_of,
    looked,
    looked_further,
    plan_region,
    reach_of,
    serve,
)
from matching.tables import KNOWN, TO_PLAN, Batches, listed_in, numbers_in, plan_table, triples_in, with_lists
from models.bulk import ROWS_A_TRANSACTION, in_turns, insert_columns
from models.database import Database
from models.enums import RunState
from models.errors import ZhipeiError
from models.recommendation import Departure, Recommendation, Run, Shortfall
from models.times import local_date


@dataclass(frozen=True)
class Site:
    """What every task of a night knows: the market and the rules."""

    name: str
    index: Broadcast[bytes]
    meaning: Broadcast[bytes]
    code: str
    config: Config
    now: datetime
    home_city: str
    threads: int

    def market(self) -> Index:
        """The index, from the file that the processes of a machine share. ZhipeiError when other code made it."""
        if self.code != code_identity():
            raise ZhipeiError(f"工作节点 {platform.node()} 上的版本与主机不同：请在所有节点安装同一版本")
        if self.name not in _MARKETS:
            found = Index.load(self._file("index", self.index), Meaning.load(self._file("meaning", self.meaning)))
            _MARKETS.clear()
            _MARKETS[self.name] = found
        return _MARKETS[self.name]

    def ladder(self, table: pa.Table) -> Ladder:
        """The people of a table before the index."""
        columns = {name: table[name].to_pylist() for name in KNOWN}
        people = seekers_of(columns, local_date(self.now), self.home_city)
        return Ladder(people, self.market(), self.config, self.now)

    def _file(self, name: str, content: Broadcast[bytes]) -> Path:
        """A file that travelled, written by the first process of the machine that needs it."""
        folder = Path(SparkFiles.getRootDirectory())
        path = folder / f"{self.name}-{name}"
        with (folder / f"{self.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not path.exists():
                partial = path.with_suffix(".partial")
                partial.write_bytes(content.value)
                os.replace(partial, path)
        return path


_MARKETS: dict[str, Index] = {}  # the market of the night that this process works for


@lru_cache(maxsize=1)
def code_identity() -> str:
    """A digest of the code that makes the lists: another version would make other ones."""
    digest = hashlib.blake2b(digest_size=8)
    for folder in (Path(matching.__file__).parent, Path(matching.__file__).parents[1] / "models"):
        for path in sorted(folder.rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _whole(batches: Batches) -> pa.Table | None:
    """A part; None for an empty one."""
    found = list(batches)
    return pa.Table.from_batches(found) if sum(map(len, found)) else None


def _before(table: pa.Table) -> Before:
    return Before(triples_in(table, "before_row", np.int32), triples_in(table, "before_over", np.bool_), UNCOUNTED)


def look(site: Site, k: int, batches: Batches) -> Batches:
    """Make the lists of a part."""
    table = _whole(batches)
    if table is not None:
        listed = looked(site.ladder(table), _before(table), k, site.threads)
        yield from with_lists(table, listed, site.market())


def ask(
    site: Site, k: int, chosen: Broadcast[NDArray[np.bool_]], open_rows: Broadcast[NDArray[np.bool_] | None],
    batches: Batches,
) -> Batches:  # fmt: skip
    """Look further for the people of a part who are chosen."""
    table = _whole(batches)
    if table is None:
        return
    own = np.flatnonzero(chosen.value[numbers_in(table, "number")])
    if not len(own):
        yield from table.to_batches()
        return
    listed = listed_in(table)
    ladder = site.ladder(table.take(own))
    found = looked_further(ladder, listed.offers.of(own), k, site.threads, open_rows.value)
    yield from with_lists(table, Listed(listed.people, listed.offers.replaced(own, found)), site.market())


def join(site: Site, batches: Batches) -> Batches:
    """Which cities the people of a part bring together, in pairs."""
    table = _whole(batches)
    if table is not None:
        pairs = reach_of(listed_in(table), cities_of(site.market())).joined
        yield from pa.table({"a": pairs[:, 0], "b": pairs[:, 1]}).to_batches()


def deal(region: Broadcast[Ints], batches: Batches) -> Batches:
    """Give everyone who is to be planned the number of the region."""
    for batch in batches:
        own = region.value[np.asarray(batch["number"])]
        dealt = pa.table({"region": own} | {name: batch[name] for name in TO_PLAN})
        yield from dealt.filter(pa.array(own >= 0)).to_batches()


def plan(
    places: Broadcast[Capacities], held: Broadcast[Items | None], config: PlanConfig, table: pa.Table
) -> pa.Table:  # fmt: skip
    """Plan a region."""
    numbers = numbers_in(table, "number")
    order = np.argsort(numbers)
    own = held.value and held.value.of(numbers[order])
    return plan_table(numbers[order], plan_region(listed_in(table).of(order), own, places.value, config))


@dataclass(frozen=True)
class Target:
    """Where the rows of a night go."""

    url: str
    machine: str  # that the driver runs on
    run_id: int
    mark: Any  # that the driver set on the run

    @contextmanager
    def opened(self) -> Iterator[Database]:
        """The database. ZhipeiError where it is not to be reached from here."""
        with closing(Database(self.url)) as database:
            path = database.path
            if path and not (path.is_file() and platform.node() == self.machine):
                raise ZhipeiError("SQLite 只能用于与主机在同一台机器上的工作进程：多台机器请用 PostgreSQL")
            try:
                yield database
            except OperationalError as error:
                raise ZhipeiError("工作节点连不上数据库，或连接中断：连接地址须从每个节点都能到达") from error

    def must_be_open(self, session: Session) -> None:
        """The run is still this night's, and stays so until the transaction ends.

        A task may outlive its driver: what it wrote then would be of a run that the next night removes.
        """
        query = select(Run.report).where(Run.id == self.run_id, Run.state == RunState.WRITING.value)
        if session.execute(query.with_for_update(read=True)).scalar_one_or_none() != self.mark:
            raise ZhipeiError("这个夜间批次已经作废")

    def has(self, session: Session, seeker: int) -> bool:
        """Whether a person's outcome is stored."""
        queries = (
            select(table.seeker_id).where(table.run_id == self.run_id, table.seeker_id == seeker).limit(1)
            for table in (Recommendation, Shortfall)
        )
        return any(session.execute(query).first() for query in queries)


def write(
    site: Site, target: Target, plan: Broadcast[tuple[Items, NDArray[np.int8]]], k: int, batches: Batches
) -> Batches:  # fmt: skip
    """Store the outcomes of a part, in short transactions; what an attempt before this one stored stays."""
    table = _whole(batches)
    if table is None:
        return
    (items, left), numbers = plan.value, numbers_in(table, "number")
    ladder = site.ladder(table)
    own = items.of(numbers)
    served = serve(ladder, own, listed_in(table).offers, k, site.threads)
    short = certificates(ladder, own, site.threads)
    ids, had = numbers_in(table, "id"), triples_in(table, "before_row", np.int32)

    def store(session: Session, people: slice) -> None:
        target.must_be_open(session)
        if target.has(session, int(ids[people][0])):
            return
        mine = served.between(people.start, people.stop)
        insert_columns(session, Recommendation, item_rows(target.run_id, ids[people], mine, ladder.index, site.config))
        certified = {person: found for person, found in short.items() if people.start <= person < people.stop}
        insert_columns(session, Shortfall, shortfall_rows(target.run_id, ids, certified, ladder.index))
        gone = left_rows(target.run_id, ids[people], had[people], left[numbers[people]], ladder.index)
        insert_columns(session, Departure, gone)

    step = max(1, ROWS_A_TRANSACTION // k)
    with target.opened() as database:
        in_turns(database, [slice(first, first + step) for first in range(0, len(ids), step)], store)
    yield from pa.table({"people": [len(ids)]}).to_batches()
