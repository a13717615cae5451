"""What day it is where the service works: instants are UTC, days are Chongqing's."""

from datetime import UTC, date, datetime, timedelta, timezone

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")  # no summer time since 1991


def now() -> datetime:
    """The present instant, aware, UTC."""
    return datetime.now(UTC)


def local_date(instant: datetime) -> date:
    """The day in Chongqing at an instant."""
    return instant.astimezone(SHANGHAI).date()


def start_of(day: date) -> datetime:
    """The instant, UTC, at which a day begins in Chongqing."""
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI).astimezone(UTC)
