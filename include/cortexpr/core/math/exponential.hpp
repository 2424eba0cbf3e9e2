#pragma once

#include <cortexpr/config.hpp>
#include <cortexpr/core/math/common.hpp>
#include <limits>

namespace cortexpr::math {

/// exp(x)
/// Limits: 0 at -infinity, infinity at +infinity; 0 where the result would be subnormal.
template <AnyPack Pack>
CORTEXPR_INLINE constexpr Pack exp(Pack x) {
  using T = typename Pack::value_type;
  const Pack lowest = detail::splat<Pack>(detail::ExpRange<T>::lowest);
  const Pack highest = detail::splat<Pack>(detail::ExpRange<T>::highest);
  const auto [shifted, r] = detail::reduce(min(highest, max(lowest, x)));
  const Pack normal = add_to_exponent(detail::splat<Pack>(1) + detail::expm1_reduced(r), shifted);
  const Pack zero_or_nan = max(Pack::zero(), x);
  return select(x > highest, Pack::broadcast(std::numeric_limits<T>::infinity()),
                select(x >= lowest, normal, zero_or_nan));
}

/// exp(x) - 1, accurate near 0
/// Limits: -1 at -infinity, infinity at +infinity.
template <AnyPack Pack>
CORTEXPR_INLINE constexpr Pack expm1(Pack x) {
  using T = typename Pack::value_type;
  const Pack half = detail::splat<Pack>(0.5);
  const Pack highest = detail::splat<Pack>(detail::ExpRange<T>::highest);
  const auto [shifted, r] = detail::reduce(min(highest, max(detail::splat<Pack>(-40), x)));
  // s is half of the power of 2, because the power itself would overflow before the result does.
  const Pack s = add_to_exponent(half, shifted);
  const Pack result = fma(s, detail::expm1_reduced(r), s - half);
  return select(x > highest, Pack::broadcast(std::numeric_limits<T>::infinity()), result + result);
}

/// 1 / (1 + exp(-x))
/// Limits: 0 at -infinity, 1 at +infinity; 0 where the result would be subnormal.
template <AnyPack Pack>
CORTEXPR_INLINE constexpr Pack sigmoid(Pack x) {
  using T = typename Pack::value_type;
  const Pack one = detail::splat<Pack>(1);
  const Pack lowest = detail::splat<Pack>(detail::ExpRange<T>::lowest);
  const auto [shifted, r] = detail::reduce(-min(detail::splat<Pack>(40), max(lowest, x)));
  // exp(-x) = s (1 + m), so the denominator is (1 + s) + s m. It is rounded once, because m is corrected by the
  // rounding error of 1 + s.
  const Pack offset = detail::splat<Pack>(detail::FloatLayout<T>::integer_offset);
  const Pack s = add_to_exponent(one, shifted);
  const Pack inverse_s = add_to_exponent(one, (offset + offset) - shifted);
  const Pack sum = one + s;
  const Pack m = fma(one - (sum - s), inverse_s, detail::expm1_reduced(r));
  const Pack denominator = fma(s, m, sum);
  return select(x >= lowest, one / denominator, max(Pack::zero(), x));
}

}  // namespace cortexpr::math
