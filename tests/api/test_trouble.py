"""A failing database gives an operator one clear line, without the statement and its values."""

import shutil
import sqlite3
import sys

import pytest
from sqlalchemy import event, insert
from sqlalchemy.exc import IntegrityError

from api.cli import main
from api.trouble import BUSY, CLASH, CLOSED, DAMAGED, DENIED, FULL, NEWER, NO_TABLES, told
from models.account import ApiClient
from models.database import Database
from models.times import now

CSV = "岗位编号,岗位名称,用人单位,薪资,工作区县\nV1,秘密岗位,某某公司,5000元/月,渝中区\n"


@pytest.fixture
def file(sqlite_template, tmp_path):
    path = tmp_path / "zhipei.db"
    shutil.copyfile(sqlite_template, path)
    return path


@pytest.fixture
def fails(monkeypatch, capsys, tmp_path):
    """Runs a command on a database; what it says on its way out."""
    (tmp_path / "rows.csv").write_text(CSV, "utf-8")
    monkeypatch.chdir(tmp_path)

    def run(url, *words):
        monkeypatch.setenv("ZHIPEI_DATABASE_URL", url)
        monkeypatch.setattr(sys, "argv", ["zhipei", *words])
        with pytest.raises(SystemExit) as stopped:
            main()
        said = capsys.readouterr()
        assert stopped.value.code == 1
        assert stopped.value.__context__ is None or stopped.value.__suppress_context__
        for secret in ("秘密", "INSERT", "SELECT", "Traceback", "geheim"):
            assert secret not in said.out + said.err
        return said.err.replace("\n", "")

    return run


COMMANDS = [
    ["ingest", "vacancies", "rows.csv"],
    ["client", "list"],
    ["report"],
    ["recommend", "P1"],
]


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[0])
def test_a_file_without_tables_wants_to_be_migrated(fails, tmp_path, words):
    assert NO_TABLES in fails(f"sqlite:///{tmp_path}/new.db", *words)


def test_a_locked_file_is_told_as_such(fails, file, monkeypatch):
    monkeypatch.setattr("models.database.BUSY_SECONDS", 0.1)
    with sqlite3.connect(file, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        assert BUSY in fails(f"sqlite:///{file}", "ingest", "vacancies", "rows.csv")
    other.close()


def test_a_full_disk_is_told_as_such(fails, file, monkeypatch):
    database = Database(f"sqlite:///{file}")
    with database.read() as session:
        pages = session.connection().exec_driver_sql("PRAGMA page_count").scalar_one()
    database.close()
    set_up = Database._sqlite

    def small(self):
        engine = set_up(self)
        event.listen(engine, "connect", lambda connection, _: connection.execute(f"PRAGMA max_page_count={pages}"))
        return engine

    monkeypatch.setattr(Database, "_sqlite", small)
    lines = "".join(f"V{n},秘密岗位{n},某某公司,5000元/月,渝中区\n" for n in range(500))
    (file.parent / "rows.csv").write_text(CSV.splitlines()[0] + "\n" + lines, "utf-8")
    assert FULL in fails(f"sqlite:///{file}", "ingest", "vacancies", "rows.csv")


def test_no_database_at_all(fails, tmp_path):
    (tmp_path / "text.db").write_text("没有数据库" * 500, "utf-8")
    assert DAMAGED in fails(f"sqlite:///{tmp_path}/text.db", "client", "list")
    assert "打不开" in fails(f"sqlite:///{tmp_path}/nowhere/x.db", "client", "list")
    assert "ZHIPEI_DATABASE_URL" in fails("no address", "client", "list")


def test_a_server_that_is_not_there(fails):
    assert CLOSED in fails("postgresql://zhipei:geheim@127.0.0.1:1/zhipei", "client", "list")


def test_a_schema_of_a_later_version(fails, file):
    with sqlite3.connect(file) as other:
        other.execute("UPDATE alembic_version SET version_num = '9999_later'")
    other.close()
    assert NEWER in fails(f"sqlite:///{file}", "migrate")


class Fault(Exception):
    """An error as the driver of PostgreSQL raises it."""

    def __init__(self, sqlstate):
        super().__init__("geheim")
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("code", "words"),
    [("42P01", NO_TABLES), ("53100", FULL), ("40P01", BUSY), ("23505", CLASH), ("28P01", DENIED), ("08006", CLOSED)],
)
def test_codes_of_postgresql(code, words):
    assert told(Fault(code)) == f"{words}（{code}）"
    assert told(Fault("XX000")) == "操作没有完成：请把括号中的代码告诉管理员（XX000）"


def test_an_error_of_the_database_names_no_values(database):
    row = {"name": "geheim", "role": "office", "key_hash": b"x", "created_at": now()}
    with pytest.raises(IntegrityError) as caught, database.write() as session:
        session.execute(insert(ApiClient), [row, row])
    assert "geheim" not in str(caught.value).partition("DETAIL")[0]
