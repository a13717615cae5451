"""How old a person is, by the calendar (民法典 1259: 以上 includes the birthday itself)."""

from datetime import date

WORKING_AGE = 16  # 劳动法 15
ADULT = 18  # below it 未成年工, 劳动法 58


def birthday(born: date, years: int) -> date:
    """The day on which `years` full years are reached; 1 March for 29 February in a common year."""
    try:
        return born.replace(year=born.year + years)
    except ValueError:
        return date(born.year + years, 3, 1)


def full_years(born: date, on: date) -> int:
    """The full years reached on a day."""
    years = on.year - born.year
    return years if birthday(born, years) <= on else years - 1
