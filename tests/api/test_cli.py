"""The command line as scripts bind to it: one JSON document on stdout, exit codes, files."""

import csv
import json
import subprocess
import sys
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


def test_evaluate_reads_a_judged_set(run, tmp_path):
    (tmp_path / "vacancies.csv").write_text(
        "external_id,title,employer,city,district,education,experience,wage,skills,description,industry\n"
        + "".join(
            f"v{n},{title},,重庆,,,,,,,\n"
            for n, title in enumerate(["叉车司机", "叉车工", "保洁员", "厨师", "叉车司机（夜班）"])
        ),
        "utf-8",
    )
    (tmp_path / "seekers.csv").write_text("external_id,intention,city,min_wage\nq1,叉车司机,重庆,\n", "utf-8")
    (tmp_path / "qrels.csv").write_text("seeker_id,vacancy_id,grade\nq1,v0,3\nq1,v4,3\nq1,v1,1\n", "utf-8")
    figures = run("evaluate", str(tmp_path), "--run-out", str(tmp_path / "run.csv"), "--json")
    assert (figures["n"], figures["ndcg10"], figures["all3"]) == (1, 1.0, 1.0)
    ranked = [row["vacancy_id"] for row in csv.DictReader((tmp_path / "run.csv").read_text("utf-8").splitlines())]
    assert ranked[:2] == ["v0", "v4"]


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
        "client",
    ):
        assert command in printed
