"""The quick roads to the normal form lead where the slow one does."""

import re
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from models.text import INVISIBLE, SHORT, _form, clean, normal_form

TEXTS = st.text(
    st.sampled_from(" \t\n\x0b\x1c\x1f\x85\xa0\u3000\u200b\ufe0fAbZ09-:/ＡＢ①叉車车司機，（＋；！>\u0338。、·“龥"),
    max_size=2 * SHORT,
)


@given(TEXTS)
def test_clean_is_the_same_for_plain_letters_and_for_others(text):
    folded = re.sub(r"\s+", " ", INVISIBLE.sub("", unicodedata.normalize("NFKC", text))).strip()
    assert clean(text) == folded


@given(TEXTS)
def test_a_remembered_form_is_the_form(text):
    assert normal_form(text) == normal_form(text) == _form(text)
