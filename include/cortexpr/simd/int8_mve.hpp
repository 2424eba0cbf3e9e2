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

  /// Calls sink(row, sums) for blocks of rows, in order.
  template <class Code, class Sink>
  static void multiply(const std::int8_t* packed, const Code* x, const Sink& sink) {
    if constexpr (fours > 0) {
      CORTEXPR_NO_UNROLL for (std::size_t row = 0; row < fours; row += 4)
          multiply_block<4>(packed + row * row_bytes, x, row, sink);
    }
    if constexpr (fours < Rows) multiply_block<Rows - fours>(packed + fours * row_bytes, x, fours, sink);
  }

  /// VMULH gives the upper halves of products, VRSHL rounds while it shifts.
  static CORTEXPR_INLINE void requantize(const std::int32_t (&sums)[4], const std::int32_t* bias,
                                         const std::int32_t* factor, std::int32_t shift, std::int32_t zero,
                                         std::int32_t lowest, std::int32_t highest, std::int8_t* codes) {
    const int32x4_t upper = vmulhq_s32(vaddq_s32(vldrwq_s32(sums), vldrwq_s32(bias)), vldrwq_s32(factor));
    const int32x4_t code = vaddq_n_s32(vrshlq_n_s32(upper, -shift), zero);
    vstrbq_s32(codes, vminq_s32(vmaxq_s32(code, vdupq_n_s32(lowest)), vdupq_n_s32(highest)));
  }

 private:
  static constexpr std::size_t fours = Rows / 4 * 4;
  static constexpr std::size_t whole = K / lanes * lanes;
  template <std::size_t Count>
  struct Bytes {
    std::int8_t values[Count];
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

  /// sums = four rows of weights times x, over whole registers, of which there is at least one. GCC knows intrinsics for
  /// all of it, but takes the loads apart from the products, and has too few registers then.
  template <class Code>
  static CORTEXPR_INLINE void multiply_four(const std::int8_t*& weights, const Code*& x, std::int32_t (&sums)[4]) {
    std::int32_t sum0 = 0, sum1 = 0, sum2 = 0, sum3 = 0;
    typedef std::uint64_t Two __attribute__((may_alias, aligned(4)));
    const int8x16_t flip = vdupq_n_s8(code_of(Code{}) == 0 ? 0 : -128);
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
        : [flip] "w"(flip), [steps] "r"(K / lanes), "m"(*reinterpret_cast<const Bytes<4 * whole>*>(weights)),
          "m"(*reinterpret_cast<const Bytes<whole>*>(x))
        : "lr");
  }

  template <std::size_t Block, class Code, class Sink>
  static CORTEXPR_INLINE void multiply_block(const std::int8_t* weights, const Code* x, std::size_t row,
                                             const Sink& sink) {
    std::int32_t sums[Block]{};
    const auto add = [&](int8x16_t values) CORTEXPR_INLINE_LAMBDA {
      CORTEXPR_UNROLL for (std::size_t r = 0; r < Block; ++r) {
        sums[r] = vmladavaq_s8(sums[r], load(weights), values);
        weights += lanes;
      }
    };
    if constexpr (Block == 4 && whole > 0)
      multiply_four(weights, x, sums);
    else
      CORTEXPR_NO_UNROLL for (const Code* const end = x + whole; x != end; x += lanes) add(load(x));
    if constexpr (K % lanes != 0) add(load_some(x, vctp8q(K % lanes)));
    sink(row, sums);
  }
};

}  // namespace cortexpr::simd
