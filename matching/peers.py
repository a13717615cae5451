"""What would plain methods recommend? The peers that our ranking is measured against, none of them tuned."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any

import jieba
import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer

PEERS = ("tfidf_words", "bm25_words", "bm25_characters")
K1, B = 1.5, 0.75  # of BM25: the usual values

Floats = NDArray[np.float64]


def similarities(titles: Sequence[str], texts: Sequence[str], wishes: Sequence[str]) -> Iterator[tuple[str, Floats]]:
    """Each of PEERS, and how similar it finds wishes and vacancies (wishes x vacancies, no scale in common).

    Words are those of jieba's own dictionary, over the whole texts; characters are 1-3-grams of the titles.
    """
    counted = _counts(texts, wishes, _words)
    yield "tfidf_words", _tfidf(*counted)
    yield "bm25_words", _bm25(*counted)
    yield "bm25_characters", _bm25(*_counts(titles, wishes, _characters))


def _counts(texts: Sequence[str], wishes: Sequence[str], terms: Callable[[str], list[str]]) -> tuple[Any, Any]:
    counter = CountVectorizer(analyzer=terms, dtype=np.float64)
    return counter.fit_transform(texts), counter.transform(wishes)


def _tfidf(documents: Any, wishes: Any) -> Floats:
    weigher = TfidfTransformer(sublinear_tf=True).fit(documents)
    return _product(weigher.transform(wishes), weigher.transform(documents))


def _bm25(documents: Any, wishes: Any) -> Floats:
    """Robertson and Zaragoza 2009, section 3.4; every term of a wish counts once."""
    total, lengths = documents.shape[0], np.asarray(documents.sum(axis=1)).ravel()
    having = np.bincount(documents.indices, minlength=documents.shape[1])
    damping = K1 * (1 - B + B * lengths / lengths.mean())
    weights = documents.copy()
    weights.data *= (K1 + 1) / (weights.data + np.repeat(damping, np.diff(documents.indptr)))
    weights.data *= np.log1p((total - having + 0.5) / (having + 0.5))[documents.indices]
    return _product(wishes.sign(), weights)


def _product(wishes: Any, documents: Any) -> Floats:
    found: Floats = (sp.csr_array(wishes) @ sp.csr_array(documents).T).toarray()
    return found


@lru_cache(maxsize=1)
def _tokenizer() -> jieba.Tokenizer:
    """Jieba as it comes, its cache file in a private folder (see `terms`)."""
    jieba.setLogLevel(60)
    tokenizer = jieba.Tokenizer()
    with tempfile.TemporaryDirectory() as tokenizer.tmp_dir:
        tokenizer.initialize()
    return tokenizer


def _words(text: str) -> list[str]:
    return [word for word in _tokenizer().lcut_for_search(text.lower()) if re.search(r"\w", word)]


def _characters(text: str) -> list[str]:
    return [text.lower()[start : start + n] for n in (1, 2, 3) for start in range(len(text) - n + 1)]
