"""Which stretches of a workbook's XML are so plain that they need no parser?

Programs write nearly every row and every shared text in one form. Such stretches are cut out and read by patterns; in
their place the parser gets a mark, so that all around them is judged as ever, and they come in their order.
"""

import re
from collections.abc import Iterable, Iterator

MOST_KEPT = 4_000_000  # bytes of stretches whose marks have not come by: within a comment none ever does
MARK = b"<?plain %d?>"
# UTF-8 throughout, and names without a prefix.
HEAD = re.compile(
    rb'(?:\xef\xbb\xbf)?(?:<\?xml version="1\.0"(?: encoding="utf-8")?(?: standalone="(?:yes|no)")?\s?\?>)?\s*'
    rb"<(?:worksheet|sst)[\s>]",
    re.IGNORECASE,
)
HEAD_ENDS = 5  # bytes, with a byte order mark: "<?" behind them is an instruction

TEXT = rb"[^<>&\x00-\x08\x0b-\x1f]*+"
T = rb'<t(?: xml:space="preserve")?>' + TEXT + rb"</t>"
CELL = (
    rb'<c r="[A-Z]{1,3}[0-9]{1,7}"(?: s="[0-9]{1,5}")?(?: t="[a-zA-Z]{1,9}")?'
    rb"(?:/>|></c>|>(?:<v>" + TEXT + rb"</v>|<is>" + T + rb"</is>)</c>)"
)
# Of the attributes of a row only its number matters.
ATTRIBUTES = rb' r="[0-9]{1,7}"(?: (?:[a-zA-Z0-9:]{2,40}|s)="[^<>&"\x00-\x1f]{0,100}")*+'
ROWS = re.compile(rb"(?:<row" + ATTRIBUTES + rb"(?:/>|>(?:" + CELL + rb")*+</row>))++")
TEXTS = re.compile(rb"(?:<si>" + T + rb"</si>)++")

ROW = re.compile(r'<row r="([0-9]+)"')
# The letters of its column, style, type and content of a cell that has one.
FILLED = re.compile(r'<c r="([A-Z]+)[0-9]+"(?: s="([0-9]+)")?(?: t="([a-zA-Z]+)")?><(?:v|is><t[^>]*)>([^<]*)<')
SHARED = re.compile(r"<t[^>]*>([^<]*)<")


class Stretches:
    """The plain stretches of one part of a workbook: of a form, ROWS or TEXTS, each of which has this end."""

    def __init__(self, form: re.Pattern[bytes], end: bytes) -> None:
        self._form, self._end = form, end
        self._kept: dict[str, tuple[str, int]] = {}  # by the number in the mark: the stretch, and its bytes
        self._size = self._marks = 0

    def marked(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """The chunks with a mark in the place of each stretch."""
        rest, is_plain = b"", None
        for chunk in chunks:
            block = rest + chunk
            if is_plain is None:
                is_plain = HEAD.match(block) is not None
            whole, rest = self._cut(block) if is_plain else (block, b"")
            # Among instructions of its own a mark could be meant otherwise.
            yield self._form.sub(self._mark, whole) if is_plain and whole.find(b"<?", HEAD_ENDS) < 0 else whole
        yield rest

    def _cut(self, block: bytes) -> tuple[bytes, bytes]:
        """What ends with the end of a row or text, and the rest, unless nothing of this form ends here any more."""
        at = block.rfind(self._end) + 1
        cut = at + len(self._end) - 1 if at else 0
        return (block, b"") if len(block) - cut > MOST_KEPT else (block[:cut], block[cut:])

    def _mark(self, found: re.Match[bytes]) -> bytes:
        stretch = found[0]
        if self._size + len(stretch) > MOST_KEPT:
            return stretch
        try:
            text = stretch.decode()
        except UnicodeDecodeError:
            return stretch
        if "\ufffe" in text or "\uffff" in text:  # which XML does not allow
            return stretch
        self._marks += 1
        self._kept[str(self._marks)] = text, len(stretch)
        self._size += len(stretch)
        return MARK % self._marks

    def taken(self, mark: str) -> str:
        """The stretch that a mark stands for."""
        text, size = self._kept.pop(mark, ("", 0))
        self._size -= size
        return text
