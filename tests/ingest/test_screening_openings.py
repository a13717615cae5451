"""Where may a pattern begin? Never fewer places than it is found at, for all patterns of the rules and any text."""

import re
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.screening_openings import Openings, beginnings
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
    assert beginnings(pattern) == expected


@cache
def patterns():
    """What opens categories and rules, and what is struck out."""
    known = [place_names()]
    for category in rule_book().categories:
        known += [*map(re.compile, category.words), category.lawful, *(rule.opens for rule in category.rules)]
    return [pattern for pattern in dict.fromkeys(known) if pattern]


@cache
def openings():
    return Openings((number, pattern.pattern) for number, pattern in enumerate(patterns()))


LETTERS = "男女限招不要已婚未孕户籍本地人少数民族残疾押金工资面议岁以下重庆市北京,。;1x😀"


@settings(deadline=None)
@given(st.lists(st.text(LETTERS, max_size=200), min_size=1, max_size=4))
def test_no_place_is_left_out(texts):
    begun = set(openings().begun(texts))
    for at, text in enumerate(texts):
        for number, pattern in enumerate(patterns()):
            assert {(at, found.start(), number) for found in pattern.finditer(text)} <= begun


@cache
def words():
    """The words of each category, compiled: `re` itself keeps fewer patterns than there are."""
    return {each: [re.compile(pattern) for pattern in each.words] for each in rule_book().categories}


@settings(deadline=None)
@given(st.lists(st.text(LETTERS, max_size=40), min_size=1, max_size=4))
def test_a_text_opens_the_same_in_any_company(texts):
    alone = [rule_book().opened([text])[0] for text in texts]
    assert rule_book().opened(texts) == alone
    assert alone == [
        {each for each, known in words().items() if any(one.search(text) for one in known)} for text in texts
    ]


def test_a_pattern_that_may_begin_with_anything_may_begin_everywhere():
    assert Openings([("any", "[^a]b")]).places(["xyz"]) == [{"any": [0, 1, 2, 3]}]


def test_what_is_not_in_a_text_has_no_place():
    known = Openings([("men", "男工"), ("women", "女")])
    for text in ("男的女的", "普工" * 64 + "男的女的"):
        assert {key: [text[place] for place in places] for key, places in known.places([text])[0].items()} == {
            "women": ["女"]
        }
