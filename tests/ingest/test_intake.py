"""The road of intake: verdict and effect of every row, versions, completeness, one person one file."""

from dataclasses import replace
from datetime import timedelta

import pytest
import wire
from factories import HOME, NOW, TODAY
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from intaking import take_seekers, take_vacancies
from sqlalchemy import func, select, text

from api.market.sample import vacancies
from ingest.files import Row
from ingest.intake import Intake
from ingest.policy import Policy
from ingest.schemas import VacancyWire, read_wire
from ingest.vacancies import read_vacancy, vacancy_readings
from models.configuration import read_configuration
from models.identity import Keyring, SeekerIdentity
from models.seeker import JobSeeker
from models.vacancy import Employer, Vacancy

POLICY = Policy.of(read_configuration())
INTAKE = Intake("caiji-test", POLICY, NOW, HOME)
OPEN_DATA = replace(INTAKE, source="open-data")


def push(database, *documents, intake=INTAKE, road=take_vacancies):
    """The verdicts of documents pushed in one batch."""
    rows = [Row(number, document, None) for number, document in enumerate(documents, 1)]
    with database.write() as session:
        return road(session, rows, intake)


def told(verdicts):
    return [(verdict.verdict.value, verdict.effect.value) for verdict in verdicts]


def stored(database, table=Vacancy):
    with database.read() as session:
        return session.execute(select(table).order_by(table.id)).scalars().all()


def test_a_bad_row_never_stops_the_good_ones(database):
    good, bad = wire.vacancy("V1"), {"external_id": "V2", "title": "\ud800"}
    verdicts = push(database, good, bad, [], wire.vacancy("V3", pay={"min": 9000, "max": 100}), wire.vacancy("V4"))
    assert told(verdicts) == [
        ("ok", "created"),
        ("invalid", "none"),
        ("invalid", "none"),
        ("invalid", "none"),
        ("ok", "created"),
    ]
    assert [(verdict.problems[0].field, verdict.problems[0].rule) for verdict in verdicts[1:4]] == [
        ("title", "surrogate"), ("record", "wrong_type"), ("pay", "pay_min_above_max"),
    ]  # fmt: skip
    assert all(problem.message and problem.fix for verdict in verdicts[1:4] for problem in verdict.problems)
    assert [vacancy.external_id for vacancy in stored(database)] == ["V1", "V4"]


def test_the_same_push_again_changes_nothing(database):
    first = wire.vacancy("V1")
    assert told(push(database, first)) == [("ok", "created")]
    before = stored(database)[0].revision
    assert told(push(database, first)) == [("ok", "unchanged")]
    assert stored(database)[0].revision == before


def test_an_unchanged_push_on_another_day_confirms_the_vacancy(database):
    record = {**wire.vacancy("V1")}
    del record["valid_to"]
    push(database, record)
    later = replace(INTAKE, now=NOW + timedelta(days=10))
    assert told(push(database, record, intake=later)) == [("ok", "unchanged")]
    vacancy = stored(database)[0]
    assert vacancy.valid_to == TODAY + timedelta(days=40)
    assert vacancy.valid_from == TODAY
    assert vacancy.confirmed_at == later.now


def test_the_newest_version_stands(database):
    push(database, wire.vacancy("V1", updated_at="2026-11-20T10:00:00+08:00"))
    old = wire.vacancy("V1", title="旧岗位", updated_at="2026-11-19T10:00:00+08:00")
    new = wire.vacancy("V1", title="新岗位", updated_at="2026-11-21T10:00:00+08:00")
    assert told(push(database, old)) == [("ok", "outdated")]
    assert told(push(database, new, old)) == [("ok", "updated"), ("ok", "outdated")]
    assert [vacancy.title for vacancy in stored(database)] == ["新岗位"]


def test_one_name_twice_in_a_batch_is_taken_in_order(database):
    verdicts = push(
        database, wire.vacancy("V1", title="甲"), wire.vacancy("V1", title="乙"), wire.vacancy("V1", title="乙")
    )
    assert told(verdicts) == [("ok", "created"), ("ok", "updated"), ("ok", "unchanged")]
    assert [vacancy.title for vacancy in stored(database)] == ["乙"]


def test_a_dry_run_says_the_same_and_stores_nothing(database):
    with database.read() as session:
        verdicts = take_vacancies(session, [Row(1, wire.vacancy("V1"), None)], replace(INTAKE, dry_run=True))
    assert told(verdicts) == [("ok", "created")]
    assert not stored(database)
    assert not stored(database, Employer)


@pytest.mark.parametrize(
    ("change", "verdict", "rule"),
    [
        ({"title": ""}, "invalid", "missing"),
        ({"employer": None}, "invalid", "missing"),
        ({"external_id": None}, "invalid", "missing"),
        ({"external_id": "500103199001010002"}, "invalid", "personal_number"),
        ({"external_id": "13912345678"}, "invalid", "personal_number"),
        ({"pay": "面议"}, "needs_completion", "pay_missing"),
        ({"pay": None}, "needs_completion", "pay_missing"),
        ({"district": "无", "address": ""}, "needs_completion", "place_missing"),
        ({"openings": 0}, "needs_completion", "openings_zero"),
        ({"openings": None}, "needs_completion", "openings_missing"),
        ({"valid_from": "2026-12-01", "valid_to": "2026-11-30"}, "invalid", "ends_before_start"),
        ({"updated_at": "2026-11-27"}, "invalid", "in_future"),
        ({"kind": "什么都行"}, "invalid", "unknown_value"),
        ({"employer": {"name": "甲", "uscc": "91500103MA0000001X"}}, "invalid", "uscc_check"),
    ],
)  # fmt: skip
def test_the_one_rule_of_completeness(change, verdict, rule):
    record = {name: value for name, value in {**wire.vacancy("V1"), **change}.items() if value is not None}
    read = read_wire(VacancyWire, record)
    if isinstance(read, list):
        assert (verdict, [problem.rule for problem in read]) == ("invalid", [rule])
        return
    reading = read_vacancy(read, INTAKE.source, POLICY, NOW, HOME)
    problems = reading.invalid if verdict == "invalid" else reading.missing
    assert rule in [problem.rule for problem in problems]


def test_open_data_may_lack_its_employer_and_its_openings(database):
    record = wire.vacancy("V1", openings="若干")
    del record["employer"]
    verdicts = push(database, record, intake=OPEN_DATA)
    assert told(verdicts) == [("ok", "created")]
    assert ("openings", "openings_missing") in [(found.field, found.rule) for found in verdicts[0].findings]
    assert (stored(database)[0].openings, stored(database)[0].employer_id) == (1, None)


def test_key_enterprises_are_for_registered_unemployed_first(database):
    push(database, wire.vacancy("V1", program="重点企业"), wire.vacancy("V2"))
    first, second = stored(database)
    assert (first.release_at - NOW, second.release_at - NOW) == (timedelta(days=3), timedelta())


def test_an_employer_is_known_by_its_code_else_by_its_name(database):
    named = {"name": "重庆晨曦物流有限公司"}
    coded = {**named, "uscc": "91500103MA0000001U"}
    push(
        database,
        wire.vacancy("V1", employer=coded),
        wire.vacancy("V2", employer=named),
        wire.vacancy("V3", employer=coded),
    )
    push(database, wire.vacancy("V4", employer={"name": "重庆晨曦物流有限公司 "}))
    employers = {vacancy.external_id: vacancy.employer_id for vacancy in stored(database)}
    assert employers["V1"] == employers["V3"]
    assert employers["V2"] == employers["V4"]


def test_a_reposting_shares_its_cluster(database):
    employer = {"name": "重庆晨曦物流有限公司"}
    again = wire.vacancy("V9", title=" 叉车 司机".replace(" ", ""), employer=employer)
    push(database, wire.vacancy("V1", employer=employer), again, wire.vacancy("V2", employer=employer, pay="6000元"))
    clusters = [vacancy.cluster for vacancy in stored(database)]
    assert clusters[0] == clusters[1] != clusters[2]


def person(database, *documents, keyring):
    return push(database, *documents, intake=replace(INTAKE, keyring=keyring), road=take_seekers)


def test_identities_are_sealed_and_apart(database):
    keyring = Keyring([Keyring.new_key()])
    sent = wire.seeker("P1", "叉车司机")
    assert told(person(database, sent, keyring=keyring)) == [("ok", "created")]
    with database.read() as session:
        row = session.execute(select(SeekerIdentity)).scalar_one()
        raw = session.execute(text("SELECT * FROM job_seekers")).one()
    assert keyring.decrypt(row.name) == sent["name"]
    assert keyring.decrypt(row.id_number) == sent["id_number"]
    for secret in (sent["name"], sent["id_number"], sent["phone"], "19900307"):
        assert secret not in repr(raw)
        assert secret.encode() not in row.name + row.id_number + row.phone


def test_an_identity_without_keys_is_refused_the_rest_taken(database):
    verdicts = person(database, wire.seeker("P1"), {"external_id": "P2", "intentions": ["保洁"]}, keyring=None)
    assert told(verdicts) == [("invalid", "none"), ("needs_completion", "created")]
    assert verdicts[0].problems[0].rule == "keys_missing"


def test_one_person_has_one_file(database):
    keyring = Keyring([Keyring.new_key()])
    first = wire.seeker("P1")
    person(database, first, keyring=keyring)
    other = {**wire.seeker("P2"), "id_number": first["id_number"]}
    changed = {**first, "id_number": wire.id_number("P77")}
    verdicts = person(database, other, changed, first, keyring=keyring)
    assert [verdict.problems[0].rule if verdict.problems else "" for verdict in verdicts] == [
        "identity_taken",
        "identity_bound",
        "",
    ]
    assert told(verdicts)[2] == ("ok", "unchanged")
    with database.read() as session:
        assert session.execute(select(func.count()).select_from(JobSeeker)).scalar_one() == 1


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"birth_date": "1991-01-01"}, "disagrees"),
        ({"sex": "女" if int(wire.id_number("P1")[16]) % 2 else "男"}, "disagrees"),
        ({"id_number": "500103199003070000"}, "id_check_digit"),
        ({"birth_date": "2011-01-01", "id_number": ""}, "under_16"),
        ({"name": "张\ufffd"}, "letter_lost"),
        ({"mobility": "到处"}, "unknown_value"),
    ],
)
def test_a_person_whose_facts_cannot_be_is_refused(database, change, rule):
    verdicts = person(database, {**wire.seeker("P1"), **change}, keyring=Keyring([Keyring.new_key()]))
    assert verdicts[0].verdict.value == "invalid"
    assert rule in [problem.rule for problem in verdicts[0].problems]


def test_sixteen_may_register_and_the_engine_learns_only_until_when(database):
    keyring = Keyring([Keyring.new_key()])
    person(database, {"external_id": "P1", "birth_date": "2009-11-25"}, keyring=keyring)
    assert stored(database, JobSeeker)[0].adult_on.isoformat() == "2027-11-25"


def test_only_the_name_is_required_of_a_person(database):
    verdicts = person(database, {"external_id": "P1"}, keyring=None)
    assert told(verdicts) == [("needs_completion", "created")]
    known = stored(database, JobSeeker)[0]
    assert (known.state, known.wish, known.applied_at) == ("REGISTERED", "EMPLOYMENT", TODAY)


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["面议", "5000-3000", "\x00", "渝中区"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "min", "max", "unit", "uscc"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.dictionaries(st.sampled_from(list(VacancyWire.model_fields)), ANYTHING, max_size=8))
def test_whatever_is_sent_is_read_or_refused_by_field(change):
    read = read_wire(VacancyWire, {**wire.vacancy("V1"), **change})
    if isinstance(read, list):
        assert read
        assert all(problem.field and problem.rule and problem.message for problem in read)
        return
    reading = read_vacancy(read, INTAKE.source, POLICY, NOW, HOME)
    assert all(problem.field and problem.message for problem in (*reading.invalid, *reading.missing))


def test_a_vacancy_is_read_alike_alone_and_among_others():
    wires = [read_wire(VacancyWire, document) for document in vacancies(200, 7, TODAY)]
    together = vacancy_readings(wires, INTAKE.source, POLICY, NOW, HOME)
    assert together == [read_vacancy(one, INTAKE.source, POLICY, NOW, HOME) for one in wires]
    assert len({reading.values["title"] for reading in together}) > 20
