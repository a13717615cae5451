"""How the inner loops are compiled, and where their machine code is kept between commands.

Numba keeps code until the file of a function changes. It freezes the numbers that the file takes from others, and it
cannot read what a record of the same name was before; so the folder here is named after all three: the file's text,
its numbers, its records. Where no folder can be written, every process compiles for itself.
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


def _folder(function: Callable[..., Any]) -> Path | None:
    """Where the code of a function is kept; None where nothing can be."""
    known = function.__globals__
    numbers = sorted(
        (name, repr(value)) for name, value in known.items() if isinstance(value, (int, float, np.generic))
    )
    records = sorted((name, repr(value.__annotations__)) for name, value in known.items() if hasattr(value, "_fields"))
    text = Path(known["__file__"]).read_bytes()
    name = f"loops-{hashlib.blake2b(text + repr((numbers, records)).encode(), digest_size=8).hexdigest()}"
    given = CONFIG.CACHE_DIR
    for root in (Path(given),) if given else (BESIDE, Path.home() / ".cache" / "zhipei"):
        try:
            (root / name).mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(root / name, os.W_OK):
            return root / name
    return None
