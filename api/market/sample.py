"""What does the labour market of a city look like? A made-up one of Chongqing, seeded, in wire form.

For `zhipei demo` and for load tests. Employers, people and texts are invented. Codes of districts, occupations
and labels are real; check digits are right; USCCs and mobile numbers are of series that were never given out.
The first records of a longer run equal a shorter run with the same seed and day.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

from api.market.demand import Demand
from api.market.draws import Dice
from api.market.people import People
from api.market.records import Sample
from api.market.settings import settings


def vacancies(count: int, seed: int, today: date) -> Iterator[dict[str, Any]]:
    """`count` vacancies in wire form, V000001 on; mostly open on `today`."""
    return (sample.record for sample in sample_vacancies(count, seed, today))


def seekers(count: int, seed: int, today: date) -> Iterator[dict[str, Any]]:
    """`count` job seekers in wire form, P000001 on."""
    return (sample.record for sample in sample_seekers(count, seed, today))


def sample_vacancies(count: int, seed: int, today: date) -> Iterator[Sample]:
    """The same vacancies, each with the trade it was made from."""
    demand = Demand(Dice(f"demand {seed}"), settings(), today)
    return (demand.vacancy(number) for number in range(1, count + 1))


def sample_seekers(count: int, seed: int, today: date) -> Iterator[Sample]:
    """The same people, each with the trade that the first intention means, and the case."""
    people = People(Dice(f"people {seed}"), settings(), today)
    return (people.seeker(number) for number in range(1, count + 1))
