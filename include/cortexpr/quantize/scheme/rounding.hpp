#pragma once

#include <cortexpr/config.hpp>
#include <cortexpr/kernels/int8/requantize.hpp>

#include <cstddef>
#include <cstdint>

// How sums of 32 bits become int8 values: a parameter of QuantizedNetwork and of QuantizationAware. A policy has two
// templates of plain objects, which are the constants of a layer:
//
//   template <std::size_t Outputs, std::uint8_t least_sum_shift = 0> using Scales;    // of products and means
//     void set(multipliers, sum_shift, zero)   // multipliers(output) is a double: output steps for one unit of the sum;
//                                              // `zero` is the zero point of the output
//     std::int32_t shifted(sum, bias) const    // the sum with its bias
//     std::int32_t rescaled(sum, output) const // a shifted sum times the multiplier, rounded, plus the zero point
//     double multiplier(output) const          // what the rounding makes of it, for files
//     std::int32_t zero_point() const
//     static constexpr bool is_fixed_point     // whether Int8::requantize may take the members of FixedPointScales
//   template <std::size_t Branches> using Merge;               // of the sum of several tensors
//     void set(ratios, added)                  // ratios(branch) is a double; the sum of `added` branches must fit
//     std::int32_t scaled(value, branch) const     // a value without its zero point, rescaled
//     std::int32_t rounded(sum) const
//     double ratio(branch) const                   // what the rounding makes of it, for files
//
// and in each `integers` and `visit` functions as an 8-bit layer has (quantize/int8/int8_layer.hpp). sum_shift is at
// least as large as the policy needs for the largest multiplier where the sums leave room for it.

namespace cortexpr {

namespace detail {

/// Multipliers as fixed-point numbers with one shift for all outputs. A multiplier of 1/4 or more needs a sum that is
/// shifted to the left first; a multiplier of 256 or more clamps every sum but 0, as 256 does.
template <std::size_t Outputs, std::uint8_t least_sum_shift>
struct FixedPointScales {
  std::int32_t factor[Outputs]{};
  std::int32_t offset = kernels::rescale_offset(1);  // holds the zero point
  std::uint8_t shift = 1;
  std::uint8_t sum_shift = least_sum_shift;
  [[nodiscard]] friend constexpr bool operator==(const FixedPointScales&, const FixedPointScales&) = default;

  static constexpr bool is_fixed_point = true;

  /// The shift that a sum needs for a multiplier.
  static constexpr std::uint8_t shift_of_sum(double multiplier) {
    std::uint8_t result = least_sum_shift;
    while (result < 10 && multiplier >= 0.25 * (1 << result)) ++result;
    return result;
  }

  constexpr void set(auto multipliers, std::uint8_t shift_of_sums, std::int32_t zero) {
    sum_shift = shift_of_sums;
    const double unit = 1.0 / static_cast<double>(1 << sum_shift);
    double most = 0;
    for (std::size_t output = 0; output < Outputs; ++output)
      most = multipliers(output) > most ? multipliers(output) : most;
    shift = kernels::shift_for(most * unit);
    offset = kernels::rescale_offset(shift, zero);
    for (std::size_t output = 0; output < Outputs; ++output)
      factor[output] = kernels::factor_of(multipliers(output) * unit, shift);
  }
  CORTEXPR_INLINE constexpr std::int32_t shifted(std::int32_t sum, std::int32_t bias) const {
    return (sum << sum_shift) + bias;
  }
  CORTEXPR_INLINE constexpr std::int32_t rescaled(std::int32_t sum, std::size_t output) const {
    return kernels::rescale(sum, factor[output], shift, offset);
  }

  /// What the rounding makes of the multipliers, and the zero point of the output.
  constexpr double multiplier(std::size_t output) const {
    return static_cast<double>(factor[output]) * 0x1p-32 / (1 << shift) * (1 << sum_shift);
  }
  constexpr std::int32_t zero_point() const { return offset >> shift; }

  /// The two shifts are one integer.
  static constexpr std::size_t integers = Outputs + 2;
  static constexpr void visit_output(auto& scales, std::size_t output, auto action) {
    action(scales.factor[output], 0, INT32_MAX);
  }
  static constexpr void visit_shared(auto& scales, auto action) {
    int shifts = scales.shift + 32 * (scales.sum_shift - least_sum_shift);
    action(shifts, 1, kernels::largest_shift + 32 * 10);
    if constexpr (requires { scales.shift = std::uint8_t{}; }) {
      scales.shift = static_cast<std::uint8_t>(shifts % 32);
      scales.sum_shift = static_cast<std::uint8_t>(shifts / 32 + least_sum_shift);
    }
  }
  static constexpr void visit_zero(auto& scales, auto action) {
    int zero = scales.offset >> scales.shift;
    action(zero, -128, 127);
    if constexpr (requires { scales.offset = 0; }) scales.offset = kernels::rescale_offset(scales.shift, zero);
  }
};

/// Ratios of the scales of branches as fixed-point numbers with one shift.
template <std::size_t Branches>
struct FixedPointMerge {
  std::int32_t factor[Branches]{};
  std::uint8_t shift = 1;
  [[nodiscard]] friend constexpr bool operator==(const FixedPointMerge&, const FixedPointMerge&) = default;

  constexpr void set(auto ratios, std::size_t added) {
    // The largest factor whose products with the sums of differences of int8 values fit in 31 bits.
    const double most_factor = 0x1p30 / (256 * static_cast<double>(added)) - 1;
    double most = 0;
    for (std::size_t k = 0; k < Branches; ++k) most = ratios(k) > most ? ratios(k) : most;
    shift = 20;
    while (shift > 1 && most * static_cast<double>(added) * 256 * (1 << shift) >= 0x1p30) --shift;
    for (std::size_t k = 0; k < Branches; ++k) {
      const double nearest = ratios(k) * (1 << shift) + 0.5;
      factor[k] = static_cast<std::int32_t>(nearest < most_factor ? nearest : most_factor);
    }
  }
  CORTEXPR_INLINE constexpr std::int32_t scaled(std::int32_t value, std::size_t branch) const {
    return value * factor[branch];
  }
  CORTEXPR_INLINE constexpr std::int32_t rounded(std::int32_t sum) const {
    return (sum + (std::int32_t{1} << (shift - 1))) >> shift;
  }
  constexpr double ratio(std::size_t branch) const { return static_cast<double>(factor[branch]) / (1 << shift); }
  static constexpr std::size_t integers = 2 * Branches;
  static constexpr void visit_branch(auto& merge, std::size_t branch, auto action) {
    action(merge.factor[branch], 0, INT32_MAX);
    action(merge.shift, 1, 31);
  }
};

}  // namespace detail

/// Policies of rounding.
namespace rounding {

/// Fixed-point factors of 31 bits, and one rounding, halves upwards.
/// Source: Jacob et al., "Quantization and training of neural networks for efficient integer-arithmetic-only inference",
///         2018, section 2.2, with the single rounding of TFLite.
struct HalfUp {
  template <std::size_t Outputs, std::uint8_t least_sum_shift = 0>
  using Scales = detail::FixedPointScales<Outputs, least_sum_shift>;
  template <std::size_t Branches>
  using Merge = detail::FixedPointMerge<Branches>;
};

}  // namespace rounding
}  // namespace cortexpr
