"""The compiled kernel against the plain arrays: the same levels, parts, scores, order, bars; on one thread or two."""

from functools import reduce
from operator import or_

import numpy as np
import pytest
from factories import HOME, NOW, TODAY, seeker, vacancy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markets import people, vacancies

from api.fitting import fit_meaning
from api.imports import import_rows
from api.market import sample
from api.settings import Settings
from ingest.files import Row
from matching.config import NEVER, engine_config
from matching.eligibility import LIMITS, Limits
from matching.index import build_index
from matching.ladder import Ladder
from matching.meaning import Meaning
from matching.plain import Block
from matching.ranking import MINIMUM
from matching.seekers import Seekers, profiles
from models.bulk import named_rows
from models.configuration import read_configuration
from models.identity import Keyring
from models.queries.seekers import served_columns
from models.queries.vacancies import open_vacancies

CONFIG = engine_config(read_configuration())
thorough = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def plain_block(batch, index):
    return Block(Limits(Seekers.of(batch), index, CONFIG, NOW), index.market(None))


def bars(levels):
    """For each pair one bit a limit that bars it."""
    return reduce(or_, ((level == NEVER).astype(np.uint16) << bit for bit, level in enumerate(levels.values())))


def climbed(block, person, k):
    """The first k of one person: all rungs up to the first that gives three clusters."""
    keys, level = block.keys(person), block.level[person]
    rows = np.flatnonzero(level < NEVER)
    rows = rows[np.argsort(keys[rows])]
    clusters = block.limits.index.facts.cluster
    for rung in range(len(CONFIG.ladder)):
        if len(set(clusters[rows[level[rows] <= rung]])) >= MINIMUM:
            rows = rows[level[rows] <= rung]
            break
    return rows[:k]


def check(batch, index, k):
    ladder, block = Ladder(batch, index, CONFIG, NOW), plain_block(batch, index)
    assert tuple(block.levels) == LIMITS
    lists, bits = ladder.climb(k), np.broadcast_to(bars(block.levels), block.level.shape)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("matching.ladder.BATCH", 1)  # several batches, so that there is work for two threads
        both = ladder.climb(k, threads=2)
    for name in ("start", "row", "level", "score", "cut"):
        assert np.array_equal(getattr(lists, name), getattr(both, name))
    for person in range(len(batch)):
        rows = climbed(block, person, k)
        own = lists.of(person)
        assert lists.row[own].tolist() == rows.tolist()
        assert lists.level[own].tolist() == block.level[person, rows].tolist()
        assert lists.score[own].tolist() == block.score[person, rows].tolist()
        assert lists.cut[person] or len(rows) == len(climbed(block, person, len(index)))
        everything = np.arange(len(index))
        judged = ladder.judge(np.full(len(index), person), everything)
        assert np.minimum(judged.level, NEVER).tolist() == np.minimum(block.level[person], NEVER).tolist()
        assert judged.score.tolist() == block.score[person].tolist()
        for place, part in enumerate(block.parts):
            assert judged.parts[:, place].tolist() == block.of(person, part).tolist()
        held, limits = ladder.held_back(person, rows[:2].tolist())
        single, seen = np.flatnonzero(np.bitwise_count(bits[person]) == 1).tolist(), set()
        taken = set(index.facts.cluster[rows[:2]].tolist())
        told = [(row, int(bits[person, row]).bit_length() - 1) for row in single]
        told = [(row, limit) for row, limit in told if index.facts.cluster[row] not in taken]
        once = [one for one in told if (key := (index.facts.cluster[one[0]], one[1])) not in seen and not seen.add(key)]
        assert list(zip(held.tolist(), limits.tolist(), strict=True)) == once


@thorough
@given(vacancies(), people(), st.sampled_from([1, 3, 100]))
def test_the_kernel_says_what_the_plain_arrays_say(market, persons, k):
    check(profiles(persons, TODAY, HOME), build_index(market, 0, CONFIG), k)


@thorough
@given(vacancies(), st.lists(vacancies(), min_size=1, max_size=4), people(), st.sampled_from([2, 4_096]))
def test_and_so_it_does_after_a_history_of_changes(before, history, persons, block):
    """Each change brings some vacancies anew or for the first time, and closes one of those that it does not bring."""
    index, batch = build_index(before, 1, CONFIG), profiles(persons, TODAY, HOME)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("matching.index.BLOCK", block)  # parts that are full soon
        for mark, after in enumerate(history, 2):
            held, brought = set(index.facts.id[index.living].tolist()), {one.id for one in after}
            gone = sorted(held - brought)[:1]
            then, index = index, index.updated(after, gone, mark, CONFIG)
            assert set(index.facts.id[index.living].tolist()) == (held | brought) - set(gone)
            assert set(then.facts.id[then.living].tolist()) == held
    check(batch, index, 100)


CLOSED = TODAY.replace(year=2020)


def test_nobody():
    index = build_index([vacancy("叉车司机")], 0, CONFIG)
    assert len(Ladder([], index, CONFIG, NOW).climb(3).row) == 0


@pytest.mark.parametrize(
    "market",
    [[], [vacancy("叉车司机", id=1)], [vacancy("叉车司机", id=n, valid_to=CLOSED) for n in (1, 2)]],
    ids=["none", "one", "all closed"],
)
def test_small_markets(market):
    check(profiles([seeker("叉车司机"), seeker()], TODAY, HOME), build_index(market, 0, CONFIG), 3)


def test_four_hundred_people_of_the_sample_market(tmp_path):
    settings = Settings(
        _env_file=None, database_url=f"sqlite:///{tmp_path / 'm.db'}", secret_keys=Keyring.new_key(), config=None
    )
    settings.database.migrate()
    for noun, documents in (
        ("vacancies", sample.vacancies(1_000, 7, TODAY)),
        ("seekers", sample.seekers(440, 7, TODAY)),
    ):
        rows = (Row(number, document, None) for number, document in enumerate(documents, 1))
        assert all(verdict.verdict for verdict in import_rows(settings, rows, noun, "sample"))
    fit_meaning(settings)
    with settings.database.read() as session:
        index = build_index(open_vacancies(session, TODAY), 0, CONFIG, Meaning.load(settings.meaning_file))
        batch = profiles(named_rows(served_columns(session)), TODAY, HOME)
    settings.database.close()
    assert len(batch) >= 400
    check(batch, index, 100)


def test_rows_that_are_not_open_are_left_out():
    index = build_index([vacancy("叉车司机", id=n, employer_id=n) for n in range(1, 9)], 0, CONFIG)
    ladder = Ladder(profiles([seeker("叉车司机")], TODAY, HOME), index, CONFIG, NOW)
    assert len(ladder.climb(8).row) == 8
    some = ladder.climb(8, open_rows=np.arange(8) % 2 == 0)
    assert set(some.row.tolist()) == {0, 2, 4, 6}
