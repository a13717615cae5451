"""What vacancies say, in columns: the same as read one by one, and in the same bytes whatever was read before."""

from collections import Counter

import numpy as np
import pytest
from documents import said, terms
from factories import vacancy
from hypothesis import given
from hypothesis import strategies as st

from matching.config import engine_config
from matching.corpus import Reader, Texts, spoken
from matching.counts import Counts
from matching.meaning import Meaning, Said, Sayings
from matching.vocabulary import VACANCY_SCALE, Vocabulary
from matching.wording import levels
from models.configuration import read_configuration

CONFIG = engine_config(read_configuration())
PIECES = """
叉车司机 急聘 保洁员 电工 c++ java 开发 工程师 经理助理 五险一金 包吃住 双休 重庆 岗位职责：1、 任职要求： 焊工证 驾驶叉车 会用扫码枪
福利待遇： 软件 仓储 物流 ( ) - / 、 é 薴 😀
"""
TEXT = st.lists(st.sampled_from([*PIECES.split(), " "]), max_size=8).map("".join)
VACANCIES = st.lists(
    st.builds(
        lambda title, skills, description, industry: vacancy(
            title, skills=skills, description=description, industry=industry
        ),
        TEXT, st.lists(TEXT, max_size=4), TEXT, TEXT,
    ),
    max_size=6,
)  # fmt: skip
WORDS = st.sampled_from(["叉车", "叉车司机", "电工", "焊工", "java", "保洁", "仓储"])
SAYINGS = st.lists(
    st.builds(Said, st.lists(WORDS, max_size=4), st.lists(WORDS, max_size=3), st.lists(WORDS, max_size=5)), max_size=8
)


def texts_of(rows):
    reader = Reader()
    for row in rows:
        reader.add(*spoken(row))
    return reader.texts()


@pytest.fixture(scope="module", autouse=True)
def loaded():
    """Dictionaries and lists, before anything is timed."""
    texts_of([vacancy(skills=["焊工证"], description="驾驶叉车")])


def as_bytes(counts):
    matrix = counts.matrix
    return counts.names, matrix.shape, *(part.tobytes() for part in (matrix.data, matrix.indices, matrix.indptr))


def rows_of(counts):
    dense = counts.matrix.toarray()
    return [{name: int(n) for name, n in zip(counts.names, row, strict=True) if n} for row in dense]


@given(VACANCIES)
def test_columns_say_what_the_vacancies_say(rows):
    found = texts_of(rows)
    assert rows_of(found.counts) == [terms(row) for row in rows]
    plainly = [said(row) for row in rows]
    for counts, which in ((found.said.grams, "grams"), (found.said.skills, "skills"), (found.said.words, "words")):
        assert [set(row) for row in rows_of(counts)] == [set(getattr(each, which)) for each in plainly]
    assert [bin(bits).count("1") for bits in found.levels.tolist()] == [len(levels(row.title)) for row in rows]


@given(VACANCIES, VACANCIES, st.randoms(use_true_random=False))
def test_equal_texts_are_equal_in_every_byte(some, others, chance):
    """In one go, one behind the other, or as a part of more that was read in another order."""
    together = texts_of([*some, *others])
    joined = Texts.joined([texts_of(some), texts_of(others)])
    mixed = list(enumerate([*some, *others]))
    chance.shuffle(mixed)
    places = {number: place for place, (number, _) in enumerate(mixed)}
    taken = texts_of([row for _, row in mixed]).take(np.array([places[n] for n in range(len(mixed))], np.int64))
    for other in (joined, taken):
        assert as_bytes(other.terms) == as_bytes(together.terms)
        assert as_bytes(other.tags) == as_bytes(together.tags)
        assert other.levels.tobytes() == together.levels.tobytes()


@given(st.lists(st.lists(WORDS, max_size=5), max_size=6), st.data())
def test_counts_keep_what_is_asked_for(texts, data):
    counts = Counts.of(texts)
    assert rows_of(counts) == [Counter(text) for text in texts]
    assert counts.names == sorted({word for text in texts for word in text})
    assert dict(zip(counts.names, counts.texts.tolist(), strict=True)) == Counter(
        w for text in texts for w in set(text)
    )
    rows = data.draw(st.lists(st.integers(0, len(texts) - 1), max_size=5) if texts else st.just([]))
    taken = counts.take(np.array(rows, np.int64))
    assert as_bytes(taken) == as_bytes(Counts.of([texts[row] for row in rows]))
    known = {"电工": 1, "叉车": 0}
    onto = counts.onto(known).toarray()
    assert onto.tolist() == [[text.count("叉车"), text.count("电工")] for text in texts]


@given(SAYINGS)
def test_meaning_is_the_same_from_columns_and_from_texts(texts):
    names = {name: row for row, name in enumerate(["叉车", "电工", "java", "仓储"])}
    rows = np.arange(4 * 64, dtype=np.int32).reshape(4, 64) % 97 - 48
    meaning = Meaning(names, names, frozenset({"java", "仓储", "焊工"} & names.keys()), rows, rows[::-1].copy())
    assert meaning.vectors(Sayings.of(texts)).tolist() == meaning.vectors(texts).tolist()


def test_a_term_weighs_by_its_frequency_in_a_text_of_that_length():
    """BM25: tf (k1 + 1) / (tf + k1 (1 - b + b length / mean length)), in whole numbers."""
    rows = [vacancy("叉车司机"), vacancy("叉车叉车叉车"), vacancy("保洁员")]
    counts = texts_of(rows).counts
    vocabulary = Vocabulary.of(counts)
    nothing = counts.onto({})
    weights = vocabulary.weights(counts, nothing, CONFIG).toarray()
    lengths = [sum(n for term, n in terms(row).items() if term[0] == "c") for row in rows]
    ratio = lengths[1] / (sum(lengths) / 3)
    damping = CONFIG.k1 * (1 - CONFIG.characters_b + CONFIG.characters_b * ratio)
    expected = 3 * (CONFIG.k1 + 1) / (3 + damping)
    assert weights[1, vocabulary.terms["c叉车"]] == round(expected * VACANCY_SCALE)
    assert weights[2, vocabulary.terms["c叉车"]] == 0


def test_an_unknown_term_only_makes_a_vacancy_longer():
    known = texts_of([vacancy("叉车司机"), vacancy("保洁员")]).counts
    vocabulary = Vocabulary.of(known)
    new = texts_of([vacancy("叉车司机"), vacancy("叉车司机龘")]).counts
    weights = vocabulary.weights(new, new.onto({}), CONFIG).toarray()
    assert weights.shape == (2, len(vocabulary.terms))
    assert 0 < weights[1, vocabulary.terms["c叉车"]] < weights[0, vocabulary.terms["c叉车"]]
