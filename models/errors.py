"""What can go wrong, said once: every error names the rule and the fix, never personal data."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with, or worth noting about, one field of a record.

    `span` is the (start, end) part of the sent text that is meant, in code points.
    `message` and `fix` are Chinese, for the person who sent the record.
    """

    field: str
    rule: str
    message: str
    fix: str = ""
    span: tuple[int, int] | None = None


class FieldError(ValueError):
    """A value that cannot be: raised by the readers of single notations, named by the caller."""

    def __init__(self, rule: str, message: str, fix: str = "", span: tuple[int, int] | None = None) -> None:
        super().__init__(rule)
        self.rule, self.message, self.fix, self.span = rule, message, fix, span

    def at(self, field: str) -> Problem:
        """The problem that this error is, said of `field`."""
        return Problem(field, self.rule, self.message, self.fix, self.span)


class ZhipeiError(Exception):
    """Base of the errors that a door (HTTP, command line) turns into a clear answer."""

    status = 500  # of the HTTP answer
    exit_code = 1  # of the command
    title = "系统错误"

    def __init__(self, detail: str = "", problems: Sequence[Problem] = ()) -> None:
        super().__init__(detail or self.title)
        self.detail, self.problems = detail or self.title, tuple(problems)


class Refused(ZhipeiError):
    """The request or record cannot be taken as it is."""

    status = 422
    title = "内容有误"


class NotFound(ZhipeiError):
    """There is no such thing, or none that this client may see: the two look alike."""

    status = 404
    title = "未找到"


class Conflict(ZhipeiError):
    """The stored state forbids it now."""

    status = 409
    title = "状态冲突"


class NotReady(ZhipeiError):
    """The service cannot answer at this moment; trying again later may work."""

    status = 503
    title = "服务暂不可用"
