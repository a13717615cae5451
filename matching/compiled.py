"""How the inner loops are compiled, and where their machine code is kept between commands.

Numba keeps code until the file of a function changes. It freezes the functions and the numbers that the file takes from
others, and it cannot read what a record of the same name was before; so the folder here is named after all of them:
the texts of the files, their numbers, their records. Where no folder can be written, every process compiles for itself.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
import numpy as np

Function = TypeVar("Function", bound=Callable[..., Any])

CONFIG: Any = numba.config  # its types do not name its options
BESIDE = Path(__file__).parent / "__pycache__"


def compiled(**options: Any) -> Callable[[Function], Function]:
    """Compile a function at its first use and keep the code; other threads run meanwhile. `options` are numba's."""

    def decorate(function: Function) -> Function:
        folder = _folder(function)
        before = CONFIG.CACHE_DIR
        CONFIG.CACHE_DIR = str(folder)
        try:
            return cast(Function, numba.njit(nogil=True, cache=folder is not None, **options)(function))
        finally:
            CONFIG.CACHE_DIR = before

    return decorate


# Without numba's own memory: every array is given, and none is counted at each step (four times as fast).
whole = compiled(error_model="numpy", _nrt=False)


def inlined(function: Function) -> Function:
    """Compile into every function that calls it."""
    return cast(Function, numba.njit(inline="always")(function))


def _folder(function: Callable[..., Any]) -> Path | None:
    """Where the code of a function is kept; None where nothing can be."""
    digest = hashlib.blake2b(digest_size=8)
    for _, known in sorted(_reached(function.__globals__).items()):
        numbers = sorted((name, repr(of)) for name, of in known.items() if isinstance(of, (int, float, np.generic)))
        records = sorted((name, repr(of.__annotations__)) for name, of in known.items() if hasattr(of, "_fields"))
        digest.update(Path(known["__file__"]).read_bytes() + repr((numbers, records)).encode())
    name = f"loops-{digest.hexdigest()}"
    given = CONFIG.CACHE_DIR
    for root in (Path(given),) if given else (BESIDE, Path.home() / ".cache" / "zhipei"):
        try:
            (root / name).mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(root / name, os.W_OK):
            return root / name
    return None


def _reached(names: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The names of a module, and of all those whose functions are compiled into its own; by name of module."""
    found: dict[str, dict[str, Any]] = {}
    waiting = [names]
    while waiting:
        known = waiting.pop()
        if known["__name__"] not in found:
            found[known["__name__"]] = known
            waiting += [value.py_func.__globals__ for value in known.values() if hasattr(value, "py_func")]
    return found
