"""What a text is made of, in bounded time whatever it holds."""

import random
import re
import time
from importlib import resources
from itertools import islice
from pathlib import Path

import pytest
from factories import HOME, NOW, TODAY, seeker, vacancy
from hypothesis import given
from hypothesis import strategies as st
from segmentation import dictionary, jieba_words

from ingest.files import read_file
from matching.config import engine_config
from matching.explain import explain
from matching.index import build_index
from matching.recommend import recommend
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


# ---------------------------------------------------------------- the fast road is jieba's
DATA = Path(__file__).parents[2] / "../shared/data"
ODD = """
c++ c# g++ f# .net node.js a++b 3d 3-5 90% 1.5 8k java工程师 b证 4s店 t恤 ① ½ ㎡ ３ 𠀀 龘 㐀 鿿 豈 é İ ß я の カ 한 ٣ 😀 👩‍💻 \u0000 \x1b \u200b
_ - . + ++ # & % / ( ) 【 】 、 。 叉车司机 场控 控场 五险一金 微信 运维 的 工 师 员 苧 薴 ﷺ ﬁ 繁體 乾坤
"""
ODD_TEXT = st.lists(st.sampled_from([*ODD.split(), " "]) | st.characters(exclude_categories=["Cs"]), max_size=20)


@pytest.fixture(scope="module", autouse=True)
def reference():
    """Loaded before anything is timed."""
    return dictionary()


@given(ODD_TEXT.map("".join))
def test_odd_texts_are_cut_as_jieba_cuts_them(text):
    assert words(text) == jieba_words(text)


def test_where_two_readings_are_alike_the_same_is_taken_as_jieba_takes(reference):
    """上划 and 划上 are equally frequent: which of them 上划上 holds is decided by the last bit of a sum."""
    pairs = [word for word in reference if len(word) == 2 and reference[word] and word != word[::-1]]
    alike = [word for word in pairs if reference.get(word[::-1]) == reference[word]]
    chosen = random.Random(7)
    texts = [word + word[0] + "".join(chosen.sample(pairs, chosen.randrange(4))) for word in alike]
    assert len(texts) > 900
    assert [text for text in texts if words(text) != jieba_words(text)] == []


@pytest.mark.skipif(not DATA.is_dir(), reason="the real files (../shared/data) are not part of the project")
@pytest.mark.parametrize("name", ["zhilian_2026", "job51_2024", "taidi_2023"])
def test_real_postings_are_cut_as_jieba_cuts_them(name):
    rows = (row.document for row in read_file(DATA / "vacancies" / f"{name}.csv", "vacancies"))
    texts = [str(value) for document in islice(rows, 0, 15_000, 10) if document for value in document.values()]
    assert len(texts) > 1_000
    assert [text for text in texts if words(text) != jieba_words(text)] == []


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
    item = recommend([profile], index, CONFIG, NOW)[0].items[0]
    found = explain([item], [market[0]], profile, index, CONFIG)[0].terms
    assert [(match.term, match.field) for match in found] == [("叉车司机", "title"), ("仓储", "skills")]
    title = found[0]
    assert title.wish[slice(*title.wish_span)] == "叉车司机"
    assert "高级叉车司机(夜班)"[slice(*title.field_span)] == "叉车司机"
    assert 0 < title.share <= 1000
