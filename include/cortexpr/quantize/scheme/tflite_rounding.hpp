#pragma once

#include <cortexpr/config.hpp>
#include <cortexpr/quantize/scheme/quantized_multiplier.hpp>
#include <cortexpr/quantize/scheme/rounding.hpp>

#include <cstddef>
#include <cstdint>

// The policies with which a network in 8 bits has the integers of LiteRT (TensorFlow Lite). Its two executors round in
// different ways and differ from each other.

namespace cortexpr {

namespace detail {

/// The nearest integer, halves to the even one, of a number below 2^31 in magnitude.
constexpr std::int32_t round_to_even(float number) {
  if (number >= 0x1p23f || number <= -0x1p23f) {
    if (number >= 0x1p31f) return INT32_MAX;
    return number <= -0x1p31f ? INT32_MIN : static_cast<std::int32_t>(number);
  }
  const auto below =
      static_cast<std::int32_t>(number) - (number < static_cast<float>(static_cast<std::int32_t>(number)));
  const float rest = number - static_cast<float>(below);
  return below + (rest > 0.5f || (rest == 0.5f && below % 2 != 0) ? 1 : 0);
}

/// A zero point without overflow.
constexpr std::int32_t plus_zero(std::int32_t value, std::int32_t zero) {
  const std::int32_t clamped = value < -1024 ? -1024 : value > 1024 ? 1024 : value;
  return clamped + zero;
}

/// Members that the scales of both executors share: sums are not shifted, and the zero point is an integer.
struct UnshiftedScales {
  std::int32_t zero = 0;
  [[nodiscard]] friend constexpr bool operator==(const UnshiftedScales&, const UnshiftedScales&) = default;

  static constexpr bool is_fixed_point = false;
  static constexpr std::uint8_t shift_of_sum(double) { return 0; }
  constexpr std::int32_t zero_point() const { return zero; }
  static constexpr std::int32_t shifted(std::int32_t sum, std::int32_t bias) { return sum + bias; }
  static constexpr void visit_shared(auto&, auto) {}
  static constexpr void visit_zero(auto& scales, auto action) { action(scales.zero, -128, 127); }
};

/// Multipliers as floating-point numbers: rint(float(sum) * multiplier).
template <std::size_t Outputs>
struct FloatScales : UnshiftedScales {
  float factor[Outputs]{};
  [[nodiscard]] friend constexpr bool operator==(const FloatScales&, const FloatScales&) = default;

  constexpr void set(auto multipliers, std::uint8_t, std::int32_t zero_point) {
    zero = zero_point;
    for (std::size_t output = 0; output < Outputs; ++output)
      factor[output] = static_cast<float>(at_most_256(multipliers(output)));
  }
  constexpr double multiplier(std::size_t output) const { return static_cast<double>(factor[output]); }
  CORTEXPR_INLINE constexpr std::int32_t rescaled(std::int32_t sum, std::size_t output) const {
    return plus_zero(round_to_even(static_cast<float>(sum) * factor[output]), zero);
  }
  static constexpr std::size_t integers = Outputs + 1;
  static constexpr void visit_output(auto& scales, std::size_t output, auto action) {
    auto bits = __builtin_bit_cast(std::int32_t, scales.factor[output]);
    action(bits, 0, 0x7f7fffff);  // finite
    if constexpr (requires { scales.factor[0] = 0.0f; }) scales.factor[output] = __builtin_bit_cast(float, bits);
  }
};

/// Multipliers of 31 bits, each with a shift of its own.
template <std::size_t Outputs, bool RoundTwice>
struct MultiplierScales : UnshiftedScales {
  QuantizedMultiplier factor[Outputs]{};
  [[nodiscard]] friend constexpr bool operator==(const MultiplierScales&, const MultiplierScales&) = default;

  constexpr void set(auto multipliers, std::uint8_t, std::int32_t zero_point) {
    zero = zero_point;
    for (std::size_t output = 0; output < Outputs; ++output) factor[output].set(multipliers(output));
  }
  constexpr double multiplier(std::size_t output) const { return factor[output].value(); }
  CORTEXPR_INLINE constexpr std::int32_t rescaled(std::int32_t sum, std::size_t output) const {
    const QuantizedMultiplier& by = factor[output];
    return plus_zero(RoundTwice ? by.multiply_twice_rounded(sum) : by.multiply(sum), zero);
  }
  static constexpr std::size_t integers = QuantizedMultiplier::integers * Outputs + 1;
  static constexpr void visit_output(auto& scales, std::size_t output, auto action) {
    QuantizedMultiplier::visit(scales.factor[output], action);
  }
};

/// The mean of int8 values. LiteRT's keeps their scale: halves are rounded away from zero, with the zero point. A mean with
/// another scale is rounded as a dense layer.
struct MeanScales : UnshiftedScales {
  static constexpr std::int32_t most_count = 1 << 22;  // or the sum may not fit in 32 bits
  std::int32_t count = 1;                              // 0: another scale
  QuantizedMultiplier factor{};
  [[nodiscard]] friend constexpr bool operator==(const MeanScales&, const MeanScales&) = default;

  constexpr void set(auto multipliers, std::uint8_t, std::int32_t zero_point) {
    zero = zero_point;
    const double each = multipliers(0), values = each > 0x1p-30 ? 1 / each : 0;
    const double half_above = values + 0.5;
    count = static_cast<std::int32_t>(half_above);
    const double error = values - static_cast<double>(count);
    if (error * error > 1e-12 * values * values || count > most_count) count = 0;
    factor.set(count == 0 ? each : 0);
  }
  constexpr double multiplier(std::size_t) const { return count == 0 ? factor.value() : 1.0 / count; }
  constexpr std::int32_t rescaled(std::int32_t sum, std::size_t) const {
    if (count == 0) return plus_zero(factor.multiply(sum), zero);
    const std::int32_t values = sum + zero * count;
    return (values > 0 ? values + count / 2 : values - count / 2) / count;
  }
  static constexpr std::size_t integers = 2 + QuantizedMultiplier::integers;
  static constexpr void visit_output(auto& scales, std::size_t, auto action) {
    action(scales.count, 0, most_count);
    QuantizedMultiplier::visit(scales.factor, action);
  }
};

/// Ratios as fixed-point numbers, the largest of which has 21 bits.
template <std::size_t Branches>
struct XnnpackMerge : FixedPointMerge<Branches> {
  constexpr void set(auto ratios, std::size_t added) {
    double most = 0;
    for (std::size_t k = 0; k < Branches; ++k) most = ratios(k) > most ? ratios(k) : most;
    std::int32_t bits = 20;
    for (double scaled = most; scaled < 1 && bits < 30; ++bits) scaled *= 2;
    for (double scaled = most; scaled >= 2 && bits > 1; --bits) scaled /= 2;
    while (bits > 1 && most * static_cast<double>(added) * 256 * static_cast<double>(1 << bits) >= 0x1p31) --bits;
    this->shift = static_cast<std::uint8_t>(bits);
    const double most_factor = 0x1p31 / (256 * static_cast<double>(added)) - 1;
    for (std::size_t k = 0; k < Branches; ++k) {
      const double nearest = ratios(k) * static_cast<double>(1 << bits) + 0.5;
      this->factor[k] = static_cast<std::int32_t>(nearest < most_factor ? nearest : most_factor);
    }
  }
  [[nodiscard]] friend constexpr bool operator==(const XnnpackMerge&, const XnnpackMerge&) = default;
};

/// Each branch times a multiplier, and their sum times another one, each rounded twice.
template <std::size_t Branches>
struct ReferenceMerge {
  QuantizedMultiplier branches[Branches]{};
  QuantizedMultiplier result{};
  [[nodiscard]] friend constexpr bool operator==(const ReferenceMerge&, const ReferenceMerge&) = default;

  constexpr void set(auto ratios, std::size_t) {
    double most = 0;
    for (std::size_t k = 0; k < Branches; ++k) most = ratios(k) > most ? ratios(k) : most;
    for (std::size_t k = 0; k < Branches; ++k) branches[k].set(ratios(k) / (2 * most));
    result.set(2 * most / (1 << 20));
  }
  constexpr double ratio(std::size_t branch) const { return branches[branch].value() * result.value() * (1 << 20); }
  CORTEXPR_INLINE constexpr std::int32_t scaled(std::int32_t value, std::size_t branch) const {
    return branches[branch].multiply_twice_rounded(value * (1 << 20));
  }
  CORTEXPR_INLINE constexpr std::int32_t rounded(std::int32_t sum) const { return result.multiply_twice_rounded(sum); }
  static constexpr std::size_t integers = (Branches + Branches) * QuantizedMultiplier::integers;
  /// The multiplier of the sum is an integer of each branch, as the shift of FixedPointMerge is.
  static constexpr void visit_branch(auto& merge, std::size_t branch, auto action) {
    QuantizedMultiplier::visit(merge.branches[branch], action);
    QuantizedMultiplier::visit(merge.result, action);
  }
};

}  // namespace detail

namespace rounding {

/// Rounds as XNNPACK does, which LiteRT uses by default.
struct Xnnpack {
  template <std::size_t Outputs, std::uint8_t = 0>
  using Scales = detail::FloatScales<Outputs>;
  template <std::uint8_t>
  using Mean = detail::MeanScales;
  template <std::size_t Branches>
  using Merge = detail::XnnpackMerge<Branches>;
};

/// Rounds as the reference kernel for FULLY_CONNECTED does: once.
struct TfliteReferenceDense {
  template <std::size_t Outputs, std::uint8_t = 0>
  using Scales = detail::MultiplierScales<Outputs, false>;
};

/// Rounds as LiteRT's reference kernels do, which are those of TensorFlow Lite for Microcontrollers: twice in convolutions
/// and sums, once in dense layers.
struct TfliteReference {
  template <std::size_t Outputs, std::uint8_t = 0>
  using Scales = detail::MultiplierScales<Outputs, true>;
  template <std::uint8_t>
  using Mean = detail::MeanScales;
  template <std::size_t Branches>
  using Merge = detail::ReferenceMerge<Branches>;
  using for_dense = TfliteReferenceDense;
};

/// The names that tools/import --rounding takes.
using own = HalfUp;
using xnnpack = Xnnpack;
using tflite_reference = TfliteReference;

}  // namespace rounding
}  // namespace cortexpr
