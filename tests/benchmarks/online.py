"""How long does one person wait, and when is a pushed vacancy seen? The engine in this process, then the service.

The service is a real one: processes of its own behind a socket, a client's key checked and every view written down and
committed before it is answered. Requests come on time, whatever became of those before (an open loop): who waits in a
queue is waiting.
"""

import http.client
import json
import random
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from clock import NotMeasured, percentile
from nights import Ground
from push import cpu_of
from served import Service, served
from side_by_side import ALONE_STAGES, Latency, latency, profiled
from sqlalchemy import select
from sqlalchemy.orm import Session

import api.service
from api.imports import import_rows
from api.live import LiveIndex
from api.market import vacancies
from api.security import create_client
from api.service import Matching
from api.settings import Settings
from ingest.files import Row
from matching.recommend import recommend
from matching.seekers import profiles
from models.bulk import named_rows
from models.enums import SERVED_STATES, Role
from models.queries import runs
from models.queries.seekers import find_seeker, served_columns
from models.seeker import JobSeeker
from models.times import local_date, now

RATE = 200  # requests a second
FRESH = 5  # one request in so many has its list made anew
WORKERS, SENDERS, WARM = 2, 16, 200
LATE = 2  # times the time of a stream, after which it is given up
ALONE, ANSWERED, PUSHED, WATCHERS = 1_000, 200, 20, 8
SEED = 7
ANSWER_STAGES: dict[str, tuple[Any, Sequence[str]]] = {
    "the list made anew": (api.service, ("recommend",)),
    "what is shown of the vacancies": (api.service, ("shown_vacancies",)),
    "reasons in words": (api.service, ("item_documents", "certificate_answer")),
    "the night's list, shown": (runs, ("latest_list",)),
}
SOURCE = "bench-push"
PATIENCE = 5  # seconds
WATCHED = {
    "title": "叉车司机", "kind": "REGULAR", "openings": 3, "pay": "9000-12000元/月", "district": "500229",
    "address": "城口县试制路1号", "education": "无要求", "experience": "不限", "shift": "白班", "description": "驾驶叉车装卸货物。",
}  # fmt: skip
WATCHER = {"intentions": ["叉车司机"], "districts": ["500229"], "mobility": "OWN_DISTRICT", "kinds": ["REGULAR"]}


@dataclass(frozen=True)
class Loaded:
    """What came of a stream of requests: milliseconds from when each was due to its whole answer."""

    requests: int
    asked: float  # a second
    failed: int
    unsent: int  # it was given up when as long again had passed
    rate: float  # a second, reached
    cpu: float  # milliseconds of CPU a request, all processes of the service
    stored: Latency  # the night's lists
    fresh: Latency  # lists made anew
    every: Latency

    @property
    def kept_up(self) -> bool:
        """Whether nothing failed and hardly anything waited in a growing queue."""
        return not self.failed and not self.unsent and self.rate > 0.97 * self.asked


@dataclass(frozen=True)
class Online:
    """Milliseconds: of the engine alone, of the service, from commit to sight."""

    vacancies: int
    engine: Latency
    seen_here: Latency
    seen_elsewhere: Latency
    service: Loaded
    calm: Loaded | None  # at half the rate that it reached, where it did not keep up
    workers: int
    answer: dict[str, float]  # shares of the CPU of an answer, what HTTP and the audit take left out
    profile: dict[str, float]  # shares of the CPU of the engine's answers


def measure(ground: Ground, seconds: float) -> Online:
    """The engine, then the service for so many seconds."""
    settings, today = ground.settings, local_date(now())
    live = LiveIndex(settings.engine, settings.snapshot, settings.meaning_file)
    with settings.database.read() as session:
        index, rows = live.current(session), named_rows(served_columns(session))
        everyone = profiles(rows, today, settings.home_city)
    some = random.Random(SEED).sample(everyone, min(ALONE, len(everyone)))
    for person in some:  # wishes are read, as they are in a service that runs
        recommend([person], index, settings.engine, now())
    engine = latency(some, lambda person: recommend([person], index, settings.engine, now()))
    profile = profiled(lambda: [recommend([person], index, settings.engine, now()) for person in some], ALONE_STAGES)
    here = _seen_here(settings, live)
    names, keys = _names(settings), _keys(settings)
    answer = _answers(settings, live, names[:ANSWERED])
    settings.database.close()
    with served(settings, ground.folder / "service.log", WORKERS) as service:
        _ask(service, keys[0], _requests(names, WARM), WARM)
        loaded = _ask(service, keys[0], _requests(names, int(seconds * RATE)), RATE)
        calm = None
        if not loaded.kept_up:
            rate = loaded.rate / 2
            calm = _ask(service, keys[0], _requests(names, int(seconds * rate)), rate)
        elsewhere = _seen_elsewhere(service, keys)
    return Online(len(index), engine, here, elsewhere, loaded, calm, WORKERS, answer, profile)


def _documents(count: int, first: int) -> list[dict[str, Any]]:
    """Vacancies that nobody has pushed before."""
    today = local_date(now())
    return [
        {**document, "external_id": f"push-{number}"}
        for number, document in enumerate(vacancies(count, SEED + first, today), first)
    ]


def _seen_here(settings: Settings, live: LiveIndex) -> Latency:
    """From the commit of a vacancy to an index in this process that has it."""
    spent = []
    for document in _documents(PUSHED, 0):
        for _ in import_rows(settings, iter([Row(1, document, None)]), "vacancies", SOURCE):
            pass
        start = time.perf_counter()
        with settings.database.read() as session:
            live.current(session)
        spent.append((time.perf_counter() - start) * 1e3)
    return Latency(percentile(spent, 0.5), percentile(spent, 0.99))


def _names(settings: Settings) -> Sequence[tuple[str, str]]:
    """Source and number of people whom the service serves."""
    served_now = JobSeeker.state.in_([state.value for state in SERVED_STATES])
    with settings.database.read() as session:
        found = session.execute(select(JobSeeker.source, JobSeeker.external_id).where(served_now).limit(20_000)).all()
    return random.Random(SEED).sample([(row.source, row.external_id) for row in found], len(found))


def _keys(settings: Settings) -> tuple[str, str]:
    """Of somebody who asks, and of who pushes."""
    with settings.database.write() as session:
        office = create_client(session, "bench-office", Role.OFFICE)
        return office, create_client(session, "bench-system", Role.SYSTEM, source=SOURCE)


def _answers(settings: Settings, live: LiveIndex, names: Sequence[tuple[str, str]]) -> dict[str, float]:
    """What the time goes to between a person's row and the document with reasons."""
    with settings.database.read() as session:
        matching = Matching(live.current(session), settings.engine, settings.home_city, now())
        people = [find_seeker(session, *name) for name in names]
        work = partial(_answered, session, matching, people)
        work()
        return profiled(work, ANSWER_STAGES)


def _answered(session: Session, matching: Matching, people: Sequence[JobSeeker | None]) -> None:
    for number, person in enumerate(people):
        matching.recommendations(session, person, fresh=number % FRESH == 0)


def _requests(names: Sequence[tuple[str, str]], count: int) -> list[tuple[str, bool]]:
    """Paths, and whether the list is to be made anew."""
    found = []
    for number in range(count):
        source, name = names[number % len(names)]
        fresh = number % FRESH == 0
        found.append((f"/v1/seekers/{source}/{name}/recommendations{'?fresh=true' if fresh else ''}", fresh))
    return found


def _ask(service: Service, key: str, requests: Sequence[tuple[str, bool]], rate: float) -> Loaded:
    """Send each request when it is due, over connections that stay open."""
    spent: list[tuple[float, bool]] = []
    failed = [0] * SENDERS
    used, begin = cpu_of(service.process.pid), time.perf_counter() + 0.2
    end = begin + LATE * len(requests) / rate

    def send(own: int) -> None:
        door = http.client.HTTPConnection("127.0.0.1", service.port, timeout=30)
        for number in range(own, len(requests), SENDERS):
            path, fresh = requests[number]
            due = begin + number / rate
            if time.perf_counter() > end:
                break
            time.sleep(max(0.0, due - time.perf_counter()))
            door.request("GET", path, headers={"Authorization": f"Bearer {key}"})
            answer = door.getresponse()
            answer.read()
            spent.append(((time.perf_counter() - due) * 1e3, fresh))
            failed[own] += answer.status != 200
        door.close()

    threads = [threading.Thread(target=send, args=(own,)) for own in range(SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - begin
    unsent = len(requests) - len(spent)  # when the time was over
    return Loaded(
        len(requests), rate, sum(failed), unsent, len(spent) / took,
        (cpu_of(service.process.pid) - used) / max(1, len(spent)) * 1e3, _latency([ms for ms, fresh in spent if not fresh]),
        _latency([ms for ms, fresh in spent if fresh]), _latency([ms for ms, _ in spent]),
    )  # fmt: skip


def _latency(spent: Sequence[float]) -> Latency:
    return Latency(percentile(spent, 0.5), percentile(spent, 0.99))


def _seen_elsewhere(service: Service, keys: tuple[str, str]) -> Latency:
    """From the answer to a push until each of some connections, spread over the workers, has shown the vacancy."""
    doors = [http.client.HTTPConnection("127.0.0.1", service.port, timeout=30) for _ in range(WATCHERS)]
    spent = []
    for number in range(PUSHED // 4):
        name = f"watched-{number}"
        employer = {"name": f"重庆试制{number}仓储有限公司"}  # of one employer they would be one vacancy posted again
        document = {**WATCHED, "external_id": name, "employer": employer}
        told = _call(doors[0], "PUT", f"/v1/vacancies/{SOURCE}/{name}", keys[1], document)
        if told.get("effect") != "created":
            raise NotMeasured(f"a pushed vacancy was not taken: {told.get('effect')}")
        start = time.perf_counter()
        for door in doors:
            while name not in _shown(door, keys[0]):
                if time.perf_counter() > start + PATIENCE:
                    raise NotMeasured(f"a pushed vacancy was not seen within {PATIENCE} s")
        spent.append((time.perf_counter() - start) * 1e3)
    return _latency(spent)


def _shown(door: http.client.HTTPConnection, key: str) -> set[str]:
    """The names of what is recommended to who wishes for the pushed vacancy."""
    answer = _call(door, "POST", "/v1/matches?k=10", key, WATCHER)
    return {item["vacancy"]["external_id"] for item in answer["items"]}


def _call(door: http.client.HTTPConnection, method: str, path: str, key: str, document: dict[str, Any]) -> Any:
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    door.request(method, path, json.dumps(document).encode(), headers)
    answer = door.getresponse()
    return json.loads(answer.read())
