#pragma once

#include <cortexpr/config.hpp>
#include <cortexpr/core/math/constant.hpp>
#include <cstddef>
#include <type_traits>

namespace cortexpr::simd {

/// The result of a comparison of ScalarPacks.
struct [[CORTEXPR_ABI]] ScalarMask {
  bool value;

  friend CORTEXPR_INLINE constexpr ScalarMask operator&(ScalarMask a, ScalarMask b) { return {a.value && b.value}; }
  friend CORTEXPR_INLINE constexpr ScalarMask operator|(ScalarMask a, ScalarMask b) { return {a.value || b.value}; }
  friend CORTEXPR_INLINE constexpr ScalarMask operator!(ScalarMask a) { return {!a.value}; }
  friend CORTEXPR_INLINE constexpr bool any(ScalarMask a) { return a.value; }
  friend CORTEXPR_INLINE constexpr bool all(ScalarMask a) { return a.value; }
};

/// One lane, for constant expressions and for targets without SIMD; simd/pack.hpp documents the operations. The
/// functions do not call each other: in a constant expression each call and each temporary costs the compiler as much
/// as a multiply-add.
template <class T>
struct [[CORTEXPR_ABI]] ScalarPack {
  static_assert(std::is_same_v<T, float> || std::is_same_v<T, double>,
                "ScalarPack: the value type must be float or double");

  using value_type = T;
  using mask_type = ScalarMask;
  using Layout = detail::FloatLayout<T>;
  using Bits = typename Layout::Bits;
  using index_type = Bits;
  static constexpr std::size_t lanes = 1;

  T value;

  static CORTEXPR_INLINE constexpr ScalarPack broadcast(T x) { return {x}; }
  static CORTEXPR_INLINE constexpr ScalarPack zero() { return {T{0}}; }
  static CORTEXPR_INLINE constexpr ScalarPack load(const T* from) { return {*from}; }
  static CORTEXPR_INLINE constexpr ScalarPack load_unaligned(const T* from) { return {*from}; }
  CORTEXPR_INLINE constexpr void store(T* to) const { *to = value; }
  CORTEXPR_INLINE constexpr void store_unaligned(T* to) const { *to = value; }

  CORTEXPR_INLINE constexpr T operator[](std::size_t) const { return value; }

  friend CORTEXPR_INLINE constexpr ScalarPack operator+(ScalarPack a, ScalarPack b) { return {a.value + b.value}; }
  friend CORTEXPR_INLINE constexpr ScalarPack operator-(ScalarPack a, ScalarPack b) { return {a.value - b.value}; }
  friend CORTEXPR_INLINE constexpr ScalarPack operator*(ScalarPack a, ScalarPack b) {
    if constexpr (CORTEXPR_FUSES_PRODUCTS) return opaque(ScalarPack{a.value * b.value});
    return {a.value * b.value};
  }
  friend CORTEXPR_INLINE constexpr ScalarPack operator/(ScalarPack a, ScalarPack b) { return {a.value / b.value}; }
  friend CORTEXPR_INLINE constexpr ScalarPack operator-(ScalarPack a) { return {-a.value}; }

  friend CORTEXPR_INLINE constexpr ScalarMask operator<(ScalarPack a, ScalarPack b) { return {a.value < b.value}; }
  friend CORTEXPR_INLINE constexpr ScalarMask operator<=(ScalarPack a, ScalarPack b) { return {a.value <= b.value}; }
  friend CORTEXPR_INLINE constexpr ScalarMask operator>(ScalarPack a, ScalarPack b) { return {a.value > b.value}; }
  friend CORTEXPR_INLINE constexpr ScalarMask operator>=(ScalarPack a, ScalarPack b) { return {a.value >= b.value}; }
  friend CORTEXPR_INLINE constexpr ScalarMask operator==(ScalarPack a, ScalarPack b) { return {a.value == b.value}; }

  friend CORTEXPR_INLINE constexpr ScalarPack fma(ScalarPack a, ScalarPack b, ScalarPack c) {
    if constexpr (!CORTEXPR_HAS_FMA) {
      // `opaque` keeps the rounded product: GCC 12's vectorizer contracts neighbouring sums and differences to
      // fmaddsub even with -ffp-contract=off.
      if constexpr (CORTEXPR_TARGET_HAS_FMA) return opaque(a * b) + c;
      return {a.value * b.value + c.value};
    }
    // GCC does not evaluate the builtin where the result might be subnormal, infinite or NaN.
    constexpr T sure = sizeof(T) == 4 ? T(0x1p-70) : T(0x1p-800);
    if (__builtin_is_constant_evaluated() &&
        !(CORTEXPR_BUILTINS_ARE_CONSTANT &&
          (c.value > sure || c.value < -sure || a.value * b.value > sure || a.value * b.value < -sure)))
      return {detail::constant_fma(a.value, b.value, c.value)};
    if constexpr (std::is_same_v<T, float>)
      return {__builtin_fmaf(a.value, b.value, c.value)};
    else
      return {__builtin_fma(a.value, b.value, c.value)};
  }

  friend CORTEXPR_INLINE constexpr ScalarPack sqrt(ScalarPack a) {
    if (__builtin_is_constant_evaluated() && !(CORTEXPR_BUILTINS_ARE_CONSTANT && a.value >= T{0}))
      return {detail::constant_sqrt(a.value)};
    if constexpr (std::is_same_v<T, float>)
      return {__builtin_sqrtf(a.value)};
    else
      return {__builtin_sqrt(a.value)};
  }

  friend CORTEXPR_INLINE constexpr ScalarPack max(ScalarPack a, ScalarPack b) {
    return {a.value > b.value ? a.value : b.value};
  }
  friend CORTEXPR_INLINE constexpr ScalarPack min(ScalarPack a, ScalarPack b) {
    return {a.value < b.value ? a.value : b.value};
  }

  friend CORTEXPR_INLINE constexpr ScalarPack abs(ScalarPack a) {
    if constexpr (std::is_same_v<T, float>)
      return {__builtin_fabsf(a.value)};
    else
      return {__builtin_fabs(a.value)};
  }

  friend CORTEXPR_INLINE constexpr ScalarPack copysign(ScalarPack magnitude, ScalarPack sign) {
    if constexpr (std::is_same_v<T, float>)
      return {__builtin_copysignf(magnitude.value, sign.value)};
    else
      return {__builtin_copysign(magnitude.value, sign.value)};
  }

  friend CORTEXPR_INLINE constexpr ScalarPack select(ScalarMask mask, ScalarPack a, ScalarPack b) {
    return {mask.value ? a.value : b.value};
  }

  friend CORTEXPR_INLINE constexpr ScalarPack round_to_even(ScalarPack a) {
    return {(a.value + Layout::integer_offset) - Layout::integer_offset};
  }

  friend CORTEXPR_INLINE constexpr ScalarPack add_to_exponent(ScalarPack a, ScalarPack offset_integer) {
    return {__builtin_bit_cast(
        T, static_cast<Bits>(__builtin_bit_cast(Bits, a.value) +
                             (__builtin_bit_cast(Bits, offset_integer.value) << Layout::mantissa_bits)))};
  }

  friend CORTEXPR_INLINE constexpr ScalarPack exponent(ScalarPack a) {
    const Bits field = (__builtin_bit_cast(Bits, a.value) + Layout::split_shift) >> Layout::mantissa_bits;
    return {__builtin_bit_cast(T, static_cast<Bits>(field | Layout::exponent_base)) - Layout::exponent_offset};
  }

  friend CORTEXPR_INLINE constexpr ScalarPack mantissa(ScalarPack a) {
    const Bits low = (__builtin_bit_cast(Bits, a.value) + Layout::split_shift) & Layout::mantissa_mask;
    return {__builtin_bit_cast(T, static_cast<Bits>(low + Layout::sqrt_half))};
  }

  static CORTEXPR_INLINE constexpr index_type half_octave(ScalarPack a, T lowest, T highest) {
    const Bits magnitude = __builtin_bit_cast(Bits, a.value) & ~Layout::sign_mask;
    const Bits low = __builtin_bit_cast(Bits, lowest);
    const Bits high = __builtin_bit_cast(Bits, highest);
    return (magnitude < low ? low : magnitude > high ? high : magnitude) >> (Layout::mantissa_bits - 1);
  }
  static CORTEXPR_INLINE constexpr ScalarPack lookup(const T (&table)[16], index_type index) {
    return {table[index % 16]};
  }

  friend CORTEXPR_INLINE constexpr ScalarPack even_lanes(ScalarPack a, ScalarPack) { return a; }
  friend CORTEXPR_INLINE constexpr ScalarPack odd_lanes(ScalarPack, ScalarPack b) { return b; }
  friend CORTEXPR_INLINE constexpr ScalarPack zip_lower(ScalarPack a, ScalarPack) { return a; }
  friend CORTEXPR_INLINE constexpr ScalarPack zip_upper(ScalarPack, ScalarPack b) { return b; }

  friend CORTEXPR_INLINE constexpr ScalarPack sums_of_lanes(const ScalarPack* rows) { return rows[0]; }

  friend CORTEXPR_INLINE constexpr ScalarPack opaque(ScalarPack a) {
    if (!__builtin_is_constant_evaluated()) asm("" : CORTEXPR_FLOAT_REGISTER(a.value));
    return a;
  }
};

}  // namespace cortexpr::simd
