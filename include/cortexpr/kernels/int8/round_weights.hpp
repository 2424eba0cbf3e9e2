#pragma once

#include <cortexpr/kernels/elementwise/map.hpp>

#include <cstddef>
#include <limits>

// Weights rounded to int8 values, without a division for each. The values are those of the definition in double,
// trunc(clamp(weight / scale) + copysign(1/2, weight)).

namespace cortexpr::kernels {

/// The integer nearest to weight / scale, halves away from zero; +0 for both zeros, NaN for NaN. |weight| must be at most
/// 128 scale. `inverse` is inverse_below(scale), so that the first estimate is the result or the integer below it. Then
/// `rest` is exact: it is a multiple of the last place of |weight| or of scale, and less than 2^24 times as large.
template <class Pack>
CORTEXPR_INLINE constexpr Pack nearest_multiple(Pack weight, Pack scale, Pack inverse) {
  const Pack size = abs(weight);
  const Pack estimate = round_to_even(size * inverse);
  const Pack rest = fma(estimate, Pack::zero() - scale, size);
  const Pack result = estimate + select(rest + rest >= scale, Pack::broadcast(1), Pack::zero());
  return select(weight < Pack::zero(), Pack::zero() - result, result);
}
/// A number less than 1 / scale by 2^-24 to 2^-21 of it.
template <class T>
CORTEXPR_INLINE constexpr T inverse_below(T scale) {
  return T(1) / scale * (T(1) - T(0x1p-22));
}

/// The scales of `most` weights that lie one after the other, as round_weights needs them.
template <class T>
struct [[CORTEXPR_ABI]] WeightScales {
  static constexpr std::size_t most = 64;
  alignas(64) T scale[most]{};    // of the rounded weights
  alignas(64) T divisor[most]{};  // `scale`, or 1 where all weights are 0
  alignas(64) T inverse[most]{};
  bool is_fast[most]{};
  bool all_fast = true;

  /// `exact` is the scale before it was rounded to T, and `largest` the magnitude of the largest weight.
  constexpr void set(std::size_t i, double exact, T largest) {
    scale[i] = finite(exact);
    const bool is_zero = largest == 0;
    is_fast[i] = is_zero || has_fast_scale(exact);
    divisor[i] = is_fast[i] && !is_zero ? scale[i] : T(1);
    inverse[i] = is_fast[i] && !is_zero ? inverse_below(scale[i]) : T(0);
    all_fast = all_fast && is_fast[i];
  }
  static constexpr T finite(double exact) {
    constexpr T highest = std::numeric_limits<T>::max();
    return exact < static_cast<double>(highest) ? static_cast<T>(exact) : highest;
  }

 private:
  /// Whether nearest_multiple has the values of the definition. The scale must be a float: then weight / scale is the
  /// middle of two integers, or at least 2^-26 away from it, so that no rounding in double decides. Nothing overflows in
  /// these bounds, and no product that matters is subnormal.
  static constexpr bool has_fast_scale(double exact) {
    return CORTEXPR_HAS_FMA && exact >= 0x1p-100 && exact <= 0x1p100 &&
           exact == static_cast<double>(static_cast<T>(exact));
  }
};

/// values = the int8 values of weights, 0 for NaN; rounded = the numbers that they represent, where NaN stays.
/// Shapes:  weights, rounded, values [count], in rows with padding
template <class Pack, class T>
constexpr void round_weights(const T* weights, T* rounded, T* values, const WeightScales<T>& scales,
                             std::size_t count) {
  for (std::size_t i = 0; i < count; i += Pack::lanes) {
    const Pack weight = Pack::load_unaligned(weights + i);
    const Pack nearest = nearest_multiple(weight, Pack::load(scales.divisor + i), Pack::load(scales.inverse + i));
    const auto is_number = weight == weight;
    const Pack value = select(is_number, nearest, Pack::zero());
    value.store_unaligned(values + i);
    select(is_number, Pack::load(scales.scale + i) * value, weight).store_unaligned(rounded + i);
  }
}

}  // namespace cortexpr::kernels
