"""The one normal form of text, shared by intake, duplicates and the engine."""

import re
import unicodedata
from functools import lru_cache

from opencc import OpenCC

SHORT = 32  # code points: titles, places and notations, which come again and again
# Zero-width, soft hyphen, bidi marks, variation selectors, tags: they hide in text and carry no meaning.
INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e0fff]"
)
# Most short texts hold these letters alone, all in normal form, and single blanks.
_USUAL = "!-~\u4e00-\u9fa5。、《》【】“”‘’—·"
_USUAL_TEXT = re.compile(f"[{_USUAL}]+(?: [{_USUAL}]+)*")
# The wide marks of Chinese typing, each a letter of ASCII to NFKC. Put in first, they change nothing, and spare most
# texts the one slow thing: unicodedata takes 50 times as long for a text that is not normal yet.
WIDE = tuple((mark, unicodedata.normalize("NFKC", mark)) for mark in "，：；（）！？／＋～\u3000\xa0")


@lru_cache(maxsize=1)
def _converter() -> OpenCC:
    return OpenCC("t2s")


def clean(text: str) -> str:
    """NFKC, invisible characters out, outer blanks trimmed, inner blanks folded to one space."""
    if _USUAL_TEXT.fullmatch(text):
        return text
    for mark, plain in WIDE:
        text = text.replace(mark, plain)
    if _USUAL_TEXT.fullmatch(text):
        return text
    return " ".join(INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).split())


def normal_form(text: str) -> str:
    """What is compared and matched: `clean`, simplified characters, lower case."""
    if text.isascii():  # numbers and dates; nothing of them is remembered
        return clean(text).lower()
    return _short_form(text) if len(text) <= SHORT else _form(text)


def _form(text: str) -> str:
    return str(_converter().convert(clean(text))).lower()


_short_form = lru_cache(maxsize=32_768)(_form)
