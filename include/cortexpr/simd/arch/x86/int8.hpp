#pragma once

#include <cortexpr/config.hpp>
#include <cortexpr/simd/arch/scalar/int8.hpp>
#include <cortexpr/simd/arch/x86/integer_instructions.hpp>
#include <cstddef>
#include <cstdint>

namespace cortexpr::simd {

/// Lanes are rows. Each lane holds two neighbouring columns of its row, sign-extended to 16 bits; VPMADDWD multiplies
/// them with two elements of x and adds the two products. (VPMADDUBSW, which takes bytes, saturates.) Up to four
/// registers of rows are computed side by side; the rows that do not fill a register take one of the narrowest that
/// holds them.
template <std::size_t Rows, std::size_t Columns>
struct X86Int8 {
  static constexpr std::size_t widest = CORTEXPR_AVX512BW ? 16 : CORTEXPR_AVX2 ? 8 : 4;
  static constexpr std::size_t whole_rows = Rows / widest * widest;
  static constexpr std::size_t rest_lanes = [] {
    std::size_t lanes = 4;
    while (lanes < Rows - whole_rows) lanes *= 2;
    return Rows == whole_rows ? 0 : lanes;
  }();
  static constexpr std::size_t pairs = (Columns + 1) / 2;
  static constexpr std::size_t bytes = (whole_rows + rest_lanes) * pairs * 2;
  static constexpr std::size_t alignment = 2 * widest;
  using Operand = std::int16_t;
  static constexpr bool expands = true;
  static constexpr std::size_t operand_elements = 2 * pairs;

  static constexpr void set(std::int8_t* packed, std::size_t row, std::size_t k, int weight) {
    packed[offset(row, k)] = static_cast<std::int8_t>(weight);
  }
  static constexpr int get(const std::int8_t* packed, std::size_t row, std::size_t k) { return packed[offset(row, k)]; }

  /// Sign-extends x to 16 bits.
  template <class Value>
  static void expand(const Value* __restrict values, Operand* __restrict operands) {
    for (std::size_t k = 0; k < Columns; ++k) operands[k] = static_cast<Operand>(int8_value(values[k]));
    if constexpr (Columns % 2 != 0) operands[Columns] = 0;
  }

  template <class Consumer>
  static void multiply(const std::int8_t* packed, const Operand* x, const Consumer& consumer) {
    constexpr std::size_t registers = whole_rows / widest, wide = registers / side_by_side * side_by_side;
    for (std::size_t r = 0; r < wide; r += side_by_side)
      multiply_registers<side_by_side, widest, widest>(packed, x, r * widest, consumer);
    if constexpr (wide < registers)
      multiply_registers<registers - wide, widest, widest>(packed, x, wide * widest, consumer);
    if constexpr (whole_rows < Rows)
      multiply_registers<1, rest_lanes, Rows - whole_rows>(packed, x, whole_rows, consumer);
  }

#if CORTEXPR_AVX2
  template <std::size_t Block>
    requires(Block == 8 || Block == widest)
  static CORTEXPR_INLINE void requantize(const std::int32_t (&sums)[Block], const std::int32_t* bias,
                                         const std::int32_t* factor, std::int32_t sum_shift, std::int32_t shift,
                                         std::int32_t offset, std::int32_t lowest, std::int32_t highest,
                                         std::int8_t* values) {
    using Integers = typename detail::VectorOf<std::int32_t, 4 * Block>::type;
    using Loaded = typename detail::VectorOf<std::int32_t, 4 * Block>::unaligned;
    const auto load = [](const std::int32_t* from)
                          CORTEXPR_INLINE_LAMBDA { return Integers{*reinterpret_cast<const Loaded*>(from)}; };
    const Integers upper = detail::upper_products((load(sums) << sum_shift) + load(bias), load(factor));
    Integers result = (upper + offset) >> shift;
    result = result < lowest ? Integers{} + lowest : result;
    result = result > highest ? Integers{} + highest : result;
    detail::store_bytes(reinterpret_cast<detail::IntegerRegister<4 * Block>>(result), values);
  }
#endif

 private:
  static constexpr std::size_t side_by_side = 4;

  static constexpr std::size_t offset(std::size_t row, std::size_t k) {
    const std::size_t first = row / (side_by_side * widest) * (side_by_side * widest);
    if (row >= whole_rows) return whole_rows * pairs * 2 + (k / 2 * rest_lanes + row - whole_rows) * 2 + k % 2;
    const std::size_t lanes = whole_rows - first < side_by_side * widest ? whole_rows - first : side_by_side * widest;
    return first * pairs * 2 + (k / 2 * lanes + row - first) * 2 + k % 2;
  }

  /// `Registers` registers of `Lanes` rows each; only the first `Used` lanes hold rows of the matrix.
  template <std::size_t Registers, std::size_t Lanes, std::size_t Used, class Consumer>
  static CORTEXPR_INLINE void multiply_registers(const std::int8_t* packed, const Operand* x, std::size_t row,
                                                 const Consumer& consumer) {
    using Sums = typename detail::VectorOf<std::int32_t, 4 * Lanes>::type;
    const std::int8_t* weights = packed + row * pairs * 2;
    Sums sums[Registers]{};
    CORTEXPR_NO_UNROLL_FOR (std::size_t pair = 0; pair < pairs; ++pair) {
      std::int32_t two;
      __builtin_memcpy(&two, x + 2 * pair, 4);
      const auto values = reinterpret_cast<typename detail::VectorOf<std::int16_t, 4 * Lanes>::type>(Sums{} + two);
      CORTEXPR_UNROLL_FOR (std::size_t r = 0; r < Registers; ++r) {
        sums[r] += detail::add_products(detail::sign_extended<2 * Lanes>(weights), values);
        weights += 2 * Lanes;
      }
    }
    CORTEXPR_UNROLL_FOR (std::size_t r = 0; r < Registers; ++r) {
      std::int32_t results[Used];
      if constexpr (Used == Lanes)
        *reinterpret_cast<typename detail::VectorOf<std::int32_t, 4 * Lanes>::unaligned*>(results) = sums[r];
      else
        CORTEXPR_UNROLL_FOR (std::size_t i = 0; i < Used; ++i) results[i] = sums[r][i];
      consumer(row + r * Lanes, results);
    }
  }
};

}  // namespace cortexpr::simd
