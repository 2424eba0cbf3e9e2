#pragma once

#include <arm_mve.h>

#include <cortexpr/simd/int8_plain.hpp>
#include <cstddef>
#include <cstdint>

namespace cortexpr::simd {

/// For Cortex-M with Helium: 16 columns of four rows lie one after the other, then of the rows that are left over, each
/// row of them alone. VMLADAV adds 16 products to a sum. x is read as it lies, and nothing beyond it.
template <std::size_t Rows, std::size_t K>
struct MveInt8 {
  static constexpr std::size_t lanes = 16;
  static constexpr std::size_t row_bytes = (K + lanes - 1) / lanes * lanes;
  static constexpr std::size_t bytes = Rows * row_bytes;
  static constexpr std::size_t alignment = 16;
  using Operand = std::int8_t;
  static constexpr bool expands = false;
  static constexpr std::size_t operand_elements = K;

  /// weight is an integer from -127 to 127.
  static constexpr void set(std::int8_t* packed, std::size_t row, std::size_t k, int weight) {
    packed[place(row, k)] = static_cast<std::int8_t>(weight);
  }
  static constexpr int get(const std::int8_t* packed, std::size_t row, std::size_t k) { return packed[place(row, k)]; }

  /// Calls sink(row, sum) for every row, in order.
  template <class Code, class Sink>
  static void multiply(const std::int8_t* packed, const Code* x, const Sink& sink) {
    CORTEXPR_NO_UNROLL for (std::size_t row = 0; row < fours; row += 4)
        multiply_block<4>(packed + row * row_bytes, x, row, sink);
    if constexpr (fours < Rows) multiply_block<Rows - fours>(packed + fours * row_bytes, x, fours, sink);
  }

 private:
  static constexpr std::size_t fours = Rows / 4 * 4;
  struct Lanes {
    std::int8_t values[lanes];
  };

  static constexpr std::size_t place(std::size_t row, std::size_t k) {
    const std::size_t first = row / 4 * 4, block = first < fours ? 4 : Rows - fours;
    return first * row_bytes + (k / lanes * block + row - first) * lanes + k % lanes;
  }

  static CORTEXPR_INLINE int8x16_t load(const std::int8_t* x) { return vldrbq_s8(x); }
  static CORTEXPR_INLINE int8x16_t load(const std::uint8_t* x) {
    return vreinterpretq_s8_u8(veorq_u8(vldrbq_u8(x), vdupq_n_u8(0x80)));
  }
  /// The first ones; the others are of no account, as their weights are 0.
  static CORTEXPR_INLINE int8x16_t load_some(const std::int8_t* x, mve_pred16_t which) { return vldrbq_z_s8(x, which); }
  static CORTEXPR_INLINE int8x16_t load_some(const std::uint8_t* x, mve_pred16_t which) {
    return vreinterpretq_s8_u8(veorq_u8(vldrbq_z_u8(x, which), vdupq_n_u8(0x80)));
  }

  /// sum += 16 weights times values; on to the next weights. GCC, which knows the intrinsics for these two instructions,
  /// would take them apart, and has too few registers then.
  static CORTEXPR_INLINE void multiply_add(std::int32_t& sum, const std::int8_t*& weights, int8x16_t values) {
    int8x16_t row;
    __asm__("vldrb.8 %q[row], [%[weights]], #16\n\tvmladava.s8 %[sum], %q[row], %q[values]"
            : [sum] "+Te"(sum), [weights] "+r"(weights), [row] "=&w"(row)
            : [values] "w"(values), "m"(*reinterpret_cast<const Lanes*>(weights)));
  }

  template <std::size_t Block, class Code, class Sink>
  static CORTEXPR_INLINE void multiply_block(const std::int8_t* weights, const Code* x, std::size_t row,
                                             const Sink& sink) {
    std::int32_t sums[Block]{};
    const auto add = [&](int8x16_t values) CORTEXPR_INLINE_LAMBDA {
      CORTEXPR_UNROLL for (std::size_t r = 0; r < Block; ++r) multiply_add(sums[r], weights, values);
    };
    CORTEXPR_NO_UNROLL for (const Code* const end = x + K / lanes * lanes; x != end; x += lanes) add(load(x));
    if constexpr (K % lanes != 0) add(load_some(x, vctp8q(K % lanes)));
    std::int32_t results[Block];
    CORTEXPR_UNROLL for (std::size_t r = 0; r < Block; ++r) results[r] = sums[r];
    CORTEXPR_NO_UNROLL for (std::size_t r = 0; r < Block; ++r) sink(row + r, results[r]);
  }
};

}  // namespace cortexpr::simd
