"""Pushed through a network that loses half of the answers: each vacancy exactly once, and the verdict of a quiet day."""

import http.client
import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from lossy_proxy import HARMFUL, lossy_proxy
from served import served
from sqlalchemy import func, select
from wire import vacancy

from api.security import create_client
from models.account import AuditEvent
from models.enums import Role
from models.idempotency import KeptAnswer
from models.vacancy import Vacancy

BULK, SENDERS = 5, 6
PATIENCE = 60  # seconds for one push, faults and all


class Sender:
    """Pushes through a port until it has a whole answer, as a careful sender does."""

    def __init__(self, port, key):
        self.port, self.headers, self.tries = port, {"Authorization": f"Bearer {key}"}, 0

    def push(self, method, path, body, name):
        headers = {**self.headers, "Content-Type": "application/json", "Idempotency-Key": name}
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            self.tries += 1
            try:
                status, answer = self._ask(method, path, body, headers)
            except (OSError, http.client.HTTPException):
                continue
            if status not in (409, 503):
                return status, answer
            time.sleep(0.05)
        raise AssertionError(f"no answer to {name} within {PATIENCE} s")

    def _ask(self, method, path, body, headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


def records(count):
    """Vacancies of every verdict."""
    flaws = ({}, {}, {"pay": "面议"}, {"description": "限男性"}, {"title": ""})
    return [vacancy(f"V{number}", **flaws[number % 5]) for number in range(count)]


def requests(rows):
    """The pushes of these rows: four fifths of them alone, the others in bulks."""
    alone, rest = rows[: len(rows) * 4 // 5], rows[len(rows) * 4 // 5 :]
    for row in alone:
        yield "PUT", f"/v1/vacancies/caiji/{row['external_id']}", json.dumps(row), f"one-{row['external_id']}"
    for start in range(0, len(rest), BULK):
        yield "POST", "/v1/vacancies:batch", json.dumps(rest[start : start + BULK]), f"bulk-{start}"


def expected(row):
    """What the sender of one row is told on a day without faults."""
    number = int(row["external_id"][1:]) % 5
    return ("ok", "ok", "needs_completion", "blocked", "invalid")[number], "none" if number == 4 else "created"


def told(status, answer):
    """The verdict and effect of every row in an answer, by external_id; a refused push as it stands in a batch."""
    document = json.loads(answer)
    rows = document.get("results", [document])
    return {row["external_id"]: (row["verdict"], row["effect"]) for row in rows} if status < 300 else status


MANY = pytest.param(2_000, marks=(pytest.mark.faults, pytest.mark.real))


@pytest.mark.faults
@pytest.mark.parametrize("count", [300, MANY])
def test_each_vacancy_is_stored_once_whatever_the_network_does(settings, tmp_path, count):
    rows = records(count)
    with settings.database.write() as session:
        key = create_client(session, "caiji", Role.SYSTEM, source="caiji")
    with served(settings, tmp_path / "log") as service, lossy_proxy(service.port) as proxy:
        sender = Sender(proxy.port, key)
        pushes = list(requests(rows))
        with ThreadPoolExecutor(SENDERS) as pool:
            answers = list(pool.map(lambda push: told(*sender.push(*push)), pushes))
        quiet = Sender(service.port, key)
        again = [told(*quiet.push(*push)) for push in pushes]
    assert answers == again  # whoever asks once more is told the same
    heard = {name: verdict for answer in answers if isinstance(answer, dict) for name, verdict in answer.items()}
    refused = [push[3] for push, answer in zip(pushes, answers, strict=True) if answer == 422]
    wanted = {row["external_id"]: expected(row) for row in rows}
    assert heard == {name: verdict for name, verdict in wanted.items() if f"one-{name}" not in refused}
    assert all(wanted[name.removeprefix("one-")][0] == "invalid" for name in refused)
    created = sorted(f"caiji:{name}" for name, (_, effect) in wanted.items() if effect == "created")
    with settings.database.read() as session:
        assert sorted(session.execute(select(AuditEvent.subject)).scalars()) == created
        assert session.execute(select(func.count()).select_from(Vacancy)).scalar_one() == len(created)
        assert session.execute(select(func.count()).select_from(KeptAnswer)).scalar_one() == len(pushes) - len(refused)
    assert sum(proxy.met[fault] for fault in HARMFUL) > len(pushes) * 3 // 4
    assert min(proxy.met[fault] for fault in HARMFUL) > 0
