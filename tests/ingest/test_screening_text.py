"""Is a text made bare the same in any company?"""

from hypothesis import given
from hypothesis import strategies as st

from ingest.screening_text import SEPARATOR, _flat, _without_noise, bare

LETTERS = f"男女限招莫来 *_-【】()龍後İΣ①Ａ\u0301\u200b🚺♂\U00020000\nAb1。，{SEPARATOR}"


@given(st.lists(st.text(LETTERS, max_size=20), max_size=5))
def test_a_text_is_made_bare_the_same_in_any_company(texts):
    assert bare(texts) == [_without_noise(_flat(text)[0]) for text in texts]
