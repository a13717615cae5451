"""Is the classification whole: are codes in order, and is every other name one name, of one occupation?"""

import re
from collections import Counter

from models.occupations import occupations

NAMES = [(occupation, name) for occupation in occupations().values() for name in occupation.aliases]
# Who does one thing, and behind it, with a mark or without, who does another: 装配工焊接工. But 加工 and 化工 are work,
# 工程师, 工作员 and 工艺师 one word.
GLUED = re.compile(r".{2,}(?<![加化])[工员师](?![程作艺具]).{3,}[工员师]")


def told(faulty):
    return [(occupation.code, occupation.name, name) for occupation, name in faulty]


def test_every_occupation_has_a_code_of_its_own_and_a_name():
    assert len(occupations()) > 1_900
    for code, occupation in occupations().items():
        assert re.fullmatch(r"[1-8]-\d\d-\d\d-\d\d", code)
        assert len(occupation.name) > 1, code


def test_no_name_is_a_piece_of_one():
    assert not told((occupation, name) for occupation, name in NAMES if len(name) < 2 or name != name.strip())


def test_no_name_is_two_glued_together():
    assert not told((occupation, name) for occupation, name in NAMES if GLUED.fullmatch(name))


def test_nothing_is_named_twice():
    for occupation in occupations().values():
        assert len({occupation.name, *occupation.aliases}) == 1 + len(occupation.aliases), occupation.code


def test_no_name_is_the_official_one_of_another_occupation():
    official = {occupation.name for code, occupation in occupations().items() if not code.endswith("-00")}
    assert not told((occupation, name) for occupation, name in NAMES if name in official)


def test_a_kind_of_work_belongs_to_one_occupation():
    """Lists that had run on into the next occupations made 墓地管理员 a 汽车代驾员."""
    claimed = Counter(name for _, name in NAMES)
    assert not told((occupation, name) for occupation, name in NAMES if claimed[name] > 2)
    assert sum(count > 1 for count in claimed.values()) <= 3
