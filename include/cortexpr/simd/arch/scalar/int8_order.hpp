#pragma once

#include <cortexpr/config.hpp>

#include <cstddef>
#include <cstdint>

// The orders in which the 8-bit weights of a matrix of Rows x Columns lie in memory. They hold no instructions, so that
// a computer can write headers for all processors. Each has `bytes`, `alignment`, and access to one weight:
//   set(packed, row, k, weight), get(packed, row, k)     a weight from -127 to 127; all bytes are 0 before the first set

/// The order of this build: one for all computers, and three for microcontrollers.
#define CORTEXPR_INT8_PAIRS 0
#define CORTEXPR_INT8_BLOCKS 1
#define CORTEXPR_INT8_HALFWORDS 2
#define CORTEXPR_INT8_REGISTERS 3
#if CORTEXPR_MVE
#define CORTEXPR_INT8_ORDER CORTEXPR_INT8_REGISTERS
#elif CORTEXPR_DSP
#define CORTEXPR_INT8_ORDER CORTEXPR_INT8_HALFWORDS
#elif CORTEXPR_HOSTED
#define CORTEXPR_INT8_ORDER CORTEXPR_INT8_PAIRS
#else
#define CORTEXPR_INT8_ORDER CORTEXPR_INT8_BLOCKS
#endif

namespace cortexpr::simd {

/// Access to bytes of which each is one weight; Order::offset(row, k) says which.
template <class Order>
struct ByteForEachWeight {
  static constexpr void set(std::int8_t* packed, std::size_t row, std::size_t k, int weight) {
    packed[Order::offset(row, k)] = static_cast<std::int8_t>(weight);
  }
  static constexpr int get(const std::int8_t* packed, std::size_t row, std::size_t k) {
    return packed[Order::offset(row, k)];
  }
};

/// For computers of all instruction sets, so that files compiled for different ones share a network. Two neighbouring
/// columns of each of up to 64 rows, then the next two columns of these rows. The rows that do not fill a group of 16
/// take the smallest of 4, 8 and 16 that holds them.
template <std::size_t Rows, std::size_t Columns>
struct PairOrder : ByteForEachWeight<PairOrder<Rows, Columns>> {
  static constexpr std::size_t most_rows = 64;
  static constexpr std::size_t whole_rows = Rows / 16 * 16;
  static constexpr std::size_t rest_rows = Rows - whole_rows;
  static constexpr std::size_t padded_rest = rest_rows == 0 ? 0 : rest_rows <= 4 ? 4 : rest_rows <= 8 ? 8 : 16;
  static constexpr std::size_t pairs = (Columns + 1) / 2;
  static constexpr std::size_t bytes = (whole_rows + padded_rest) * pairs * 2;
  static constexpr std::size_t alignment = bytes < 64 ? 32 : 64;  // lines of the cache

  /// The number of rows, padded, that lie side by side with this one.
  static constexpr std::size_t group_rows(std::size_t row) {
    const std::size_t first = row / most_rows * most_rows;
    if (row >= whole_rows) return padded_rest;
    return whole_rows - first < most_rows ? whole_rows - first : most_rows;
  }
  static constexpr std::size_t offset(std::size_t row, std::size_t k) {
    const std::size_t first = row >= whole_rows ? whole_rows : row / most_rows * most_rows;
    return first * pairs * 2 + (k / 2 * group_rows(row) + row - first) * 2 + k % 2;
  }

  /// Sets the weights of `count` rows that lie side by side, from `row` on, in the columns k, which is even, and k + 1.
  template <class T>
  static CORTEXPR_INLINE constexpr void set_pairs(std::int8_t* __restrict packed, std::size_t row, std::size_t k,
                                                  std::size_t count, const T* __restrict first,
                                                  const T* __restrict second) {
    packed += offset(row, k);
    for (std::size_t i = 0; i < count; ++i) {
      packed[2 * i] = static_cast<std::int8_t>(static_cast<std::int32_t>(first[i]));
      packed[2 * i + 1] = static_cast<std::int8_t>(static_cast<std::int32_t>(second[i]));
    }
  }
};

/// For microcontrollers without SIMD instructions: blocks of eight rows, interleaved column by column, so that an
/// element of x is loaded once for eight rows; the rest in blocks of four, two and one.
template <std::size_t Rows, std::size_t Columns>
struct BlockOrder : ByteForEachWeight<BlockOrder<Rows, Columns>> {
  static constexpr std::size_t bytes = Rows * Columns;
  static constexpr std::size_t alignment = 4;

  static constexpr std::size_t offset(std::size_t row, std::size_t k) {
    if (Rows - row / 8 * 8 >= 8) return row / 8 * 8 * Columns + k * 8 + row % 8;
    if (Rows - row / 4 * 4 >= 4) return row / 4 * 4 * Columns + k * 4 + row % 4;
    const std::size_t pair = row / 2 * 2;
    return Rows - pair >= 2 ? pair * Columns + k * 2 + row % 2 : row * Columns + k;
  }
};

/// For Cortex-M with the DSP extension. Two rows of weights share a halfword: 256 upper + lower. Rows lie in groups of
/// four (two pairs), then a pair, then a single row, whose bytes are permuted so that sign-extending every second byte
/// yields neighbouring columns.
template <std::size_t Rows, std::size_t Columns>
struct HalfwordOrder {
  static constexpr std::size_t paired_rows = Rows / 2 * 2;
  static constexpr std::size_t pair_bytes = (Columns + 1) / 2 * 4;
  static constexpr std::size_t bytes = paired_rows / 2 * pair_bytes + Rows % 2 * ((Columns + 3) / 4 * 4);
  static constexpr std::size_t alignment = 8;

  static constexpr void set(std::int8_t* packed, std::size_t row, std::size_t k, int weight) {
    if (Rows % 2 == 1 && row == paired_rows) {
      packed[single_row_offset(k)] = static_cast<std::int8_t>(weight);
      return;
    }
    std::int8_t* const at = packed + offset(row, k);
    const int lower = row % 2 == 0 ? weight : at[0];
    const int upper = row % 2 == 0 ? get(packed, row + 1, k) : weight;
    at[0] = static_cast<std::int8_t>(lower);
    at[1] = static_cast<std::int8_t>(lower < 0 ? upper - 1 : upper);
  }
  static constexpr int get(const std::int8_t* packed, std::size_t row, std::size_t k) {
    if (Rows % 2 == 1 && row == paired_rows) return packed[single_row_offset(k)];
    const std::int8_t* const at = packed + offset(row, k);
    return row % 2 == 0 ? at[0] : at[0] < 0 ? at[1] + 1 : at[1];
  }

 private:
  static constexpr std::size_t offset(std::size_t row, std::size_t k) {
    const std::size_t side_by_side = row / 4 * 4 + 4 <= Rows ? 2 : 1;
    const std::size_t first = side_by_side == 2 ? row / 4 * 2 : row / 2;
    return first * pair_bytes + (k / 2 * side_by_side + row / 2 - first) * 4 + k % 2 * 2;
  }
  /// Columns of the single row are stored in the order 0, 2, 1, 3.
  static constexpr std::size_t single_row_offset(std::size_t k) {
    return paired_rows / 2 * pair_bytes + k / 4 * 4 + k % 2 * 2 + k / 2 % 2;
  }
};

/// For Cortex-M with Helium: blocks of four rows (the last block has the remaining rows), in each block 16 columns of
/// one row after 16 columns of the other.
template <std::size_t Rows, std::size_t Columns>
struct RegisterOrder : ByteForEachWeight<RegisterOrder<Rows, Columns>> {
  static constexpr std::size_t lanes = 16;
  static constexpr std::size_t row_bytes = (Columns + lanes - 1) / lanes * lanes;
  static constexpr std::size_t bytes = Rows * row_bytes;
  static constexpr std::size_t alignment = 16;
  static constexpr std::size_t fours = Rows / 4 * 4;

  static constexpr std::size_t offset(std::size_t row, std::size_t k) {
    const std::size_t first = row / 4 * 4, block = first < fours ? 4 : Rows - fours;
    return first * row_bytes + (k / lanes * block + row - first) * lanes + k % lanes;
  }
};

}  // namespace cortexpr::simd
