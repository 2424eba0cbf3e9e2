#pragma once

#include <cortexpr/config.hpp>
#include <cortexpr/core/math/common.hpp>
#include <cortexpr/core/math/exponential.hpp>
#include <cortexpr/core/math/saturating_tables.hpp>

namespace cortexpr {

namespace detail {

/// An odd function that is 1 for x >= `limit`, as a polynomial of degree 7 for each of 16 half octaves of |x|, the
/// first of which contains `first`. It takes 8 dependent steps and no division.
template <class Pack>
CORTEXPR_INLINE constexpr Pack saturating(Pack x, const SaturatingTable& table, float first, float limit) {
  const auto& c = table.rows;
  const auto column = Pack::half_octave(x, first, limit);
  const Pack u = min(Pack::broadcast(limit), abs(x)) - Pack::lookup(c[0], column);
  const Pack u2 = u * u;
  const Pack c01 = fma(Pack::lookup(c[2], column), u, Pack::lookup(c[1], column));
  const Pack c23 = fma(Pack::lookup(c[4], column), u, Pack::lookup(c[3], column));
  const Pack c45 = fma(Pack::lookup(c[6], column), u, Pack::lookup(c[5], column));
  const Pack c67 = fma(Pack::lookup(c[8], column), u, Pack::lookup(c[7], column));
  return copysign(fma(fma(c67, u2, c45), u2 * u2, fma(c23, u2, c01)), x);
}

/// tanh(x) from exp(2 |x|) = s exp(r), where s is a power of 2 and exp(r) = (q + r) / (q - r) with q = r coth(r / 2).
template <class Pack>
CORTEXPR_INLINE constexpr Pack tanh_by_exp(Pack x) {
  const Pack one = splat<Pack>(1);
  const Pack magnitude = min(splat<Pack>(20), abs(x));
  const auto [shifted, r] = reduce(magnitude + magnitude);
  const Pack s = add_to_exponent(one, shifted);
  const Pack q = polynomial(r * r, {2.0, 0.1666666666666666574, -2.777777777776858914e-3, 6.613756610489040274e-5,
                                    -1.653438604686608063e-6, 4.174887264769183398e-8, -1.038214262097655204e-9});
  const Pack numerator = fma(s - one, q, (s + one) * r);
  return copysign(numerator / fma(s + one, q, (s - one) * r), x);
}

/// erf(x) = x P(x^2) for |x| < 1, else 1 - exp(-x^2) Q(1 / (|x| + 2)), with polynomials P and Q.
template <class Pack>
CORTEXPR_INLINE constexpr Pack erf_by_exp(Pack x) {
  const Pack one = splat<Pack>(1);
  const Pack magnitude = min(splat<Pack>(6), abs(x));
  const Pack square = magnitude * magnitude;
  const Pack below_one =
      magnitude * polynomial(min(square, one),
                             {0x1.20dd750429b6dp+0, -0x1.812746b0379c9p-2, 0x1.ce2f21a041d26p-4, -0x1.b82ce312528bdp-6,
                              0x1.565bcd076c355p-8, -0x1.c02db2e0d9ec6p-11, 0x1.f9a30892abf3p-14,
                              -0x1.f4d02bdd7e15cp-17, 0x1.b9caef49cbd75p-20, -0x1.5e7ff27f9292p-23,
                              0x1.f1767915e57bap-27, -0x1.26720b00381dcp-30, 0x1.aef1b49ea82ecp-35});
  const Pack tail =
      math::exp(-square) *
      polynomial(one / (magnitude + splat<Pack>(2)),
                 {-0x1.e821a33138e5ep-18, 0x1.2110d19cfd724p-1, 0x1.1e5f5b10f6dddp+0, 0x1.0fa795f63d899p+1,
                  0x1.4c7eb140caf3ep+0, 0x1.bd70b95056e52p+3, -0x1.e96720f6ed93dp+5, 0x1.d7aeebde9eab7p+7,
                  -0x1.6735ad5ad3bc1p+9, 0x1.635bc354bb30cp+10, -0x1.bda89923ba803p+10, 0x1.58f425c1877e3p+10,
                  -0x1.2b486523fd9e4p+9, 0x1.b33ba113266eep+6});
  return copysign(select(magnitude < one, below_one, one - tail), x);
}

}  // namespace detail

namespace math {

/// tanh(x)
/// Limits: +-1 at +-infinity; |result| <= 1.
template <AnyPack Pack>
CORTEXPR_INLINE constexpr Pack tanh(Pack x) {
  if constexpr (detail::single_precision<Pack>)
    return detail::saturating(x, detail::tanh_table, 0x1.8p-5f, 9.02f);
  else
    return detail::tanh_by_exp(x);
}

/// erf(x) = 2 / sqrt(pi) times the integral of exp(-t^2) from 0 to x
/// Limits: +-1 at +-infinity; |result| <= 1.
template <AnyPack Pack>
CORTEXPR_INLINE constexpr Pack erf(Pack x) {
  if constexpr (detail::single_precision<Pack>)
    return detail::saturating(x, detail::erf_table, 0x1p-6f, 3.92f);
  else
    return detail::erf_by_exp(x);
}

}  // namespace math

}  // namespace cortexpr
