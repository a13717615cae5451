from collections import Counter

from models.codes_education import NO_REQUIREMENT, education_codes, education_words
from models.text import normal_form


def test_every_word_means_one_code():
    words = Counter(normal_form(word) for code in education_codes().values() for word in (code.name, *code.aliases))
    assert [word for word, count in words.items() if count > 1] == []
    assert len(education_words()) == len(words)


def test_codes_fall_as_levels_rise():
    """Of completed education; which is why codes are never compared."""
    levels = [education_codes()[code].level for code in ("11", "14", "21", "31", "41", "71", "81", "90")]
    assert levels == sorted(levels, reverse=True)


def test_not_completed_counts_as_the_level_below():
    for completed, broken_off in (("11", "13"), ("14", "16"), ("21", "23"), ("31", "33"), ("61", "63")):
        assert education_codes()[broken_off].level == education_codes()[completed].level - 1


def test_no_requirement_is_the_lowest_level():
    assert education_codes()[NO_REQUIREMENT].level == 0
