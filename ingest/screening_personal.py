"""Which personal data does a free text give away: ID numbers, phone numbers, chat accounts?"""

import re
import unicodedata
from collections.abc import Iterator

from ingest.official_numbers import is_id_number
from ingest.screening_figures import Hit

_ID = re.compile(r"(?<![0-9a-z])[1-9](?:[ -]?[0-9]){16}[ -]?[0-9x](?![0-9a-z])")
_MOBILE = re.compile(r"(?<![0-9])(?:\+?86[ -]?)?1[3-9][0-9][ -]?[0-9]{4}[ -]?[0-9]{4}(?![0-9])")
_DIGIT = "[零〇一二三四五六七八九幺0-9]"
_SPOKEN = re.compile(rf"(?<!{_DIGIT})[一幺1](?:{_DIGIT}[ -]?){{10}}(?!{_DIGIT})")
_IN_WORDS = re.compile("[零〇一二三四五六七八九幺]{4}")
_DIGITS = str.maketrans("零〇一二三四五六七八九幺", "001234567891")
_WECHAT = r"(?:微信|薇信|威信|微伈|卫星号|v信|v心|(?:加|\+)v(?![a-z])|(?<![a-z])(?:wechat|weixin|[vw]x)(?=[ :号同]))"
_CHAT = re.compile(
    rf"{_WECHAT}(?:同?号|联系|咨询|群|[:号是为])*[ :]{{0,3}}"
    r"(?P<wechat>(?=[a-z_-]{0,18}[0-9])[a-z][a-z0-9_-]{5,19}|[0-9]{6,11})(?![a-z0-9])"
    r"|(?:(?<![a-z])qq|扣扣|企鹅)(?:号码?|群|联系|[:号是为])*[ :]{0,3}(?P<qq>[1-9][0-9]{4,10})(?![0-9])"
)
_TO_CHAT = re.compile(
    "(?:加|联系|添加|咨询|私聊|私信|扫码)[^,。;!?\n]{0,6}(?:微信|vx|wx|v信|薇信|威信|qq|扣扣)|加v(?![a-z])"
)


def id_numbers(text: str) -> Iterator[Hit]:
    """Right ID numbers, by their check character: others are business numbers."""
    for found in _ID.finditer(text):
        if is_id_number(found[0]):
            yield Hit(*found.span())


def phone_numbers(text: str) -> Iterator[Hit]:
    """Mobile numbers, in Chinese digits too. Numbers of a switchboard are no personal data."""
    for found in _MOBILE.finditer(text):
        yield Hit(*found.span())
    for found in _SPOKEN.finditer(text):
        digits = re.sub("[ -]", "", found[0].translate(_DIGITS))
        if _IN_WORDS.search(found[0]) and _MOBILE.fullmatch(digits):
            yield Hit(*found.span())


def chat_accounts(text: str) -> Iterator[Hit]:
    """Accounts of WeChat and QQ; the number alone is meant."""
    for found in _CHAT.finditer(text):
        yield Hit(*found.span(found.lastgroup or 0))


def invitations_to_chat(text: str) -> Iterator[Hit]:
    """Calls to go on in a chat."""
    for found in _TO_CHAT.finditer(text):
        yield Hit(*found.span())


def starred(text: str) -> str:
    """A text with every number and account in it starred but for its first three and last two letters."""
    flat = "".join(map(_flat, text))  # letter by letter: places stay the same
    hits = [*id_numbers(flat), *phone_numbers(flat), *chat_accounts(flat)]
    for hit in sorted(hits, key=lambda hit: hit.start, reverse=True):
        text = text[: hit.start] + hidden(text[hit.start : hit.end]) + text[hit.end :]
    return text


def _flat(letter: str) -> str:
    """A letter in normal form, where that is one letter."""
    normal = unicodedata.normalize("NFKC", letter).lower()
    return normal if len(normal) == 1 else letter


def hidden(account: str) -> str:
    """Enough of an account or number to know which is meant."""
    return account[:3] + "*" * max(len(account) - 5, 3) + account[-2:] if len(account) > 7 else "*" * len(account)
