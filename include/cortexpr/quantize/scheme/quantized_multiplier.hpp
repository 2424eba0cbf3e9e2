#pragma once

#include <cortexpr/config.hpp>

#include <cstddef>
#include <cstdint>

// The fixed-point numbers of TensorFlow Lite's reference kernels, and their two ways to round a product.

namespace cortexpr::detail {

/// A multiplier of 256 or more clamps every sum but 0, as 256 does.
constexpr double at_most_256(double multiplier) { return multiplier < 256 ? multiplier : 256; }

/// A number as factor * 2^(exponent - 31), with a factor of 31 bits.
struct QuantizedMultiplier {
  static constexpr std::int32_t largest_exponent = 9;  // of 256
  std::int32_t factor = 0;
  std::int32_t exponent = 0;
  [[nodiscard]] friend constexpr bool operator==(const QuantizedMultiplier&, const QuantizedMultiplier&) = default;

  constexpr void set(double number) {
    *this = {};
    if (!(number > 0)) return;
    number = at_most_256(number);
    std::int32_t power = 0;
    for (; number >= 1; ++power) number /= 2;
    for (; number < 0.5 && power > -40; --power) number *= 2;
    const double half_above = number * 0x1p31 + 0.5;
    auto nearest = static_cast<std::int64_t>(half_above);
    if (nearest == std::int64_t{1} << 31) {
      nearest /= 2;
      ++power;
    }
    if (power >= -31) *this = {static_cast<std::int32_t>(nearest), power};
  }

  constexpr double value() const {
    double result = factor;
    for (std::int32_t power = 31; power > exponent; --power) result /= 2;
    return result;
  }

  /// The upper half of twice the product, rounded, then shifted with another rounding, halves away from zero.
  CORTEXPR_INLINE constexpr std::int32_t multiply_twice_rounded(std::int32_t number) const {
    const std::int64_t product = (std::int64_t{bounded(number)} * (1 << (exponent > 0 ? exponent : 0))) * factor;
    const std::int64_t half = std::int64_t{1} << 30;
    const auto high = static_cast<std::int32_t>((product >= 0 ? product + half : product + 1 - half) / (half * 2));
    const std::int32_t shift = exponent > 0 ? 0 : -exponent;
    const auto mask = static_cast<std::int32_t>((std::int64_t{1} << shift) - 1);
    return (high >> shift) + ((high & mask) > (mask >> 1) + (high < 0 ? 1 : 0) ? 1 : 0);
  }
  /// The product, rounded once, halves upwards.
  CORTEXPR_INLINE constexpr std::int32_t multiply(std::int32_t number) const {
    const std::int32_t shift = 31 - exponent;
    return static_cast<std::int32_t>((std::int64_t{bounded(number)} * factor + (std::int64_t{1} << (shift - 1))) >>
                                     shift);
  }
  /// With a multiplier of 1 or more the result is clamped anyway.
  CORTEXPR_INLINE constexpr std::int32_t bounded(std::int32_t number) const {
    return exponent <= 0 ? number : number < -(1 << 20) ? -(1 << 20) : number > 1 << 20 ? 1 << 20 : number;
  }

  static constexpr std::size_t integers = 2;
  static constexpr void visit(auto& multiplier, auto action) {
    action(multiplier.factor, 0, INT32_MAX);
    action(multiplier.exponent, -31, largest_exponent);
  }
};

}  // namespace cortexpr::detail
