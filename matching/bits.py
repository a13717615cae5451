"""Sixty-four at a time: words of bits as the compiled loops use them, and what is said in few instructions."""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from matching.compiled import inlined
from matching.records import Int

U = np.uint64  # of an index: one that numba knows to be no count from the end
WORD = 64  # places of a block looked at together
ONE, ALL = np.uint64(1), ~np.uint64(0)


def _ctpop(typingctx: Any, word: Any) -> Any:
    """The number of bits that are set: one instruction."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        function = builder.module.declare_intrinsic("llvm.ctpop", [ir.IntType(64)])
        return builder.call(function, args)

    return types.uint64(types.uint64), codegen


def _cttz(typingctx: Any, word: Any) -> Any:
    """The place of the lowest bit that is set: one instruction."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.cttz(args[0], ir.Constant(ir.IntType(1), 1))

    return types.int64(types.uint64), codegen


def _at_least(typingctx: Any, values: Any, first: Any, least: Any) -> Any:
    """Which of the 64 values from `first` on are `least` or more, a bit each: a few instructions."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        array = context.make_array(values)(context, builder, args[0])
        kind, size = ir.VectorType(context.get_value_type(values.dtype), WORD), values.dtype.bitwidth // 8
        place = builder.bitcast(builder.gep(array.data, [args[1]]), kind.as_pointer())
        lowest = builder.insert_element(ir.Constant(kind, ir.Undefined), args[2], ir.IntType(32)(0))
        spread = builder.shuffle_vector(
            lowest, ir.Constant(kind, ir.Undefined), ir.Constant(ir.VectorType(ir.IntType(32), WORD), None)
        )
        compare = builder.icmp_signed if values.dtype.signed else builder.icmp_unsigned
        return builder.bitcast(compare(">=", builder.load(place, align=size), spread), ir.IntType(64))

    return types.uint64(values, types.intp, values.dtype), codegen


popcount: Any = intrinsic(_ctpop)
lowest: Any = intrinsic(_cttz)
reaching: Any = intrinsic(_at_least)


@inlined
def first_bits(count: Int) -> Any:
    """A word whose lowest bits are set, so many as there are, or as a word has."""
    return ALL if count >= WORD else (ONE << U(count)) - ONE


@inlined
def set_bits(bits: Any, first: Int, places: Any, count: Int) -> Int:
    """Add to `count` places those of the bits of a word that are set, the lowest `first`. How many there are then."""
    while bits:
        places[U(count)] = np.int32(first + lowest(bits))
        count += 1
        bits &= bits - ONE
    return count
