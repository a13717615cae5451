"""What is an operator told when the database fails? Its cause and what to do; never the statement or its values."""

import sqlite3
from collections.abc import Mapping

from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

NO_TABLES = "数据库结构不是最新：请先运行 zhipei migrate"
FULL = "磁盘已满，没有写入：请腾出空间后重试"
BUSY = "数据库正被其他程序占用：请稍后重试"
CLOSED = "连接不上数据库：请核对 ZHIPEI_DATABASE_URL，并确认数据库正在运行"
CLASH = "与同时进行的另一写入冲突，没有写入：请重试"
DENIED = "数据库不接受该用户或密码：请核对 ZHIPEI_DATABASE_URL"
READ_ONLY = "数据库文件不能写入：请核对文件和所在目录的权限"
DAMAGED = "数据库文件已损坏，或不是数据库文件：请从备份恢复"
NEWER = "数据库结构比本程序新：请使用与数据库一致的版本"

# The first letters of the codes: of SQLite by name, of PostgreSQL by SQLSTATE (manual, appendix A).
CAUSES: Mapping[str, str] = {
    "SQLITE_FULL": FULL, "SQLITE_BUSY": BUSY, "SQLITE_LOCKED": BUSY,
    "SQLITE_CANTOPEN": "数据库文件打不开：请核对路径和权限",
    "SQLITE_READONLY": READ_ONLY, "SQLITE_CORRUPT": DAMAGED, "SQLITE_NOTADB": DAMAGED, "SQLITE_CONSTRAINT": CLASH,
    "SQLITE_IOERR": "数据库文件读写失败：请检查磁盘", "42P01": NO_TABLES, "42703": NO_TABLES, "3F000": NO_TABLES,
    "53100": FULL, "53": "数据库资源不足：请稍后重试", "55P03": BUSY, "40": BUSY,
    "57": "数据库正在停止或刚刚启动：请稍后重试",
    "08": CLOSED, "28": DENIED, "3D000": "没有这个数据库：请先在服务器上建立", "23": CLASH,
}  # fmt: skip


def is_of_database(error: Exception) -> bool:
    """Whether an error came from the database, its driver or its migrations; the driver psycopg may be absent."""
    room = type(error).__module__.partition(".")[0]
    return isinstance(error, SQLAlchemyError | sqlite3.Error) or room in ("psycopg", "alembic")


def told(error: Exception) -> str:
    """The cause in words, with its code where that is known."""
    if isinstance(error, ArgumentError):
        return "ZHIPEI_DATABASE_URL 不能识别：应为 sqlite:///文件 或 postgresql://用户:密码@主机/库"
    if type(error).__module__.startswith("alembic"):
        return NEWER
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    code = getattr(cause, "sqlite_errorname", None) or getattr(cause, "sqlstate", None) or ""
    words = _words(error, cause, code)
    return f"{words}（{code or type(cause).__name__}）"


def _words(error: Exception, cause: BaseException, code: str) -> str:
    if code == "SQLITE_ERROR" and str(cause).startswith(("no such table", "no such column")):
        return NO_TABLES
    known = next((words for start, words in CAUSES.items() if code.startswith(start)), None)
    if known or code:
        return known or "操作没有完成：请把括号中的代码告诉管理员"
    if isinstance(error, IntegrityError):
        return CLASH
    # A server that does not answer has no code to give.
    is_closed = isinstance(error, PoolTimeout) or type(cause).__name__ in ("OperationalError", "ConnectionTimeout")
    return CLOSED if is_closed else "操作没有完成：请把括号中的名称告诉管理员"
