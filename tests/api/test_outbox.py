"""Vacancies reach their receivers: signed, in order, at least once, whatever the receiver does and whoever dies."""

import asyncio
import ipaddress
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from receiver import CUT, FAIL, FLOOD, FLOOD_BYTES, GONE, HANG, REDIRECT, TAKE, TAKE_AND_CUT, certificate, receiving
from sqlalchemy import select, update
from standardwebhooks import Webhook, WebhookVerificationError
from typer.testing import CliRunner
from wire import vacancy

from api.cli import app as commands
from api.outbox import Policy, deliver_until_told, deliverer_of, delivering, jitter, new_secret, signatures
from api.receivers import may_call
from api.security import revoke_client
from api.settings import Settings
from api.shapes import (
    DeadLetterPage,
    DeliveryPage,
    RotatedSubscription,
    SubscriptionAnswer,
    SubscriptionCreated,
    SubscriptionPage,
)
from api.subscribers import read_wanted
from models.account import AuditEvent
from models.configuration import read_configuration
from models.database import VACANCY_REVISIONS, watermark
from models.enums import Role
from models.errors import ZhipeiError
from models.identity import Keyring
from models.outbox import OutboxMessage, Subscription
from models.queries import outbox
from models.queries.outbox import Filter
from models.times import now
from models.vacancy import Vacancy

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "models/data/zhipei.toml"
QUICK = {"retry_seconds": "[0.2, 0.3, 0.4, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5]", "timeout_seconds": "3.0"}


def configured(path, **values):
    """A copy of the shipped configuration with another outbox table."""
    text = SHIPPED.read_text("utf-8")
    for name, value in values.items():
        text, count = re.subn(rf"(?m)^{name} = [^#\n]*", f"{name} = {value} ", text)
        assert count == 1
    path.write_text(text, "utf-8")
    return path


@pytest.fixture
def settings(database_url, tmp_path):
    made = Settings(
        _env_file=None, database_url=database_url, data_dir=tmp_path / "data", secret_keys=Keyring.new_key(),
        home_city="500000", config=configured(tmp_path / "quick.toml", **QUICK), deliver_in_serve=False,
        receiver_networks="127.0.0.0/8",
    )  # fmt: skip
    yield made
    made.database.close()


@pytest.fixture
def receiver():
    with receiving() as made:
        yield made


@pytest.fixture
def office(client):
    return client(Role.OFFICE)


@pytest.fixture
def subscribe(office, receiver, shaped):
    """Makes the receiver a subscriber, and it learns the secret."""

    def make(door=office, **wish):
        made = shaped(door.post("/v1/subscriptions", json={"url": receiver.url, **wish}), SubscriptionCreated, 201)
        receiver.secrets.append(made["secret"])
        return made["id"]

    return make


@pytest.fixture
def push(office):
    def send(*records):
        answer = office.post("/v1/vacancies:batch?source=caiji", json=list(records))
        assert answer.status_code == 200, answer.text
        assert answer.json()["counts"]["verdicts"].get("invalid", 0) == 0, answer.text

    return send


@pytest.fixture
def deliver(settings):
    """Sends what is due now, again and again for `patience` seconds or, if that is sooner, until something is `done`."""
    deliverer = deliverer_of(settings)

    def run(patience=0.0, done=lambda: False):
        until = time.monotonic() + patience
        while True:
            deliverer.counts.clear()
            asyncio.run(deliverer.run(once=True))
            if done() or time.monotonic() >= until:
                return dict(deliverer.counts)
            time.sleep(0.05)

    return run


def key(external_id, title="叉车司机", **given):
    return vacancy(external_id, title, **{"program": "重点企业", **given})


def told(receiver):
    """The events in the order of arrival: (vacancy, event)."""
    return [(one.name, one.message["type"].removeprefix("vacancy.")) for one in receiver.came]


def test_a_vacancy_of_a_programme_is_pushed_signed_and_without_contact(subscribe, push, deliver, receiver, office):
    subscribe()
    push(key("V1", contact="王师傅 13912345678", description="装卸，详询13912345678"), vacancy("V2"))
    assert deliver() == {"delivered": 1}
    (one,) = receiver.came
    assert receiver.forged == 0
    assert one.headers["content-type"] == "application/json"
    assert one.message["type"] == "vacancy.published"
    wire = office.get("/v1/vacancies/caiji/V1").json()
    assert one.data["title"] == "叉车司机"
    assert one.data["release_at"] == wire["release_at"] > now().isoformat()
    assert one.data["revision"] == wire["revision"]
    assert one.data["understood"] == wire["understood"]
    assert "contact" not in one.data
    assert "findings" not in one.data
    assert "13912345678" not in one.body.decode()
    assert deliver() == {}


def test_only_news_is_told(subscribe, push, deliver, receiver):
    push(key("OLD"))
    subscribe()
    push(key("V1"))
    deliver()
    push(key("V1"))  # the same again
    push(key("V1-twin", employer={"name": "重庆V1物流有限公司"}))  # a duplicate: V1 may get a new revision
    deliver()
    push(key("V1", pay="6000-8000元/月"))
    deliver()
    assert told(receiver) == [("V1", "published"), ("V1-twin", "published"), ("V1", "published")]


def test_what_ends_is_told_to_those_who_know_of_it(subscribe, push, deliver, receiver, office, settings):
    subscribe()
    push(*(key(f"V{n}") for n in range(6)))
    office.delete("/v1/vacancies/caiji/V0")  # before anybody heard of it
    deliver()
    assert sorted(told(receiver)) == [(f"V{n}", "published") for n in range(1, 6)]
    receiver.came.clear()
    office.delete("/v1/vacancies/caiji/V1")
    push(key("V2", openings_filled=2), key("V3", description="限男性，限汉族"), key("V4", pay="面议"))
    push(key("V5", program="无"))
    with settings.database.write() as session:  # the other changes are seen at once, this one within half a minute
        session.execute(update(Subscription).values(looked_at=now() - timedelta(minutes=1)))
    deliver()
    assert {one.name: one.data["reason"] for one in receiver.came} == {
        "V1": "withdrawn", "V2": "filled", "V3": "withheld", "V4": "incomplete", "V5": "out_of_scope",
    }  # fmt: skip
    assert all(set(one.data) == {"source", "external_id", "revision", "reason"} for one in receiver.came)
    receiver.came.clear()
    push(key("V1"), key("V3", description="叉车作业"))
    deliver()
    assert sorted(told(receiver)) == [("V1", "published"), ("V3", "published")]


def test_what_screening_holds_back_is_never_pushed(subscribe, push, deliver, receiver, office):
    subscribe()
    push(key("V1", description="限男性，限汉族，乙肝携带者勿扰"), key("V2"))
    assert office.get("/v1/vacancies/caiji/V1").json()["screening"] != "OK"
    deliver()
    assert told(receiver) == [("V2", "published")]


def test_between_notice_and_attempt_a_vacancy_may_be_withheld(subscribe, push, deliver, receiver, settings):
    """What goes out is the vacancy as it stands at the attempt, never a stored copy."""
    subscribe()
    push(key("V1", title="电焊工"))
    receiver.behave = lambda nth: FAIL if nth == 0 else TAKE
    deliver()
    push(key("V1", title="电焊工", description="限男性，限汉族"))
    deliver(2, lambda: len(receiver.came) > 1)
    assert told(receiver) == [("V1", "published"), ("V1", "closed")]


FILTERS = [
    ({}, "V1 V2 V3 V4 V5 V7"),
    ({"districts": ["渝中区"]}, "V1 V4 V5 V7"),
    ({"districts": ["500000"]}, "V1 V2 V4 V5 V7"),
    ({"districts": ["成都市"]}, "V3 V5"),
    ({"occupations": ["6-30"]}, "V1 V5 V7"),
    ({"occupations": ["6"], "districts": ["500106"]}, "V5"),
    ({"programs": ["重大项目"]}, "V2"),
    ({"districts": ["510104", "沙坪坝区"], "programs": ["重点企业"]}, "V3 V4 V5"),
]


@pytest.mark.parametrize(("wish", "expected"), FILTERS, ids=str)
def test_a_filter_lets_through_what_was_asked_for_and_what_may_be_it(wish, expected):
    """A city covers its counties; a vacancy that is known at city level alone may be in any of them."""

    def made(district, occupation, program="KEY_ENTERPRISE", remote=False):
        return SimpleNamespace(district=district, occupation=occupation, program=program, remote=remote)

    market = {
        "V1": made("500103", "6-30-05-01"), "V2": made("500106", "4-09-08-01", "MAJOR_PROJECT"),
        "V3": made("510104", "4-03-02-01"), "V4": made("500000", "4-03-02-01"),
        "V5": made(None, "6-30-05-02", remote=True), "V6": made("500103", "6-30-05-01", None),
        "V7": made("500103", None),
    }  # fmt: skip
    asked = read_wanted({"url": "https://example.org/", **wish}, ())
    wanted = Filter(asked.districts, asked.occupations, frozenset(asked.programs))
    assert {name for name, one in market.items() if wanted.admits(one)} == set(expected.split())


def test_a_filter_over_http(subscribe, push, deliver, receiver):
    subscribe(districts=["重庆市"], occupations=["6-30"], programs=["KEY_ENTERPRISE"])
    push(key("V1"), key("V2", district="成都市锦江区"), key("V3", program="重大项目"), key("V4", "保洁员"))
    deliver()
    assert told(receiver) == [("V1", "published")]
    push(key("V1", district="成都市锦江区"))
    deliver()
    assert told(receiver)[1:] == [("V1", "closed")]


def test_retries_follow_the_plan_and_end_as_a_dead_letter(subscribe, push, receiver, office, settings, shaped):
    identity = subscribe()
    receiver.behave = lambda nth: FAIL
    push(key("V1"))
    deliverer = deliverer_of(settings)
    deliverer.policy = Policy((0.05, 0.1, 0.15), 3.0, 60.0, 3600.0)
    for _ in range(40):
        dead = deliverer.counts["dead"]
        asyncio.run(deliverer.run(once=True))
        if dead:
            break  # and once more nothing was sent
        time.sleep(0.05)
    assert deliverer.counts == {"failed": 3, "dead": 1}
    gaps = [later.at - sooner.at for sooner, later in zip(receiver.came, receiver.came[1:], strict=False)]
    assert all(gap >= 0.9 * wait for gap, wait in zip(gaps, (0.05, 0.1, 0.15), strict=True))
    assert len({one.headers["webhook-id"] for one in receiver.came}) == 1
    assert len({one.body for one in receiver.came}) == 1
    assert receiver.forged == 0
    page = shaped(office.get(f"/v1/subscriptions/{identity}/dead-letters"), DeadLetterPage)
    assert [(one["external_id"], one["attempts"]) for one in page["items"]] == [("V1", 4)]
    page = shaped(office.get(f"/v1/subscriptions/{identity}/deliveries?limit=3"), DeliveryPage)
    assert [(one["attempt"], one["status"]) for one in page["items"]] == [(4, 500), (3, 500), (2, 500)]
    page = office.get(f"/v1/subscriptions/{identity}/deliveries?cursor={page['next']}").json()
    assert [one["attempt"] for one in page["items"]] == [1]
    receiver.behave = lambda nth: TAKE
    answer = office.post(f"/v1/subscriptions/{identity}/replay?since=2026-01-01")
    assert shaped(answer, SubscriptionAnswer, 202)["waiting"] == 1
    asyncio.run(deliverer.run(once=True))
    assert told(receiver)[-1] == ("V1", "published")
    assert office.get(f"/v1/subscriptions/{identity}").json()["dead"] == 0


def test_the_plan_is_that_of_standard_webhooks():
    policy = Policy.of(read_configuration(None))
    assert policy.retries == (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
    assert policy.timeout == 20
    assert policy.lease > timedelta(seconds=policy.timeout)
    factors = {jitter(f"vac_{n}", 1) for n in range(1000)}
    assert 0.9 <= min(factors) < 0.91 < 1.09 < max(factors) <= 1.1
    assert jitter("vac_1", 1) == jitter("vac_1", 1) != jitter("vac_1", 2)


@pytest.mark.parametrize("table", [{}, {"outbox": {}}, {"outbox": {"retry_seconds": ["x"]}}], ids=str)
def test_a_senseless_plan_is_refused(table):
    with pytest.raises(ZhipeiError, match="outbox"):
        Policy.of(SimpleNamespace(tables=table))


BAD = [(FAIL, 500, None), (REDIRECT, 302, None), (CUT, None, "connection"), (HANG, None, "timeout")]


@pytest.mark.parametrize(("doing", "status", "error"), BAD)
def test_what_a_receiver_does_is_written_down_and_tried_again(
    subscribe, push, deliver, receiver, office, doing, status, error
):
    identity = subscribe()
    receiver.behave = lambda nth: TAKE if nth else doing
    push(key("V1"))
    deliver()
    first = office.get(f"/v1/subscriptions/{identity}").json()
    assert (first["waiting"], first["failures"], first["failing_since"] is None) == (1, 1, False)
    deliver(5, lambda: len(receiver.came) > 1)
    found = office.get(f"/v1/subscriptions/{identity}/deliveries").json()["items"]
    assert [(one["attempt"], one["status"], one["error"]) for one in found] == [(2, 204, None), (1, status, error)]
    last = office.get(f"/v1/subscriptions/{identity}").json()
    assert (last["waiting"], last["failures"], last["failing_since"]) == (0, 0, None)


def test_of_a_flood_little_is_read(subscribe, push, deliver, receiver):
    subscribe()
    receiver.behave = lambda nth: FLOOD
    push(key("V1"))
    assert deliver() == {"delivered": 1}
    assert receiver.flooded < FLOOD_BYTES / 2


def test_a_receiver_that_is_gone_is_told_no_more_until_it_asks(subscribe, push, deliver, receiver, office):
    identity = subscribe()
    receiver.behave = lambda nth: TAKE if nth else GONE
    push(key("V1"), key("V2"))
    assert deliver() == {"failed": 1, "disabled": 1}
    found = office.get(f"/v1/subscriptions/{identity}").json()
    assert (found["state"]["code"], found["reason"]) == ("DISABLED", "gone")
    push(key("V3"))
    assert deliver(0.5) == {}
    office.post(f"/v1/subscriptions/{identity}/replay", params={"since": "2026-01-01T00:00:00+08:00"})
    deliver(5, lambda: len(receiver.came) > 3)
    assert sorted(told(receiver)[1:]) == [(f"V{n}", "published") for n in (1, 2, 3)]


def test_a_receiver_that_only_fails_is_given_up(subscribe, push, receiver, office, settings):
    identity = subscribe()
    receiver.behave = lambda nth: FAIL
    push(key("V1"))
    deliverer = deliverer_of(settings)
    deliverer.policy = Policy((0.05, 0.1), 3.0, 60.0, 0.0)
    asyncio.run(deliverer.run(once=True))
    found = office.get(f"/v1/subscriptions/{identity}").json()
    assert (found["state"]["code"], found["reason"]) == ("DISABLED", "unreachable")


def test_a_failing_receiver_is_held_back_longer_each_time(subscribe, push, deliver, receiver, settings):
    subscribe()
    receiver.behave = lambda nth: FAIL
    push(*(key(f"V{n}") for n in range(9)))
    deliver(3)
    assert len(receiver.came) <= 12  # not nine at once, and again and again
    with settings.database.read() as session:
        assert session.execute(select(Subscription.failures)).scalar_one() == len(receiver.came)


def test_replay_sends_what_changed_since_as_it_stands_now(subscribe, push, deliver, receiver, office):
    push(key("BEFORE"))
    identity = subscribe()
    push(key("V1"), key("V2"), vacancy("PLAIN"))
    deliver()
    office.delete("/v1/vacancies/caiji/V2")
    deliver()
    receiver.came.clear()
    office.post(f"/v1/subscriptions/{identity}/replay?since={(now() + timedelta(hours=1)).isoformat()[:19]}Z")
    deliver()
    assert len(receiver.came) <= 3  # what changed in the last minutes at most
    receiver.came.clear()
    office.post(f"/v1/subscriptions/{identity}/replay?since=2020-01-01")
    deliver()
    assert sorted(told(receiver)) == [("BEFORE", "published"), ("V1", "published"), ("V2", "closed")]


def test_after_a_rotation_both_secrets_sign_for_a_while(subscribe, push, deliver, receiver, office, settings, shaped):
    identity = subscribe()
    former = receiver.secrets[0]
    fresh = shaped(office.post(f"/v1/subscriptions/{identity}/rotate"), RotatedSubscription)["secret"]
    assert fresh != former
    push(key("V1"))
    deliver()
    with settings.database.write() as session:
        session.execute(update(Subscription).values(former_until=now() - timedelta(seconds=1)))
    push(key("V2"))
    deliver()
    for secret, works in ((former, (True, False)), (fresh, (True, True))):
        receiver.secrets = [secret]
        assert tuple(receiver.verified(one.headers, one.body) for one in receiver.came) == works


def test_secrets_are_kept_as_ciphertext_and_shown_once(subscribe, receiver, office, database, database_url):
    identity = subscribe()
    secret = receiver.secrets[0]
    assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", secret)
    for path in ("", f"/{identity}"):
        assert secret not in office.get(f"/v1/subscriptions{path}").text
    with database.read() as session:
        stored = session.execute(select(Subscription.secret)).scalar_one()
    assert secret.encode() not in stored
    office.delete(f"/v1/subscriptions/{identity}")
    with database.read() as session:
        assert session.execute(select(Subscription.secret)).scalar_one() == b""


FORGERIES = {
    "another body": {"body": b'{"type":"x"}'}, "another name": {"webhook-id": "vac_2_2_published"},
    "a later instant": {"webhook-timestamp": 60}, "an old message": {"webhook-timestamp": -400},
    "one from the future": {"webhook-timestamp": 400}, "no name": {"webhook-id": None},
    "no instant": {"webhook-timestamp": None}, "no signature": {"webhook-signature": None},
    "another version": {"webhook-signature": "v2,AAAA"}, "a cut signature": {"webhook-signature": "v1,AAAA"},
    "another secret": {"secret": new_secret()},
}  # fmt: skip


@pytest.mark.parametrize("forgery", FORGERIES)
def test_eleven_forgeries_are_told_from_the_true_message(forgery):
    secret, body, change = new_secret(), b'{"type":"vacancy.published"}', dict(FORGERIES[forgery])
    headers = signatures([secret], "vac_1_1_published", now(), body)
    Webhook(secret).verify(body, headers)
    body, secret = change.pop("body", body), change.pop("secret", secret)
    for name, value in change.items():
        if isinstance(value, int):
            value = str(int(headers[name]) + value)
        headers = {**headers, name: value} if value else {k: v for k, v in headers.items() if k != name}
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body, headers)


ADDRESSES = [
    ("93.184.216.34", "https", True), ("93.184.216.34", "http", False), ("2606:2800:220:1::1", "https", True),
    *((address, "https", False) for address in (
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:10.0.0.1", "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2001:db8::1",
    )),
]  # fmt: skip


@pytest.mark.parametrize(("address", "scheme", "may"), ADDRESSES)
def test_only_public_addresses_are_called(address, scheme, may):
    assert may_call(ipaddress.ip_address(address), scheme, ()) is may


def test_a_network_of_the_setting_is_allowed_by_any_scheme():
    inside = (ipaddress.ip_network("10.0.0.0/8"),)
    for address in ("10.1.2.3", "::ffff:10.1.2.3"):
        assert may_call(ipaddress.ip_address(address), "http", inside)
    assert not may_call(ipaddress.ip_address("11.1.2.3"), "http", inside)
    assert not may_call(ipaddress.ip_address("192.168.1.1"), "https", inside)


def test_a_name_that_leads_inside_is_not_called(subscribe, push, deliver, receiver, office, settings):
    """The name was harmless when it was given: what counts is where it leads when something is sent."""
    identity = subscribe()
    port = receiver.url.rpartition(":")[2]
    with settings.database.write() as session:
        session.execute(update(Subscription).values(url=f"http://localhost:{port}/"))
    push(key("V1"))
    deliverer = deliverer_of(settings)
    deliverer.inside = ()
    asyncio.run(deliverer.run(once=True))
    (found,) = office.get(f"/v1/subscriptions/{identity}/deliveries").json()["items"]
    assert (found["status"], found["error"]) == (None, "address_refused")
    assert receiver.came == []
    time.sleep(0.3)
    asyncio.run(deliverer_of(settings).run(once=True))
    assert receiver.came[0].headers["host"] == f"localhost:{port}"


@pytest.mark.parametrize(("name", "error"), [("localhost", None), ("elsewhere.example", "connection")])
def test_over_tls_the_certificate_is_held_against_the_name(office, push, settings, tmp_path, name, error):
    """Though the connection goes to the address that was checked."""
    pem = certificate(name, tmp_path)
    with receiving(pem) as receiver:
        made = office.post("/v1/subscriptions", json={"url": receiver.url}).json()
        receiver.secrets = [made["secret"]]
        push(key("V1"))
        deliverer = deliverer_of(settings)
        deliverer._tls.load_verify_locations(pem)
        asyncio.run(deliverer.run(once=True))
        (found,) = office.get(f"/v1/subscriptions/{made['id']}/deliveries").json()["items"]
        assert (found["status"], found["error"]) == (None if error else 204, error)
        assert len(receiver.came) == (error is None)
        assert receiver.forged == 0


IMPROPER = [
    ({}, "url"), ({"url": "x"}, "url"), ({"url": "ftp://example.org/"}, "url"), ({"url": "https://"}, "url"),
    ({"url": "https://a:b@example.org/"}, "url"), ({"url": "https://example.org/#x"}, "url"),
    ({"url": "https://10.0.0.1/"}, "url"), ({"url": "https://[::1]/"}, "url"), ({"url": "http://93.184.216.34/"}, "url"),
    ({"url": "https://169.254.169.254/latest"}, "url"), ({"url": "https://example.org/" + "x" * 500}, "url"),
    ({"url": "https://example.org/", "districts": ["某地"]}, "districts.0"),
    ({"url": "https://example.org/", "occupations": ["6-3"]}, "occupations.0"),
    ({"url": "https://example.org/", "programs": ["重点企业", "其他"]}, "programs.1"),
    ({"url": "https://example.org/", "districts": "500103"}, "districts"),
    ({"url": ["https://example.org/"]}, "url"), ([], "record"),
]  # fmt: skip


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # it comes to no database
@pytest.mark.parametrize(("body", "field"), IMPROPER, ids=str)
def test_a_subscription_that_cannot_be_is_refused_by_field(office, refused, body, field):
    answer = refused(office.post("/v1/subscriptions", json=body), 422)
    assert [one["field"] for one in answer["errors"]] == [field]
    assert all(one["message"] and one["fix"] for one in answer["errors"])


def test_who_may_hold_and_see_subscriptions(client, office, receiver, refused, shaped):
    li, wang = client(Role.BROKER, name="li"), client(Role.COUNSELLOR, district="500103")
    held = [door.post("/v1/subscriptions", json={"url": receiver.url}).json()["id"] for door in (li, wang)]
    missing = refused(li.get("/v1/subscriptions/999"), 404)
    for verb, suffix in (("get", ""), ("delete", ""), ("post", "/rotate"), ("post", "/replay?since=2026-01-01"),
                         ("get", "/deliveries"), ("get", "/dead-letters")):  # fmt: skip
        assert refused(getattr(li, verb)(f"/v1/subscriptions/{held[1]}{suffix}"), 404) == missing
    page = shaped(office.get("/v1/subscriptions?limit=1"), SubscriptionPage)
    assert [one["client"] for one in page["items"]] == ["li"]
    assert [one["id"] for one in office.get(f"/v1/subscriptions?cursor={page['next']}").json()["items"]] == held[1:]
    assert [one["id"] for one in li.get("/v1/subscriptions").json()["items"]] == held[:1]
    assert li.delete(f"/v1/subscriptions/{held[0]}").status_code == 204
    assert refused(li.get(f"/v1/subscriptions/{held[0]}"), 404) == missing
    for _ in range(20):
        assert li.post("/v1/subscriptions", json={"url": receiver.url}).status_code == 201
    refused(li.post("/v1/subscriptions", json={"url": receiver.url}), 409)
    refused(office.post(f"/v1/subscriptions/{held[1]}/replay?since=gestern"), 422)


def test_every_act_on_a_subscription_is_written_down(subscribe, office, database):
    identity = subscribe()
    office.post(f"/v1/subscriptions/{identity}/rotate")
    office.post(f"/v1/subscriptions/{identity}/replay?since=2026-01-01")
    office.delete(f"/v1/subscriptions/{identity}")
    with database.read() as session:
        found = session.execute(select(AuditEvent.action, AuditEvent.subject).order_by(AuditEvent.id)).all()
    acts = ("created", "rotated", "replayed", "ended")
    assert [tuple(event) for event in found] == [(f"subscription.{act}", f"subscription:{identity}") for act in acts]


def test_a_client_that_is_revoked_hears_nothing_more(client, subscribe, push, deliver, receiver, settings):
    subscribe(client(Role.BROKER, name="li"))
    push(key("V1"))
    deliver()
    with settings.database.write() as session:
        revoke_client(session, "li")
    push(key("V2"))
    assert deliver() == {}
    assert told(receiver) == [("V1", "published")]


def test_one_broken_subscription_does_not_stop_the_others(subscribe, push, receiver, settings, caplog):
    broken, _ = subscribe(), subscribe()
    with settings.database.write() as session:
        session.execute(update(Subscription).where(Subscription.id == broken).values(secret=b"not ours"))
    push(key("V1"))
    deliverer = deliverer_of(settings)
    asyncio.run(deliverer.run(once=True))
    assert deliverer.counts == {"delivered": 1}
    assert deliverer.troubled == {broken}


def test_nobody_sends_what_somebody_else_holds(subscribe, push, receiver, settings):
    """A lease that was lost is no right to write anything down."""
    subscribe()
    push(key("V1"))
    sender = deliverer_of(settings)

    def behave(nth):
        if nth == 0:
            with settings.database.write() as session:
                session.execute(update(Subscription).values(lease="other", leased_until=now() + timedelta(minutes=1)))
        return TAKE

    receiver.behave = behave
    asyncio.run(sender.run(once=True))
    assert sender.counts == {}
    with settings.database.write() as session:
        assert session.execute(select(OutboxMessage.state)).scalar_one() == "WAITING"
        session.execute(update(Subscription).values(leased_until=now()))
    assert asyncio.run(sender.run(once=True)) == {"delivered": 1}
    assert len({one.body for one in receiver.came}) == 1


def test_more_changes_than_one_look_takes(subscribe, deliver, receiver, office, monkeypatch):
    monkeypatch.setattr(outbox, "NOTICED", 100)
    subscribe()
    lines = "\n".join(json.dumps(key(f"V{n}"), ensure_ascii=False) for n in range(210))
    answer = office.post("/v1/vacancies:batch?source=caiji", content=lines.encode(),
                         headers={"Content-Type": "application/x-ndjson"})  # fmt: skip
    assert answer.status_code == 200
    deliver()
    assert {one.name for one in receiver.came} == {f"V{n}" for n in range(210)}
    assert len(receiver.came) == 210


def test_serve_delivers_beside_requests(subscribe, push, receiver, settings):
    subscribe()
    with delivering(deliverer_of(settings)):
        push(key("V1"))
        wait_for(lambda: receiver.came, 5)
    push(key("V2"))
    time.sleep(1.2)
    assert told(receiver) == [("V1", "published")]  # it has stopped


def test_the_command_sends_once(subscribe, push, receiver, settings, monkeypatch):
    subscribe()
    push(key("V1"), key("V2"))
    for name, value in environment(settings).items():
        monkeypatch.setenv(name, value)
    answer = CliRunner().invoke(commands, ["deliver", "--once", "--json"])
    assert answer.exit_code == 0, answer.output
    assert json.loads(answer.stdout) == {"delivered": 2, "failed": 0, "dead": 0, "disabled": 0}
    assert "送达 0" in CliRunner().invoke(commands, ["deliver", "--once"]).stdout


def test_without_keys_nothing_is_pushed(settings):
    bare = settings.model_copy(update={"secret_keys": ""})
    bare.__dict__.pop("keyring", None)
    with pytest.raises(ZhipeiError, match="ZHIPEI_SECRET_KEYS"):
        deliverer_of(bare)
    with pytest.raises(ZhipeiError, match="ZHIPEI_RECEIVER_NETWORKS"):
        deliverer_of(settings.model_copy(update={"receiver_networks": "10.0.0.0/99"}))


def environment(settings):
    return {
        "ZHIPEI_DATABASE_URL": settings.database_url, "ZHIPEI_DATA_DIR": str(settings.data_dir),
        "ZHIPEI_SECRET_KEYS": settings.secret_keys, "ZHIPEI_CONFIG": str(settings.config),
        "ZHIPEI_RECEIVER_NETWORKS": settings.receiver_networks,
    }  # fmt: skip


@pytest.fixture
def sender(settings):
    """Starts real processes that send until they are stopped."""
    with ExitStack() as stack:

        def start():
            process = stack.enter_context(_sender(settings))
            stack.callback(process.kill)
            return process

        yield start


def _sender(settings):
    command = [sys.executable, "-m", "api.cli", "deliver"]
    return subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, **environment(settings)}, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip


def wait_for(holds, seconds):
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.05)


def waiting(settings):
    with settings.database.read() as session:
        states = session.execute(select(OutboxMessage.state)).scalars().all()
    return [state for state in states if state != "DELIVERED"]


@pytest.mark.faults
def test_each_vacancy_arrives_in_order_across_kills_of_the_sender(subscribe, push, receiver, office, settings, sender):
    """Half of the requests fail: errors, silence, cut connections, lost answers. The senders are killed thrice."""
    seed = 20261126
    dice = random.Random(seed)
    faults = [FAIL, FAIL, HANG, CUT, CUT, TAKE_AND_CUT, TAKE_AND_CUT, TAKE_AND_CUT, *[TAKE] * 8]
    receiver.behave = lambda nth: dice.choice(faults)
    subscribe()
    push(*(key(f"V{n}", openings=1 + n % 3) for n in range(60)))
    senders = [sender(), sender()]
    for kill in range(3):
        before = len(receiver.came)
        wait_for(lambda before=before: len(receiver.came) >= before + 15, 120)
        victim = senders.pop(0)
        victim.send_signal(signal.SIGKILL)  # in the middle of something
        victim.wait()
        push(*(key(f"V{n}", pay=f"{5000 + 500 * kill}-9000元/月") for n in range(kill * 5, kill * 5 + 12)))
        office.delete(f"/v1/vacancies/caiji/V{30 + kill}")
        senders.append(sender())
    receiver.behave = lambda nth: TAKE
    with settings.database.read() as session:
        newest = session.execute(select(Vacancy.external_id, Vacancy.status)).all()
    wait_for(lambda: seen(settings) and not waiting(settings), 120)
    for each in senders:
        each.send_signal(signal.SIGTERM)
        assert each.wait(30) in (0, -signal.SIGTERM)  # the newest may not have begun
    assert len(receiver.came) > 60, seed
    assert receiver.forged == 0, seed
    assert receiver.overlapping == 0, seed
    check_history(receiver, dict(newest), office, seed)


def seen(settings):
    """Whether every change has been considered."""
    with settings.database.read() as session:
        newest = watermark(session, VACANCY_REVISIONS)
        return session.execute(select(Subscription.cursor)).scalar_one() >= newest


def check_history(receiver, newest, office, seed):
    """Every vacancy came, each in order of its revisions, and what was taken last is what stands."""
    by_vacancy = {}
    for one in receiver.came:
        by_vacancy.setdefault(one.name, []).append(one)
    for name, status in newest.items():
        came = by_vacancy.get(name, [])
        revisions = [one.data["revision"] for one in came]
        assert revisions == sorted(revisions), (name, seed)
        assert came or status == "WITHDRAWN", (name, seed)  # withdrawn before anybody heard of it
        if came:
            assert came[-1].taken, (name, seed)
            event = came[-1].message["type"]
            assert event == ("vacancy.closed" if status == "WITHDRAWN" else "vacancy.published"), (name, seed)
            if event == "vacancy.published":
                assert came[-1].data["pay"] == office.get(f"/v1/vacancies/caiji/{name}").json()["pay"], (name, seed)
    names = {}
    for one in receiver.came:
        assert names.setdefault(one.headers["webhook-id"], one.data) == one.data, seed


def test_sigterm_ends_the_sender_in_the_middle_of_an_attempt(subscribe, push, receiver, settings, sender):
    subscribe()
    receiver.behave = lambda nth: HANG
    push(key("V1"))
    process = sender()
    wait_for(lambda: receiver.came, 120)
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    with settings.database.read() as session:
        assert session.execute(select(Subscription.lease)).scalar_one() is None  # others may go on at once
    receiver.behave = lambda nth: TAKE
    assert deliver_until_told(deliverer_of(settings), once=True)["delivered"] == 1
