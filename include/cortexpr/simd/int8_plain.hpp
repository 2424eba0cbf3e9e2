#pragma once

#include <cortexpr/config.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>

// Products of 8-bit integers, exact in 32 bits: sums[row] = sum over k of weight[row][k] x[k]. Weights lie in the order
// in which a target reads them; int8.hpp chooses the target's.

namespace cortexpr::simd {

/// An element of x as a number. Bytes are codes plus 128, as pixels are.
constexpr std::int32_t code_of(std::int8_t code) { return code; }
constexpr std::int32_t code_of(std::uint8_t byte) { return byte - 128; }

/// For any target: eight rows side by side, so that an element of x is read once for all of them. What is left over
/// lies in blocks of four rows, two and one.
template <std::size_t Rows, std::size_t K>
struct PlainInt8 {
  static constexpr std::size_t bytes = Rows * K;
  static constexpr std::size_t alignment = 4;
  /// x is read as it lies.
  using Operand = std::int8_t;
  static constexpr bool expands = false;
  static constexpr std::size_t operand_elements = K;

  /// weight is an integer from -127 to 127.
  static constexpr void set(std::int8_t* packed, std::size_t row, std::size_t k, int weight) {
    packed[place(row, k)] = static_cast<std::int8_t>(weight);
  }
  static constexpr int get(const std::int8_t* packed, std::size_t row, std::size_t k) { return packed[place(row, k)]; }

  /// Calls sink(row, sums) for blocks of rows, in order.
  template <class Code, class Sink>
  static constexpr void multiply(const std::int8_t* packed, const Code* x, const Sink& sink) {
    constexpr std::size_t eights = Rows / 8 * 8, fours = Rows / 4 * 4, pairs = Rows / 2 * 2;
    if constexpr (eights > 0)
      CORTEXPR_NO_UNROLL for (std::size_t row = 0; row < eights; row += 8) multiply_block<8>(packed, x, row, sink);
    if constexpr (eights < fours) multiply_block<4>(packed, x, eights, sink);
    if constexpr (fours < pairs) multiply_block<2>(packed, x, fours, sink);
    if constexpr (pairs < Rows) multiply_block<1>(packed, x, pairs, sink);
  }

 private:
  static constexpr std::size_t place(std::size_t row, std::size_t k) {
    if (Rows - row / 8 * 8 >= 8) return row / 8 * 8 * K + k * 8 + row % 8;
    if (Rows - row / 4 * 4 >= 4) return row / 4 * 4 * K + k * 4 + row % 4;
    const std::size_t pair = row / 2 * 2;
    return Rows - pair >= 2 ? pair * K + k * 2 + row % 2 : row * K + k;
  }

  template <std::size_t Block, class Code, class Sink>
  static CORTEXPR_INLINE constexpr void multiply_block(const std::int8_t* packed, const Code* x, std::size_t row,
                                                       const Sink& sink) {
    const std::int8_t* weights = packed + row * K;
    std::int32_t sums[Block]{};
    const auto add = [&](std::size_t k) CORTEXPR_INLINE_LAMBDA {
      std::int32_t value = code_of(x[k]);
      // GCC 12 may take VPDPBUSD, whose one factor has no sign, for products of few rows; not of what it knows nothing of.
      if (!std::is_constant_evaluated()) asm("" : "+r"(value));
      CORTEXPR_UNROLL for (std::size_t r = 0; r < Block; ++r) sums[r] += weights[r] * value;
      weights += Block;
    };
    std::size_t k = 0;
    CORTEXPR_NO_UNROLL for (; k + 4 <= K; k += 4) {
      add(k);
      add(k + 1);
      add(k + 2);
      add(k + 3);
    }
    for (; k < K; ++k) add(k);
    std::int32_t results[Block];
    CORTEXPR_UNROLL for (std::size_t r = 0; r < Block; ++r) results[r] = sums[r];
    sink(row, results);
  }
};

}  // namespace cortexpr::simd
