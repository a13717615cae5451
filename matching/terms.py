"""Which terms a text is made of: jieba words, and character n-grams of short texts."""

import re
import tempfile
from collections.abc import Iterator
from functools import lru_cache
from importlib import resources

import jieba

from models.text import normal_form

GRAMS = (1, 2, 3)
# jieba's hidden Markov model is quadratic in a run of unknown characters: cut long runs first.
RUN = re.compile(r"[^\W_]{1,64}(?:\+\+|#)?")
MOST_CHARACTERS = 4_000  # of one text; what follows adds no new evidence about a vacancy


@lru_cache(maxsize=1)
def _tokenizer() -> jieba.Tokenizer:
    """The pinned dictionary plus our own words. The cache file goes to a private folder: jieba would
    read a file of a guessable name in the shared one.
    """
    tokenizer = jieba.Tokenizer()
    jieba.setLogLevel(60)
    with tempfile.TemporaryDirectory() as private:
        tokenizer.tmp_dir = private
        tokenizer.initialize()
    for word in resources.files("matching").joinpath("data/dictionary.txt").read_text("utf-8").split():
        tokenizer.add_word(word)
    return tokenizer


def words(text: str) -> list[str]:
    """Words of a text in search mode (compound words and their parts), in normal form, marks dropped."""
    found: list[str] = []
    for run in RUN.findall(normal_form(text[:MOST_CHARACTERS])):
        found.extend(_tokenizer().lcut_for_search(run))
    return [word for word in found if not word.isspace()]


def characters(text: str) -> list[str]:
    """Character 1-, 2- and 3-grams of a short text in normal form; none begins with a blank."""
    return [gram for gram, _ in character_spans(normal_form(text))]


def character_spans(normal: str) -> Iterator[tuple[str, int]]:
    """The n-grams of a text already in normal form, each with the place where it begins."""
    for size in GRAMS:
        for start in range(len(normal) - size + 1):
            gram = normal[start : start + size]
            if not gram[0].isspace():
                yield gram, start
