#pragma once

#include <cortexpr/config.hpp>
#include <cortexpr/core/math/common.hpp>
#include <cortexpr/core/math/exponential.hpp>
#include <limits>

namespace cortexpr {

namespace detail {

/// log((1 + s) / (1 - s)) / s - 2 for |s| <= 0.172, from z = s^2.
template <class Pack>
CORTEXPR_INLINE constexpr Pack log_series(Pack z) {
  if constexpr (single_precision<Pack>)
    return z * fma(z, fma(z, splat<Pack>(0x1.31e1f4p-2), splat<Pack>(0x1.995ecep-2)), splat<Pack>(0x1.55557ap-1));
  else
    return z * polynomial(z, {0x1.5555555555593p-1, 0x1.999999997fa55p-2, 0x1.2492494221be4p-2, 0x1.c71c51e0d506dp-3,
                              0x1.7466477b431bep-3, 0x1.39a0d6479c36ep-3, 0x1.2f0eaca08bb4bp-3});
}

/// The same for 0 <= s <= 1/3.
template <class Pack>
CORTEXPR_INLINE constexpr Pack log_series_to_third(Pack z) {
  if constexpr (single_precision<Pack>)
    return z * polynomial(z, {0x1.5555p-1, 0x1.99d294p-2, 0x1.1eb4bap-2, 0x1.1efe5p-2});
  else
    return z * polynomial(z, {0x1.5555555555535p-1, 0x1.99999999a077fp-2, 0x1.249249208a547p-2, 0x1.c71c741d86871p-3,
                              0x1.745cb3da3b549p-3, 0x1.3b1dde70fe6ffp-3, 0x1.1067a0e46340dp-3, 0x1.efda4da726c16p-4,
                              0x1.55a95c6de6732p-4, 0x1.5c7f0192f1d5cp-3});
}

}  // namespace detail

namespace math {

/// The natural logarithm
/// Limits: -infinity at 0, infinity at infinity; NaN below 0. Subnormal arguments have the same accuracy.
template <AnyPack Pack>
CORTEXPR_INLINE constexpr Pack log(Pack x) {
  using T = typename Pack::value_type;
  using Limits = std::numeric_limits<T>;
  constexpr bool single = detail::single_precision<Pack>;
  const Pack one = detail::splat<Pack>(1);
  const auto subnormal = x < Pack::broadcast(Limits::min());
  const Pack normal = x * select(subnormal, detail::splat<Pack>(0x1p60), one);
  const Pack n = exponent(normal) - select(subnormal, detail::splat<Pack>(60), Pack::zero());
  // log(1 + f) = f - f^2 / 2 + s (f^2 / 2 + R(s^2)) with s = f / (2 + f): the terms added to f are small.
  const Pack f = mantissa(normal) - one;
  const Pack s = f / (one + one + f);
  const Pack half_square = detail::splat<Pack>(0.5) * f * f;
  const Pack low = n * detail::splat<Pack>(single ? 0x1.7f7d1cp-20 : 0x1.a39ef35793c76p-33);
  const Pack correction = half_square - fma(s, half_square + detail::log_series(s * s), low);
  const Pack result = fma(n, detail::splat<Pack>(single ? 0x1.62e4p-1 : 0x1.62e42feep-1), f - correction);
  const Pack at_zero = Pack::broadcast(-Limits::infinity());
  const Pack below_zero = Pack::broadcast(Limits::quiet_NaN());
  return select(x > Pack::zero(), select(x > Pack::broadcast(Limits::max()), x, result),
                select(x == Pack::zero(), at_zero, below_zero));
}

/// log(1 + exp(x)), accurate for all x and without overflow
/// Limits: 0 at -infinity, infinity at +infinity.
template <AnyPack Pack>
CORTEXPR_INLINE constexpr Pack softplus(Pack x) {
  // log(1 + e) = 2 s + s R(s^2), s = e / (2 + e), for e = exp(-|x|) <= 1
  const Pack e = exp(-abs(x));
  const Pack s = e / (detail::splat<Pack>(2) + e);
  const Pack logarithm = fma(s, detail::log_series_to_third(s * s), s + s);
  return max(Pack::zero(), x) + logarithm;
}

/// x^y for x > 0
/// Error: (2 + |y log x|) ulp
template <AnyPack Pack>
CORTEXPR_INLINE constexpr Pack pow(Pack x, Pack y) {
  return exp(y * log(x));
}

}  // namespace math

}  // namespace cortexpr
