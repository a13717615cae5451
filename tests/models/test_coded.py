"""Columns of few different values: what they say of each row is what a plain list says."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.coded import Coded

columns = st.lists(st.tuples(st.sampled_from(["", "a", "b", None, "c"]), st.integers(0, 3), st.booleans()), max_size=30)


@given(columns)
def test_a_column_says_what_its_rows_say(rows):
    names, numbers, flags = ([row[place] for row in rows] for place in range(3))
    column = Coded.of(names)
    assert list(column) == names
    assert [column[row] for row in range(len(column))] == names
    assert len(set(column.values)) == len(column.values)
    assert list(column.mapped(lambda name: name or "")) == [name or "" for name in names]
    assert column.each(bool, bool).tolist() == [bool(name) for name in names]
    together = Coded.combined(lambda name, number: (name, number % 2), column, Coded.of(numbers))
    assert list(together) == [(name, number % 2) for name, number in zip(names, numbers, strict=True)]
    chosen = np.flatnonzero(flags)
    assert list(column.take(chosen)) == [names[row] for row in chosen]
    assert set(column.take(chosen).values) == {names[row] for row in chosen}
    assert list(column[1:]) == names[1:]
    for row, name in enumerate(names):  # a column of one row, whose value need not be the first
        alone = column[row : row + 1]
        assert list(alone.mapped(bool)) == [bool(name)]
        assert list(Coded.combined(lambda *pair: pair, alone, alone)) == [(name, name)]


def test_equal_values_are_read_once():
    asked = []
    column = Coded.of(["a", "b", "a", "a"])
    assert list(column.mapped(lambda name: asked.append(name) or name * 2)) == ["aa", "bb", "aa", "aa"]
    assert asked == ["a", "b"]
    assert column.take(np.array([0, 2])).values == ["a"]
    assert Coded.of(column) is column
