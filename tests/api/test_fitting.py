"""What `zhipei fit` learns, writes and leaves alone: meanings for the night, weights for the configuration."""

import csv
import json
import tomllib
from datetime import date

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from api.cli import app
from api.imports import import_rows
from api.market.sample import seekers, vacancies
from api.settings import Settings
from ingest.files import Row
from matching.config import PARTS, engine_config
from matching.meaning import Meaning
from models.configuration import Configuration
from models.database import Database
from models.enums import RunState
from models.errors import ZhipeiError
from models.identity import Keyring
from models.recommendation import Recommendation, Run
from models.times import local_date, now

runner = CliRunner()


def command(*words):
    """What a command says: its JSON when asked for."""
    answer = runner.invoke(app, [str(word) for word in words])
    assert answer.exit_code == 0, answer.output
    return json.loads(answer.stdout) if "--json" in words else answer.stdout


# ---------------------------------------------------------------- meaning
@pytest.fixture
def service(sqlite_url, monkeypatch, tmp_path):
    """A service with a small sample market."""
    keys = Keyring.new_key()
    for name, value in {"DATABASE_URL": sqlite_url, "DATA_DIR": str(tmp_path / "data"), "SECRET_KEYS": keys}.items():
        monkeypatch.setenv(f"ZHIPEI_{name}", value)
    made, today = Settings(_env_file=None), local_date(now())
    for noun, records in (("vacancies", vacancies(200, 7, today)), ("seekers", seekers(60, 7, today))):
        rows = (Row(number, record, None) for number, record in enumerate(records, 1))
        assert sum(verdict.accepted for verdict in import_rows(made, rows, noun, "demo")) > 50
    yield made
    made.database.close()


def night(settings: Settings) -> tuple[str, set[int], int]:
    """One night: the meanings that it says it used, the values of the part "meaning", the people served."""
    figures = command("nightly", "--workers", 1, "--json")
    assert figures["with_three"] + figures["shortfalls"] == figures["registered"] + figures["seeker_only"]
    with Database(settings.database_url).read() as session:
        newest = session.execute(select(Run).where(Run.state == RunState.PUBLISHED).order_by(Run.id.desc())).scalars()
        run = next(iter(newest))
        stored = session.execute(select(Recommendation.parts).where(Recommendation.run_id == run.id)).scalars()
        return run.report["senses"], {parts[PARTS.index("meaning")] for parts in stored}, figures["with_three"]


def test_a_night_uses_the_meanings_that_were_fitted_and_runs_without_them(service):
    plain, values, served = night(service)
    assert values == {0}

    counts = command("fit", "meaning", "--json")
    meaning = Meaning.load(service.meaning_file)
    assert counts == {"vacancies": counts["vacancies"], "titles": len(meaning.titles), "skills": len(meaning.skills)}
    assert 100 < counts["vacancies"] <= 200
    fitted, values, _ = night(service)
    assert fitted.endswith(meaning.identity)
    assert fitted != plain
    assert max(values) > 50
    answer = command("recommend", "P000002", "--json")
    assert answer["fresh"]
    assert max(item["parts"]["meaning"]["value"] for item in answer["items"]) > 0

    service.meaning_file.write_bytes(service.meaning_file.read_bytes()[:-5_000])  # a broken file costs quality only
    assert night(service) == (plain, {0}, served)


def test_the_same_vacancies_give_the_same_meanings(service):
    command("fit", "meaning")
    first = service.meaning_file.read_bytes()
    assert str(service.meaning_file) in command("fit", "meaning")
    assert service.meaning_file.read_bytes() == first


def test_fitting_before_there_are_vacancies_gives_nothing_and_hurts_nobody(sqlite_url, monkeypatch, tmp_path):
    monkeypatch.setenv("ZHIPEI_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("ZHIPEI_DATA_DIR", str(tmp_path / "data"))
    assert command("fit", "meaning", "--json") == {"vacancies": 0, "titles": 0, "skills": 0}
    assert Meaning.stored(tmp_path / "data" / "meaning.npz").identity == ""


# ---------------------------------------------------------------- weights
TITLES = {
    "叉车": ["叉车司机", "叉车工", "仓库叉车司机（夜班）", "电动叉车驾驶员"],
    "保洁": ["保洁员", "楼道保洁", "写字楼保洁员", "家政保洁阿姨"],
    "厨师": ["中餐厨师", "厨师长", "炒锅厨师", "面点师"],
    "电工": ["维修电工", "电工", "弱电工", "物业水电工"],
    "文员": ["行政文员", "销售文员", "办公室文员", "资料员"],
    "客服": ["电话客服", "在线客服专员", "客服主管", "售后客服"],
}
WISHES = {"names": dict(zip(TITLES, TITLES, strict=True)), "titles": {trade: TITLES[trade][1] for trade in TITLES}}


def write(path, columns, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([columns, *rows])


@pytest.fixture
def judged(tmp_path):
    """Two judged sets: the same vacancies, the wishes worded otherwise."""
    demand = {f"v{m}{n}": (trade, t) for m, (trade, titles) in enumerate(TITLES.items()) for n, t in enumerate(titles)}
    for name, wishes in WISHES.items():
        folder = tmp_path / name
        folder.mkdir()
        write(folder / "vacancies.csv", ("external_id", "title", "city", "skills"),
              [(key, title, "重庆", trade) for key, (trade, title) in demand.items()])  # fmt: skip
        write(folder / "seekers.csv", ("external_id", "intention", "city"),
              [(f"p{number}", wish, "重庆") for number, wish in enumerate(wishes.values())])  # fmt: skip
        write(folder / "qrels.csv", ("seeker_id", "vacancy_id", "grade"),
              [(f"p{key[1]}", key, 3) for key in demand])  # fmt: skip
    return [tmp_path / name for name in WISHES]


@pytest.fixture(autouse=True)
def shipped(monkeypatch, tmp_path):
    """No configuration and no database but the test's own."""
    monkeypatch.delenv("ZHIPEI_CONFIG", raising=False)
    monkeypatch.chdir(tmp_path)


def test_every_set_is_judged_by_every_weights(judged, tmp_path):
    out = tmp_path / "weights.toml"
    found = command("fit", "weights", *judged, "--out", out, "--json")
    assert list(found["sets"]) == ["names", "titles"]
    assert found["groups"] == len(TITLES)  # a trade of one set and of the other share their vacancies
    for folder in judged:
        lines = found["sets"][folder.name]
        figures = command("evaluate", folder, "--json")
        for figure in ("ndcg10", "p3", "all3"):
            assert lines["present"][figure] == figures[figure]
        for line in (lines["crossed"], lines["whole"], *lines["alone"].values()):
            gained = line["difference"]["ndcg10"]["mean"]
            assert gained == pytest.approx(line["ndcg10"] - lines["present"]["ndcg10"], abs=2e-4)
        assert set(lines["alone"]) == set(WISHES) - {folder.name}
    assert len(found["weights"]["folds"]) == 5
    assert found["weights"]["present"]["evidence"].items() <= Settings().configuration.tables["evidence"].items()
    assert out.read_text("utf-8") == found["toml"]
    assert found == command("fit", "weights", *judged, "--json")


def test_the_file_fits_into_the_configuration(judged):
    found, shipped = command("fit", "weights", judged[0], "--json"), Settings().configuration
    tables = tomllib.loads(found["toml"])
    for name, learned in found["weights"]["whole"].items():
        assert tables[name] == {**shipped.tables[name], **learned}
    engine_config(Configuration("merged", {**shipped.tables, **tables}))
    told = [line for line in found["toml"].splitlines() if line.startswith("#")]
    assert told[0] == f"# zhipei fit weights {judged[0]}"
    assert date.fromisoformat(told[1][2:12]) == local_date(now())
    assert f"names {len(TITLES)} 人 {found['sets']['names']['present']['ndcg10']:.4f} → " in told[1]


def test_what_a_person_reads(judged):
    printed = command("fit", "weights", *judged)
    for words in ("现行权重", "交叉验证", "学自 titles", "第 5 折之外", "结论：", "[evidence]", "characters = "):
        assert words in printed


@pytest.mark.parametrize(
    ("words", "told"), [(("names", "names"), "重名"), (("names", "--out", "old.toml"), "已经存在")]
)
def test_what_cannot_be_told_apart_or_would_be_lost_is_refused(judged, tmp_path, words, told):
    (tmp_path / "old.toml").write_text("weights of last year", "utf-8")
    refused = runner.invoke(app, ["fit", "weights", *words]).exception
    assert isinstance(refused, ZhipeiError)
    assert told in refused.detail
    assert (tmp_path / "old.toml").read_text("utf-8") == "weights of last year"
