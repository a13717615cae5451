"""Arrays in a shared file: what was written is what is read, and a cut or strange file is refused."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from matching.mapped import read_arrays, write_arrays
from models.errors import ZhipeiError

DTYPES = st.sampled_from([np.int8, np.int16, np.int32, np.int64, np.uint32, np.uint64, np.bool_, np.float64])
ARRAYS = st.dictionaries(
    st.text(max_size=8), DTYPES.flatmap(lambda kind: npst.arrays(kind, npst.array_shapes(max_dims=2, min_side=0))),
    max_size=4,
)  # fmt: skip


@settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(ARRAYS, st.dictionaries(st.text(max_size=4), st.integers() | st.text(max_size=4), max_size=3))
def test_what_was_written_is_read(tmp_path_factory, arrays, meta):
    path = tmp_path_factory.mktemp("mapped") / "a.arrays"
    write_arrays(path, meta, arrays)
    known, found = read_arrays(path)
    assert known == meta
    assert list(found) == list(arrays)
    for name, array in arrays.items():
        assert (found[name].dtype, found[name].shape) == (array.dtype, array.shape)
        assert found[name].tobytes() == array.tobytes()
        assert found[name].flags.aligned
        assert found[name].flags.writeable  # compiled code is made for one kind of array
    assert [other.name for other in path.parent.iterdir()] == [path.name]


def test_who_writes_into_it_changes_nothing_for_others(tmp_path):
    path = tmp_path / "a.arrays"
    write_arrays(path, {}, {"numbers": np.arange(5)})
    _, mine = read_arrays(path)
    mine["numbers"][0] = 9
    assert read_arrays(path)[1]["numbers"].tolist() == [0, 1, 2, 3, 4]


def test_who_reads_the_old_file_keeps_it(tmp_path):
    path = tmp_path / "a.arrays"
    write_arrays(path, {}, {"numbers": np.arange(5)})
    _, old = read_arrays(path)
    write_arrays(path, {}, {"numbers": np.zeros(9)})
    assert old["numbers"].tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("keep", [0, 3, 20, 60, 130])
def test_a_cut_file_is_refused(tmp_path, keep):
    path = tmp_path / "a.arrays"
    write_arrays(path, {"a": 1}, {"numbers": np.arange(5), "more": np.arange(7)})
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(ZhipeiError):
        read_arrays(path)


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04", b"zhipei-arrays-1\n" + bytes(8), b"zhipei-arrays-1\n" + b"\xff" * 40]
)
def test_a_strange_file_is_refused(tmp_path, content):
    path = tmp_path / "a.arrays"
    path.write_bytes(content)
    with pytest.raises(ZhipeiError):
        read_arrays(path)
