#pragma once

#include <cortexpr/config.hpp>
#include <cortexpr/simd/arch/scalar/int8.hpp>
#include <cortexpr/simd/arch/scalar/int8_order.hpp>
#include <cstddef>
#include <cstdint>

namespace cortexpr::detail {

/// sums[row] = weights[Stride k + row] x[k], summed over k, for `Count` rows. The pointers, an element of x, a weight
/// and four sums fill the eight registers that most instructions of Thumb-1 can name. GCC 12 keeps them there only if
/// it computes in this order (the empty assembly keeps the order) and in a function of its own; inlined, or without the
/// assembly, an inference takes up to a quarter more instructions.
template <std::size_t Count, std::size_t Stride, std::size_t Columns, class Value>
CORTEXPR_SHARED void sums_of_rows(const std::int8_t* weights, const Value* x, std::int32_t (&sums)[Count]) {
  std::int32_t sum[Count]{};
  const auto add = [&](std::size_t k) CORTEXPR_INLINE_LAMBDA {
    asm volatile("" : "+l"(x));
    std::int32_t value = simd::int8_value(x[k]);
    asm volatile("" : "+l"(value));
    CORTEXPR_UNROLL_FOR (std::size_t row = 0; row < Count; ++row) {
      sum[row] += weights[Stride * k + row] * value;
      asm volatile("" : "+l"(sum[row]));
    }
  };
  constexpr std::size_t step = Columns < 4 ? 1 : 4;
  const Value* const end = x + Columns / step * step;
  CORTEXPR_NO_UNROLL do {
    CORTEXPR_UNROLL_FOR (std::size_t k = 0; k < step; ++k) add(k);
    x += step;
    weights += step * Stride;
  }
  while (x != end);
  CORTEXPR_NO_UNROLL_FOR (std::size_t rest = Columns % step; rest > 0; --rest) {
    add(0);
    ++x;
    weights += Stride;
  }
  CORTEXPR_UNROLL_FOR (std::size_t row = 0; row < Count; ++row) sums[row] = sum[row];
}

}  // namespace cortexpr::detail

namespace cortexpr::simd {

/// For Cortex-M0, M0+, M1 and M23, in the order BlockOrder. Rows are computed in blocks of four, so that an element of
/// x is loaded once for four rows.
template <std::size_t Rows, std::size_t Columns>
struct Thumb1Int8 : BlockOrder<Rows, Columns> {
  using Operand = std::int8_t;
  static constexpr bool expands = false;
  static constexpr std::size_t operand_elements = Columns;

  template <class Value, class Consumer>
  static void multiply(const std::int8_t* packed, const Value* x, const Consumer& consumer) {
    constexpr std::size_t eights = Rows / 8 * 8, fours = Rows / 4 * 4, pairs = Rows / 2 * 2;
    CORTEXPR_NO_UNROLL_FOR (std::size_t row = 0; row < eights; row += 4) multiply_rows<4, 8>(packed, x, row, consumer);
    if constexpr (eights < fours) multiply_rows<4, 4>(packed, x, eights, consumer);
    if constexpr (fours < pairs) multiply_rows<2, 2>(packed, x, fours, consumer);
    if constexpr (pairs < Rows) multiply_rows<1, 1>(packed, x, pairs, consumer);
  }

 private:
  template <std::size_t Count, std::size_t Stride, class Value, class Consumer>
  static CORTEXPR_INLINE void multiply_rows(const std::int8_t* packed, const Value* x, std::size_t row,
                                            const Consumer& consumer) {
    std::int32_t sums[Count];
    detail::sums_of_rows<Count, Stride, Columns>(packed + row / Stride * Stride * Columns + row % Stride, x, sums);
    consumer(row, sums);
  }
};

}  // namespace cortexpr::simd
