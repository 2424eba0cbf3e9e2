#pragma once

#include <cortexpr/config.hpp>

#include <cstdint>

namespace cortexpr {

/// The smallest and the largest number seen in a tensor.
struct Range {
  float lowest = 0;
  float highest = 0;
  [[nodiscard]] friend constexpr bool operator==(const Range&, const Range&) = default;

  constexpr void include(float number) {
    lowest = number < lowest ? number : lowest;
    highest = number > highest ? number : highest;
  }
};

/// How 8-bit integers represent real numbers: number = scale (value - zero_point), value from -128 to 127.
struct Quantization {
  float scale = 1;
  std::int32_t zero_point = 0;
  [[nodiscard]] friend constexpr bool operator==(const Quantization&, const Quantization&) = default;

  /// The nearest of the 256 values; -128 for NaN.
  [[nodiscard]] constexpr std::int8_t int8_value(float number) const {
    // Clamped first: NaN and large numbers cannot be converted to an integer.
    float value = number / scale + static_cast<float>(zero_point);
    value = value > -128 ? value : -128.0f;
    value = value < 127 ? value : 127.0f;
    return static_cast<std::int8_t>(static_cast<std::int32_t>(value + 128.5f) - 128);
  }
  [[nodiscard]] constexpr float real_value(std::int32_t value) const {
    return scale * static_cast<float>(value - zero_point);
  }
};

namespace detail {

/// Ranges that span less are taken for ranges of nothing but 0.
inline constexpr float smallest_span = 255 * 0x1p-120f;

}  // namespace detail

/// The quantization whose 256 values span a range extended to contain 0. Zero is represented exactly. A range of zeros alone
/// has the smallest scale, so that all other numbers are clamped to almost nothing.
constexpr Quantization quantization_of(Range range) {
  range.include(0);
  // The difference of huge numbers would be infinite.
  const bool is_huge = range.highest / 2 - range.lowest / 2 > 0x1p126f;
  const float scale = is_huge ? range.highest / 255 - range.lowest / 255 : (range.highest - range.lowest) / 255;
  const float step = scale > detail::smallest_span / 255 ? scale : detail::smallest_span / 255;
  const float nearest = -range.lowest / step + 0.5f;
  return {.scale = step, .zero_point = static_cast<std::int32_t>(nearest) - 128};
}

}  // namespace cortexpr
