"""The orders in which 8-bit weights lie in memory (include/cortexpr/simd/arch/scalar/int8_order.hpp)."""

import numpy as np


def pair_order(rows, columns):
    whole = rows // 16 * 16
    rest = rows - whole
    padded = 0 if rest == 0 else 4 if rest <= 4 else 8 if rest <= 8 else 16
    pairs = (columns + 1) // 2
    size = (whole + padded) * pairs * 2
    row, k = np.indices((rows, columns))
    first = np.where(row >= whole, whole, row // 64 * 64)
    group = np.where(row >= whole, padded, np.minimum(whole - first, 64))
    return size, 32 if size < 64 else 64, first * pairs * 2 + (k // 2 * group + row - first) * 2 + k % 2


def block_order(rows, columns):
    row, k = np.indices((rows, columns))
    eight, four, pair = row // 8 * 8, row // 4 * 4, row // 2 * 2
    offset = np.where(rows - pair >= 2, pair * columns + k * 2 + row % 2, row * columns + k)
    offset = np.where(rows - four >= 4, four * columns + k * 4 + row % 4, offset)
    return rows * columns, 4, np.where(rows - eight >= 8, eight * columns + k * 8 + row % 8, offset)


def register_order(rows, columns):
    row, k = np.indices((rows, columns))
    row_bytes, fours = (columns + 15) // 16 * 16, rows // 4 * 4
    first = row // 4 * 4
    block = np.where(first < fours, 4, rows - fours)
    return rows * row_bytes, 16, first * row_bytes + (k // 16 * block + row - first) * 16 + k % 16


def padded(size, alignment):
    return np.zeros((size + alignment - 1) // alignment * alignment, np.int8)


def by_offset(order):
    """A function that packs a matrix of which each weight is one byte."""
    def pack(weights):
        size, alignment, offset = order(*weights.shape)
        packed = padded(size, alignment)
        packed[offset.reshape(-1)] = weights.reshape(-1)
        return packed.tobytes()
    return pack


def pack_halfwords(weights):
    """Two rows share a halfword: 256 upper + lower."""
    rows, columns = weights.shape
    paired, pair_bytes = rows // 2 * 2, (columns + 1) // 2 * 4
    packed = padded(paired // 2 * pair_bytes + rows % 2 * ((columns + 3) // 4 * 4), 8)
    k = np.arange(columns)
    for row in range(0, paired, 2):
        side = 2 if row // 4 * 4 + 4 <= rows else 1
        first = row // 4 * 2 if side == 2 else row // 2
        at = first * pair_bytes + (k // 2 * side + row // 2 - first) * 4 + k % 2 * 2
        lower, upper = weights[row].astype(int), weights[row + 1].astype(int)
        packed[at] = lower
        packed[at + 1] = ((np.where(lower < 0, upper - 1, upper) + 128) % 256 - 128).astype(np.int8)
    if rows % 2:
        packed[paired // 2 * pair_bytes + k // 4 * 4 + k % 2 * 2 + k // 2 % 2] = weights[-1]
    return packed.tobytes()


# The condition of the preprocessor, and how the weights are packed.
ORDERS = (("#if CORTEXPR_INT8_ORDER == CORTEXPR_INT8_BLOCKS", by_offset(block_order)),
          ("#elif CORTEXPR_INT8_ORDER == CORTEXPR_INT8_HALFWORDS", pack_halfwords),
          ("#elif CORTEXPR_INT8_ORDER == CORTEXPR_INT8_REGISTERS", by_offset(register_order)),
          ("#else", by_offset(pair_order)))
