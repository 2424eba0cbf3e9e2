#pragma once

#include <arm_mve.h>

#include <cortexpr/config.hpp>
#include <cortexpr/core/math/constant.hpp>
#include <cstddef>
#include <cstdint>

/// Packs of the vector extension of Cortex-M (MVE, Helium). The arithmetic is that of IEEE 754, except that subnormal
/// operands and results are flushed to zero. -mcpu=cortex-m55+nomve.fp keeps subnormal numbers and gives up the
/// vectors; CORTEXPR_NO_SIMD alone would not suffice, because GCC vectorizes loops by itself.
namespace cortexpr::simd {

/// The result of a comparison of MvePacks: one bit for each byte.
struct [[CORTEXPR_ABI]] MveMask {
  mve_pred16_t value;

  friend CORTEXPR_INLINE MveMask operator&(MveMask a, MveMask b) { return of(a.value & b.value); }
  friend CORTEXPR_INLINE MveMask operator|(MveMask a, MveMask b) { return of(a.value | b.value); }
  friend CORTEXPR_INLINE MveMask operator!(MveMask a) { return of(~a.value); }
  friend CORTEXPR_INLINE bool any(MveMask a) { return a.value != 0; }
  friend CORTEXPR_INLINE bool all(MveMask a) { return a.value == 0xFFFF; }

 private:
  static CORTEXPR_INLINE MveMask of(int bits) { return {static_cast<mve_pred16_t>(bits)}; }
};

/// Four floats; simd/pack.hpp documents the operations.
struct [[CORTEXPR_ABI]] MvePack {
  using value_type = float;
  using mask_type = MveMask;
  using Layout = detail::FloatLayout<float>;
  using index_type = uint32x4_t;
  static constexpr std::size_t lanes = 4;

  float32x4_t value;

  static CORTEXPR_INLINE MvePack broadcast(float x) { return {vdupq_n_f32(x)}; }
  static CORTEXPR_INLINE MvePack zero() { return broadcast(0); }
  static CORTEXPR_INLINE MvePack load(const float* from) { return {*reinterpret_cast<const Aligned*>(from)}; }
  static CORTEXPR_INLINE MvePack load_unaligned(const float* from) { return {vldrwq_f32(from)}; }
  /// Converts four bytes to float. GCC 12 would convert them one by one.
  static CORTEXPR_INLINE MvePack load_bytes(const std::uint8_t* from) { return {vcvtq_f32_u32(vldrbq_u32(from))}; }
  CORTEXPR_INLINE void store(float* to) const { *reinterpret_cast<Aligned*>(to) = value; }
  CORTEXPR_INLINE void store_unaligned(float* to) const { vstrwq_f32(to, value); }

  CORTEXPR_INLINE float operator[](std::size_t lane) const { return value[lane]; }

  friend CORTEXPR_INLINE MvePack operator+(MvePack a, MvePack b) { return {a.value + b.value}; }
  friend CORTEXPR_INLINE MvePack operator-(MvePack a, MvePack b) { return {a.value - b.value}; }
  friend CORTEXPR_INLINE MvePack operator*(MvePack a, MvePack b) { return {a.value * b.value}; }
  friend CORTEXPR_INLINE MvePack operator-(MvePack a) { return {vnegq_f32(a.value)}; }
  // MVE has no vector instruction for division or the square root.
  friend CORTEXPR_INLINE MvePack operator/(MvePack a, MvePack b) {
    return {float32x4_t{a[0] / b[0], a[1] / b[1], a[2] / b[2], a[3] / b[3]}};
  }
  friend CORTEXPR_INLINE MvePack sqrt(MvePack a) {
    return {float32x4_t{__builtin_sqrtf(a[0]), __builtin_sqrtf(a[1]), __builtin_sqrtf(a[2]), __builtin_sqrtf(a[3])}};
  }

  // The instructions for < and <= return true for NaN.
  friend CORTEXPR_INLINE MveMask operator<(MvePack a, MvePack b) { return b > a; }
  friend CORTEXPR_INLINE MveMask operator<=(MvePack a, MvePack b) { return b >= a; }
  friend CORTEXPR_INLINE MveMask operator>(MvePack a, MvePack b) { return {vcmpgtq_f32(a.value, b.value)}; }
  friend CORTEXPR_INLINE MveMask operator>=(MvePack a, MvePack b) { return {vcmpgeq_f32(a.value, b.value)}; }
  friend CORTEXPR_INLINE MveMask operator==(MvePack a, MvePack b) { return {vcmpeqq_f32(a.value, b.value)}; }

  friend CORTEXPR_INLINE MvePack select(MveMask mask, MvePack a, MvePack b) {
    return {vpselq_f32(a.value, b.value, mask.value)};
  }
  friend CORTEXPR_INLINE MvePack max(MvePack a, MvePack b) { return select(a > b, a, b); }
  friend CORTEXPR_INLINE MvePack min(MvePack a, MvePack b) { return select(a < b, a, b); }

  friend CORTEXPR_INLINE MvePack fma(MvePack a, MvePack b, MvePack c) {
    if constexpr (!CORTEXPR_HAS_FMA) return opaque(a * b) + c;
    return {vfmaq_f32(c.value, a.value, b.value)};
  }

  friend CORTEXPR_INLINE MvePack abs(MvePack a) { return {vabsq_f32(a.value)}; }
  friend CORTEXPR_INLINE MvePack copysign(MvePack magnitude, MvePack sign) {
    return from_bits((bits(magnitude) & ~Layout::sign_mask) | (bits(sign) & Layout::sign_mask));
  }

  friend CORTEXPR_INLINE MvePack round_to_even(MvePack a) {
    return {(a.value + Layout::integer_offset) - Layout::integer_offset};
  }
  friend CORTEXPR_INLINE MvePack add_to_exponent(MvePack a, MvePack offset_integer) {
    return from_bits(bits(a) + (bits(offset_integer) << Layout::mantissa_bits));
  }
  friend CORTEXPR_INLINE MvePack exponent(MvePack a) {
    const uint32x4_t field = (bits(a) + Layout::split_shift) >> Layout::mantissa_bits;
    return {from_bits(field | Layout::exponent_base).value - Layout::exponent_offset};
  }
  friend CORTEXPR_INLINE MvePack mantissa(MvePack a) {
    return from_bits(((bits(a) + Layout::split_shift) & Layout::mantissa_mask) + Layout::sqrt_half);
  }

  static CORTEXPR_INLINE index_type half_octave(MvePack a, float lowest, float highest) {
    const uint32x4_t magnitude = bits(abs(a));
    const uint32x4_t limited = vminq_u32(vmaxq_u32(magnitude, bits(broadcast(lowest))), bits(broadcast(highest)));
    return limited >> (Layout::mantissa_bits - 1);
  }
  static CORTEXPR_INLINE MvePack lookup(const float (&table)[16], index_type index) {
    return {vldrwq_gather_shifted_offset_f32(table, index & 15)};
  }

  friend CORTEXPR_INLINE MvePack even_lanes(MvePack a, MvePack b) { return of(a[0], a[2], b[0], b[2]); }
  friend CORTEXPR_INLINE MvePack odd_lanes(MvePack a, MvePack b) { return of(a[1], a[3], b[1], b[3]); }
  friend CORTEXPR_INLINE MvePack zip_lower(MvePack a, MvePack b) { return of(a[0], b[0], a[1], b[1]); }
  friend CORTEXPR_INLINE MvePack zip_upper(MvePack a, MvePack b) { return of(a[2], b[2], a[3], b[3]); }

  friend CORTEXPR_INLINE void transpose(MvePack (&rows)[4]) {
    const MvePack a = rows[0], b = rows[1], c = rows[2], d = rows[3];
    CORTEXPR_UNROLL_FOR (std::size_t i = 0; i < 4; ++i) rows[i] = of(a[i], b[i], c[i], d[i]);
  }
  friend CORTEXPR_INLINE MvePack sums_of_lanes(const MvePack* rows) {
    MvePack columns[4] = {rows[0], rows[1], rows[2], rows[3]};
    transpose(columns);
    return (columns[0] + columns[2]) + (columns[1] + columns[3]);
  }

  friend CORTEXPR_INLINE MvePack opaque(MvePack a) {
    asm("" : CORTEXPR_FLOAT_REGISTER(a.value));
    return a;
  }

 private:
  typedef float Aligned __attribute__((vector_size(16), may_alias));

  /// A lane is a scalar register of the same register file, so that this costs moves only.
  static CORTEXPR_INLINE MvePack of(float a, float b, float c, float d) { return {float32x4_t{a, b, c, d}}; }
  static CORTEXPR_INLINE uint32x4_t bits(MvePack a) { return reinterpret_cast<uint32x4_t>(a.value); }
  static CORTEXPR_INLINE MvePack from_bits(uint32x4_t bits) { return {reinterpret_cast<float32x4_t>(bits)}; }
};

}  // namespace cortexpr::simd
