"""How jieba itself cuts a text: the reference that the fast road of `matching.terms` is held to."""

import tempfile
from functools import lru_cache
from importlib import resources

import jieba
import rjieba

from matching.terms import MOST_CHARACTERS, RUN
from models.text import normal_form


@lru_cache(maxsize=1)
def _tokenizer() -> jieba.Tokenizer:
    """jieba with our own words at the frequencies that the engine gives them.

    jieba counts a word that is given a new frequency twice in its total. That moves the roundings which decide where
    two readings are alike (场控场), so the total is set right. The cache file goes to a private folder: jieba would
    read a file of a guessable name in the shared one.
    """
    tokenizer, ours = jieba.Tokenizer(), rjieba.Jieba()
    jieba.setLogLevel(60)
    with tempfile.TemporaryDirectory() as private:
        tokenizer.tmp_dir = private
        tokenizer.initialize()
    for word in resources.files("matching").joinpath("data/dictionary.txt").read_text("utf-8").split():
        tokenizer.add_word(word, ours.add_word(word, None, None))
    tokenizer.total = sum(tokenizer.FREQ.values())
    return tokenizer


def dictionary() -> dict[str, int]:
    """jieba's words and ours with their frequencies; beginnings of words have none."""
    return dict(_tokenizer().FREQ)


def jieba_words(text: str) -> list[str]:
    """`matching.terms.words`, by jieba."""
    found: list[str] = []
    for run in RUN.findall(normal_form(text[:MOST_CHARACTERS])):
        found.extend(_tokenizer().lcut_for_search(run))
    return [word for word in found if not word.isspace()]
