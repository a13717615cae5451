"""The whole road on real postings and people, checked by a brute force that shares no engine code.

Some minutes long: `make night` runs it. The real files are not part of the project: it skips where they are absent.
"""

import random
from collections import Counter
from pathlib import Path

import pytest
from brute_force import BruteForce
from sqlalchemy import func, select

from api.imports import Counts, import_file
from api.settings import Settings
from matching.loading import Night
from matching.nightly import run_night
from models.queries.vacancies import is_open
from models.recommendation import Recommendation, Run, Shortfall
from models.seeker import JobSeeker
from models.times import local_date, now
from models.vacancy import Vacancy

DATA = Path(__file__).parents[2] / "../shared/data"
VACANCIES = ("zhilian_2026", "job51_2024", "job51_2026", "taidi_2023")
SEEKERS = ("from_titles_2026", "taidi_2023")
SAMPLE = 500
ROUNDING = 0.003  # of a score in 0..1: parts are whole numbers of 0..10000
NEAR = 0.002  # of a threshold of evidence: fixed point may fall on either side

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not DATA.is_dir(), reason="the real files (../shared/data) are not part of the project"),
]


@pytest.fixture(scope="module")
def night(tmp_path_factory):
    """All real files taken in, one night run."""
    settings = Settings(database_url=f"sqlite:///{tmp_path_factory.mktemp('real') / 'real.db'}")
    settings.database.migrate()
    counts = {}
    for noun, names in (("vacancies", VACANCIES), ("seekers", SEEKERS)):
        for name in names:
            counts[noun, name] = Counts()
            for verdict in import_file(settings, DATA / noun / f"{name}.csv", noun, name, dry_run=False):
                counts[noun, name].add(verdict)
    moment = now()
    run_id, stages = run_night(settings.database, Night(settings.engine, settings.home_city, moment, workers=2))
    return settings, counts, moment, run_id, stages


def test_every_row_has_a_verdict_and_nearly_none_is_invalid(night):
    _, counts, *_ = night
    assert sum(c.rows for (noun, _), c in counts.items() if noun == "vacancies") == 103_273
    assert sum(c.rows for (noun, _), c in counts.items() if noun == "seekers") == 28_216
    for noun in ("vacancies", "seekers"):
        every = [found for (kind, _), found in counts.items() if kind == noun]
        assert sum(found.verdicts["invalid"] for found in every) <= 0.01 * sum(found.rows for found in every)


def test_a_second_import_changes_nothing(night):
    settings, *_ = night
    for noun, names in (("vacancies", VACANCIES), ("seekers", SEEKERS)):
        for name in names:
            for verdict in import_file(settings, DATA / noun / f"{name}.csv", noun, name, dry_run=False):
                assert verdict.effect.value == ("unchanged" if verdict.accepted else "none")


def test_the_sum_holds_and_the_expired_are_absent(night):
    settings, _, _, run_id, _ = night
    with settings.database.read() as session:
        run = session.get_one(Run, run_id)
        assert run.registered + run.seeker_only == 28_216
        assert run.report["with_three"] + run.report["shortfalls"] == 28_216
        shown = select(Recommendation.vacancy_id).where(Recommendation.run_id == run_id)
        expired = Vacancy.valid_to < run.date
        assert session.execute(select(func.count()).where(Vacancy.id.in_(shown), expired)).scalar_one() == 0


def test_no_limit_is_violated_nothing_better_left_out_no_needless_certificate(night):
    settings, _, moment, run_id, _ = night
    with settings.database.read() as session:
        market = (
            session.execute(select(Vacancy).where(is_open(local_date(moment))).order_by(Vacancy.id)).scalars().all()
        )
        everyone = session.execute(select(JobSeeker.id).order_by(JobSeeker.id)).scalars().all()
        chosen = random.Random(20261124).sample(list(everyone), SAMPLE)
        people = session.execute(select(JobSeeker).where(JobSeeker.id.in_(chosen))).scalars().all()
        brute = BruteForce(market, settings.engine, moment, settings.home_city)
        full = without_places(session, run_id, market, settings.engine.plan.offers_per_opening)
        for person in people:
            items = (
                session.execute(
                    select(Recommendation).where(Recommendation.run_id == run_id, Recommendation.seeker_id == person.id)
                )
                .scalars()
                .all()
            )
            short = session.get(Shortfall, (run_id, person.id))
            check(brute, person, items, short, settings.engine, full)


def without_places(session, run_id, market, offers):
    """The clusters that are given to as many people as they have places for: who has fewer than three holds some too."""
    cluster, places, given = {vacancy.id: vacancy.cluster for vacancy in market}, Counter(), Counter()
    for vacancy in market:
        places[vacancy.cluster] += (vacancy.openings - vacancy.openings_filled) * offers
    for (number,) in session.execute(select(Recommendation.vacancy_id).where(Recommendation.run_id == run_id)):
        given[cluster[number]] += 1
    for (certificate,) in session.execute(select(Shortfall.certificate).where(Shortfall.run_id == run_id)):
        given.update(cluster[number] for number in certificate["found"])
    return {number for number, count in given.items() if count >= places[number]}


def check(brute, person, items, short, config, full):
    """One person's outcome against every admitted vacancy. What is better by more than the plan's margin is full."""
    admitted = {found.vacancy.id: found for found in brute.admitted(person)}
    floors = tuple(config.floor / 10_000 * share for share in (0.5, 1, 1.5))
    sure = [f for f in admitted.values() if all(abs(f.evidence - floor) > NEAR for floor in floors)]
    if short is not None:
        assert not items
        assert len({found.vacancy.cluster for found in sure}) < 3, f"needless certificate for {person.external_id}"
        return
    assert len(items) == 3
    for item in items:
        assert item.vacancy_id in admitted or near_miss(brute, person, item.vacancy_id, floors)
    worst = max(item.rung for item in items)
    taken = {brute.vacancies[brute.number[item.vacancy_id]].cluster for item in items}
    earlier = {found.vacancy.cluster for found in sure if found.level < worst}
    assert earlier <= taken, f"a later rung was opened too soon for {person.external_id}"
    employers = {brute.vacancies[brute.number[item.vacancy_id]].employer_id for item in items}
    last = min(
        brute.score(person, admitted[item.vacancy_id].vacancy, admitted[item.vacancy_id].evidence)
        for item in items
        if item.rung == worst and item.vacancy_id in admitted
    )
    margin = config.plan.margin / 1_000_000 + ROUNDING
    for found in sure:
        vacancy = found.vacancy
        may_be_had = vacancy.cluster not in taken | full and vacancy.employer_id not in employers - {None}
        if found.level == worst and may_be_had:
            better = brute.score(person, vacancy, found.evidence)
            assert better <= last + margin, f"{vacancy.external_id} was left out for {person.external_id}"


def near_miss(brute, person, vacancy_id, floors):
    """Whether a vacancy is missing from the brute force only because it lies on a threshold."""
    evidence = brute._evidence(person).get(brute.number[vacancy_id], 0.0)
    return any(abs(evidence - floor) <= NEAR for floor in floors)
