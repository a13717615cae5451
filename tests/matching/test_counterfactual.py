"""Does who a person is ever move the list? Every protected trait is swapped on the wire; not one byte may change.

Hardship moves the serving order and opens the rung of public-welfare posts, nothing else: the property holds
for a ladder without that rung.
"""

import subprocess
import sys
from dataclasses import fields, is_dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import get_type_hints

import pytest
import wire
from factories import HOME, NOW, TODAY
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from intaking import take_seekers, take_vacancies

from api.market import seekers, vacancies
from ingest.files import Row
from ingest.intake import Intake
from ingest.policy import Policy
from matching.config import engine_config
from matching.facts import Facts
from matching.index import build_index
from matching.recommend import recommend
from matching.seekers import Profile, profiles
from models.configuration import read_configuration
from models.database import Database
from models.enums import Rung, ServingClass
from models.identity import Keyring
from models.queries.seekers import find_seeker
from models.queries.vacancies import open_vacancies

CONFIG = engine_config(read_configuration())
MARKET_ONLY = replace(CONFIG, ladder=tuple(rung for rung in CONFIG.ladder if rung is not Rung.PUBLIC_WELFARE))
OPENINGS, PEOPLE, SEED = 800, 150, 7
# What hardly any employer offers, and public-welfare posts do: these people come up short.
POSTS = ("社区协管员", "河道巡查员", "护林员", "乡村道路养护员", "市容协管员")
SHORT = [(post, fixed) for post in POSTS for fixed in ([], ["kind"], ["occupation"])]
EVERYBODY = PEOPLE + len(SHORT)
INTAKE = Intake("counterfactual", Policy.of(read_configuration()), NOW, HOME, Keyring([Keyring.new_key()]))

HARDSHIP = [f"H{number:02d}" for number in range(1, 15) if number != 7] + ["L01", "L02", "L03", "L04"]
DAYS = [{}, {"valid_from": "2020-01-01"}, {"valid_to": "2099-12-31"}, {"valid_to": "2021-12-31"}]
TRAITS = {
    "name": st.sampled_from(["王建国", "李秀英", "阿依努尔·买买提", "卓玛", ""]),
    "sex": st.sampled_from(["男", "女"]),
    "birth_date": st.dates(TODAY.replace(year=TODAY.year - 60), TODAY.replace(year=TODAY.year - 18)),
    "ethnicity": st.sampled_from(["汉族", "土家族", "苗族", "维吾尔族", None]),
    "marriage": st.sampled_from(["未婚", "已婚", "离异", "丧偶", None]),
    "hukou": st.sampled_from(["农业户口", "非农业户口", "外省户籍", None]),
    "registration_kind": st.sampled_from(["失业登记", "农村劳动力登记", "外来务工人员登记", ""]),
    "original_kind": st.sampled_from(["female50", "female55", ""]),
    "disability": st.sampled_from([[], [{"code": "H07"}], [{"code": "H07", "valid_to": "2099-12-31"}]]),
    "hardship": st.lists(st.builds(lambda code, days: {"code": code, **days}, st.sampled_from(HARDSHIP),
                                   st.sampled_from(DAYS)), max_size=3),
}  # fmt: skip
TRAIT_WORDS = {
    "sex", "gender", "age", "ages", "birth", "birthday", "born", "ethnicity", "ethnic", "nation", "nationality",
    "marriage", "marital", "hukou", "household", "disability", "disabled", "hardship", "label", "labels", "name",
    "phone", "identity",
}  # fmt: skip
WHO = st.fixed_dictionaries(TRAITS)


@pytest.fixture(scope="module")
def market(sqlite_template, tmp_path_factory):
    """A database that holds the sample market, and the index of it."""
    path = tmp_path_factory.mktemp("counterfactual") / "market.db"
    path.write_bytes(sqlite_template.read_bytes())
    database = Database(f"sqlite:///{path}")
    with database.write() as session:
        take_vacancies(session, rows_of(vacancies(OPENINGS, SEED, TODAY)), INTAKE)
    with database.read() as session:
        index = build_index(open_vacancies(session, TODAY), 1, CONFIG)
    yield database, index
    database.close()


@pytest.fixture(scope="module")
def wanting():
    """What sample people want and bring, whoever they are; then those whom little but public-welfare posts suits."""
    kept = ("external_id", "intentions", "skills", "certificates", "education", "experience", "districts", "mobility",
            "kinds", "pay_floor", "shift_limits", "fixed", "consents", "wish")  # fmt: skip
    sample_people = [
        {name: sample[name] for name in kept if name in sample}
        | {"registration": {"district": sample["registration"]["district"], "unemployed_since": "2026-09-01"}}
        for sample in seekers(PEOPLE, SEED, TODAY)
    ]
    return sample_people + [
        {
            "external_id": f"S{number}",
            "intentions": [post],
            "fixed": fixed,
            "mobility": "WHOLE_CITY",
            "registration": {},
        }
        for number, (post, fixed) in enumerate(SHORT)
    ]


def rows_of(documents):
    return [Row(number, document, None) for number, document in enumerate(documents, 1)]


def id_number(who):
    """A valid number of this sex and day of birth."""
    digits = f"500103{who['birth_date']:%Y%m%d}12{1 if who['sex'] == '男' else 2}"
    rest = sum(weight * int(digit) for weight, digit in zip(wire.WEIGHTS, digits, strict=True)) % 11
    return digits + "10X98765432"[rest]


def record(wanting, who):
    """The wire record of somebody who wants this and is that."""
    outside = {"ethnicity": who["ethnicity"], "民族": who["ethnicity"], "marriage": who["marriage"],
               "婚姻状况": who["marriage"], "hukou": who["hukou"], "户口性质": who["hukou"]}  # fmt: skip
    return wanting | outside | {
        "name": who["name"], "sex": who["sex"], "birth_date": who["birth_date"].isoformat(),
        "id_number": id_number(who), "original_kind": who["original_kind"],
        "registration": wanting["registration"] | {"kind": who["registration_kind"]},
        "labels": who["disability"] + who["hardship"],
    }  # fmt: skip


def profile_of(database, document):
    """The person as the engine sees it after intake, which is undone: the next one gets the same number."""
    with database.write() as session:
        verdict = take_seekers(session, rows_of([document]), INTAKE)[0]
        assert verdict.accepted, verdict.problems
        found = profiles([find_seeker(session, INTAKE.source, document["external_id"])], TODAY, HOME)[0]
        session.rollback()
    return found


def with_one_swapped(before, after):
    """Who somebody is, with each trait of somebody else in turn, and with all of them."""
    return {name: before | {name: after[name]} for name in TRAITS} | {"all": after}


MAN = {"name": "王建国", "sex": "男", "birth_date": TODAY.replace(year=TODAY.year - 30), "ethnicity": "汉族",
       "marriage": "未婚", "hukou": "非农业户口", "registration_kind": "失业登记", "original_kind": "",
       "disability": [], "hardship": []}  # fmt: skip
WOMAN = {"name": "卓玛", "sex": "女", "birth_date": TODAY.replace(year=TODAY.year - 49), "ethnicity": "苗族",
         "marriage": "离异", "hukou": "农业户口", "registration_kind": "农村劳动力登记", "original_kind": "female50",
         "disability": [{"code": "H07"}], "hardship": [{"code": "H01"}, {"code": "H06"}]}  # fmt: skip


@pytest.mark.parametrize("number", [*range(0, PEOPLE, 15), *range(PEOPLE, EVERYBODY)])
def test_the_same_wishes_get_the_same_list_whoever_has_them(market, wanting, number):
    check(*market, wanting[number], MAN, WOMAN, 10)


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, EVERYBODY - 1), WHO, WHO, st.sampled_from([3, 10]))
@example(0, WOMAN, MAN, 3)
def test_no_trait_moves_a_list_by_one_byte(market, wanting, number, before, after, k):
    check(*market, wanting[number], before, after, k)


def check(database, index, wanting, before, after, k):
    original = profile_of(database, record(wanting, before))
    others = with_one_swapped(before, after)
    swapped = {name: profile_of(database, record(wanting, who)) for name, who in others.items()}
    outcomes = recommend([original, *swapped.values()], index, MARKET_ONLY, NOW, k)
    for (name, profile), outcome in zip(swapped.items(), outcomes[1:], strict=True):
        assert repr(outcome).encode() == repr(outcomes[0]).encode(), f"{name} moved the list"
        assert replace(profile, serving=original.serving) == original, f"{name} reached the engine"


def test_hardship_opens_the_rung_of_public_welfare_posts_and_nothing_before_it(market, wanting):
    """The swap does reach the engine: with the shipped ladder somebody is helped by it."""
    database, index = market
    helped = 0
    for wishes in wanting[PEOPLE - 30 :]:
        without, holder = (profile_of(database, record(wishes, who)) for who in (MAN, WOMAN))
        assert (without.serving, holder.serving) == (ServingClass.ROTATION, ServingClass.HARDSHIP)
        plain, more = recommend([without, holder], index, CONFIG, NOW)
        assert more.items[: len(plain.items)] == plain.items
        assert all(item.rung is Rung.PUBLIC_WELFARE for item in more.items[len(plain.items) :])
        helped += len(more.items) > len(plain.items)
    assert helped


def test_what_the_engine_holds_of_people_and_vacancies_has_no_field_for_a_trait():
    for held in (Profile, Facts):
        named = {part for name in field_names(held) for part in name.split("_")}
        assert not named & TRAIT_WORDS, held.__name__


def field_names(held):
    """The fields of a class, and those of the classes that they hold."""
    hints = get_type_hints(held)
    for each in fields(held):
        yield each.name
        if is_dataclass(hints[each.name]):
            yield from field_names(hints[each.name])


def test_the_engine_never_loads_who_people_are():
    root = Path(__file__).parents[2]
    absent = {"__init__"} if find_spec("pyspark") else {"__init__", "cluster", "tasks", "tables"}  # of an extra
    rooms = [f"matching.{path.stem}" for path in sorted((root / "matching").glob("*.py")) if path.stem not in absent]
    code = f"import sys, {', '.join(rooms)}; sys.exit('models.identity' in sys.modules)"
    assert subprocess.run([sys.executable, "-W", "ignore", "-c", code], cwd=root).returncode == 0
