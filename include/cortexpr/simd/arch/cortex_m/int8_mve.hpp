#pragma once

#include <arm_mve.h>

#include <cortexpr/simd/arch/scalar/int8.hpp>
#include <cortexpr/simd/arch/scalar/int8_order.hpp>
#include <cstddef>
#include <cstdint>

namespace cortexpr::simd {

/// For Cortex-M with Helium. VMLADAV adds 16 products to a sum. x needs no conversion, and no element beyond it is read.
template <std::size_t Rows, std::size_t Columns>
struct MveInt8 : RegisterOrder<Rows, Columns> {
  using RegisterOrder<Rows, Columns>::lanes, RegisterOrder<Rows, Columns>::row_bytes,
      RegisterOrder<Rows, Columns>::fours;
  using Operand = std::int8_t;
  static constexpr bool expands = false;
  static constexpr std::size_t operand_elements = Columns;

  template <class Value, class Consumer>
  static void multiply(const std::int8_t* packed, const Value* x, const Consumer& consumer) {
    if constexpr (fours > 0) {
      CORTEXPR_NO_UNROLL_FOR (std::size_t row = 0; row < fours; row += 4)
        multiply_block<4>(packed + row * row_bytes, x, row, consumer);
    }
    if constexpr (fours < Rows) multiply_block<Rows - fours>(packed + fours * row_bytes, x, fours, consumer);
  }

  /// VMULH computes the upper halves of 64-bit products; VRSHL rounds to the nearest integer, halves upwards, so that of
  /// the offset only the zero point is added. The compiler removes the operator << where the shift is a constant 0; it
  /// does not do that with intrinsics.
  static CORTEXPR_INLINE void requantize(const std::int32_t (&sums)[4], const std::int32_t* bias,
                                         const std::int32_t* factor, std::int32_t sum_shift, std::int32_t shift,
                                         std::int32_t offset, std::int32_t lowest, std::int32_t highest,
                                         std::int8_t* values) {
    const int32x4_t shifted = vldrwq_s32(sums) << sum_shift;
    const int32x4_t upper = vmulhq_s32(vaddq_s32(shifted, vldrwq_s32(bias)), vldrwq_s32(factor));
    const int32x4_t result = vaddq_n_s32(vrshlq_n_s32(upper, -shift), offset >> shift);
    vstrbq_s32(values, vminq_s32(vmaxq_s32(result, vdupq_n_s32(lowest)), vdupq_n_s32(highest)));
  }

 private:
  static constexpr std::size_t whole = Columns / lanes * lanes;
  template <std::size_t Count>
  struct Bytes {
    std::int8_t values[Count];
  };

  static CORTEXPR_INLINE int8x16_t load(const std::int8_t* x) { return vldrbq_s8(x); }
  static CORTEXPR_INLINE int8x16_t load(const std::uint8_t* x) {
    return vreinterpretq_s8_u8(veorq_u8(vldrbq_u8(x), vdupq_n_u8(0x80)));
  }
  /// Loads the lanes that `which` names. The value of the others does not matter: their weights are 0.
  static CORTEXPR_INLINE int8x16_t load_some(const std::int8_t* x, mve_pred16_t which) { return vldrbq_z_s8(x, which); }
  static CORTEXPR_INLINE int8x16_t load_some(const std::uint8_t* x, mve_pred16_t which) {
    return vreinterpretq_s8_u8(veorq_u8(vldrbq_z_u8(x, which), vdupq_n_u8(0x80)));
  }

  /// sums = four rows of weights times x, over the whole registers of a row, at least one. The loop is assembly because
  /// GCC 12 moves the loads of the intrinsics away from the products and then spills registers.
  template <class Value>
  static CORTEXPR_INLINE void multiply_four(const std::int8_t*& weights, const Value*& x, std::int32_t (&sums)[4]) {
    std::int32_t sum0 = 0, sum1 = 0, sum2 = 0, sum3 = 0;
    typedef std::uint64_t Two __attribute__((may_alias, aligned(4)));
    const int8x16_t flip = vdupq_n_s8(int8_value(Value{}) == 0 ? 0 : -128);
    int8x16_t values, row;
    __asm__(
        R"(
        dls lr, %[steps]
      1:
        vldrb.8 %q[values], [%[x]], #16
        veor %q[values], %q[values], %q[flip]
        vldrb.8 %q[row], [%[weights]], #16
        vmladava.s8 %[sum0], %q[row], %q[values]
        vldrb.8 %q[row], [%[weights]], #16
        vmladava.s8 %[sum1], %q[row], %q[values]
        vldrb.8 %q[row], [%[weights]], #16
        vmladava.s8 %[sum2], %q[row], %q[values]
        vldrb.8 %q[row], [%[weights]], #16
        vmladava.s8 %[sum3], %q[row], %q[values]
        le lr, 1b
        strd %[sum0], %[sum1], %[lower]
        strd %[sum2], %[sum3], %[upper]
        )"
        : [weights] "+r"(weights), [x] "+r"(x), [sum0] "+&Te"(sum0), [sum1] "+&Te"(sum1), [sum2] "+&Te"(sum2),
          [sum3] "+&Te"(sum3), [values] "=&w"(values), [row] "=&w"(row), [lower] "=m"(reinterpret_cast<Two&>(sums[0])),
          [upper] "=m"(reinterpret_cast<Two&>(sums[2]))
        : [flip] "w"(flip), [steps] "r"(Columns / lanes), "m"(*reinterpret_cast<const Bytes<4 * whole>*>(weights)),
          "m"(*reinterpret_cast<const Bytes<whole>*>(x))
        : "lr");
  }

  template <std::size_t Block, class Value, class Consumer>
  static CORTEXPR_INLINE void multiply_block(const std::int8_t* weights, const Value* x, std::size_t row,
                                             const Consumer& consumer) {
    std::int32_t sums[Block]{};
    const auto add = [&](int8x16_t values) CORTEXPR_INLINE_LAMBDA {
      CORTEXPR_UNROLL_FOR (std::size_t r = 0; r < Block; ++r) {
        sums[r] = vmladavaq_s8(sums[r], load(weights), values);
        weights += lanes;
      }
    };
    if constexpr (Block == 4 && whole > 0)
      multiply_four(weights, x, sums);
    else
      CORTEXPR_NO_UNROLL_FOR (const Value* const end = x + whole; x != end; x += lanes) add(load(x));
    if constexpr (Columns % lanes != 0) add(load_some(x, vctp8q(Columns % lanes)));
    consumer(row, sums);
  }
};

}  // namespace cortexpr::simd
