"""Which vacancies are one vacancy posted again: rules, likeness, decisions, and clusters under every order of pushes."""

import csv
import json
import shutil
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import cache
from itertools import combinations, count, pairwise
from pathlib import Path
from random import Random
from threading import Thread

import hypothesis
import numpy as np
import pytest
import wire
from factories import HOME, NOW, TODAY
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from intaking import take_vacancies
from postings import REAL, postings
from sqlalchemy import select, update

from ingest import duplicates
from ingest.duplicates import HEAD, decide, letters
from ingest.files import Row, read_file
from ingest.intake import Intake
from ingest.likeness import ALIKE, FEW, Form, Likeness
from ingest.policy import Policy
from ingest.schemas import VacancyWire, read_wire
from ingest.vacancies import read_vacancy
from models.configuration import read_configuration
from models.database import VACANCY_REVISIONS, Database, watermark
from models.duplicates import DuplicateDecision
from models.enums import Role, VacancyStatus
from models.errors import Refused
from models.queries.vacancies import changes, cluster_of, shown_vacancies
from models.vacancy import Vacancy

ROOT = Path(__file__).parents[2]
INTAKE = Intake("caiji-test", Policy.of(read_configuration()), NOW, HOME)
TEXT = (
    "负责仓库内货物的装卸搬运和堆码按单据核对数量与规格保持通道畅通定期检查车辆电瓶和轮胎发现故障及时上报服从班组长安排"
)
EMPLOYER = {"name": "重庆晨曦物流有限公司"}


def vacancy(name, **given):
    """A described vacancy of one employer."""
    return wire.vacancy(name, **{"employer": EMPLOYER, "description": TEXT, **given})


def push(database, *documents, intake=INTAKE):
    rows = [Row(number, document, None) for number, document in enumerate(documents, 1)]
    with database.write() as session:
        verdicts = take_vacancies(session, rows, intake)
    assert all(verdict.accepted for verdict in verdicts), verdicts
    return [verdict.effect.value for verdict in verdicts]


def rows(database):
    """The stored vacancies by external_id."""
    with database.read() as session:
        return {row.external_id: row for row in session.execute(select(Vacancy)).scalars()}


def parts(database, names=None):
    """Which external_ids share a cluster."""
    clusters = {}
    for name, row in rows(database).items():
        if names is None or name in names:
            clusters.setdefault(row.cluster, set()).add(name)
    return {frozenset(cluster) for cluster in clusters.values()}


def edited(*places):
    """The text with some of its letters changed."""
    return "".join("某" if place in places else letter for place, letter in enumerate(TEXT))


SAME, OTHER = True, False


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ({}, {}, SAME),
        ({}, {"title": "急聘 叉车司机（包吃住，五险一金）3名"}, SAME),
        ({}, {"title": "叉車司機"}, SAME),
        ({}, {"title": "高级叉车司机"}, OTHER),
        ({"title": "C++工程师"}, {"title": "C#工程师"}, OTHER),
        ({"title": "双休"}, {"title": "包吃住"}, OTHER),
        ({}, {"district": "江北区"}, OTHER),  # another place of work
        ({}, {"district": "重庆市"}, OTHER),  # which county is not said
        ({}, {"remote": True}, OTHER),
        ({}, {"employer": {"name": "重庆晨晖物流有限公司"}}, OTHER),
        ({}, {"employer": {"name": "重庆 晨曦物流有限公司", "uscc": "91500103MA0000001U"}}, SAME),
        ({}, {"kind": "零工"}, OTHER),
        ({}, {"shift": "夜班"}, OTHER),
        ({}, {"slots": [{"date": "2026-12-01", "start": "08:00", "end": "12:00"}]}, OTHER),
        ({}, {"education": "大专", "experience": "3年", "skills": ["装卸"], "openings": 9}, SAME),
        ({}, {"pay": "6500-9000元/月"}, SAME),  # the ranges meet
        ({}, {"pay": "7001-9000元/月"}, OTHER),
        ({}, {"pay": "面议"}, OTHER),
        ({"pay": "面议"}, {"pay": None}, SAME),
        ({"pay": "4000元以上"}, {"pay": "9000元/月"}, SAME),
        ({}, {"description": f"【岗位职责】 1、{TEXT}。"}, SAME),
        ({}, {"description": edited(5, 15, 25)}, SAME),
        ({}, {"description": edited(5, 15, 25, 35)}, OTHER),
        ({}, {"description": ""}, OTHER),
        ({"description": ""}, {"description": "。。。"}, SAME),
        ({"description": "包住"}, {"description": "包住！"}, SAME),
        ({"description": "包住"}, {"description": "包住", "pay": "6000元/月"}, OTHER),  # two words prove too little
    ],
)  # fmt: skip
def test_what_a_person_would_call_the_same_vacancy(database, first, second, expected):
    push(database, vacancy("V1", **first), vacancy("V2", **second))
    assert (len(parts(database)) == 1) is expected


def test_an_unknown_employer_is_its_own_unless_its_source_repeats_a_description(database):
    def unnamed(name, **given):
        return {field: value for field, value in vacancy(name, **given).items() if field != "employer"}

    one, other = replace(INTAKE, source="open-one"), replace(INTAKE, source="open-other")
    push(database, unnamed("V1"), unnamed("V2", pay="6000元/月"), unnamed("V3", description=""), intake=one)
    push(database, unnamed("V4", description=""), unnamed("V5", description=edited(5)), intake=one)
    push(database, unnamed("V6"), intake=other)
    assert parts(database) == {frozenset(names) for names in (["V1", "V2"], ["V3"], ["V4"], ["V5"], ["V6"])}


def test_channels_share_a_vacancy(database):
    push(database, vacancy("V1"))
    push(database, vacancy("V2"), intake=replace(INTAKE, source="qiye"))
    assert len(parts(database)) == 1


def test_a_cluster_has_the_number_of_its_oldest_and_keeps_it(database):
    push(database, vacancy("V1"))
    first = rows(database)["V1"]
    push(database, *(vacancy(f"V{number}") for number in range(2, 9)))
    stored = rows(database)
    assert {row.cluster for row in stored.values()} == {first.cluster}
    assert stored["V1"].revision == first.revision  # to the first one nothing has happened


def test_a_chain_is_one_cluster_and_breaks_with_its_middle_link(database):
    ends = vacancy("V1", description=edited(5, 15, 25)), vacancy("V3", description=edited(35, 45, 51))
    push(database, *ends)
    assert len(parts(database)) == 2
    push(database, vacancy("V2"))
    assert len(parts(database)) == 1
    with database.read() as session:
        mark = watermark(session, VACANCY_REVISIONS)
    push(database, vacancy("V2", title="仓库管理员"))
    assert parts(database) == {frozenset([name]) for name in ("V1", "V2", "V3")}
    with database.read() as session:
        opened, _ = changes(session, mark, TODAY)
    assert {row.external_id for row in opened} == {"V2", "V3"}  # an index learns of the one that was left behind


def test_one_slot_in_a_list(settings, client):
    again = [vacancy(f"V{number}", description=edited(number)) for number in range(1, 6)]
    others = [vacancy(f"W{number}", employer={"name": f"重庆第{number}仓储公司"}) for number in (1, 2, 3)]
    push(settings.database, *again, *others)
    asked = client(Role.OFFICE).post("/v1/matches?k=6", json={"intentions": ["叉车司机"], "districts": ["渝中区"]})
    shown = [item["vacancy"]["external_id"][0] for item in asked.json()["items"]]
    assert sorted(shown) == ["V", "W", "W", "W"]


def test_the_shown_openings_are_those_of_the_cluster(database):
    last = (TODAY - timedelta(days=1)).isoformat()
    push(
        database, vacancy("V1", openings=2), vacancy("V2", openings=5, openings_filled=1), vacancy("V3", openings=7),
        vacancy("V4", openings=11, valid_to=last, valid_from=last), vacancy("V5", openings=3, openings_filled=3),
        vacancy("V6", openings=13, program="重点企业"), vacancy("V7", openings=17, title="仓库管理员"),
    )  # fmt: skip
    late = {"release_at": NOW + timedelta(days=3650)}
    with database.write() as session:
        session.execute(update(Vacancy).where(Vacancy.external_id == "V3").values(status=VacancyStatus.WITHDRAWN.value))
        session.execute(update(Vacancy).where(Vacancy.external_id == "V6").values(late))
    ids = {name: row.id for name, row in rows(database).items()}
    with database.read() as session:
        shown = {name: shown_vacancies(session, [row])[row].openings_left for name, row in ids.items()}
        assert [row.external_id for row in cluster_of(session, ids["V4"])] == ["V1", "V2", "V3", "V4", "V5", "V6"]
    assert shown["V1"] == shown["V2"] == 2 + 4
    assert shown["V6"] == 2 + 4 + 13  # who may see it sees its openings
    assert shown["V7"] == 17


# --- decisions


def keep_apart(database, first, second, apart=True):
    stored = rows(database)
    with database.write() as session:
        decide(session, (stored[first].id, stored[second].id), apart, "office", NOW)


def test_a_decision_survives_every_push(database):
    first, second = vacancy("V1"), vacancy("V2", description=edited(5))
    push(database, first, second)
    keep_apart(database, "V2", "V1")
    apart = {frozenset(["V1"]), frozenset(["V2"])}
    assert parts(database) == apart
    push(database, first, second)
    push(database, {**first, "openings": 8}, {**second, "description": TEXT})
    assert parts(database) == apart
    push(database, {**first, "title": "仓库管理员"})
    push(database, first, second)
    assert parts(database) == apart


def test_later_vacancies_go_with_the_one_that_they_resemble(database):
    push(database, vacancy("V1"), vacancy("V2", description=edited(5, 15)))
    keep_apart(database, "V1", "V2")
    push(
        database, vacancy("V3"), vacancy("V4", description=edited(5, 15)), vacancy("V5", description=edited(5, 15, 25))
    )
    assert parts(database) == {frozenset(["V1", "V3"]), frozenset(["V2", "V4", "V5"])}


def test_a_decision_can_be_taken_back_and_every_word_is_kept(database):
    push(database, vacancy("V1"), vacancy("V2"), vacancy("V3"))
    for second in ("V2", "V3"):
        keep_apart(database, "V1", second)
    assert parts(database) == {frozenset(["V1"]), frozenset(["V2", "V3"])}
    keep_apart(database, "V2", "V1", apart=False)
    assert frozenset(["V1", "V3"]) not in parts(database)
    keep_apart(database, "V3", "V1", apart=False)
    assert len(parts(database)) == 1
    with database.read() as session:
        words = session.execute(select(DuplicateDecision.apart).order_by(DuplicateDecision.id)).scalars().all()
    assert words == [True, True, False, False]


def test_a_vacancy_is_not_compared_with_itself(database):
    push(database, vacancy("V1"))
    with pytest.raises(Refused):
        keep_apart(database, "V1", "V1")


# --- orders, kills, old rows, crowds

PLACES = (4, 11, 18, 25, 32, 39, 46, 53)
PAY = "5000-7000元/月"
PAYS = {PAY: (5000, 7000), "6500-8000元/月": (6500, 8000), "9000-9500元/月": (9000, 9500)}
STATES = st.fixed_dictionaries(
    {
        "title": st.sampled_from(["叉车司机", "叉车司机", "（急招）叉车司机", "仓库管理员"]),
        "district": st.sampled_from(["渝中区", "渝中区", "渝中区", "江津区"]),
        "pay": st.sampled_from(list(PAYS)),
        "description": st.sampled_from(["", TEXT[:8]]) | st.sets(st.sampled_from(PLACES)).map(lambda s: edited(*s)),
    }
)
VERSIONS = st.lists(st.tuples(st.sampled_from("ABCDEFG"), STATES), min_size=1, max_size=16)
_runs = count()
LOOSE = hypothesis.settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


def plain_linked(first, second):
    """Whether two documents are the same vacancy, said plainly: sets of two-letter strings."""
    if first["title"].removeprefix("（急招）") != second["title"].removeprefix("（急招）"):
        return False
    if first["district"] != second["district"]:
        return False
    (low, high), (least, most) = PAYS[first["pay"]], PAYS[second["pay"]]
    texts = first["description"], second["description"]
    if (low, high) != (least, most) and not (min(map(len, texts)) >= 20 and low <= most and least <= high):
        return False
    one, other = ({text[at : at + 2] for at in range(len(text) - 1)} for text in texts)
    return len(one & other) >= ALIKE * len(one | other)


def plain_parts(documents):
    """The connected components of `plain_linked`."""
    found = {name: {name} for name in documents}
    for first, second in combinations(documents, 2):
        if found[first] is not found[second] and plain_linked(documents[first], documents[second]):
            found[first] |= found[second]
            for name in found[second]:
                found[name] = found[first]
    return {frozenset(part) for part in found.values()}


def in_batches(documents, size):
    return [documents[start : start + size] for start in range(0, len(documents), size)]


@LOOSE
@given(VERSIONS, st.integers(1, 6))
def test_clusters_follow_from_the_last_versions_whatever_the_order_of_pushes(database, versions, size):
    run = next(_runs)
    name_of = {letter: f"{letter}{run}" for letter in "ABCDEFG"}
    documents = [vacancy(name_of[letter], employer={"name": f"重庆第{run}公司"}, **state) for letter, state in versions]
    for batch in in_batches(documents, size):
        push(database, *batch)
    final = {document["external_id"]: document for document in documents}
    assert parts(database, final) == plain_parts(final)
    with database.read() as session:
        before = watermark(session, VACANCY_REVISIONS)
    assert set(push(database, *final.values())) == {"unchanged"}
    with database.read() as session:
        assert watermark(session, VACANCY_REVISIONS) == before


NEAR = st.sets(st.sampled_from(PLACES), max_size=5).map(lambda places: {"description": edited(*places)})
PAIRS = st.lists(st.sets(st.sampled_from("ABCDEFG"), min_size=2, max_size=2), min_size=1, max_size=4)


@hypothesis.settings(LOOSE, max_examples=50)
@given(st.dictionaries(st.sampled_from("ABCDEFG"), NEAR, min_size=3), PAIRS, st.randoms(use_true_random=False))
def test_decided_pairs_stay_apart_whatever_the_order(sqlite_template, tmp_path, states, pairs, dice):
    final = {letter: vacancy(letter, **state) for letter, state in states.items()}
    pairs = [tuple(sorted(pair)) for pair in pairs if pair <= final.keys()]
    decided = [final[letter] for letter in final if any(letter in pair for pair in pairs)]
    others = [document for document in final.values() if document not in decided]
    found = []
    for first, later in ((list(final.values()), []), (decided, others)):
        path = tmp_path / f"{next(_runs)}.db"
        shutil.copyfile(sqlite_template, path)
        database = Database(f"sqlite:///{path}")
        dice.shuffle(first)
        push(database, *first)
        for pair in pairs:
            keep_apart(database, *pair)
        for document in later:
            push(database, document)
        found.append(parts(database))
        database.close()
    assert found[0] == found[1]
    assert not any(set(pair) <= part for pair in pairs for part in found[0])
    whole = plain_parts({name: {**document, "title": "", "pay": PAY} for name, document in final.items()})
    assert all(any(part <= component for component in whole) for part in found[0])
    assert {component for component in whole if not any(set(pair) <= component for pair in pairs)} <= found[0]


def test_a_failed_transaction_leaves_no_trace(database):
    push(database, vacancy("V1"), vacancy("V2", title="仓库管理员"))
    before = {name: (row.cluster, row.revision) for name, row in rows(database).items()}
    again = [Row(1, vacancy("V2"), None), Row(2, vacancy("V3"), None)]
    with suppress(ZeroDivisionError), database.write() as session:
        take_vacancies(session, again, INTAKE)
        raise ZeroDivisionError
    assert {name: (row.cluster, row.revision) for name, row in rows(database).items()} == before


PUSHER = """
import json, sys
from ingest.files import Row
from ingest.intake import Intake, read_vacancies
from ingest.policy import Policy
from ingest.schemas import VacancyWire, read_wire
from ingest.vacancies import read_vacancy
from models.configuration import read_configuration
from models.database import Database
from models.times import now
database, policy = Database(sys.argv[1]), Policy.of(read_configuration())
for line in sys.stdin:
    rows = [Row(number, document, None) for number, document in enumerate(json.loads(line), 1)]
    with database.write() as session:
        read_vacancies(rows, Intake("caiji-test", policy, now(), "500000"))(session)
    print("pushed", flush=True)
"""


@pytest.mark.parametrize("told", [9, 25])
def test_a_kill_leaves_no_half_cluster(sqlite_url, told):
    dice = Random(told)
    batches = [
        [vacancy(f"V{dice.randrange(40)}", description=edited(*dice.sample(PLACES, dice.randrange(7)))) for _ in range(15)]
        for _ in range(200)
    ]  # fmt: skip
    command = [sys.executable, "-c", PUSHER, sqlite_url]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as pusher:
        feeder = Thread(target=feed, args=(pusher.stdin, batches))
        feeder.start()
        for _ in range(told):
            assert pusher.stdout.readline() == "pushed\n"
        pusher.kill()
        feeder.join()
    database = Database(sqlite_url)
    stored = {
        name: {"title": row.title, "district": "", "pay": PAY, "description": row.description}
        for name, row in rows(database).items()
    }
    assert len(stored) > 20
    assert parts(database) == plain_parts(stored)
    database.close()


def feed(pipe, batches):
    with suppress(BrokenPipeError), pipe:
        for batch in batches:
            pipe.write(json.dumps(batch) + "\n")


def test_rows_from_before_there_were_blocks_find_their_cluster_at_the_next_push(database):
    documents = [vacancy("V1"), vacancy("V2"), vacancy("V3", title="仓库管理员")]
    push(database, *documents)
    with database.write() as session:
        session.execute(update(Vacancy).values(block=None, cluster=7, content=b"read by an older reader"))
    push(database, documents[0])
    assert frozenset(["V1"]) in parts(database)
    assert set(push(database, *documents[1:])) == {"updated"}
    assert parts(database) == {frozenset(["V1", "V2"]), frozenset(["V3"])}


def test_a_crowd_is_left_alone_and_costs_nothing(database, monkeypatch):
    monkeypatch.setattr(duplicates, "MOST", 4)
    for number in range(6):
        push(database, vacancy(f"V{number}"))
    assert parts(database) == {frozenset(["V0", "V1", "V2", "V3"]), frozenset(["V4"]), frozenset(["V5"])}
    push(database, vacancy("V3", openings=3))
    assert all(row.openings in (2, 3) for row in rows(database).values())


# --- likeness: the index against plain sets

LETTERS = "甲乙丙丁戊己庚辛壬癸𠀀"


def grams_of(text):
    """The pairs of neighbouring UTF-16 units of a text; a lone unit, or nothing, is one of its own."""
    coded = text.encode("utf-16-le")
    return {coded[at : at + 4] for at in range(0, len(coded) - 3, 2)} or {coded}


def compared_plainly(texts):
    """For each text, which of all are alike."""
    sets = [grams_of(text) for text in texts]
    return [{at for at, each in enumerate(sets) if len(own & each) / len(own | each) >= ALIKE} for own in sets]


def compared(texts, asked):
    likeness = Likeness([Form(text, 5000, 7000) for text in texts], asked)
    return [set(likeness.linked(one, np.arange(len(texts))).tolist()) for one in range(len(texts))]


@hypothesis.settings(max_examples=150, deadline=None)
@given(st.lists(st.text(LETTERS, max_size=12), min_size=2, max_size=3 * FEW), st.sampled_from([1, 10 * FEW]))
def test_any_texts_are_compared_as_plain_sets_are(texts, asked):
    assert compared(texts, asked) == compared_plainly(texts)


@pytest.mark.parametrize("seed", range(8))
def test_texts_near_the_threshold_are_compared_as_plain_sets_are(seed):
    dice = Random(seed)
    base = "".join(dice.choices([chr(0x4E00 + number) for number in range(200)], k=200))
    texts = [
        "".join(
            dice.choice(("", letter + letter, "某")) if dice.random() < share else letter
            for letter in base[: dice.randrange(150, 200)]
        )
        for share in [0.01, 0.03, 0.05, 0.07, 0.09] * 24
    ]
    expected = compared_plainly(texts)
    assert 200 < sum(map(len, expected)) < 10_000
    assert compared(texts, 10 * FEW) == compared(texts, 1) == expected


@pytest.mark.parametrize("asked", [1, 10 * FEW])
@pytest.mark.parametrize("times", [1, 2, 7])
def test_exactly_four_fifths_is_alike(times, asked):
    def text(start, length):
        return "".join(chr(0x4E00 + start + at) for at in range(length))

    shared = text(0, 40 * times + 1)
    pair = [shared + text(5_000, 5 * times), shared + text(6_000, 5 * times)]  # 40 of 50 2-grams
    inside = [shared, shared + text(7_000, 10 * times)]  # 40 of 50, one within the other
    crowd = [text(8_000 + 400 * number, 45 * times) for number in range(2 * FEW)]
    found = compared([*pair, *crowd, *inside], asked)
    assert {0, 1} <= found[0] & found[1]
    assert found[-2] & found[-1] >= {len(found) - 2, len(found) - 1}
    assert found == compared_plainly([*pair, *crowd, *inside])


# --- what was read by hand on real postings

needs_real = pytest.mark.skipif(not REAL.is_dir(), reason="the real files are not on this machine")
FILES = ("zhilian_2026", "taidi_2023")  # those with descriptions


@cache
def judged():
    """(sample, band, first, second, duplicate) of every pair that was read."""
    with (Path(__file__).parent / "data/duplicates.csv").open(encoding="utf-8", newline="") as file:
        return [(r["sample"], r["band"], r["first"], r["second"], r["duplicate"] == "1") for r in csv.DictReader(file)]


@cache
def real_documents():
    wanted = {name for _, _, first, second, _ in judged() for name in (first, second)}
    found = [row.document for name in FILES for row in postings(name, lambda cells: cells["job_id"] in wanted)]
    return {document["external_id"]: document for document in found}


@pytest.fixture
def verdicts(sqlite_url):
    """Whether the product makes one cluster of each judged pair, every pair of an employer of its own."""
    database, documents = Database(sqlite_url), real_documents()
    pairs = {number: (documents[first], documents[second]) for number, (_, _, first, second, _) in enumerate(judged())}
    everything = [
        {**each, "external_id": f"P{number}.{place}", "employer": {"name": f"{number}公司"}}
        for number, pair in pairs.items()
        for place, each in enumerate(pair, 1)
    ]
    push(database, *everything, intake=replace(INTAKE, source="open-real"))
    stored = rows(database)
    said = [stored[f"P{number}.1"].cluster == stored[f"P{number}.2"].cluster for number in pairs]
    database.close()
    return said


@needs_real
def test_what_the_product_joins_a_person_called_duplicates(verdicts):
    of_sample = {}
    for (sample, band, *_, duplicate), joined in zip(judged(), verdicts, strict=True):
        if joined:
            of_sample.setdefault((sample, band), []).append(duplicate)
    same = {band: found for (sample, band), found in of_sample.items() if sample == "same title"}
    assert set(same) == {"0.8", "0.9", "0.95"}
    assert all(len(found) == 20 and sum(found) >= 19 for found in same.values())
    assert not [key for key in of_sample if key[0] == "pay apart"]
    any_title = [duplicate for (sample, _), found in of_sample.items() if sample == "any title" for duplicate in found]
    assert sum(any_title) >= 0.95 * len(any_title)


def test_the_threshold_stands_where_the_bands_stop_being_sure():
    bands = {}
    for sample, band, *_, duplicate in judged():
        bands.setdefault((sample, float(band)), []).append(duplicate)
    sure = {key: sum(found) / len(found) >= 0.95 for key, found in bands.items()}
    assert min(band for (sample, band), good in sure.items() if sample == "same title" and good) == ALIKE
    assert all(good for (sample, band), good in sure.items() if sample == "same title" and band >= ALIKE)
    assert not any(good for (sample, _), good in sure.items() if sample == "any title")


BANDS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.01)


def described(policy):
    """(id, employer, place, block, form, title) of the real vacancies that say what the work is."""
    for name in FILES:
        for row in read_file(REAL / f"{name}.csv", "vacancies"):
            sent = read_wire(VacancyWire, row.document)
            if isinstance(sent, list) or not sent.employer:
                continue
            reading = read_vacancy(sent, f"{name}-open", policy, NOW, HOME)
            values, text = reading.values, letters(sent.description[:HEAD])
            place = (values["district"], values["remote"], values["kind"])
            form, employer = Form(text, values["pay_min"], values["pay_max"]), letters(sent.employer.name)
            if employer and text and (place[0] or place[1]) and not reading.invalid:
                yield sent.external_id, employer, place, values["block"], form, letters(sent.title)


def samples(market):
    """(first, second, similarity, employer) of every pair of vacancies of one employer in one place, by sample."""
    near, found = {}, {"any title": [], "same title": [], "pay apart": []}
    for each in market:
        whole = grams_of(each[5] + each[4].text), grams_of(each[4].text)
        near.setdefault(each[1:3], []).append((each, *whole))
    for (employer, _), members in near.items():
        for (one, title, text), (other, its_title, its_text) in combinations(members, 2):
            share = jaccard(title, its_title)
            if share >= BANDS[0]:
                found["any title"].append((one[0], other[0], share, employer))
            if one[3] == other[3] and (share := jaccard(text, its_text)) >= BANDS[0]:
                (low, high), (least, most) = one[4].pay, other[4].pay
                sample = "same title" if low <= most and least <= high else "pay apart"
                found[sample].append((one[0], other[0], share, employer))
    return found


def jaccard(one, other):
    """The similarity of two sets; 0 where their sizes keep it under the lowest band."""
    if min(len(one), len(other)) < BANDS[0] * max(len(one), len(other)):
        return 0
    shared = len(one & other)
    return shared / (len(one) + len(other) - shared)


def drawn(pairs, most=20):
    """Twenty of the pairs by the seed: one an employer, a second one only where employers are too few."""
    ordered, chosen = sorted(pairs), {}
    Random(20261124).shuffle(ordered)
    for limit in (1, 2, 3, most):
        for pair in ordered:
            of_employer = sum(employer == pair[3] for *_, employer in chosen.values())
            if len(chosen) < most and of_employer < limit:
                chosen[pair[:2]] = pair
    return set(chosen)


@pytest.mark.real
@needs_real
def test_the_table_holds_the_pairs_that_the_seed_gives():
    found = samples(described(INTAKE.policy))
    for sample, least, above in [
        *((sample, *band) for sample in ("any title", "same title") for band in pairwise(BANDS)),
        ("pay apart", 0.8, 1.01),
    ]:
        expected = {
            (first, second) for name, band, first, second, _ in judged() if (name, float(band)) == (sample, least)
        }
        assert drawn([pair for pair in found[sample] if least <= pair[2] < above]) == expected, (sample, least)
