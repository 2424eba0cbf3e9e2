#pragma once

#include <cortexpr/config.hpp>
#include <cortexpr/simd/arch/scalar/int8.hpp>
#include <cortexpr/simd/arch/scalar/int8_order.hpp>
#include <cortexpr/simd/arch/x86/integer_instructions.hpp>
#include <cstddef>
#include <cstdint>

namespace cortexpr::simd {

/// Lanes are rows. Each lane holds two neighbouring columns of its row, sign-extended to 16 bits; VPMADDWD multiplies
/// them with two elements of x and adds the two products. (VPMADDUBSW, which takes bytes, saturates.)
template <std::size_t Rows, std::size_t Columns>
struct [[CORTEXPR_ABI]] X86Int8 : PairOrder<Rows, Columns> {
  using Order = PairOrder<Rows, Columns>;
  using Order::pairs;
  static constexpr std::size_t widest = CORTEXPR_AVX512BW ? 16 : CORTEXPR_AVX2 ? 8 : 4;
  using Operand = std::int16_t;
  static constexpr bool expands = true;
  static constexpr std::size_t operand_elements = 2 * pairs;

  /// Sign-extends x to 16 bits.
  template <class Value>
  static void expand(const Value* __restrict values, Operand* __restrict operands) {
    for (std::size_t k = 0; k < Columns; ++k) operands[k] = static_cast<Operand>(int8_value(values[k]));
    if constexpr (Columns % 2 != 0) operands[Columns] = 0;
  }

  template <class Consumer>
  static void multiply(const std::int8_t* packed, const Operand* x, const Consumer& consumer) {
    constexpr std::size_t most = Order::most_rows, whole = Order::whole_rows, full = whole / most * most;
    for (std::size_t row = 0; row < full; row += most) multiply_group<most, most>(packed, x, row, consumer);
    if constexpr (full < whole) multiply_group<whole - full, whole - full>(packed, x, full, consumer);
    if constexpr (whole < Rows) multiply_group<Order::padded_rest, Rows - whole>(packed, x, whole, consumer);
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
  /// `Group` rows that lie side by side, of which the first `Used` are rows of the matrix.
  template <std::size_t Group, std::size_t Used, class Consumer>
  static CORTEXPR_INLINE void multiply_group(const std::int8_t* packed, const Operand* x, std::size_t row,
                                             const Consumer& consumer) {
    constexpr std::size_t lanes = Group < widest ? Group : widest, registers = (Used + lanes - 1) / lanes;
    // With AVX2 and AVX-512 a whole group, so that the weights are read in the order of memory: half a group at a time
    // took 10 % longer.
    constexpr std::size_t most = widest == 16 ? 4 : 8, side_by_side = registers < most ? registers : most;
    constexpr std::size_t rest = registers % side_by_side;
    const std::int8_t* const weights = packed + row * pairs * 2;
    for (std::size_t r = 0; r < registers - rest; r += side_by_side)
      multiply_registers<side_by_side, lanes, Group, Used>(weights, x, row, r * lanes, consumer);
    if constexpr (rest > 0)
      multiply_registers<rest, lanes, Group, Used>(weights, x, row, (registers - rest) * lanes, consumer);
  }

  template <std::size_t Registers, std::size_t Lanes, std::size_t Group, std::size_t Used, class Consumer>
  static CORTEXPR_INLINE void multiply_registers(const std::int8_t* weights, const Operand* x, std::size_t row,
                                                 std::size_t first, const Consumer& consumer) {
    using Sums = typename detail::VectorOf<std::int32_t, 4 * Lanes>::type;
    weights += 2 * first;
    Sums sums[Registers]{};
    CORTEXPR_NO_UNROLL_FOR (std::size_t pair = 0; pair < pairs; ++pair) {
      std::int32_t two;
      __builtin_memcpy(&two, x + 2 * pair, 4);
      const auto values = reinterpret_cast<typename detail::VectorOf<std::int16_t, 4 * Lanes>::type>(Sums{} + two);
      CORTEXPR_UNROLL_FOR (std::size_t r = 0; r < Registers; ++r)
        sums[r] += detail::add_products(detail::sign_extended<2 * Lanes>(weights + 2 * Lanes * r), values);
      weights += 2 * Group;
    }
    CORTEXPR_UNROLL_FOR (std::size_t r = 0; r < Registers; ++r) {
      constexpr std::size_t last = Used % Lanes;
      const std::size_t begin = first + r * Lanes;
      if (last == 0 || begin + Lanes <= Used) {
        std::int32_t results[Lanes];
        *reinterpret_cast<typename detail::VectorOf<std::int32_t, 4 * Lanes>::unaligned*>(results) = sums[r];
        consumer(row + begin, results);
      } else if constexpr (last > 0) {
        std::int32_t results[last];
        CORTEXPR_UNROLL_FOR (std::size_t i = 0; i < last; ++i) results[i] = sums[r][i];
        consumer(row + begin, results);
      }
    }
  }
};

}  // namespace cortexpr::simd
