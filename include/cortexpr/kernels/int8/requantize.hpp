#pragma once

#include <cortexpr/config.hpp>

#include <cstdint>

// Requantization: from sums of 32 bits to int8 values, in integer arithmetic only. It is the fixed-point scheme of
// TFLite, but rounds once.
// Source: Jacob et al., "Quantization and training of neural networks for efficient integer-arithmetic-only inference",
//         2018, section 2.2.

namespace cortexpr::kernels {

/// The largest shift: the sum of the upper half of a product and of a zero point, shifted by so many bits, fits in 32 bits.
inline constexpr std::uint8_t largest_shift = 22;

/// A number in [0, 1/4) as factor * 2^-(32 + shift). Because 1 <= shift <= largest_shift, requantization needs only the
/// upper half of the 64-bit product of a sum and the factor.
struct FixedPoint {
  std::int32_t factor = 0;
  std::uint8_t shift = 1;
  [[nodiscard]] friend constexpr bool operator==(const FixedPoint&, const FixedPoint&) = default;
};

/// The largest shift whose factor for `number` fits in 32 bits. These three functions compute in double; they run where
/// a network is quantized, not on the microcontroller.
constexpr std::uint8_t shift_for(double number) {
  std::uint8_t shift = 1;
  for (double scaled = number * 0x1p33; scaled < 0x1p30 && shift < largest_shift; ++shift) scaled *= 2;
  return shift;
}

/// The factor whose FixedPoint with this shift is nearest to `number`.
constexpr std::int32_t factor_of(double number, std::uint8_t shift) {
  const double nearest = number * 0x1p32 * static_cast<double>(std::uint32_t{1} << shift) + 0.5;
  return nearest >= 0x1p31 ? INT32_MAX : static_cast<std::int32_t>(nearest);
}

/// The FixedPoint nearest to `number`; 0 for numbers that are too small.
constexpr FixedPoint fixed_point(double number) {
  const std::uint8_t shift = shift_for(number);
  return {.factor = factor_of(number, shift), .shift = shift};
}

/// What `rescale` adds before it shifts: half a unit of the result, and `zero` units, which must be an int8 value.
constexpr std::int32_t rescale_offset(std::int32_t shift, std::int32_t zero = 0) {
  return (std::int32_t{1} << (shift - 1)) + zero * (std::int32_t{1} << shift);
}

/// sum * factor * 2^-(32 + shift), rounded to nearest, halves upwards, plus a zero point; offset is
/// rescale_offset(shift, zero point).
CORTEXPR_INLINE constexpr std::int32_t rescale(std::int32_t sum, std::int32_t factor, std::int32_t shift,
                                               std::int32_t offset) {
  return (static_cast<std::int32_t>((static_cast<std::int64_t>(sum) * factor) >> 32) + offset) >> shift;
}

CORTEXPR_INLINE constexpr std::int8_t clamp_to_int8(std::int32_t value, std::int32_t lowest, std::int32_t highest) {
  return static_cast<std::int8_t>(value < lowest ? lowest : value > highest ? highest : value);
}

}  // namespace cortexpr::kernels
