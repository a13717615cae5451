"""The ledger of a night: what was asked for and not found, what was offered and found nobody, and why."""

import pytest
from factories import TODAY, seeker, vacancy
from sqlalchemy import select

from models.enums import RunState
from models.ledger import LedgerLine
from models.queries.ledger import asked_for, latest_ledger, ledger_lines, refresh_ledger
from models.queries.seekers import served_columns
from models.recommendation import Load, Recommendation, Run, Shortfall
from models.times import now
from models.vacancy import Employer

FORKLIFT, CLEANER, COOK, WELDER = "6-30-05-01", "4-09-08-01", "4-03-02-01", "6-18-02-04"


def run(number, **given):
    values = {
        "state": RunState.PUBLISHED.value, "date": TODAY, "k": 3, "seed": 1, "config": "x", "watermark": 10**6,
        "seeker_watermark": 10**6, "vacancies": 0, "registered": 0, "seeker_only": 0, "started_at": now(),
        "published_at": now(), "report": {},
    }  # fmt: skip
    return Run(id=number, **{**values, **given})


def person(number, *codes, held_back=None, **given):
    """A person who asks for occupations, with the certificate of run 1 if it says what is held back."""
    found = seeker(id=number, **given)
    found.intentions = [{"text": "x", "occupation": code} for code in codes]
    rows = [found]
    if held_back is not None:
        document = {"found": [], "held_back": held_back, "change": None}
        rows.append(Shortfall(run_id=1, seeker_id=number, certificate=document))
    return rows


def item(seeker_id, vacancy_id, rank=1):
    """An item of run 1, and the load that it is, if it is among the first three."""
    found = Recommendation(
        run_id=1, seeker_id=seeker_id, rank=rank, vacancy_id=vacancy_id, vacancy_revision=vacancy_id, score=500,
        rung=0, marks=0, parts=bytes(8),
    )  # fmt: skip
    return [found] if rank > 3 else [found, Load(run_id=1, vacancy_id=vacancy_id, people=1)]


def refresh(database):
    """The ledger of run 1 once more; how many lines it has."""
    with database.read() as session:
        demands = asked_for(served_columns(session))
    return refresh_ledger(database, 1, demands)


@pytest.fixture
def ledger(database):
    """Stores rows and gives the lines of run 1: {(side, occupation, district, cause): count}."""

    def make(*rows):
        with database.write() as session:
            session.add(run(1))
            for number in {row.employer_id for row in rows if hasattr(row, "employer_id")}:
                session.add(Employer(id=number, key=f"k{number}", name="甲", name_key="甲"))
            session.flush()
            session.add_all(rows)
        refresh(database)
        with database.read() as session:
            lines = session.execute(select(LedgerLine).order_by(LedgerLine.id)).scalars().all()
        assert all(line.run_id == 1 for line in lines)
        return {(line.side, line.occupation, line.district, line.cause): line.count for line in lines}

    return make


def test_wishes_that_found_fewer_than_three(ledger):
    """By each occupation and each district that a person asks for, and the limit that holds back most."""
    place = {"OCCUPATION": 50, "PLACE": 4, "PAY": 1}
    found = ledger(
        *person(1, FORKLIFT, held_back=place),
        *person(2, FORKLIFT, WELDER, held_back=place, districts=["500103", "500106"]),
        *person(3, COOK, held_back={"OCCUPATION": 50, "PLACE": 0}),
        *person(4, None, held_back={"OCCUPATION": 0, "PLACE": 0}, districts=[], district="500107"),
        *person(5, FORKLIFT),  # has three
    )
    assert found == {
        ("WANTED", FORKLIFT, "500103", "PLACE"): 2, ("WANTED", FORKLIFT, "500106", "PLACE"): 1,
        ("WANTED", WELDER, "500103", "PLACE"): 1, ("WANTED", WELDER, "500106", "PLACE"): 1,
        ("WANTED", COOK, "500103", "OCCUPATION"): 1, ("WANTED", "", "500107", "NONE"): 1,
    }  # fmt: skip


OFFERS = [
    ({"occupation": WELDER}, "OCCUPATION"),
    ({"occupation": FORKLIFT}, "RANK"),
    ({"occupation": "6-30-05-02"}, "RANK"),  # a sibling
    ({"occupation": FORKLIFT, "district": "500106"}, "RANK"),  # the ladder leads there
    ({"occupation": FORKLIFT, "district": "500000"}, "RANK"),
    ({"occupation": FORKLIFT, "district": "510104"}, "PLACE"),
    ({"occupation": FORKLIFT, "district": "510104", "remote": True}, "RANK"),
    ({"occupation": CLEANER, "district": "500106"}, "PLACE"),  # who asks for it stays in 渝中区
    ({"occupation": CLEANER}, "RANK"),
    ({"occupation": COOK, "district": "510104"}, "RANK"),  # consents to other cities
    ({"occupation": FORKLIFT, "education": 5}, "EDUCATION"),
    ({"occupation": FORKLIFT, "education": 3, "pay_min": 3000, "pay_max": 3500}, "PAY"),
    ({"occupation": FORKLIFT, "pay_min": 3000, "pay_max": None}, "RANK"),
    ({"occupation": FORKLIFT, "pay_min": 3500, "pay_max": 3600}, "RANK"),  # the pay rung
    ({"occupation": None}, "RANK"),
    ({"occupation": None, "district": "320583"}, "RANK"),  # somebody would go anywhere
]


@pytest.mark.parametrize(("offer", "cause"), OFFERS, ids=str)
def test_why_a_vacancy_found_nobody(ledger, offer, cause):
    people = [
        *person(1, FORKLIFT, education=3, pay_floor=4000),
        *person(2, CLEANER, districts=["500103"], fixed=["place"]),
        *person(3, COOK, consent_other_city=True),
        *person(4, WELDER, state="EXITED"),
    ]
    found = ledger(*people, vacancy(id=1, **offer))
    place = "" if offer.get("remote") else offer.get("district", "500103")
    assert found == {("OFFERED", offer["occupation"] or "", place, cause): 1}


def test_only_open_vacancies_that_nobody_was_given_and_duplicates_once(ledger):
    found = ledger(
        *person(1, FORKLIFT),
        vacancy(id=1), *item(1, 1),
        vacancy(id=9), *item(1, 9, rank=4),  # beyond the three
        vacancy(id=2, cluster=1),  # a duplicate of one that was given
        vacancy(id=3, cluster=3), vacancy(id=4, cluster=3),
        vacancy(id=5, status="WITHDRAWN"), vacancy(id=6, screening="REVIEW"), vacancy(id=7, openings_filled=1),
        vacancy(id=8, revision=10**7),  # pushed after the night
    )  # fmt: skip
    assert found == {("OFFERED", "", "500103", "RANK"): 1}


def test_the_ledger_is_made_anew_and_read_in_pages(ledger, database):
    rows = [row for n in range(1, 6) for row in person(n, FORKLIFT, held_back={"PAY": 1})]
    rows += [row for row in person(6, COOK, held_back={"PAY": 1})]
    ledger(*rows, vacancy(id=1, occupation=WELDER))
    assert refresh(database) == 3
    with database.write() as session:
        session.add(run(2))  # its ledger is still to come
    with database.read() as session:
        assert latest_ledger(session).id == 1
        first = ledger_lines(session, 1, 0, 2, {})
        assert [(line.side, line.count) for line in first] == [("WANTED", 5), ("WANTED", 1)]
        assert [line.side for line in ledger_lines(session, 1, first[-1].id, 2, {})] == ["OFFERED"]
        assert [line.occupation for line in ledger_lines(session, 1, 0, 9, {"occupation": [COOK]})] == [COOK]
