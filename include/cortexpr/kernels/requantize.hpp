#pragma once

#include <cortexpr/config.hpp>

#include <cstdint>

// From exact sums of 32 bits back to codes of 8 bits, by integers alone: TFLite's fixed-point requantisation, with one
// rounding.
// Source: Jacob et al., "Quantization and training of neural networks for efficient integer-arithmetic-only inference",
//         2018, section 2.2.

namespace cortexpr::kernels {

/// A number from 0 to 1/4, exclusively, as factor * 2^-(32 + shift). 1 <= shift <= 31, so the upper half of a product
/// is all that is needed of it.
struct FixedPoint {
  std::int32_t factor = 0;
  std::uint8_t shift = 1;
  [[nodiscard]] friend constexpr bool operator==(const FixedPoint&, const FixedPoint&) = default;
};

/// The nearest FixedPoint; 0 for what is too small. Not for the chip: it counts in double.
constexpr FixedPoint fixed_point(double number) {
  FixedPoint result;
  double scaled = number * 0x1p33;
  for (; scaled < 0x1p30 && result.shift < 31; ++result.shift) scaled *= 2;
  const double nearest = scaled + 0.5;
  result.factor = nearest >= 0x1p31 ? INT32_MAX : static_cast<std::int32_t>(nearest);
  return result;
}

/// sum * factor * 2^-(32 + shift), rounded to the nearest, halves upwards.
CORTEXPR_INLINE constexpr std::int32_t rescale(std::int32_t sum, std::int32_t factor, std::int32_t shift) {
  const auto upper = static_cast<std::int32_t>((static_cast<std::int64_t>(sum) * factor) >> 32);
  return (upper + (std::int32_t{1} << (shift - 1))) >> shift;
}

CORTEXPR_INLINE constexpr std::int8_t clamp_code(std::int32_t code, std::int32_t lowest, std::int32_t highest) {
  return static_cast<std::int8_t>(code < lowest ? lowest : code > highest ? highest : code);
}

}  // namespace cortexpr::kernels
