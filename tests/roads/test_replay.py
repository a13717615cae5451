"""Any list of the last forty days can be made again from what its night kept, whatever has changed since."""

import gzip
import json
import logging
import sys
from collections import Counter
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from importlib import resources

import factories
import pytest
from sqlalchemy import delete, func, select, update
from wire import seeker, small_market, vacancy

from api import cli
from api.cli import main
from api.market import sample
from api.settings import Settings
from matching import nightly
from matching.archive import Basis
from matching.config import engine_config
from matching.meaning import Meaning, Said
from models.configuration import read_configuration
from models.database import SEEKER_REVISIONS, take_revisions
from models.enums import PassedOver, Role
from models.former import FormerSeeker
from models.queries import seekers
from models.queries.seekers import ENGINE_COLUMNS
from models.recommendation import Recommendation, Run, Shortfall
from models.seeker import JobSeeker
from models.times import local_date, now
from models.vacancy import Vacancy


@pytest.fixture
def zhipei(settings, monkeypatch, capsys):
    """Runs a command of this installation: its JSON where asked for, else what it printed. The exit code is checked."""
    for name, value in settings.model_dump(exclude_none=True).items():
        monkeypatch.setenv(f"ZHIPEI_{name.upper()}", str(value))

    def command(*words, code=0):
        monkeypatch.setattr(sys, "argv", ["zhipei", *map(str, words)])
        with ExitStack() as opened:
            monkeypatch.setattr(cli, "Settings", lambda: closed_at_the_end(opened))
            with pytest.raises(SystemExit) as stopped:
                main()
        told = capsys.readouterr()
        assert (stopped.value.code or 0) == code, told
        assert "Traceback" not in told.err
        return json.loads(told.out) if "--json" in words else told.out + told.err.replace("\n", "")

    return command


def closed_at_the_end(opened):
    """Settings as a command reads them; a process of its own would close its connections by ending."""
    settings = Settings(_env_file=None)
    opened.callback(settings.database.close)
    return settings


@pytest.fixture
def push(zhipei, tmp_path):
    """Takes records in, as a sender's file."""

    def take(noun, *records):
        file = tmp_path / f"{noun}.ndjson"
        file.write_text("\n".join(json.dumps(record, ensure_ascii=False) for record in records), "utf-8")
        return zhipei("ingest", noun, file, "--source", "caiji", "--json")

    return take


@pytest.fixture
def market(push):
    """Thirty vacancies and eight people: six of them want to drive a forklift, P3 finds nothing."""
    vacancies, people = small_market()
    push("vacancies", *vacancies)
    push("seekers", *people[:3], *(seeker(f"A{number}", "叉车司机") for number in range(5)))


@pytest.fixture
def configure(monkeypatch, tmp_path):
    """Changes one line of the configuration."""
    shipped = resources.files("models").joinpath("data/zhipei.toml").read_text("utf-8")

    def change(old, new):
        assert old in shipped
        path = tmp_path / "other.toml"
        path.write_text(shipped.replace(old, new), "utf-8")
        monkeypatch.setenv("ZHIPEI_CONFIG", str(path))

    return change


@pytest.fixture
def night(zhipei):
    """Runs a night; the number of its run."""
    return lambda *words: zhipei("nightly", "--workers", 1, "--json", *words)["run"]


@pytest.fixture
def replay(zhipei):
    """Makes a list again; the exit code must say whether it is the recorded one."""
    return lambda run, person, code=0: zhipei("replay", run, person, "--json", code=code)


def rows(database, run, person):
    """What is stored of a person's list."""
    query = select(Recommendation).join(JobSeeker, JobSeeker.id == Recommendation.seeker_id)
    with database.read() as session:
        of_list = query.where(Recommendation.run_id == run, JobSeeker.external_id == person)
        return session.execute(of_list.order_by(Recommendation.rank)).scalars().all()


def change(database, statement):
    with database.write() as session:
        session.execute(statement)


def test_what_is_made_again_is_what_is_stored(market, night, replay, database):
    told = replay(night(), "P1")
    assert told["equal"] is True
    stored = rows(database, 1, "P1")
    assert [item["recorded"]["score"] for item in told["items"]] == [row.score for row in stored]
    for item, row in zip(told["items"], stored, strict=True):
        assert item["replayed"] == {name: item["recorded"][name] for name in ("score", "rung", "parts")}
        assert bytes(item["replayed"]["parts"].values()) == row.parts
        assert item["reasons"]
    assert [item["place"] for item in told["items"]] == [1, 2, 3]
    assert told["certificate"] is None


def test_a_certificate_is_made_again(market, night, replay, zhipei):
    told = replay(night(), "caiji:P3")
    assert told["items"] == []
    assert told["certificate"]["recorded"] == told["certificate"]["replayed"]
    assert told["certificate"]["differs"] == []
    assert told["certificate"]["text"] in zhipei("replay", "latest", "P3")


def test_a_person_at_a_terminal_reads_the_same(market, night, zhipei):
    night()
    printed = zhipei("replay", "latest", "P1")
    assert "结论：与当晚存下的逐项一致" in printed
    assert "叉车司机" in printed
    assert "至今未变" in printed


def test_both_of_two_nights_with_another_market_between(market, push, night, replay, database):
    """Vacancies are full, better paid, gone; others are new: each night's list comes from its own market."""
    first = night()
    had = [item["vacancy"]["external_id"] for item in replay(first, "P1")["items"]]
    push("vacancies", vacancy(had[0], "叉车司机", openings_filled=2), *(vacancy(f"N{n}", "叉车工") for n in range(4)))
    change(database, update(Vacancy).where(Vacancy.external_id == had[1]).values(status="WITHDRAWN", revision=9_000))
    second = night()
    again, later = replay(first, "P1"), replay(second, "P1")
    assert [item["vacancy"]["external_id"] for item in again["items"]] == had
    assert [item["vacancy"]["since"]["code"] for item in again["items"][:2]] == ["closed", "closed"]
    assert not {had[0], had[1]} & {item["vacancy"]["external_id"] for item in later["items"]}
    assert {one["vacancy"]["external_id"]: one["why"]["code"] for one in later["left"]} == {
        had[0]: "FILLED", had[1]: "EXPIRED"
    }  # fmt: skip
    assert {item["vacancy"]["external_id"]: item["kept"] for item in later["items"]}[had[2]] is True


def test_a_vacancy_that_is_not_even_stored_any_more_has_its_name_of_then(market, night, replay, database):
    run = night()
    row = rows(database, run, "P1")[0]
    change(database, delete(Vacancy).where(Vacancy.id == row.vacancy_id))
    told = replay(run, "P1")
    assert told["items"][0]["vacancy"]["title"] == "叉车司机"
    assert told["items"][0]["vacancy"]["since"]["code"] == "deleted"
    assert told["items"][0]["reasons"] is None, "they would quote a text that is gone"
    assert told["equal"] is True


def test_a_vacancy_that_was_renamed_is_called_what_it_was_called(market, push, night, replay):
    run = night()
    first = replay(run, "P1")["items"][0]["vacancy"]["external_id"]
    push("vacancies", vacancy(first, "仓库叉车司机"))
    vacancy_then = replay(run, "P1")["items"][0]["vacancy"]
    assert (vacancy_then["title"], vacancy_then["since"]["code"]) == ("叉车司机", "changed")


def test_a_person_who_has_changed_since(market, push, night, replay):
    first = night()
    before = replay(first, "P1")
    push("seekers", seeker("P1", "保洁员", districts=["沙坪坝区"], education="初中"))
    push("seekers", seeker("P1", "中餐厨师"))
    second = night()
    again, later = replay(first, "P1"), replay(second, "P1")
    assert again["items"] == before["items"]
    assert (again["seeker"]["wishes"], again["seeker"]["changed_since"]) == (["叉车司机"], True)
    assert (later["seeker"]["wishes"], later["seeker"]["changed_since"]) == (["中餐厨师"], False)


def test_a_person_who_changes_while_the_night_reads(market, night, replay, database, monkeypatch):
    """What a night reads is of one moment: the list is made by what the record said at its watermark."""
    read = seekers.served_columns

    def changed_meanwhile(session):
        with database.write() as other:
            values = {"intentions": [{"text": "保洁员", "occupation": None}]}
            values["revision"] = take_revisions(other, SEEKER_REVISIONS, 1)
            other.execute(update(JobSeeker).where(JobSeeker.external_id == "P1").values(values))
        return read(session)

    with monkeypatch.context() as patched:
        patched.setattr(seekers, "served_columns", changed_meanwhile)
        run = night()
    told = replay(run, "P1")
    assert (told["seeker"]["wishes"], told["seeker"]["changed_since"]) == (["叉车司机"], True)


def test_only_what_a_night_saw_is_kept_of_a_person(market, push, night, database):
    """Of three states between two nights the first, by which a list was made, outlives the next night."""
    night()
    for wish in ("保洁员", "中餐厨师", "客服专员"):
        push("seekers", seeker("P1", wish))
    with database.read() as session:
        assert session.execute(select(func.count()).select_from(FormerSeeker)).scalar_one() == 3
    night()
    with database.read() as session:
        kept = session.execute(select(FormerSeeker)).scalars().all()
        assert [one.intentions[0]["text"] for one in kept] == ["叉车司机"]


def test_who_was_erased_cannot_be_replayed(market, push, night, zhipei, database):
    """Nor does anything of the person stay behind, nor can whoever gets the same number be taken for the erased."""
    run = night()
    push("seekers", seeker("P1", "保洁员"))
    with database.write() as session:
        number = session.execute(select(JobSeeker.id).where(JobSeeker.external_id == "P1")).scalar_one()
        session.execute(delete(JobSeeker).where(JobSeeker.id == number))
    assert "没有这个人" in zhipei("replay", run, "P1", code=1)
    with database.read() as session:
        assert not session.execute(select(FormerSeeker).where(FormerSeeker.id == number)).first()
    with database.write() as session:
        session.add(factories.seeker("叉车司机", id=number, source="caiji", external_id="NEW", revision=1_000))
    assert "没有服务这个人" in zhipei("replay", run, "NEW", code=1)


def test_nothing_that_is_kept_in_files_names_a_person(market, night, settings):
    night()
    kept = list(settings.archive.rglob("*"))
    assert {path.name for path in kept if path.is_file()} == {"index", "basis.json", "names.json.gz"}
    for path in filter(lambda path: path.is_file(), kept):
        content = path.read_bytes()
        content = gzip.decompress(content) if path.suffix == ".gz" else content
        for mine in ("古琴修复师", '"P1"', '"A1"', "张三丰", "13912345678"):
            assert mine.encode() not in content, f"{mine} in {path.name}"
    assert settings.archive.stat().st_mode & 0o777 == 0o700


def test_after_forty_days_all_of_it_is_gone(market, push, night, zhipei, settings, database):
    run = night()
    push("seekers", seeker("P1", "保洁员"))
    kept = settings.archive / zhipei("replay", run, "P2", "--json")["run"]["snapshot"]
    today = local_date(now())
    night("--date", today + timedelta(days=40))
    assert zhipei("replay", run, "P1", "--json")["equal"] is True
    last = night("--date", today + timedelta(days=41))
    assert "保存 40 天" in zhipei("replay", run, "P1", code=1)
    assert not kept.exists()
    with database.read() as session:
        assert not session.execute(select(FormerSeeker)).first()
    assert zhipei("replay", last, "P1", "--json")["equal"] is True


def test_another_configuration_since(market, configure, night, replay):
    first = night()
    before = replay(first, "P1")
    configure("intention = 42 # text evidence\nmeaning = 24 ", "intention = 24 # text evidence\nmeaning = 42 ")
    second = night()
    assert replay(first, "P1")["items"] == before["items"]
    told = replay(second, "P1")
    assert told["run"]["config"] != before["run"]["config"]
    assert told["items"][0]["recorded"]["score"] != before["items"][0]["recorded"]["score"]


def test_another_meaning_fitted_since(market, night, replay, settings):
    """Each night keeps the vectors it read by, each fit once, and not longer than it is needed."""
    fit_words(settings, "叉车司机 叉车工 铲车司机", seed=1)
    first = night()
    before = replay(first, "P1")
    fit_words(settings, "保洁员 家政 清洁工", seed=2)
    second = night()
    night()
    assert replay(first, "P1") == before
    assert before["run"]["meaning"] != replay(second, "P1")["run"]["meaning"]
    assert len(list(settings.archive.glob("meaning-*"))) == 2
    night("--date", local_date(now()) + timedelta(days=60))
    night("--date", local_date(now()) + timedelta(days=60))
    assert len(list(settings.archive.glob("meaning-*"))) == 1


def fit_words(settings, words, seed):
    """Vectors of invented texts; more different ones than there are dimensions."""
    said = [
        Said([f"{word}{n % 90}", word], [f"{word}技能{n % 90}", word]) for n in range(270) for word in words.split()
    ]
    meaning = Meaning.fit(said, seed)
    assert meaning.identity
    meaning.save(settings.meaning_file)


class Killed(BaseException):
    """Nothing catches it."""


def test_a_night_that_is_killed_before_it_publishes_leaves_nothing(
    market, night, zhipei, settings, database, monkeypatch
):  # fmt: skip
    def die(*_):
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(nightly, "_publish", die)
        with pytest.raises(Killed):
            night()
    with database.read() as session:
        (run,) = session.execute(select(Run)).scalars()
    assert (settings.archive / run.snapshot).is_dir()
    (settings.archive / "20260101-00000000").mkdir()  # of a night killed before it had a run
    assert "没有发布" in zhipei("replay", run.id, "P1", code=1)
    last = night()
    assert [path.name for path in settings.archive.iterdir()] == [
        zhipei("replay", last, "P1", "--json")["run"]["snapshot"]
    ]


def test_what_is_not_as_it_was_is_named(market, night, replay, zhipei, database):
    run = night()
    stored = rows(database, run, "P1")[1]
    mine = update(Recommendation).where(Recommendation.seeker_id == stored.seeker_id, Recommendation.rank == 2)
    wrong = {
        "score": {"score": stored.score + 1}, "rung": {"rung": 3}, "parts": {"parts": bytes(8)}, "marks": {"marks": 1},
        "revision": {"vacancy_revision": 1_000_000}, "vacancy": {"vacancy_id": 1_000_000},
    }  # fmt: skip
    for named, values in wrong.items():
        change(database, mine.values(values))
        told = replay(run, "P1", code=3)
        assert [[one["code"] for one in item["differs"]] for item in told["items"]] == [[], [named], []]
        assert "有出入" in zhipei("replay", run, "P1", code=3)
        change(database, mine.values({name: getattr(stored, name) for name in values}))
    assert replay(run, "P1")["equal"] is True


def test_a_list_in_another_order_is_named(market, night, replay, database):
    run = night()
    first, second, _ = (row.rank for row in rows(database, run, "P2"))
    for then, after in ((first, 9), (second, first), (9, second)):
        change(database, update(Recommendation).where(Recommendation.rank == then).values(rank=after))
    assert [one["code"] for one in replay(run, "P2", code=3)["items"][1]["differs"]] == ["rank"]


def test_a_certificate_for_somebody_who_has_three_is_named(market, night, replay, database):
    run = night()
    with database.write() as session:
        number = session.execute(select(JobSeeker.id).where(JobSeeker.external_id == "P1")).scalar_one()
        session.execute(delete(Recommendation).where(Recommendation.seeker_id == number))
        session.execute(update(Shortfall).values(seeker_id=number))
    told = replay(run, "P1", code=3)
    assert told["certificate"]["replayed"] is None
    assert [one["code"] for one in told["certificate"]["differs"]] == ["certificate"]


def test_why_what_suits_better_was_given_to_others(market, configure, night, replay):
    """Six people and six vacancies of two openings, one person an opening: who comes last finds the best ones full."""
    configure("offers_per_opening = 10", "offers_per_opening = 1")
    run = night()
    lists = [replay(run, person) for person in ("P1", *(f"A{number}" for number in range(5)))]
    passed = [one for told in lists for one in told["passed_over"]["items"]]
    assert passed
    assert {one["why"]["code"] for one in passed} == {PassedOver.FULL}
    assert all(one["load"] >= one["capacity"] for one in passed)
    assert all(told["equal"] for told in lists)


def test_why_last_nights_items_stayed(market, push, night, replay):
    """What is new and better by a little moves nobody."""
    push("seekers", WELL_PAID)
    had = replay(night(), "W")["items"]
    push("vacancies", vacancy("BETTER", "叉车司机", pay="12000-14000元/月"))
    told = replay(night(), "W")
    assert [item["vacancy"] for item in told["items"]] == [item["vacancy"] for item in had]
    assert {item["kept"] for item in told["items"]} == {True}
    (passed,) = told["passed_over"]["items"]
    assert (passed["vacancy"]["external_id"], passed["why"]["code"]) == ("BETTER", PassedOver.KEPT)
    assert passed["score"] > told["items"][-1]["recorded"]["score"]


def test_why_one_employer_is_named_once(market, push, night, replay):
    push("seekers", WELL_PAID)
    same = {"employer": {"name": "重庆同一家有限公司"}, "pay": "12000-14000元/月"}
    apart = {"description": "冷库夜班，负责整托出入库和盘点，提供防寒服和夜宵", "skills": ["前移式叉车"]}
    push("vacancies", vacancy("S1", "叉车司机", **same), vacancy("S2", "叉车司机", **same, **apart))
    told = replay(night(), "W")
    assert told["passed_over"]["counts"] == {PassedOver.SAME_EMPLOYER: 1}
    assert sum(item["vacancy"]["employer"] == same["employer"]["name"] for item in told["items"]) == 1


WELL_PAID = seeker("W", "叉车司机", pay_floor={"amount": 9000, "unit": "month"})


def test_everybody_of_two_scarce_nights(push, configure, night, replay, database):
    """Whoever it is: the same items, the same certificate, and a reason for all that stands before them."""
    configure("offers_per_opening = 10", "offers_per_opening = 1")
    today = local_date(now())
    offered = [{**one, "openings": 1} for one in sample.vacancies(160, 3, today)]
    wishes = [offered[n]["title"] for n in range(4)]
    push("vacancies", *offered[:130])
    people = enumerate(sample.seekers(16, 3, today))
    push("seekers", *({**one, "intentions": [wishes[n % 4]], "skills": [], "districts": []} for n, one in people))
    night()
    push("vacancies", *offered[130:], *({**one, "openings_filled": 1} for one in offered[:20]))
    night()
    with database.read() as session:
        served = session.execute(select(JobSeeker.external_id).where(seekers.IS_SERVED)).scalars().all()
    whys = Counter()
    for person in served:
        for run in (1, 2):
            whys.update(replay(run, person)["passed_over"]["counts"])
    assert len(whys) > 1
    assert PassedOver.FULL in whys
    assert PassedOver.UNEXPLAINED not in whys


def test_what_was_shown_of_the_list_is_told_with_it(market, night, replay, client, database, capsys):
    run = night()
    li = client(Role.BROKER, name="li")
    told = li.get("/v1/seekers/caiji/P1/recommendations").json()
    assert told["run"] == run
    capsys.readouterr()  # the log
    shown = replay(run, "P1")["shown"]
    assert [(one["client"], one["rank"], one["reasons"], one["as_recorded"]) for one in shown] == [
        ("li", item["rank"], item["reasons"], True) for item in told["items"]
    ]
    change(database, update(Recommendation).where(Recommendation.rank == 1).values(score=1))
    assert replay(run, "P1", code=3)["shown"][0]["as_recorded"] is False


def test_a_night_that_cannot_keep_anything_still_serves_everybody(market, night, zhipei, settings, monkeypatch):
    monkeypatch.setattr(logging.root, "handlers", [])  # one of another test may write to what is closed
    settings.archive.write_text("no folder")
    run = night()
    assert zhipei("report", "--json")["with_three"] == 7
    assert "没有留下快照" in zhipei("replay", run, "P1", code=1)


def test_a_damaged_snapshot_is_said_to_be_so(market, night, zhipei, settings):
    run = night()
    folder = settings.archive / zhipei("replay", run, "P1", "--json")["run"]["snapshot"]
    for path in sorted(folder.iterdir()):
        whole = path.read_bytes()
        path.unlink()  # the index is the service's too
        path.write_bytes(whole[: len(whole) // 2])
        assert "不能读取" in zhipei("replay", run, "P1", code=1), path.name
        path.write_bytes(whole)
    (folder / "basis.json").write_bytes(b"?")
    assert night() == run + 1, "the next night is not held up by it"


def test_a_snapshot_that_was_moved_away_is_said_to_be_so(market, night, zhipei, settings):
    run = night()
    settings.archive.rename(settings.archive.with_name("elsewhere"))
    assert "不在数据目录里" in zhipei("replay", run, "P1", code=1)


def test_what_cannot_be_replayed_and_why(market, push, night, zhipei):
    night()
    push("seekers", seeker("LATE", "叉车司机"))
    for words, told in (
        (("99", "P1"), "没有这个批次"), (("x", "P1"), "没有这个批次"), (("1", "NOBODY"), "没有这个人"),
        (("1", "LATE"), "没有服务这个人"),
    ):  # fmt: skip
        assert told in zhipei("replay", *words, code=1)
    assert "Usage" in zhipei("replay", "1", code=2)


def test_the_service_starts_from_the_same_file(market, night, settings, zhipei):
    run = night()
    kept = settings.archive / zhipei("replay", run, "P1", "--json")["run"]["snapshot"]
    assert settings.snapshot.samefile(kept / "index")


def test_the_whole_configuration_is_kept():
    config = engine_config(read_configuration())
    basis = Basis(replace(config, ladder=config.ladder[:4], k1=1 / 3), "500000", 100, "ab", "0.1")
    assert Basis.of(json.loads(json.dumps(basis.document()))) == basis


def test_all_that_the_engine_reads_of_a_person_is_kept():
    own = {column.key: column.type for column in FormerSeeker.__table__.columns if column.key != "superseded"}
    assert {name: str(kind) for name, kind in own.items()} == {c.key: str(c.type) for c in ENGINE_COLUMNS}
