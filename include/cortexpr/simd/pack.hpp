#pragma once

#include <cortexpr/config.hpp>
#include <cortexpr/simd/arch/scalar/pack.hpp>
#include <cortexpr/simd/select.hpp>

#include <cstddef>
#include <type_traits>

/// A pack is a register of `lanes` values of `value_type` (float or double). Kernels are templates over the pack type
/// P:
///   P::broadcast(x), P::zero(), P::load(p), P::load_unaligned(p), a.store(p), a.store_unaligned(p)
///                         `load` and `store` need p aligned to the size of the pack
///   a.lower(), a.upper()  the two halves, as packs of half as many lanes; only for packs of more than 16 bytes
///   a[i]                  one lane
///   a + b, a - b, a * b, a / b, -a
///   a < b, <=, >, >=, ==  return a P::mask_type, which has &, |, !, any(mask), all(mask)
///   select(mask, a, b)    mask ? a : b
///   fma(a, b, c)          a * b + c, rounded once where CORTEXPR_HAS_FMA is 1, else twice
///   max(a, b), min(a, b)  a > b ? a : b and a < b ? a : b; returns b where either is NaN
///   abs(a), copysign(magnitude, sign), sqrt(a)
///   round_to_even(a)      the nearest integer, for |a| <= 2^22 (float), 2^51 (double)
///   add_to_exponent(a, n + FloatLayout<T>::integer_offset)
///                         a * 2^n for an integer n, in integer arithmetic; a and the result must be normal numbers
///   exponent(a), mantissa(a)
///                         a = mantissa * 2^exponent, mantissa in [sqrt(1/2), sqrt(2)); a must be positive and normal
///   P::half_octave(a, lowest, highest)
///                         a P::index_type: bits(|a|) >> (mantissa bits - 1), with |a| limited to the two positive
///                         bounds; any index where a is NaN
///   P::lookup(table, index)
///                         table[index % 16]; float only
///   even_lanes(a, b), odd_lanes(a, b)
///                         every second lane of a, then of b, from the first lane or from the second
///   zip_lower(a, b), zip_upper(a, b)
///                         a[0], b[0], a[1], b[1], ...: the first and the second half of these lanes
///   transpose(rows)       transposes a square matrix of `lanes` packs; only for packs of more than one lane
///   sums_of_lanes(rows)   the sum over the lanes of each of `lanes` packs, as one pack: 8 + 8, 4 + 4, 2 + 2, 1 + 1
///   opaque(a)             a, held in a register; the optimizer knows nothing about its value
/// All instruction sets, and ScalarPack in constant expressions, return the same bits. The exception is MvePack, which
/// flushes subnormal numbers to zero (simd/arch/cortex_m/mve_pack.hpp says how to keep them).
namespace cortexpr::simd {

/// The lanes of the target's widest register of T.
template <class T>
inline constexpr std::size_t native_lanes = Target::lanes<T>;

}  // namespace cortexpr::simd

namespace cortexpr::detail {

template <class T, std::size_t Lanes>
struct PackOf {
  static_assert(Lanes != 0 && (Lanes & (Lanes - 1)) == 0 && Lanes <= simd::native_lanes<T>,
                "Pack: the number of lanes must be a power of two that the target has; see native_lanes");
  using type = simd::Target::pack<T, Lanes>;
};

template <class T>
struct PackOf<T, 1> {
  using type = simd::ScalarPack<T>;
};

}  // namespace cortexpr::detail

namespace cortexpr::simd {

/// The pack of `Lanes` values of T: 1, 4 (2 for double), and doubling up to `native_lanes<T>`.
template <class T, std::size_t Lanes>
using Pack = typename detail::PackOf<T, Lanes>::type;

template <class T>
using NativePack = Pack<T, native_lanes<T>>;

/// A pointer whose target the optimizer knows nothing about: it cannot reuse a value that an earlier iteration has
/// loaded from there.
template <class T>
CORTEXPR_INLINE constexpr const T* opaque(const T* pointer) {
  if (!__builtin_is_constant_evaluated()) asm("" : "+r"(pointer));
  return pointer;
}

/// Prefetches the cache line at `address`. Does nothing in a constant expression and on a microcontroller.
CORTEXPR_INLINE constexpr void prefetch(const void* address) {
  if (CORTEXPR_PREFETCHES && !__builtin_is_constant_evaluated()) __builtin_prefetch(address);
}

}  // namespace cortexpr::simd
