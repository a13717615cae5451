"""The compiled writer of plain documents makes the same bytes as the strict one."""

from hypothesis import given
from hypothesis import strategies as st

from api.responses import JsonAnswer, PlainAnswer

TEXT = st.text(st.characters(codec=None, categories=None), max_size=20)  # broken characters too
WHOLE = st.integers(-(2**63), 2**63)
PLAIN = st.recursive(
    st.none() | st.booleans() | WHOLE | TEXT, lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner)
)


@given(PLAIN)
def test_plain_documents_are_written_alike(document):
    assert PlainAnswer(document).body == JsonAnswer(document).body
