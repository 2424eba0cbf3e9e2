#pragma once

#include <cstdint>

namespace cortexpr {

/// The numbers that a tensor was seen to hold.
struct Range {
  float lowest = 0;
  float highest = 0;
  [[nodiscard]] friend constexpr bool operator==(const Range&, const Range&) = default;

  constexpr void include(float number) {
    lowest = number < lowest ? number : lowest;
    highest = number > highest ? number : highest;
  }
};

/// How 8 bits stand for real numbers: number = scale (code - zero_point), code from -128 to 127.
struct Quantization {
  float scale = 1;
  std::int32_t zero_point = 0;
  [[nodiscard]] friend constexpr bool operator==(const Quantization&, const Quantization&) = default;

  /// The nearest code; the lowest for what is not a number.
  [[nodiscard]] constexpr std::int8_t code(float number) const {
    // Bounds first: what is far outside, or not a number, fits no integer.
    float code = number / scale + static_cast<float>(zero_point);
    code = code > -128 ? code : -128.0f;
    code = code < 127 ? code : 127.0f;
    return static_cast<std::int8_t>(static_cast<std::int32_t>(code + 128.5f) - 128);
  }
  [[nodiscard]] constexpr float value(std::int32_t code) const { return scale * static_cast<float>(code - zero_point); }
};

/// The quantization whose codes span a range, and 0, which has a code of its own. The scale is at least `least`.
constexpr Quantization quantization_of(Range range, float least = 0x1p-100f) {
  range.include(0);
  const float scale = (range.highest - range.lowest) / 255;
  const float step = scale > least ? scale : least;
  const float nearest = -range.lowest / step + 0.5f;
  return {.scale = step, .zero_point = static_cast<std::int32_t>(nearest) - 128};
}

}  // namespace cortexpr
