"""Where may a pattern begin? Never fewer places than it is found at, for all patterns of the rules and any text."""

import re
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.screening_openings import SMALL, Openings, beginnings
from ingest.screening_rules import place_names, rule_book


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("男|女", {"男", "女"}),
        ("招[男女]工", {"招男", "招女"}),
        ("(?:不|暂不)?招", {"不招", "暂不", "招"}),
        ("(?<!不)限(?=男)", {"限"}),
        ("无.{0,3}残疾", {"无"}),
        ("(?:ab)+c", {"ab"}),
        ("a{2}", {"a"}),
        ("年|年龄", {"年"}),
        ("a?", {""}),
        ("[^a]b", {""}),
        (r"\d岁", {""}),
    ],
)
def test_what_a_pattern_may_begin_with(pattern, expected):
    assert beginnings(re.compile(pattern)) == expected


@cache
def patterns():
    """What opens categories and rules, and what is struck out."""
    known = [place_names()]
    for category in rule_book().categories:
        known += [category.words, category.lawful, *(rule.opens for rule in category.rules)]
    return [pattern for pattern in dict.fromkeys(known) if pattern]


@cache
def openings():
    return Openings(enumerate(patterns()))


LETTERS = "男女限招不要已婚未孕户籍本地人少数民族残疾押金工资面议岁以下重庆市北京,。;1x😀"


@settings(deadline=None)
@given(st.text(LETTERS, max_size=40), st.text(LETTERS, max_size=3 * SMALL))
def test_no_place_is_left_out(short, long):
    for text in (short, long, short + long):
        places = openings().places(text)
        for number, pattern in enumerate(patterns()):
            assert {found.start() for found in pattern.finditer(text)} <= set(places.get(number, ()))


def test_a_pattern_that_may_begin_with_anything_may_begin_everywhere():
    assert Openings([("any", re.compile("[^a]b"))]).places("xyz") == {"any": [0, 1, 2, 3]}


def test_what_is_not_in_a_text_has_no_place():
    known = Openings([("men", re.compile("男工")), ("women", re.compile("女"))])
    for text in ("男的女的", "普工" * SMALL + "男的女的"):
        assert {key: [text[place] for place in places] for key, places in known.places(text).items()} == {
            "women": ["女"]
        }
