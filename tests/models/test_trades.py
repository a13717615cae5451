from importlib import resources

import pytest

from models.occupations import occupations
from models.text import clean, normal_form
from models.trades import trades

LISTS = ("aliases", "spoken", "skills", "near")


def texts(trade, *fields):
    return [text for field in fields for text in getattr(trade, field)]


def test_there_are_enough_trades_and_their_names_are_unique():
    lines = resources.files("models").joinpath("data/trades.csv").read_text("utf-8").splitlines()[1:]
    assert len({normal_form(name) for name in trades()}) == len(lines) >= 1500


def test_an_alias_is_never_the_name_of_a_trade():
    names = {normal_form(name) for name in trades()}
    assert not [(t.name, alias) for t in trades().values() for alias in t.aliases if normal_form(alias) in names]


def test_nothing_stands_twice_in_a_list():
    for trade in trades().values():
        for field in LISTS:
            forms = [normal_form(text) for text in getattr(trade, field)]
            assert len(forms) == len(set(forms)), (trade.name, field)


def test_neighbours_are_other_trades_of_the_file():
    for trade in trades().values():
        assert 1 <= len(trade.near) <= 6, trade.name
        assert trade.name not in trade.near
        assert not [near for near in trade.near if near not in trades()], trade.name


def test_codes_are_known_or_empty():
    assert not [(t.name, t.code) for t in trades().values() if t.code and t.code not in occupations()]


def test_every_trade_says_where_its_names_come_from():
    """What is said to be of the classification is in it, and the other way round."""
    official = {normal_form(each.name) for each in occupations().values()}
    listed = {normal_form(name) for each in occupations().values() for name in each.aliases}
    for trade in trades().values():
        names = {normal_form(name) for name in (trade.name, *trade.aliases)}
        assert ("大典" in trade.source) == bool(names & official), trade.name
        assert "工种" not in trade.source or (names & listed) - official, trade.name
        assert ("自编" in trade.source) or names <= official | listed, trade.name
        assert set(trade.source) <= {"大典", "工种", "自编"}, trade.name


def test_every_trade_has_aliases_and_skills():
    assert not [t.name for t in trades().values() if not (t.aliases and t.skills)]


def test_every_text_is_in_normal_form_but_for_the_case_of_letters():
    for trade in trades().values():
        for text in [trade.name, *texts(trade, *LISTS)]:
            assert text == clean(text), (trade.name, text)
            assert text.lower() == normal_form(text), (trade.name, text)
            assert text, trade.name


@pytest.mark.parametrize("form_of_work", ["实习生", "学徒", "暑假工", "日结工", "公益性岗位", "管培生"])
def test_a_form_of_work_is_no_trade(form_of_work):
    assert not [t.name for t in trades().values() if form_of_work in (t.name, *texts(t, "aliases"))]
