#pragma once

#include <cortexpr/config.hpp>
#include <cortexpr/simd/scalar_pack.hpp>
#if CORTEXPR_USE_XSIMD
#include <cortexpr/simd/xsimd_pack.hpp>
#elif CORTEXPR_MVE_FLOAT
#include <cortexpr/simd/mve_pack.hpp>
#endif

#include <cstddef>
#include <type_traits>

/// A pack is a register of `lanes` values of `value_type` (float or double); kernels are templates over it.
///   P::broadcast(x), P::zero(), P::load(p), P::load_unaligned(p), a.store(p), a.store_unaligned(p)
///                         `load` and `store` need p aligned to the pack's size
///   a.lower(), a.upper()  the two halves, as packs of half as many lanes; more than 16 bytes only
///   a[i]                  one lane
///   a + b, a - b, a * b, a / b, -a
///   a < b, <=, >, >=, ==  give a P::mask_type, which has &, |, !, any(mask), all(mask)
///   select(mask, a, b)    mask ? a : b
///   fma(a, b, c)          a * b + c, rounded once where CORTEXPR_HAS_FMA, else twice
///   max(a, b), min(a, b)  a > b ? a : b and a < b ? a : b, so b where one is not a number
///   abs(a), copysign(magnitude, sign), sqrt(a)
///   round_to_even(a)      the nearest integer, for |a| <= 2^22 (float), 2^51 (double)
///   add_to_exponent(a, n + FloatLayout<T>::integer_offset)
///                         a * 2^n for an integer n, by integer arithmetic; a and the result must be normal
///   exponent(a), mantissa(a)
///                         a = mantissa * 2^exponent, mantissa in [sqrt(1/2), sqrt(2)); a must be positive and normal
///   P::half_octave(a, lowest, highest), P::lookup(table, index)
///                         a P::index_type: bits(|a|) >> (mantissa bits - 1) after limiting |a| to the two (positive)
///                         bounds, any index where a is not a number; and table[index % 16], of float only
///   even_lanes(a, b), odd_lanes(a, b), zip_lower(a, b), zip_upper(a, b)
///                         part the lanes of a and, after them, of b; and the way back: a[0], b[0], a[1], b[1], ...
///   transpose(rows)       rows of a square matrix become its columns; more than one lane only
///   sums_of_lanes(rows)   the sums over the lanes of each of `lanes` packs, as one pack: 8 + 8, 4 + 4, 2 + 2, 1 + 1
///   opaque(a)             a, in a register, as a value that the optimiser knows nothing about
/// All backends, and constant expressions with ScalarPack, give the same bits; but for MvePack, which takes subnormal
/// numbers for zeros, and gives zeros for them (mve_pack.hpp tells how to keep them).
namespace cortexpr::simd {

/// The lanes of the target's widest register of T.
template <class T>
#if CORTEXPR_USE_XSIMD
inline constexpr std::size_t native_lanes = xsimd_lanes<T>;
#elif CORTEXPR_MVE_FLOAT
inline constexpr std::size_t native_lanes = std::is_same_v<T, float> ? MvePack::lanes : 1;
#else
inline constexpr std::size_t native_lanes = 1;
#endif

}  // namespace cortexpr::simd

namespace cortexpr::detail {

template <class T, std::size_t Lanes>
struct PackOf {
  static_assert(Lanes != 0 && (Lanes & (Lanes - 1)) == 0 && Lanes <= simd::native_lanes<T>,
                "Pack: the number of lanes must be a power of two that the target has; see native_lanes");
#if CORTEXPR_USE_XSIMD
  using type = simd::XsimdPack<T, Lanes>;
#elif CORTEXPR_MVE_FLOAT
  using type = simd::MvePack;
#endif
};

template <class T>
struct PackOf<T, 1> {
  using type = simd::ScalarPack<T>;
};

}  // namespace cortexpr::detail

namespace cortexpr::simd {

/// The backend for `Lanes` values of T: 1, 4 (2 for double), and doubling up to `native_lanes<T>`.
template <class T, std::size_t Lanes>
using Pack = typename detail::PackOf<T, Lanes>::type;

template <class T>
using NativePack = Pack<T, native_lanes<T>>;

/// A pointer of which the optimiser knows nothing: neither what is there, nor that the last iteration has read it.
template <class T>
CORTEXPR_INLINE constexpr const T* opaque(const T* pointer) {
  if (!std::is_constant_evaluated()) asm("" : "+r"(pointer));
  return pointer;
}

/// Asks for the cache line at `address`; does nothing in a constant expression, and on a microcontroller.
CORTEXPR_INLINE constexpr void prefetch(const void* address) {
  if (CORTEXPR_PREFETCHES && !std::is_constant_evaluated()) __builtin_prefetch(address);
}

}  // namespace cortexpr::simd
