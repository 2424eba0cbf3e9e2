#pragma once

#include <bit>
#include <cortexpr/config.hpp>
#include <cortexpr/core/math/constant.hpp>
#include <cstddef>
#include <type_traits>

namespace cortexpr {

namespace math {

/// A pack, the argument of the functions here; simd/pack.hpp documents its operations.
template <class Candidate>
concept AnyPack = requires {
  typename Candidate::value_type;
  typename Candidate::mask_type;
};

}  // namespace math

namespace detail {

template <class Pack>
inline constexpr bool single_precision = std::is_same_v<typename Pack::value_type, float>;

template <class Pack>
CORTEXPR_INLINE constexpr Pack splat(auto value) {
  return Pack::broadcast(static_cast<typename Pack::value_type>(value));
}

/// The sum of c[First + i] x^i for i < Count, with power[i] = x^(2^i).
template <std::size_t First, std::size_t Count, class Pack, std::size_t N>
CORTEXPR_INLINE constexpr Pack polynomial_part(const double (&c)[N], const Pack (&power)[4]) {
  if constexpr (Count == 1) {
    return splat<Pack>(c[First]);
  } else {
    constexpr std::size_t half = std::bit_floor(Count - 1);
    return fma(power[std::countr_zero(half)], polynomial_part<First + half, Count - half>(c, power),
               polynomial_part<First, half>(c, power));
  }
}

/// c[0] + c[1] x + c[2] x^2 + ... by Estrin's scheme: log2(N) dependent steps; N <= 16.
template <class Pack, std::size_t N>
CORTEXPR_INLINE constexpr Pack polynomial(Pack x, const double (&c)[N]) {
  const Pack x2 = x * x;
  const Pack x4 = x2 * x2;
  return polynomial_part<0, N>(c, {x, x2, x4, x4 * x4});
}

/// x = n log(2) + remainder with an integer n and |remainder| <= log(2) / 2. `shifted` is n + integer_offset, the
/// argument of add_to_exponent.
template <class Pack>
struct Reduced {
  Pack shifted;
  Pack remainder;
};

/// Reduces |x| <= 2^7 in float, |x| <= 2^10 in double. log(2) is the sum of two constants, the first with so few bits
/// that its product with n is exact, also without fused multiply-add.
template <class Pack>
CORTEXPR_INLINE constexpr Reduced<Pack> reduce(Pack x) {
  constexpr bool single = single_precision<Pack>;
  const Pack offset = splat<Pack>(FloatLayout<typename Pack::value_type>::integer_offset);
  const Pack shifted = fma(x, splat<Pack>(0x1.71547652b82fep+0), offset);
  const Pack n = shifted - offset;
  const Pack first = fma(n, splat<Pack>(single ? -0x1.62e4p-1 : -0x1.62e42feep-1), x);
  return {shifted, fma(n, splat<Pack>(single ? -0x1.7f7d1cp-20 : -0x1.a39ef35793c76p-33), first)};
}

/// exp(r) - 1 for |r| <= log(2) / 2. The relative error of the polynomial is 2^-26 in float and 2^-61 in double.
template <class Pack>
CORTEXPR_INLINE constexpr Pack expm1_reduced(Pack r) {
  const Pack r2 = r * r;
  if constexpr (single_precision<Pack>) {
    const Pack low = fma(r, splat<Pack>(0x1.5554bp-3), splat<Pack>(0x1.fffffep-2));
    const Pack high =
        fma(r2, splat<Pack>(0x1.6b737cp-10), fma(r, splat<Pack>(0x1.1227a2p-7), splat<Pack>(0x1.555716p-5)));
    return fma(r2 * r2, high, fma(r2, low, r));
  } else {
    return fma(r2,
               polynomial(r, {0.5, 0.1666666666666666768, 0.04166666666666666088, 0.008333333333321457301,
                              0.001388888888892381157, 1.984126988650949421e-4, 2.480158723748321454e-5,
                              2.755724385885904117e-6, 2.755735297711231402e-7, 2.510915086923234231e-8,
                              2.088945690811300750e-9}),
               r);
  }
}

/// The range of x where exp(x) is a normal number: exp(lowest) is 2^-126 in float, 2^-1022 in double; above `highest`
/// it overflows.
template <class T>
struct ExpRange {
  static constexpr double lowest = sizeof(T) == 4 ? -0x1.5d589ep+6 : -0x1.6232bdd7abcd1p+9;
  static constexpr double highest = sizeof(T) == 4 ? 0x1.62e42ep+6 : 0x1.62e42fefa39efp+9;
};

}  // namespace detail

}  // namespace cortexpr
