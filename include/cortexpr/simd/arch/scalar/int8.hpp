#pragma once

#include <cortexpr/config.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>

// Products of 8-bit integers for any target; simd/int8.hpp documents the operations.

namespace cortexpr::simd {

/// An element of x as an integer from -128 to 127. Unsigned bytes, such as pixels, are stored with an offset of 128.
constexpr std::int32_t int8_value(std::int8_t value) { return value; }
constexpr std::int32_t int8_value(std::uint8_t byte) { return byte - 128; }

/// Blocks of eight rows, interleaved column by column, so that an element of x is loaded once for eight rows; the rest
/// in blocks of four, two and one.
template <std::size_t Rows, std::size_t Columns>
struct ScalarInt8 {
  static constexpr std::size_t bytes = Rows * Columns;
  static constexpr std::size_t alignment = 4;
  using Operand = std::int8_t;
  static constexpr bool expands = false;
  static constexpr std::size_t operand_elements = Columns;

  static constexpr void set(std::int8_t* packed, std::size_t row, std::size_t k, int weight) {
    packed[offset(row, k)] = static_cast<std::int8_t>(weight);
  }
  static constexpr int get(const std::int8_t* packed, std::size_t row, std::size_t k) { return packed[offset(row, k)]; }

  template <class Value, class Consumer>
  static constexpr void multiply(const std::int8_t* packed, const Value* x, const Consumer& consumer) {
    constexpr std::size_t eights = Rows / 8 * 8, fours = Rows / 4 * 4, pairs = Rows / 2 * 2;
    if constexpr (eights > 0)
      CORTEXPR_NO_UNROLL_FOR (std::size_t row = 0; row < eights; row += 8) multiply_block<8>(packed, x, row, consumer);
    if constexpr (eights < fours) multiply_block<4>(packed, x, eights, consumer);
    if constexpr (fours < pairs) multiply_block<2>(packed, x, fours, consumer);
    if constexpr (pairs < Rows) multiply_block<1>(packed, x, pairs, consumer);
  }

 private:
  static constexpr std::size_t offset(std::size_t row, std::size_t k) {
    if (Rows - row / 8 * 8 >= 8) return row / 8 * 8 * Columns + k * 8 + row % 8;
    if (Rows - row / 4 * 4 >= 4) return row / 4 * 4 * Columns + k * 4 + row % 4;
    const std::size_t pair = row / 2 * 2;
    return Rows - pair >= 2 ? pair * Columns + k * 2 + row % 2 : row * Columns + k;
  }

  template <std::size_t Block, class Value, class Consumer>
  static CORTEXPR_INLINE constexpr void multiply_block(const std::int8_t* packed, const Value* x, std::size_t row,
                                                       const Consumer& consumer) {
    const std::int8_t* weights = packed + row * Columns;
    std::int32_t sums[Block]{};
    const auto add = [&](std::size_t k) CORTEXPR_INLINE_LAMBDA {
      std::int32_t value = int8_value(x[k]);
      // Hides the value from the optimizer: GCC 12 would compile blocks of few rows to VPDPBUSD, whose first factor is
      // unsigned.
      if (!__builtin_is_constant_evaluated()) asm("" : "+r"(value));
      CORTEXPR_UNROLL_FOR (std::size_t r = 0; r < Block; ++r) sums[r] += weights[r] * value;
      weights += Block;
    };
    std::size_t k = 0;
    CORTEXPR_NO_UNROLL_FOR (; k + 4 <= Columns; k += 4) {
      add(k);
      add(k + 1);
      add(k + 2);
      add(k + 3);
    }
    for (; k < Columns; ++k) add(k);
    std::int32_t results[Block];
    CORTEXPR_UNROLL_FOR (std::size_t r = 0; r < Block; ++r) results[r] = sums[r];
    consumer(row, results);
  }
};

}  // namespace cortexpr::simd
