"""The command line as scripts bind to it: one JSON document on stdout, exit codes, files."""

import ast
import csv
import importlib.util
import json
import subprocess
import sys
from importlib import resources
from pathlib import Path

import pytest
import wire
from python_calamine import CalamineWorkbook
from typer.testing import CliRunner

from api.cli import app, main
from models.errors import ZhipeiError

runner = CliRunner()


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """A demo of 200 people, and what it printed."""
    folder = tmp_path_factory.mktemp("demo")
    answer = runner.invoke(app, ["demo", "--people", "200", "--vacancies", "300", "--db", str(folder / "demo.db")])
    assert answer.exit_code == 0, answer.output
    return folder / "demo.db", answer.stdout


@pytest.fixture
def run(demo, monkeypatch):
    """Run a command on the demo's database; its JSON when asked for."""
    monkeypatch.setenv("ZHIPEI_DATABASE_URL", f"sqlite:///{demo[0]}")

    def command(*words):
        answer = runner.invoke(app, words)
        assert answer.exit_code == 0, answer.output
        return json.loads(answer.stdout) if "--json" in words else answer.stdout

    return command


def test_the_demo_prints_three_with_reasons_and_the_sum(demo):
    _, printed = demo
    assert "得到三个以上" in printed
    assert printed.count("  1. ") >= 3
    assert "工作地点" in printed
    assert "/docs" in printed


def test_the_demo_prints_the_same_twice(demo, tmp_path):
    words = ["demo", "--people", "200", "--vacancies", "300", "--db", str(tmp_path / "demo.db")]
    again = runner.invoke(app, words).stdout
    assert again.replace(str(tmp_path), "") == demo[1].replace(str(demo[0].parent), "")


def test_the_keys_of_the_demo_are_for_their_owner_alone(demo):
    keys = demo[0].with_suffix(".data") / "secret.keys"
    assert keys.stat().st_mode & 0o777 == 0o600
    assert keys.parent.stat().st_mode & 0o777 == 0o700


def test_report(run):
    figures = run("report", "--json")
    assert figures["with_three"] + figures["shortfalls"] == figures["registered"] + figures["seeker_only"]
    assert 0 < figures["coverage_at_3"] <= 1
    assert 0 < figures["gini_at_3"] < 1
    assert sum(figures["rungs"].values()) == 3 * figures["with_three"]
    assert set(figures["groups"]) == {"state", "serving_class", "sex", "age"}


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_export_is_sorted_by_seeker_and_rank(run, tmp_path, suffix):
    out = tmp_path / f"lists{suffix}"
    lines = run("export", "recommendations", "--out", str(out), "--json")["lines"]
    if suffix == ".csv":
        header, *rows = csv.reader(out.read_text("utf-8-sig").splitlines())
    else:
        header, *rows = CalamineWorkbook.from_path(str(out)).get_sheet_by_index(0).to_python()
    assert header[:7] == ["seeker_source", "seeker_id", "rank", "source", "vacancy_id", "score", "rung"]
    assert len(rows) == lines
    assert [row[1:3] for row in rows] == sorted(row[1:3] for row in rows)
    assert {int(float(row[2])) for row in rows} == {1, 2, 3}


def test_export_of_certificates(run, tmp_path):
    out = tmp_path / "certificates.csv"
    run("export", "recommendations", "--shortfalls", "--out", str(out))
    rows = list(csv.DictReader(out.read_text("utf-8-sig").splitlines()))
    assert rows
    assert all(int(row["found"]) < 3 and row["text"] for row in rows)


def test_recommend_and_why(run):
    answer = run("recommend", "demo:P000002", "--json")
    assert answer["fresh"] is True
    first = answer["items"][0]
    vacancy = f"{first['vacancy']['source']}:{first['vacancy']['external_id']}"
    trace = run("why", "P000002", vacancy, "--json")
    assert (trace["chosen"], trace["score"], trace["parts"]) == (True, first["score"], first["parts"])
    assert {entry["standing"] for entry in trace["standings"]} <= {"met", "unknown", "bent"}


def test_ingest_tells_every_row_and_once_more_changes_nothing(run, tmp_path):
    file = tmp_path / "demand.ndjson"
    records = [wire.vacancy("N1"), {"external_id": "N2"}, wire.vacancy("=1+1"), wire.vacancy("N3", pay="面议")]
    file.write_text("\n".join(json.dumps(record, ensure_ascii=False) for record in records) + "\n{oops\n", "utf-8")
    out = tmp_path / "verdicts.csv"
    counts = run("ingest", "vacancies", str(file), "--source", "ndjson", "--verdicts", str(out), "--json")
    assert counts["verdicts"] == {"invalid": 3, "ok": 1, "needs_completion": 1}
    rows = list(csv.DictReader(out.read_text("utf-8-sig").splitlines()))
    assert [row["row"] for row in rows] == ["1", "2", "3", "4", "5"]
    assert [row["effect"] for row in rows] == ["created", "none", "none", "created", "none"]
    assert rows[1]["field"] == "title"
    assert rows[2]["external_id"] == "'=1+1"
    again = run("ingest", "vacancies", str(file), "--source", "ndjson", "--json")
    assert again["effects"] == {"none": 3, "unchanged": 2}
    assert run("ingest", "vacancies", str(file), "--source", "other", "--dry-run", "--json")["effects"]["created"] == 2


def test_the_verdicts_file_says_which_words_are_unlawful_and_why(run, tmp_path):
    file, out = tmp_path / "demand.ndjson", tmp_path / "verdicts.csv"
    file.write_text(json.dumps(wire.vacancy("U1", description="驾驶叉车，限男性", pay="")), "utf-8")
    counts = run("ingest", "vacancies", str(file), "--source", "ndjson", "--verdicts", str(out), "--json")
    assert counts["verdicts"] == {"blocked": 1}
    [row] = csv.DictReader(out.read_text("utf-8-sig").splitlines())
    assert (row["verdict"], row["effect"]) == ("blocked", "created")
    assert (row["field"], row["rule"], row["span"]) == ("description", "sex_condition", "5-8")
    assert "限男性" in row["message"]
    assert row["fix"]
    assert row["findings"] == "pay:pay_missing"


JUDGED = {
    "vacancies": [
        "external_id,title,employer,city,district,education,experience,wage,skills,description,industry",
        "v0,叉车司机,,重庆,,,,,叉车; 仓储,驾驶叉车搬运货物,",
        "v1,叉车工,,重庆,,,,,,装卸货物，有叉车证,",
        "v2,保洁员,,重庆,,,,,保洁,打扫办公楼卫生,",
        "v3,厨师,,重庆,,,,,炒菜,负责员工餐,",
        "v4,叉车司机（夜班）,,重庆,,,,,,,",
        "v5,叉车司机,,成都,,,,,叉车,,",
        "v6,楼道保洁,,重庆,,,,,,打扫楼道,",
        "v7,家政保洁阿姨,,重庆,,,,,家政; 保洁,上门打扫,",
        "v8,炒锅师傅,,成都,,,,,炒菜,,",
        "v9,仓库管理员,,重庆,,,,,仓储,登记入库，兼开叉车,",
    ],
    "seekers": ["external_id,intention,city,min_wage", "q1,叉车司机,重庆,", "q2,保洁,重庆,", "q3,叉车工,成都,"],
    "qrels": [
        "seeker_id,vacancy_id,grade",
        *("q1,v0,3", "q1,v4,3", "q1,v1,1"),
        *("q2,v2,3", "q2,v6,3", "q2,v7,1"),
        *("q3,v5,3", "q3,v8,0"),
    ],
}


@pytest.fixture
def judged(tmp_path):
    """A folder with a judged set."""
    for name, lines in JUDGED.items():
        (tmp_path / f"{name}.csv").write_text("\n".join(lines) + "\n", "utf-8")
    return tmp_path


def evaluate(folder, *words):
    """What the command says of a set: it needs no database."""
    answer = runner.invoke(app, ["evaluate", str(folder), *words])
    assert answer.exit_code == 0, answer.output
    return json.loads(answer.stdout) if "--json" in words else answer.stdout


def test_evaluate_reads_a_judged_set(judged):
    figures = evaluate(judged, "--run-out", str(judged / "run.csv"), "--json")
    assert (figures["n"], figures["k"], figures["fewer_than_3"]) == (3, 10, 1)
    assert figures["ndcg10"] > 0.95
    assert figures["all3"] == pytest.approx(2 / 3, abs=1e-4)
    ranked = [tuple(row.values()) for row in csv.DictReader((judged / "run.csv").read_text("utf-8").splitlines())]
    assert ranked[:2] == [("q1", "v0", "1"), ("q1", "v4", "2")]
    assert {vacancy for seeker, vacancy, _ in ranked if seeker == "q3"} == {"v5", "v8"}
    # v1 is acceptable for q1, and q3 wishes for another thing: nobody shares anything
    assert {line["group"]: line["n"] for line in figures["groups"]} == {"叉车司机": 1, "保洁": 1, "叉车工": 1}
    assert sum(line["items"] for line in figures["calibration"]) == len(ranked)


def test_evaluate_compares_with_peers_and_with_itself_less_a_part(judged):
    figures = evaluate(judged, "--json")
    assert set(figures["peers"]) == {"tfidf_words", "bm25_words", "bm25_characters"}
    assert {"characters_share", "words_share", "intention"} <= set(figures["ablation"])
    for other in (*figures["peers"].values(), *figures["ablation"].values()):
        for figure, found in other["difference"].items():
            assert found["mean"] == pytest.approx(figures[figure] - other[figure], abs=2e-4)
            assert found["low"] <= found["mean"] <= found["high"]
            assert found["significant"] == (found["low"] > 0 or found["high"] < 0)


def test_the_peers_are_those_of_the_judge(judged, capsys):
    judge = Path(__file__).parents[2] / "../shared/data/judged/judge_ranking.py"
    if not judge.is_file():
        pytest.skip("the judged sets (../shared/data/judged) are not part of the project")
    spec = importlib.util.spec_from_file_location("judge_ranking", judge)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    vacancies, seekers, rows = (list(csv.DictReader(lines)) for lines in JUDGED.values())
    grades = {person: {} for person in ("q1", "q2", "q3")}
    for row in rows:
        grades[row["seeker_id"]][row["vacancy_id"]] = int(row["grade"])
    module.baselines(str(judged), vacancies, seekers, grades)
    printed = capsys.readouterr().out.splitlines()
    theirs = {line[: line.index(" {")]: ast.literal_eval(line[line.index("{") :]) for line in printed}
    names = {
        "tfidf_words": "tfidf jieba title+text",
        "bm25_words": "bm25 jieba title+text",
        "bm25_characters": "bm25 char1-3 title",
    }
    for name, found in evaluate(judged, "--json")["peers"].items():
        assert {key: found[key] for key in ("ndcg10", "p3", "all3")} == {
            key: theirs[names[name]][key] for key in ("ndcg10", "p3", "all3")
        }


def test_evaluate_prints_every_table(judged):
    printed = evaluate(judged)
    for words in ("本系统", "BM25 标题字", "去掉一部分之后", "职业意向", "职业组（共 3 组）", "很合适", "95% 区间"):
        assert words in printed


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        ("qrels", "q1,v0,3", "q1,v0,x", "qrels.csv 第 2 行"),
        ("qrels", "grade", "score", "qrels.csv 缺少列：grade"),
        ("seekers", "q2,保洁", "q1,保洁", "编号有重复"),
        ("vacancies", ",city,", ",town,", "vacancies.csv 缺少列：city"),
    ],
)
def test_a_set_that_is_not_laid_out_so_is_refused(judged, file, old, new, words):
    path = judged / f"{file}.csv"
    path.write_text(path.read_text("utf-8").replace(old, new, 1), "utf-8")
    refused = runner.invoke(app, ["evaluate", str(judged)]).exception
    assert isinstance(refused, ZhipeiError)
    assert words in refused.detail


def test_clients_are_made_once_and_shown_once(run):
    key = run("client", "create", "采集系统", "--role", "system", "--source", "caiji", "--json")["key"]
    assert key.startswith("zhp_")
    listed = run("client", "list", "--json")
    assert key not in json.dumps(listed)
    assert run("client", "rotate", "采集系统", "--json")["key"] != key
    run("client", "revoke", "采集系统")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["nightly", "--engine", "magic"], 2),
        (["nightly", "--date", "2026-02-30"], 2),
        (["ingest", "vacancies", "no-such-file.csv"], 2),
        (["why", "P000001", "no colon"], 2),
        (["recommend", "NOBODY"], 1),
        (["report", "--run", "999"], 1),
        (["export", "recommendations", "--out", "lists.txt"], 1),
        (["client", "create", "x", "--role", "system"], 1),
    ],
)
def test_wrong_usage_is_2_and_failure_is_1(run, words, code, monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["zhipei", *words])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == code
    assert "Traceback" not in capsys.readouterr().err


def test_a_broken_promise_is_3():
    from matching.nightly import PromiseBroken

    assert PromiseBroken.exit_code == 3
    assert ZhipeiError.exit_code == 1


def test_a_night_does_not_load_what_only_learning_needs():
    code = "import sys, api.reports, matching.nightly; assert 'sklearn' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2], check=False).returncode == 0


def test_help_names_every_command_without_loading_the_engine():
    code = "import sys; from api.cli import app; assert 'sklearn' not in sys.modules and 'alembic' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2], check=False).returncode == 0
    printed = runner.invoke(app, ["--help"]).stdout
    for command in (
        "demo",
        "migrate",
        "ingest",
        "nightly",
        "recommend",
        "why",
        "export",
        "evaluate",
        "report",
        "serve",
        "deliver",
        "screening",
        "client",
    ):
        assert command in printed


def test_other_rules_are_tried_and_then_made(run, tmp_path, monkeypatch):
    shipped = resources.files("ingest").joinpath("data/screening.toml").read_text("utf-8")
    assert run("screening", "rerun", "--json")["changed"] == 0
    strict = tmp_path / "screening.toml"
    strict.write_text(shipped + MORE_RULES, "utf-8")
    monkeypatch.setenv("ZHIPEI_SCREENING", str(strict))
    tried = run("screening", "rerun", "--dry-run", "--json")
    [(rule, line)] = tried["rules"].items()
    assert rule == "lodging:lodging"
    assert line["REVIEW"] == tried["changed"] > 0
    assert line["examples"]
    assert f"{tried['changed']} 个有变化（只列出，未改动）" in run("screening", "rerun", "--dry-run")
    monkeypatch.setenv("ZHIPEI_SCREENING", str(tmp_path / "none.toml"))
    answer = runner.invoke(app, ["screening", "rerun"])
    assert isinstance(answer.exception, ZhipeiError)


MORE_RULES = """
[category.lodging]
label = "食宿"
words = "包住 包吃"
level = "REVIEW"
articles = ["人力资源市场暂行条例 24"]
message = "写有食宿"
suggestion = "请写明食宿标准"
[[category.lodging.rule]]
name = "lodging"
patterns = ["包住|包吃"]
"""
