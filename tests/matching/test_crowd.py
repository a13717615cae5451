"""How places lie to wishes as whole tables, beside the rules said one pair at a time."""

from itertools import pairwise

import pytest
from factories import HOME, NOW, TODAY, seeker, vacancy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markets import PLACES, people, vacancies

from matching.config import NEVER, engine_config
from matching.crowd import Crowd
from matching.eligibility import place_rung
from matching.index import build_index
from matching.ladder import Ladder
from matching.places import Places
from matching.scoring import nearness
from matching.seekers import profiles
from models.configuration import read_configuration
from models.districts import city_of

CONFIG = engine_config(read_configuration())
often = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@often
@given(people(), st.lists(st.sampled_from(["", *PLACES, "320500", "510000", "999999"]), min_size=1, unique=True))
def test_how_places_lie_to_wishes(rows, codes):
    wishes = profiles(rows, TODAY, HOME).place.values
    lies = Places(tuple(codes)).lie(wishes, CONFIG)
    for number, wish in enumerate(wishes):
        for column, place in enumerate(codes):
            level = CONFIG.level(place_rung(wish, place))
            assert lies.level[number, column] == (NEVER if wish.fixed and level else level)
            assert lies.consented[number, column] == (wish.consent or not place or city_of(place) in wish.cities)
            assert lies.nearness[number, column] == nearness(wish, place)


@often
@given(vacancies(), people(), people())
def test_the_same_wishes_lie_side_by_side(market, some, others):
    seekers = profiles([*some, *others], TODAY, HOME)
    crowd = Crowd.of(seekers, build_index(market, 0, CONFIG), CONFIG)
    asked = [(person.said, person.occupations, person.readable) for person in seekers]
    in_order = [asked[number] for number in crowd.order]
    assert len(set(asked)) == len(crowd.people.query_at) - 1
    assert all(len(set(in_order[first:end])) == 1 for first, end in pairwise(crowd.people.query_at))
    assert sorted(crowd.order) == list(range(len(seekers)))


@pytest.mark.parametrize("k", [3, 8])
def test_some_people_by_themselves_are_served_as_among_all(k):
    index = build_index([vacancy("叉车司机", id=n, pay_max=5000 + n) for n in range(1, 20)], 0, CONFIG)
    rows = [seeker("叉车司机", pay_floor=4000 + n, districts=["500103", "500106"][n % 2 :]) for n in range(9)]
    ladder = Ladder(profiles(rows, TODAY, HOME), index, CONFIG, NOW)
    whole, some = ladder.climb(k), ladder.among(ladder.profiles.id.argsort()[[7, 2, 2]]).climb(k)
    assert some.row.tolist() == [row for person in (7, 2, 2) for row in whole.row[whole.of(person)].tolist()]
