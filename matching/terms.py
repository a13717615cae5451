"""Which terms a text is made of: words as jieba cuts them, and character n-grams of short texts."""

import re
from collections.abc import Iterator
from functools import lru_cache
from importlib import resources
from itertools import chain

from rjieba import Jieba

from models.text import normal_form

GRAMS = (1, 2, 3)
# What stands between marks. A longer run of unknown characters is cut: jieba's hidden Markov model is quadratic in it.
RUN = re.compile(r"[^\W_]{1,64}(?:\+\+|#)?")
MOST_CHARACTERS = 4_000  # of one text; what follows adds no new evidence about a vacancy
PARTS = (2, 3)  # characters of the known words that a longer word is searched for
# rjieba takes these letters for Chinese, or keeps their neighbours together; jieba has each stand alone.
_ALONE = re.compile(r"[^ \u4e00-\u9fd5a-zA-Z0-9+#]")
_LATIN = re.compile(r"([a-zA-Z0-9]+)")


@lru_cache(maxsize=1)
def _segmenter() -> Jieba:
    """jieba's dictionary plus our own words, which weigh as much as it takes for them to be found."""
    segmenter = Jieba()
    for word in resources.files("matching").joinpath("data/dictionary.txt").read_text("utf-8").split():
        segmenter.add_word(word, None, None)
    return segmenter


def words(text: str) -> list[str]:
    """Words of a text in search mode (compound words and their parts), in normal form, marks dropped."""
    return list(chain.from_iterable(map(parts, tokens(normal_form(text[:MOST_CHARACTERS])))))


def tokens(normal: str) -> list[str]:
    """The segments of a text that is in normal form, of at most MOST_CHARACTERS; `parts` makes words of them."""
    runs = " ".join(RUN.findall(normal))
    return list(_segmenter().cut(_ALONE.sub(r" \g<0> ", runs) if _ALONE.search(runs) else runs))


@lru_cache(maxsize=131_072)
def parts(token: str) -> tuple[str, ...]:
    """The words in a segment: the known ones within a longer one, then itself; nothing for a blank."""
    if token.isascii():
        return tuple(word for piece in _pieces(token) for word in _searched(piece))
    return _searched(token)


def _pieces(token: str) -> list[str]:
    """rjieba keeps a run of Latin letters and marks whole (g++), jieba does not unless it knows the word (c++)."""
    if token.isalnum() or _segmenter().has_word(token):
        return [token]
    return [piece for piece in _LATIN.split(token.strip()) if piece]


def _searched(word: str) -> tuple[str, ...]:
    known = _segmenter().has_word
    within = (word[start : start + size] for size in PARTS if len(word) > size for start in range(len(word) - size + 1))
    return (*filter(known, within), word)


def characters(text: str) -> list[str]:
    """Character 1-, 2- and 3-grams of a short text in normal form; none begins with a blank."""
    return grams(normal_form(text[:MOST_CHARACTERS]))


def grams(normal: str) -> list[str]:
    """The n-grams of a text already in normal form, the short ones first."""
    ahead = [normal[start:] for start in range(max(GRAMS))]
    found = [gram for size in GRAMS for gram in map("".join, zip(*ahead[:size], strict=False))]
    return [gram for gram in found if not gram[0].isspace()] if " " in normal else found


def character_spans(normal: str) -> Iterator[tuple[str, int]]:
    """The n-grams of a text already in normal form, each with the place where it begins."""
    for size in GRAMS:
        for start in range(len(normal) - size + 1):
            gram = normal[start : start + size]
            if not gram[0].isspace():
                yield gram, start
