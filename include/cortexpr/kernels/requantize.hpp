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

/// The shift with which a factor for this number, or a smaller one, is most precise. Not for the chip: these count in
/// double.
constexpr std::uint8_t shift_for(double number) {
  std::uint8_t shift = 1;
  for (double scaled = number * 0x1p33; scaled < 0x1p30 && shift < 31; ++shift) scaled *= 2;
  return shift;
}

/// The factor that comes nearest to a number.
constexpr std::int32_t factor_of(double number, std::uint8_t shift) {
  const double nearest = number * 0x1p32 * static_cast<double>(std::uint32_t{1} << shift) + 0.5;
  return nearest >= 0x1p31 ? INT32_MAX : static_cast<std::int32_t>(nearest);
}

/// The nearest FixedPoint; 0 for what is too small.
constexpr FixedPoint fixed_point(double number) {
  const std::uint8_t shift = shift_for(number);
  return {.factor = factor_of(number, shift), .shift = shift};
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
