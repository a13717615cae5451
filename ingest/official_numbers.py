"""Is an official number right: 公民身份号码 (GB 11643), 统一社会信用代码 (GB 32100), and is a text one of them?"""

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from ingest.notation import notation
from models.errors import FieldError

LONGEST = 64  # code points that a number may be written in, with blanks and hyphens
ID_CHECKS = "10X98765432"
# Provinces and 港澳台居民居住证 (81-83). Newer or abolished districts within them are all right: 500157, 5102xx.
PROVINCES = frozenset(
    map(
        str,
        (
            *range(11, 16),
            *range(21, 24),
            *range(31, 38),
            *range(41, 47),
            *range(50, 55),
            *range(61, 66),
            71,
            81,
            82,
            83,
        ),
    )
)
FIRST_BIRTH_YEAR = 1900
USCC_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"

_BLANKS_AND_HYPHENS = re.compile(r"[\s-]+")
_ID = re.compile(r"[0-9]{17}[0-9X]")
_ID_OF_OLD = re.compile(r"[0-9]{15}")
_FROM_FLOAT = re.compile(r"[0-9](?:\.[0-9]*)?E\+?[0-9]{1,3}|[0-9]{15,18}\.0*")
_USCC = re.compile(rf"[1-9A-HJ-NP-RTUWXY][{USCC_LETTERS}][0-9]{{6}}[{USCC_LETTERS}]{{10}}")
_MOBILE = re.compile(r"(?:\+?86|0086)?1[3-9][0-9]{9}")
_NO_NUMBER = re.compile(r"[^0-9xX+\s-]")  # in a text of ASCII letters: it is neither an ID number nor a mobile one
_WEIGHTS = [3**place % 31 for place in range(17)]
_VALUES = {letter: value for value, letter in enumerate(USCC_LETTERS)}


@dataclass(frozen=True, slots=True, repr=False)
class IdNumber:
    """A right ID number of 18 characters. `legacy`: it was given in the old form of 15 digits and converted.

    Without a repr, and its reader without a cache: personal data stays where it is put.
    """

    number: str
    birth_date: date
    sex: str  # M or F, from the odd or even order code
    legacy: bool = False


def read_id_number(text: str) -> IdNumber:
    """The ID number that a text holds; blanks, full-width digits and a lower-case x are put right.

    FieldError id_from_float, id_length, id_characters, id_province, id_birth_date, id_check_digit, too_long.
    A foreigner's permanent residence number (9 and the province) has the same form and check digit.
    """
    number = _compact(text)
    if _FROM_FLOAT.fullmatch(number):
        raise FieldError(
            "id_from_float", "身份证号被表格软件转成了数值，末几位已丢失", "请把该列设为文本格式后重新填写"
        )
    legacy = bool(_ID_OF_OLD.fullmatch(number))
    if legacy:
        number = f"{number[:6]}19{number[6:]}"
        number += _id_check(number)
    _require(len(number) == 18, "id_length", "身份证号应为 18 位", "请核对身份证号的位数")
    _require(bool(_ID.fullmatch(number)), "id_characters", "身份证号含有数字以外的字符", "请核对是否把字母当成了数字")
    _require(_is_of_province(number), "id_province", "身份证号前两位不是省级代码", "请核对身份证号前六位")
    birth_date = _birth_date(number[6:14])
    _require(number[17] == _id_check(number), "id_check_digit", "身份证号校验位不符", "请对照证件逐位核对")
    return IdNumber(number, birth_date, "M" if int(number[16]) % 2 else "F", legacy)


@lru_cache(maxsize=32_768)
def read_uscc(text: str) -> str:
    """The 统一社会信用代码 that a text holds, in capitals without blanks.

    FieldError uscc_length, uscc_characters, uscc_check, too_long.
    """
    code = _compact(text)
    _require(len(code) == 18, "uscc_length", "统一社会信用代码应为 18 位", "请核对营业执照上的代码")
    _require(
        bool(_USCC.fullmatch(code)),
        "uscc_characters",
        "统一社会信用代码含有不应出现的字符",
        "代码中没有字母 I、O、S、V、Z",
    )
    _require(code[17] == _uscc_check(code), "uscc_check", "统一社会信用代码校验位不符", "请对照营业执照逐位核对")
    return code


def is_id_number(text: str) -> bool:
    """Whether a text is a right ID number of 18 characters; 15 digits are as often a business number."""
    if text.isascii() and (len(text) < 18 or _NO_NUMBER.search(text)):
        return False
    try:
        return not read_id_number(text).legacy
    except FieldError:
        return False


def is_mobile_number(text: str) -> bool:
    """Whether a text is a mobile number of the mainland, with or without +86."""
    if text.isascii() and (len(text) < 11 or _NO_NUMBER.search(text)):
        return False
    try:
        return bool(_MOBILE.fullmatch(_compact(text)))
    except FieldError:
        return False


def _compact(text: str) -> str:
    return _BLANKS_AND_HYPHENS.sub("", notation(text, LONGEST)).upper()


def _require(holds: bool, rule: str, message: str, fix: str) -> None:
    if not holds:
        raise FieldError(rule, message, fix)


def _is_of_province(number: str) -> bool:
    return number[:2] in PROVINCES or (number[0] == "9" and number[1:3] in PROVINCES)


def _birth_date(digits: str) -> date:
    try:
        born = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        born = date.min
    _require(born.year >= FIRST_BIRTH_YEAR, "id_birth_date", "身份证号中的出生日期不存在", "请核对第 7 至 14 位")
    return born


def _id_check(number: str) -> str:
    """GB 11643, ISO 7064 MOD 11-2: place i from the right of the 17 digits weighs 2^i mod 11."""
    return ID_CHECKS[sum(int(digit) * 2 ** (17 - place) for place, digit in enumerate(number[:17])) % 11]


def _uscc_check(code: str) -> str:
    """GB 32100: place i weighs 3^i mod 31; the check makes the sum a multiple of 31."""
    total = sum(_VALUES[letter] * weight for letter, weight in zip(code, _WEIGHTS, strict=False))
    return USCC_LETTERS[-total % 31]
