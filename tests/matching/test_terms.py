"""What a text is made of, in bounded time whatever it holds."""

import re
import time
from importlib import resources

from factories import HOME, TODAY, seeker, vacancy
from hypothesis import given
from hypothesis import strategies as st

from matching.config import engine_config
from matching.explain import term_matches
from matching.index import build_index
from matching.seekers import profiles
from matching.terms import characters, words
from models.configuration import read_configuration
from models.occupations import occupations
from models.text import normal_form
from models.trades import trades

CONFIG = engine_config(read_configuration())


def test_words_are_whole_and_in_parts():
    assert {"叉车", "司机"} <= set(words("招叉车司机"))
    assert words("C++、C#") == ["c++", "c#"]
    assert words("ＡＢ 軟體工程師") == words("ab 软体工程师")


OWN = resources.files("matching").joinpath("data/dictionary.txt").read_text("utf-8").split()


def test_every_word_of_our_own_dictionary_survives_segmentation():
    assert [word for word in OWN if words(word)[-1] != word] == []


def test_official_occupations_are_words():
    """But for those with marks inside, or longer than titles are."""
    plain = re.compile(r"[\u3400-\u9fffa-z0-9]{2,12}")
    names = {normal_form(each.name) for each in occupations().values()}
    assert {name for name in names if plain.fullmatch(name)} <= set(OWN)


def test_what_trades_and_skills_are_called_is_never_cut_into_single_letters():
    """A failure names the words that the dictionary lacks."""
    called = [
        text for trade in trades().values() for text in (trade.name, *trade.aliases, *trade.spoken, *trade.skills)
    ]
    called += [text for each in occupations().values() for text in each.aliases]
    plain = re.compile(r"[\u3400-\u9fff]{2,12}")
    torn = {
        text for text in map(normal_form, called) if plain.fullmatch(text) and all(len(w) == 1 for w in words(text))
    }
    assert torn == set()


def test_characters_are_grams_without_leading_blanks():
    assert characters("叉车") == ["叉", "车", "叉车"]
    assert characters(" ") == []


def test_a_long_run_of_rare_letters_is_cheap():
    """jieba's hidden Markov model is quadratic in such a run: 200,000 letters would take minutes."""
    start = time.process_time()
    words("龘" * 200_000)
    assert time.process_time() - start < 1


@given(st.text())
def test_any_text_has_terms_of_bounded_length(text):
    try:
        text.encode()
    except UnicodeEncodeError:
        return  # intake refuses surrogates
    assert all(0 < len(gram) <= 3 for gram in characters(text))
    assert all(len(word) <= 66 for word in words(text))


def test_shared_words_have_their_places_on_both_sides():
    market = [vacancy("高级叉车司机（夜班）", skills=["仓储"]), vacancy("保洁员")]
    index = build_index(market, 0, CONFIG)
    profile = profiles([seeker("保安", "叉车司机 仓储")], TODAY, HOME)[0]
    found = term_matches(profile, market[0], index, CONFIG)
    assert [(match.term, match.field) for match in found] == [("叉车司机", "title"), ("仓储", "skills")]
    title = found[0]
    assert title.wish[slice(*title.wish_span)] == "叉车司机"
    assert "高级叉车司机(夜班)"[slice(*title.field_span)] == "叉车司机"
    assert 0 < title.share <= 1000
