import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.clock import Presence, read_presence
from models.enums import Shift


@pytest.mark.parametrize(
    ("text", "presence"),
    [
        ("朝九晚五", Presence(8, Shift.DAY, False)),
        ("早八半晚五半", Presence(8, Shift.DAY, False)),
        ("8:30-17:30", Presence(8, Shift.DAY, False)),
        ("9点到6点", Presence(8, Shift.DAY, False)),
        ("9-18点", Presence(8, Shift.DAY, False)),
        ("上午9点-12点,下午2点-6点", Presence(7, Shift.DAY, False)),
        ("早7点到晚7点", Presence(11, Shift.DAY, False)),
        ("15:00-23:30", Presence(8.5, None, True)),
        ("20:00-8:00", Presence(11, Shift.NIGHT, True)),
        ("22:00-06:00", Presence(8, Shift.NIGHT, True)),
    ],
)
def test_presence_less_the_break(text, presence):
    assert read_presence(text) == presence


@pytest.mark.parametrize("text", ["", "9-18", "25:00-30:00", "2026-01-06", "8-10小时", "18-45岁", "做六休一"])
def test_other_numbers_are_no_clock_times(text):
    assert read_presence(text) is None


@given(st.integers(0, 23), st.integers(0, 59), st.integers(0, 23), st.integers(0, 59))
def test_every_span_lasts_up_to_a_day(start, minute, end, to):
    presence = read_presence(f"{start:02}:{minute:02}-{end:02}:{to:02}")
    assert presence is not None
    assert 0 < presence.hours <= 23
