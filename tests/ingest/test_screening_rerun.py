"""What a change of the rules does to what is stored: a difference by rule, fresh revisions, decisions that stand."""

from importlib import resources

import pytest
import wire
from factories import HOME, NOW, TODAY, seeker
from intaking import take_vacancies
from sqlalchemy import select, update

from ingest.files import Row
from ingest.intake import Intake
from ingest.policy import Policy
from ingest.screening_rerun import Rerun, rerun
from ingest.screening_review import Word, decide
from ingest.screening_rules import read_rules, rule_book, rules_in
from matching.config import engine_config
from matching.loading import Night
from matching.nightly import run_night
from models.configuration import read_configuration
from models.database import VACANCY_REVISIONS, hold, watermark
from models.enums import ReviewOutcome
from models.errors import Conflict, ZhipeiError
from models.queries.vacancies import open_vacancies
from models.recommendation import Recommendation, Run
from models.screening import ScreeningRerun
from models.vacancy import Vacancy

INTAKE = Intake("caiji-test", Policy.of(read_configuration()), NOW, HOME)
SHIPPED = resources.files("ingest").joinpath("data/screening.toml").read_text("utf-8")
TATTOO, AGE, MEN, PLAIN = "开叉车，无纹身", "开叉车，35岁以下", "开叉车，限男性", "开叉车"


def changed(*pairs):
    """The shipped rules with some words replaced."""
    text = SHIPPED
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    return read_rules(text)


AGE_BARRED = changed(('level = "REVIEW"\narticles = ["人社厅发〔2025〕60号", "人力资源市场暂行条例 24"]', 'level = "BLOCKED"\narticles = ["人社厅发〔2025〕60号", "人力资源市场暂行条例 24"]'))  # fmt: skip
AGE_FREE = changed(('reader = "age_ceilings"', 'reader = "child_labour"'))
LOOKS_FREE = changed(("纹身 疤痕 ", ""), ("(?:纹身|刺青|疤痕|伤疤|胎记|文身)|", "(?:绝无此词)|"))


def push(database, **texts):
    rows = [Row(n, wire.vacancy(name, description=text), None) for n, (name, text) in enumerate(texts.items(), 1)]
    with database.write() as session:
        take_vacancies(session, rows, INTAKE)


def stored(database):
    with database.read() as session:
        return {row.external_id: row for row in session.execute(select(Vacancy)).scalars()}


def verdicts(database):
    return {name: row.screening for name, row in stored(database).items()}


def word(database, name, outcome, by="chen"):
    with database.write() as session:
        hold(session, VACANCY_REVISIONS)
        vacancy = session.execute(select(Vacancy).where(Vacancy.external_id == name)).scalar_one()
        decide(session, vacancy, outcome, vacancy.wording, Word("已核对", by, NOW))


def test_the_difference_names_the_rules_the_counts_and_examples(database):
    push(database, V1=AGE, V2=AGE, V3=MEN, V4=PLAIN, V5=f"{MEN}，35岁以下")
    found = rerun(database, Rerun(AGE_BARRED, NOW))
    assert (found["vacancies"], found["changed"]) == (5, 3)
    assert found["verdicts"] == {"REVIEW>BLOCKED": 2}
    assert found["rules"] == {
        "age:age_ceiling": {"BLOCKED": 2, "same": 1, "examples": ["caiji-test:V1", "caiji-test:V2", "caiji-test:V5"]}
    }
    assert verdicts(database) == {"V1": "BLOCKED", "V2": "BLOCKED", "V3": "BLOCKED", "V4": "OK", "V5": "BLOCKED"}
    with database.read() as session:
        kept = session.execute(select(ScreeningRerun)).scalar_one()
        assert (kept.rules, kept.difference, kept.finished_at) == (AGE_BARRED.identity, found, NOW)
    assert {row.screening_rules for row in stored(database).values()} == {AGE_BARRED.identity}


def test_what_changes_gets_a_fresh_revision_and_nothing_else_does(database):
    push(database, V1=AGE, V2=TATTOO, V3=PLAIN)
    before = {name: row.revision for name, row in stored(database).items()}
    found = rerun(database, Rerun(LOOKS_FREE, NOW))
    after = {name: row.revision for name, row in stored(database).items()}
    assert [name for name in after if after[name] != before[name]] == ["V2"]
    assert after["V2"] > max(before.values())
    assert found["rules"] == {"look:looks": {"OK": 1, "examples": ["caiji-test:V2"]}}
    with database.read() as session:
        assert {row.external_id for row in open_vacancies(session, TODAY)} == {"V2", "V3"}
    assert stored(database)["V2"].waiting_since is None


def test_the_same_rules_change_nothing(database):
    push(database, V1=AGE, V2=MEN, V3=PLAIN, V4=f"{PLAIN}，电话13912345678")
    with database.read() as session:
        before = watermark(session, VACANCY_REVISIONS)
    found = rerun(database, Rerun(rule_book(), NOW))
    assert (found["vacancies"], found["changed"], found["rules"]) == (4, 0, {})
    with database.read() as session:
        assert watermark(session, VACANCY_REVISIONS) == before


def test_a_dry_run_tells_the_same_and_changes_nothing(database):
    push(database, V1=AGE, V2=PLAIN)
    before = {name: (row.revision, row.screening, row.screening_rules) for name, row in stored(database).items()}
    tried = rerun(database, Rerun(AGE_BARRED, NOW, dry_run=True))
    assert {
        name: (row.revision, row.screening, row.screening_rules) for name, row in stored(database).items()
    } == before
    with database.read() as session:
        assert session.execute(select(ScreeningRerun)).first() is None
    assert rerun(database, Rerun(AGE_BARRED, NOW)) == tried


def test_decisions_stand_unless_the_rules_now_bar_it(database):
    push(database, V1=AGE, V2=TATTOO, V3=f"{PLAIN}，35岁以下", V4=AGE)
    for name in ("V1", "V2"):
        word(database, name, ReviewOutcome.APPROVE)
    word(database, "V3", ReviewOutcome.BLOCK)
    word(database, "V4", ReviewOutcome.ASK_CHANGE)
    found = rerun(database, Rerun(AGE_BARRED, NOW))
    assert found["decisions"] == {"kept": 2, "lapsed": 2}
    assert verdicts(database) == {"V1": "BLOCKED", "V2": "OK", "V3": "BLOCKED", "V4": "BLOCKED"}
    milder = rerun(database, Rerun(LOOKS_FREE, NOW))
    assert milder["decisions"] == {"kept": 2, "lapsed": 0}
    assert verdicts(database) == {"V1": "REVIEW", "V2": "OK", "V3": "BLOCKED", "V4": "REVIEW"}
    assert {name for name, row in stored(database).items() if row.waiting_since} == {"V1", "V4"}
    push(database, V2=TATTOO)
    assert verdicts(database)["V2"] == "OK"


def test_what_was_withdrawn_or_has_ended_is_left_alone(database):
    push(database, V1=AGE, V2=AGE)
    with database.write() as session:
        session.execute(update(Vacancy).where(Vacancy.external_id == "V1").values(status="WITHDRAWN"))
        session.execute(update(Vacancy).where(Vacancy.external_id == "V2").values(valid_to=TODAY.replace(day=1)))
    assert rerun(database, Rerun(AGE_BARRED, NOW))["vacancies"] == 0


def test_a_pass_that_was_cut_off_goes_on_where_it_stood(database, monkeypatch):
    monkeypatch.setattr("ingest.screening_rerun.CHUNK", 2)
    push(database, **{f"V{number}": AGE for number in range(5)})

    def cut(done):
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rerun(database, Rerun(AGE_BARRED, NOW, progress=cut))
    assert sorted(verdicts(database).values()) == ["BLOCKED"] * 2 + ["REVIEW"] * 3
    found = rerun(database, Rerun(AGE_BARRED, NOW))
    assert (found["vacancies"], found["rules"]["age:age_ceiling"]["BLOCKED"]) == (5, 5)
    assert rerun(database, Rerun(AGE_BARRED, NOW))["changed"] == 0


def test_two_passes_at_once_are_refused(database):
    with database.exclusive("rerun"), pytest.raises(Conflict):
        rerun(database, Rerun(rule_book(), NOW))


def test_what_was_stored_before_there_were_digests_gets_them(database):
    push(database, V1=AGE, V2=PLAIN)
    before = stored(database)
    with database.write() as session:
        session.execute(update(Vacancy).values(wording=None, screening_rules=""))
    assert rerun(database, Rerun(rule_book(), NOW))["changed"] == 0
    after = stored(database)
    assert {name: row.wording for name, row in after.items()} == {name: row.wording for name, row in before.items()}
    assert {name: row.revision for name, row in after.items()} == {name: row.revision for name, row in before.items()}


def test_rules_come_from_a_file_that_is_named(tmp_path):
    path = tmp_path / "screening.toml"
    path.write_text(SHIPPED, "utf-8")
    assert rules_in(path).identity == rules_in(None).identity
    path.write_text(SHIPPED + "[[column]", "utf-8")
    for broken in (path, tmp_path / "none.toml"):
        with pytest.raises(ZhipeiError, match="审核规则文件有误"):
            rules_in(broken)


def test_the_next_night_sees_it(database):
    push(database, **{f"V{number}": AGE if number < 4 else PLAIN for number in range(8)})
    with database.write() as session:
        session.add(seeker("叉车司机"))
    night = Night(engine_config(read_configuration()), HOME, NOW)

    def at_night():
        """How many vacancies the night had, and which it recommended."""
        number, _ = run_night(database, night)
        with database.read() as session:
            named = select(Vacancy.external_id).join(Recommendation, Recommendation.vacancy_id == Vacancy.id)
            found = session.execute(named.where(Recommendation.run_id == number)).scalars()
            return session.get_one(Run, number).vacancies, set(found)

    doubtful = {"V0", "V1", "V2", "V3"}
    count, recommended = at_night()
    assert (count, recommended & doubtful, len(recommended)) == (4, set(), 3)
    rerun(database, Rerun(AGE_FREE, NOW))
    assert at_night()[0] == 8
    rerun(database, Rerun(AGE_BARRED, NOW))
    count, recommended = at_night()
    assert (count, recommended & doubtful, len(recommended)) == (4, set(), 3)
