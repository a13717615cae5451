"""Arrays in one file that processes share: written whole, mapped when read.

What a process writes into a mapped array stays its own, so that mapped and made arrays are of one kind to compiled
code; pages that nobody writes are held once for all processes.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.errors import ZhipeiError

MAGIC = b"zhipei-arrays-1\n"
ALIGNED = 64  # bytes: a line of the cache, and more than any dtype asks for
LENGTH = 8  # bytes that say how long the head is


def write_arrays(path: Path, meta: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write arrays and what is to be known of them; a reader sees the old file or the new one, never a part."""
    table, end = {}, 0
    for name, array in arrays.items():
        table[name] = (array.dtype.str, array.shape, end)
        end = _aligned(end + array.nbytes)
    head = json.dumps({"meta": meta, "arrays": table}, ensure_ascii=False).encode()
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")  # workers may write at once
    try:
        with partial.open("wb") as file:
            file.write(MAGIC + len(head).to_bytes(LENGTH, "little") + head)
            first = _aligned(file.tell())
            for (_, _, start), array in zip(table.values(), arrays.values(), strict=True):
                file.seek(first + start)
                file.write(np.ascontiguousarray(array).data)
            file.truncate(first + end)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def read_arrays(path: Path) -> tuple[Any, dict[str, NDArray[Any]]]:
    """What was written. ZhipeiError when the file is not one of `write_arrays`, or was cut."""
    try:
        with path.open("rb") as file:
            if file.read(len(MAGIC)) != MAGIC:
                raise ValueError(path.name)
            head = json.loads(file.read(int.from_bytes(file.read(LENGTH), "little")))
            first = _aligned(file.tell())
            whole = np.memmap(file, np.uint8, mode="c")
        return head["meta"], {
            name: _part(whole, first + start, np.dtype(dtype), tuple(shape))
            for name, (dtype, shape, start) in head["arrays"].items()
        }
    except (OSError, EOFError, KeyError, TypeError, ValueError, OverflowError, MemoryError) as error:
        raise ZhipeiError(f"数组文件不可用：{path.name}") from error


def _part(whole: NDArray[np.uint8], start: int, dtype: np.dtype[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    size = int(np.prod(shape)) * dtype.itemsize
    return np.asarray(whole[start : start + size]).view(dtype).reshape(shape)


def _aligned(size: int) -> int:
    return -(-size // ALIGNED) * ALIGNED
