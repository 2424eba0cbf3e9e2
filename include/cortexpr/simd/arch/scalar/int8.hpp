#pragma once

#include <cortexpr/config.hpp>
#include <cortexpr/simd/arch/scalar/int8_order.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>

// Products of 8-bit integers for any target; simd/int8.hpp documents the operations.

namespace cortexpr::simd {

/// An element of x as an integer from -128 to 127. Unsigned bytes, such as pixels, are stored with an offset of 128.
constexpr std::int32_t int8_value(std::int8_t value) { return value; }
constexpr std::int32_t int8_value(std::uint8_t byte) { return byte - 128; }

/// For processors without SIMD instructions, in the order BlockOrder.
template <std::size_t Rows, std::size_t Columns>
struct ScalarInt8 : BlockOrder<Rows, Columns> {
  using Operand = std::int8_t;
  static constexpr bool expands = false;
  static constexpr std::size_t operand_elements = Columns;

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

/// For computers, in the order PairOrder, in plain C++. Rows are computed in blocks of eight or four.
template <std::size_t Rows, std::size_t Columns>
struct [[CORTEXPR_ABI]] PairInt8 : PairOrder<Rows, Columns> {
  using Order = PairOrder<Rows, Columns>;
  using Operand = std::int8_t;
  static constexpr bool expands = false;
  static constexpr std::size_t operand_elements = Columns;

  template <class Value, class Consumer>
  static constexpr void multiply(const std::int8_t* packed, const Value* x, const Consumer& consumer) {
    constexpr std::size_t eights = Rows / 8 * 8, fours = Rows / 4 * 4;
    if constexpr (eights > 0)
      CORTEXPR_NO_UNROLL_FOR (std::size_t row = 0; row < eights; row += 8) multiply_block<8>(packed, x, row, consumer);
    if constexpr (eights < fours) multiply_block<4>(packed, x, eights, consumer);
    if constexpr (fours < Rows) multiply_block<Rows - fours>(packed, x, fours, consumer);
  }

 private:
  template <std::size_t Block, class Value, class Consumer>
  static CORTEXPR_INLINE constexpr void multiply_block(const std::int8_t* packed, const Value* x, std::size_t row,
                                                       const Consumer& consumer) {
    const std::int8_t* weights = packed + Order::offset(row, 0);
    const std::size_t step = 2 * Order::group_rows(row);
    std::int32_t sums[Block]{};
    CORTEXPR_NO_UNROLL_FOR (std::size_t k = 0; k < Columns; k += 2) {
      const std::int32_t first = int8_value(x[k]), second = k + 1 < Columns ? int8_value(x[k + 1]) : 0;
      CORTEXPR_UNROLL_FOR (std::size_t r = 0; r < Block; ++r)
        sums[r] += weights[2 * r] * first + weights[2 * r + 1] * second;
      if (k + 2 < Columns) weights += step;
    }
    consumer(row, sums);
  }
};

}  // namespace cortexpr::simd
