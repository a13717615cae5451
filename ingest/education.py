"""Which level of education does a text ask for or state?"""

import re
from dataclasses import dataclass
from functools import lru_cache

from ingest.notation import notation
from models.codes_education import NO_REQUIREMENT, EducationCode, education_codes, education_words

LONGEST = 100  # code points of an education note
SCHOOLING_OF_ALL = 2  # 初中, 义务教育法 2: the least that a text "X 及以下" asks of anybody

_AND = r"\(?[及或含]?\)?"
_AND_BELOW = rf"{_AND}以下"
_PREFERRED = rf"(?:{_AND}以上)?(?:学历|学位)?者?优先"
_WHOLE_CODE = re.compile("[0-9]{1,2}")


@dataclass(frozen=True, slots=True)
class Education:
    """The match level, 0 (none, or no requirement) to 7 (博士), and its GB/T 4658 code; None where unknown."""

    level: int | None = None
    code: str | None = None


@lru_cache(maxsize=65_536)
def read_education(text: str) -> Education:
    """The education that a text names: a code, a name, 统招本科及以上, 大专-本科 (the lowest counts), 不限.

    What is only preferred (硕士优先) does not count. Unknown text is an Education without level, no error.
    FieldError too_long over 100 characters.
    """
    normal = notation(text, LONGEST).replace(" ", "")
    if _WHOLE_CODE.fullmatch(normal):
        return _education(education_codes().get(normal.zfill(2)))
    if normal == "无":
        return _education(education_codes()[NO_REQUIREMENT])
    found = [match for match in _words().finditer(normal) if not match["preferred"]]
    known = [_at_most(education_words()[match["word"]], match["below"]) for match in found]
    if not any("学历" in match["word"] for match in found):  # 本科,专业不限 is not 学历不限
        known = [code for code in known if code.code != NO_REQUIREMENT] or known
    return _education(min(known, key=lambda code: code.level, default=None))


def _at_most(known: EducationCode, below: str | None) -> EducationCode:
    """What X 及以下 asks of everybody: no more than 初中."""
    return education_codes()["71"] if below and known.level > SCHOOLING_OF_ALL else known


def _education(known: EducationCode | None) -> Education:
    return Education(known.level, known.code) if known else Education()


@lru_cache(maxsize=1)
def _words() -> re.Pattern[str]:
    words = "|".join(map(re.escape, sorted(education_words(), key=len, reverse=True)))
    return re.compile(f"(?P<word>{words})(?P<below>{_AND_BELOW})?(?P<preferred>{_PREFERRED})?")
