"""The file of readings saves time and changes nothing: not a byte of what an index is made of."""

import logging
import multiprocessing
import os
import signal
import time
from collections import Counter
from datetime import date, timedelta

import numpy as np
import pytest

from api.market import vacancies
from matching import readings
from matching.catalogue import catalogue
from matching.corpus import Reader
from matching.meaning import Meaning
from matching.readings import KEPT_DAYS, Readings
from matching.senses import Senses, senses_of

TODAY = date(2026, 11, 26)
SIZE = 240


@pytest.fixture(scope="module")
def market():
    """Sample vacancies, some with equal texts."""
    records = vacancies(SIZE, 7, TODAY)
    rows = [(r["title"], r.get("skills", []), r.get("description", ""), r.get("industry", "")) for r in records]
    return [*rows, *rows[:20]]


@pytest.fixture(scope="module")
def senses():
    return senses_of(Meaning.none())


@pytest.fixture(scope="module")
def other_senses(market):
    """After a fit."""
    said = Readings().texts(market).said
    names = {name: row for row, name in enumerate(said.grams.names)}
    skills = {name: row for row, name in enumerate(said.skills.names)}
    chance = np.random.default_rng(7)
    rows = [chance.integers(-50, 50, (len(known), 64), dtype=np.int32) for known in (names, skills)]
    return Senses(catalogue(), Meaning(names, skills, frozenset(skills), *rows))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "readings.npz"


@pytest.fixture
def read(monkeypatch):
    """How many texts were read."""
    counted = Counter()
    add = Reader.add

    def adding(self, *said):
        counted["texts"] += 1
        add(self, *said)

    monkeypatch.setattr(Reader, "add", adding)
    return counted


def as_bytes(corpus):
    matrices = [
        (matrix.shape, matrix.data.tobytes(), matrix.indices.tobytes(), matrix.indptr.tobytes())
        for matrix in (corpus.counts.matrix, corpus.shares)
    ]
    return corpus.counts.names, matrices, corpus.levels.tobytes(), corpus.vectors.tobytes()


def test_cold_warm_and_half_warm_are_equal_in_every_byte(market, senses, path, read):
    expected = as_bytes(Readings().corpus(market, senses))
    assert as_bytes(Readings(path, TODAY).corpus(market, senses)) == expected
    distinct = read["texts"] // 2
    assert distinct < len(market)
    assert as_bytes(Readings(path, TODAY).corpus(market, senses)) == expected
    assert read["texts"] == 2 * distinct  # nothing was read again
    path.unlink()
    Readings(path, TODAY).corpus(market[::2], senses)
    assert as_bytes(Readings(path, TODAY).corpus(market, senses)) == expected


def test_what_was_read_in_another_order_is_the_same(market, senses, path):
    Readings(path, TODAY).corpus([("龘靐爩师傅", ["龘"], "", ""), *market[::-1]], senses)
    assert as_bytes(Readings(path, TODAY).corpus(market, senses)) == as_bytes(Readings().corpus(market, senses))


def test_only_what_is_new_is_read(market, senses, path, read):
    Readings(path, TODAY).corpus(market, senses)
    read.clear()
    Readings(path, TODAY).corpus([*market, ("没见过的岗位", [], "", ""), (market[0][0], ["没见过"], "", "")], senses)
    assert read["texts"] == 2


def test_after_a_fit_texts_are_not_read_again_but_understood_anew(market, senses, other_senses, path, read):
    Readings(path, TODAY).corpus(market, senses)
    expected = as_bytes(Readings().corpus(market, other_senses))
    read.clear()
    assert as_bytes(Readings(path, TODAY).corpus(market, other_senses)) == expected
    assert read["texts"] == 0
    assert expected != as_bytes(Readings().corpus(market, senses))


def test_a_fit_and_a_night_share_their_readings(market, senses, path, read):
    Readings(path, TODAY).texts(market)
    read.clear()
    assert as_bytes(Readings(path, TODAY).corpus(market, senses)) == as_bytes(Readings().corpus(market, senses))
    assert read["texts"] == len({(title, *skills, None, text, industry) for title, skills, text, industry in market})


@pytest.mark.parametrize(
    "damage",
    [lambda data: b"", lambda data: b"no archive", lambda data: data[: len(data) // 2],
     lambda data: data[:5_000] + bytes(200) + data[5_200:]],
    ids=["empty", "another file", "half", "overwritten"],
)  # fmt: skip
def test_a_damaged_file_costs_time_only(market, senses, path, damage, caplog):
    expected = as_bytes(Readings(path, TODAY).corpus(market, senses))
    path.write_bytes(damage(path.read_bytes()))
    with caplog.at_level(logging.WARNING):
        assert as_bytes(Readings(path, TODAY).corpus(market, senses)) == expected
    assert "readings not used" in caplog.text
    caplog.clear()
    assert as_bytes(Readings(path, TODAY).corpus(market, senses)) == expected
    assert not caplog.text


def test_readings_of_another_way_are_not_used(market, senses, path, read, monkeypatch):
    Readings(path, TODAY).corpus(market, senses)
    read.clear()
    monkeypatch.setattr(readings, "way_of_reading", lambda: "another dictionary")
    Readings(path, TODAY).corpus(market, senses)
    assert read["texts"] > 0


def test_a_folder_that_cannot_be_written_costs_time_only(market, senses, tmp_path, caplog):
    path = tmp_path / "missing" / "readings.npz"
    with caplog.at_level(logging.WARNING):
        found = as_bytes(Readings(path, TODAY).corpus(market, senses))
    assert found == as_bytes(Readings().corpus(market, senses))
    assert "readings not kept" in caplog.text


def test_what_nobody_asks_for_is_dropped(market, senses, path, read):
    Readings(path, TODAY).corpus(market, senses)
    later = TODAY + timedelta(KEPT_DAYS)
    Readings(path, later).corpus(market[:10], senses)
    read.clear()
    Readings(path, later).corpus(market, senses)
    assert read["texts"] == 0
    Readings(path, later + timedelta(KEPT_DAYS + 1)).corpus(market[:10], senses)
    Readings(path, later + timedelta(KEPT_DAYS + 1)).corpus(market, senses)
    assert read["texts"] > 0


def test_the_number_of_readings_is_bounded(market, senses, path, monkeypatch):
    monkeypatch.setattr(readings, "MOST", 50)
    Readings(path, TODAY).corpus(market, senses)
    assert len(readings.load(path).used) == 50
    Readings(path, TODAY + timedelta(1)).corpus(market[100:130], senses)
    assert (readings.load(path).used > TODAY.toordinal()).sum() == 30


def _read_again_and_again(path, market, senses):
    for number in range(1_000):
        Readings(path, TODAY).corpus([*market, (f"岗位{number}", [], "", "")], senses)


def test_a_kill_leaves_the_old_file_or_the_new_one(market, senses, path):
    expected = as_bytes(Readings(path, TODAY).corpus(market, senses))
    for wait in (0.05, 0.11, 0.17):
        process = multiprocessing.get_context("fork").Process(target=_read_again_and_again, args=(path, market, senses))
        process.start()
        time.sleep(wait)
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        assert len(readings.load(path).used) > 0
    assert as_bytes(Readings(path, TODAY).corpus(market, senses)) == expected


def test_what_a_killed_process_left_behind_is_removed(market, senses, path):
    left, fresh = path.with_suffix(".1.partial.npz"), path.with_suffix(".2.partial.npz")
    for partial in (left, fresh):
        partial.write_bytes(b"half")
    os.utime(left, (0, 0))
    Readings(path, TODAY).corpus(market, senses)
    assert not left.exists()
    assert fresh.exists()


def test_several_processes_may_write(market, senses, path):
    context = multiprocessing.get_context("fork")
    parts = [market[start::3] for start in range(3)]
    processes = [context.Process(target=Readings(path, TODAY).corpus, args=(part, senses)) for part in parts]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert as_bytes(Readings(path, TODAY).corpus(market, senses)) == as_bytes(Readings().corpus(market, senses))


def test_no_vacancies_are_no_rows(senses, path):
    found = Readings(path, TODAY).corpus([], senses)
    assert (len(found.counts), found.shares.shape, found.vectors.shape) == (0, (0, len(catalogue())), (0, 64))
    assert len(Readings(path, TODAY).corpus([], senses).levels) == 0
