#pragma once

#include <arm_acle.h>

#include <cortexpr/simd/arch/scalar/int8.hpp>
#include <cortexpr/simd/arch/scalar/int8_order.hpp>
#include <cstddef>
#include <cstdint>

namespace cortexpr::simd {

/// For Cortex-M with the DSP extension, whose SMLAD adds two products of 16-bit integers. A SMLAD of the halfwords of
/// two rows accumulates 256 * (sum of the upper row) + (sum of the lower row), and a SMLAD of the sign-extended low
/// bytes accumulates the sum of the lower row: four products for three instructions and a load. In groups of four rows
/// each element of x is loaded once for four rows.
template <std::size_t Rows, std::size_t Columns>
struct DspInt8 : HalfwordOrder<Rows, Columns> {
  using HalfwordOrder<Rows, Columns>::paired_rows, HalfwordOrder<Rows, Columns>::pair_bytes;
  using Operand = std::int16_t;
  static constexpr bool expands = true;
  static constexpr std::size_t operand_elements = (Columns + 3) / 4 * 4;

  /// Sign-extends x to 16 bits.
  template <class Value>
  static void expand(const Value* values, Operand* operands) {
    std::size_t k = 0;
    CORTEXPR_NO_UNROLL_FOR (; k + 4 <= Columns; k += 4) {
      std::uint32_t word = 0;
      __builtin_memcpy(&word, values + k, 4);
      if constexpr (int8_value(Value{}) != 0) word ^= 0x80808080;
      const auto even = static_cast<std::uint32_t>(__sxtb16(static_cast<std::int32_t>(word)));
      const auto odd = static_cast<std::uint32_t>(__sxtb16(static_cast<std::int32_t>(word >> 8)));
      store(operands + k, (even & 0xffff) | odd << 16);
      store(operands + k + 2, even >> 16 | (odd & 0xffff0000));
    }
    if constexpr (Columns % 4 != 0)
      for (; k < operand_elements; ++k) operands[k] = static_cast<Operand>(k < Columns ? int8_value(values[k]) : 0);
  }

  template <class Consumer>
  static void multiply(const std::int8_t* packed, const Operand* x, const Consumer& consumer) {
    constexpr std::size_t fours = Rows / 4 * 4;
    if constexpr (fours > 0) {
      CORTEXPR_NO_UNROLL_FOR (std::size_t row = 0; row < fours; row += 4) multiply_pairs<2>(packed, x, row, consumer);
    }
    if constexpr (fours < paired_rows) multiply_pairs<1>(packed, x, fours, consumer);
    if constexpr (paired_rows < Rows) multiply_single_row(packed + paired_rows / 2 * pair_bytes, x, consumer);
  }

 private:
  /// 256 * (sum of an upper row) fits in 32 bits for 516 products. A block of 504 columns, plus the columns of an
  /// incomplete step, stays below.
  static constexpr std::size_t most_columns = 504;
  static constexpr std::size_t blocks = (Columns + most_columns - 1) / most_columns;
  /// The number of columns, even, and how many of them one step of the loop takes.
  static constexpr std::size_t columns = (Columns + 1) / 2 * 2;
  static constexpr std::size_t step = 8;
  static constexpr std::size_t block_steps = (columns / step + blocks - 1) / (blocks == 0 ? 1 : blocks);

  static CORTEXPR_INLINE std::int32_t load(const void* from) {
    std::int32_t word;
    __builtin_memcpy(&word, __builtin_assume_aligned(from, 4), 4);
    return word;
  }
  struct Words {
    std::int32_t lower, upper;
  };
  /// Loads two words with LDRD; GCC would emit two loads.
  static CORTEXPR_INLINE Words load_two(const void* from) {
    typedef std::uint64_t Both __attribute__((may_alias, aligned(4)));
    std::int32_t lower, upper;
    __asm__("ldrd %0, %1, %2" : "=r"(lower), "=r"(upper) : "m"(*static_cast<const Both*>(from)));
    return {lower, upper};
  }
  static CORTEXPR_INLINE void store(Operand* to, std::uint32_t word) {
    __builtin_memcpy(__builtin_assume_aligned(to, 4), &word, 4);
  }

  template <std::size_t Pairs, class Consumer>
  static CORTEXPR_INLINE void multiply_pairs(const std::int8_t* packed, const Operand* x, std::size_t row,
                                             const Consumer& consumer) {
    const std::int8_t* weights = packed + row / 2 * pair_bytes;
    std::int32_t both[Pairs]{}, lower[Pairs]{}, upper[Pairs]{};
    const auto add_word = [&](std::size_t p, std::int32_t pair, std::int32_t values) CORTEXPR_INLINE_LAMBDA {
      both[p] = __smlad(pair, values, both[p]);
      lower[p] = __smlad(__sxtb16(pair), values, lower[p]);
    };
    const auto add_two = [&](std::size_t k) CORTEXPR_INLINE_LAMBDA {
      const std::int32_t values = load(x + k);
      CORTEXPR_UNROLL_FOR (std::size_t p = 0; p < Pairs; ++p)
        add_word(p, load(weights + 2 * k * Pairs + 4 * p), values);
    };
    const auto add_four = [&](std::size_t k) CORTEXPR_INLINE_LAMBDA {
      const Words values = load_two(x + k);
      const Words first = load_two(weights + 2 * k * Pairs);
      if constexpr (Pairs == 1) {
        add_word(0, first.lower, values.lower);
        add_word(0, first.upper, values.upper);
      } else {
        add_word(0, first.lower, values.lower);
        add_word(1, first.upper, values.lower);
        const Words second = load_two(weights + 2 * k * Pairs + 8);
        add_word(0, second.lower, values.upper);
        add_word(1, second.upper, values.upper);
      }
    };
    const auto flush = [&]() CORTEXPR_INLINE_LAMBDA {
      CORTEXPR_UNROLL_FOR (std::size_t p = 0; p < Pairs; ++p) {
        const auto difference = static_cast<std::uint32_t>(both[p]) - static_cast<std::uint32_t>(lower[p]);
        upper[p] += static_cast<std::int32_t>(difference) >> 8;
        both[p] = lower[p];
      }
    };
    std::size_t steps = columns / step;
    CORTEXPR_NO_UNROLL while (steps > 0) {
      const std::size_t here = steps < block_steps ? steps : block_steps;
      const Operand* const end = x + here * step;
      CORTEXPR_NO_UNROLL do {
        CORTEXPR_UNROLL_FOR (std::size_t k = 0; k < step; k += 4) add_four(k);
        x += step;
        weights += 2 * Pairs * step;
      }
      while (x != end);
      steps -= here;
      if (steps > 0) flush();
    }
    CORTEXPR_UNROLL_FOR (std::size_t k = 0; k < columns % step; k += 2) add_two(k);
    flush();
    std::int32_t sums[2 * Pairs];
    CORTEXPR_UNROLL_FOR (std::size_t p = 0; p < Pairs; ++p) {
      sums[2 * p] = lower[p];
      sums[2 * p + 1] = upper[p];
    }
    consumer(row, sums);
  }

  template <class Consumer>
  static CORTEXPR_INLINE void multiply_single_row(const std::int8_t* weights, const Operand* x,
                                                  const Consumer& consumer) {
    std::int32_t sum = 0;
    for (std::size_t k = 0; k < operand_elements; k += 4) {
      const auto word = static_cast<std::uint32_t>(load(weights + k));
      sum = __smlad(__sxtb16(word), load(x + k), sum);
      sum = __smlad(__sxtb16(word >> 8), load(x + k + 2), sum);
    }
    const std::int32_t sums[1] = {sum};
    consumer(paired_rows, sums);
  }
};

}  // namespace cortexpr::simd
