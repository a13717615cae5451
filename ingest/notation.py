"""In which form is a short notation read? Its normal form, capped, without broken characters."""

import re

from models.errors import FieldError
from models.text import normal_form

LONGEST = 200  # code points; no pay, hours or headcount note on any form is longer
SURROGATE = re.compile(r"[\ud800-\udfff]")


def notation(text: str, longest: int = LONGEST) -> str:
    """The normal form of a short text. FieldError too_long or surrogate: nothing else is refused here.

    The length comes first, so that no reader ever runs a pattern over a long text.
    """
    if len(text) > longest:
        raise FieldError("too_long", f"超过 {longest} 个字", f"请缩短到 {longest} 个字以内")
    if not text.isascii() and SURROGATE.search(text):
        raise FieldError("surrogate", "含有残缺的字符", "请用 UTF-8 重新导出")
    return normal_form(text)
