#pragma once

#include <bit>
#include <cortexpr/config.hpp>
#include <cstdint>
#include <limits>
#include <type_traits>

/// Correctly rounded fma and sqrt in integer arithmetic, for constant expressions in which the compiler does not
/// evaluate the builtins. They are too slow for run time.
namespace cortexpr::detail {

/// Whether a number is neither infinite nor NaN. <cmath> is not used because it costs a third of a second of compile
/// time.
template <class T>
  requires std::is_arithmetic_v<T>
constexpr bool is_finite(T number) {
  return number - number == 0;
}

/// The layout of an IEEE 754 number: value = (1 + mantissa / 2^mantissa_bits) * 2^(exponent - bias).
template <class T>
struct FloatLayout {
  using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  static constexpr int mantissa_bits = std::numeric_limits<T>::digits - 1;
  static constexpr int bias = std::numeric_limits<T>::max_exponent - 1;
  static constexpr Bits hidden_bit = Bits{1} << mantissa_bits;
  static constexpr Bits mantissa_mask = hidden_bit - 1;
  static constexpr Bits sign_mask = Bits{1} << (8 * sizeof(T) - 1);
  /// 1.5 * 2^mantissa_bits. Adding it to a small number rounds the number to an integer, which then lies in the low
  /// bits.
  static constexpr T integer_offset = static_cast<T>(hidden_bit) + static_cast<T>(hidden_bit / 2);
  // Constants that split a positive number into an exponent and a mantissa in [sqrt(1/2), sqrt(2)).
  static constexpr Bits sqrt_half = sizeof(T) == 4 ? Bits(0x3f3504f3) : Bits(0x3fe6a09e667f3bcd);
  static constexpr Bits split_shift = (Bits(bias) << mantissa_bits) - sqrt_half;
  static constexpr T exponent_offset = static_cast<T>(hidden_bit) + static_cast<T>(bias);
  static constexpr Bits exponent_base = std::bit_cast<Bits>(static_cast<T>(hidden_bit));
};

/// |x| = significand * 2^exponent, where bit 63 is the highest bit set in the significand.
struct Decomposed {
  std::uint64_t significand;
  int exponent;
};

/// Decomposes a finite x that is not zero.
template <class T>
constexpr Decomposed decompose(T x) {
  using Layout = FloatLayout<T>;
  const auto bits = std::bit_cast<typename Layout::Bits>(x) & ~Layout::sign_mask;
  const int field = static_cast<int>(bits >> Layout::mantissa_bits);
  const std::uint64_t significand = field == 0 ? bits : ((bits & Layout::mantissa_mask) | Layout::hidden_bit);
  const int shift = std::countl_zero(significand);
  return {significand << shift, (field == 0 ? 1 : field) - Layout::bias - Layout::mantissa_bits - shift};
}

/// sqrt(x), rounded to nearest, computed digit by digit.
template <class T>
constexpr T constant_sqrt(T x) {
  using Layout = FloatLayout<T>;
  using Bits = typename Layout::Bits;
  if (!(x > T{0}) || x > std::numeric_limits<T>::max()) return x < T{0} ? std::numeric_limits<T>::quiet_NaN() : x;
  const Decomposed number = decompose(x);
  int exponent = number.exponent + 63;
  std::uint64_t pairs = number.significand >> 1;  // x = pairs * 2^(exponent - 62)
  if (exponent & 1) {
    pairs = number.significand;
    exponent -= 1;
  }
  std::uint64_t root = 0;
  std::uint64_t remainder = 0;
  for (int digit = 0; digit < std::numeric_limits<T>::digits + 1; ++digit) {
    remainder = (remainder << 2) | (pairs >> 62);
    pairs <<= 2;
    const std::uint64_t trial = (root << 2) | 1;
    const bool fits = remainder >= trial;
    remainder -= fits ? trial : 0;
    root = (root << 1) | (fits ? 1u : 0u);
  }
  // A square root is never half way between two numbers, so the bit after the last one decides.
  const Bits rounded = static_cast<Bits>((root >> 1) + (root & 1));
  const Bits field = static_cast<Bits>(exponent / 2 + Layout::bias - 1);
  return std::bit_cast<T>(static_cast<Bits>((field << Layout::mantissa_bits) + rounded));
}

/// a * b + c, rounded once. The product is exact in double. Rounding the sum to double and then to float is correct
/// except half way between two floats and near subnormal floats; there the sum is rounded to odd first.
/// Source: Boldo, Melquiond, "Emulation of FMA and correctly rounded sums: proved algorithms using rounding to odd",
/// 2008.
constexpr float constant_fma(float a, float b, float c) {
  const double product = static_cast<double>(a) * static_cast<double>(b);
  const double sum = product + static_cast<double>(c);
  const std::uint64_t bits = __builtin_bit_cast(std::uint64_t, sum);
  if ((bits & 0x1fffffff) != 0x10000000 && (sum > 0x1p-125 || sum < -0x1p-125)) return static_cast<float>(sum);
  const double added = sum - product;
  const double error = (product - (sum - added)) + (static_cast<double>(c) - added);
  if (error == 0.0 || (bits & 1) != 0) return static_cast<float>(sum);
  return static_cast<float>(std::bit_cast<double>((error > 0.0) == (sum > 0.0) ? bits + 1 : bits - 1));
}

/// The number (high * 2^64 + low) * 2^exponent, with a sign.
struct Wide {
  std::uint64_t high;
  std::uint64_t low;
  int exponent;
  bool negative;
};

/// Shifts right by `count` bits. The lowest bit of the result is set if any bit that was set is shifted out.
constexpr Wide shift_right_sticky(Wide number, int count) {
  for (number.exponent += count; count > 0;) {
    const int step = count < 63 ? count : 63;
    const std::uint64_t lost = number.low << (64 - step);
    number.low = (number.low >> step) | (number.high << (64 - step)) | (lost != 0 ? 1u : 0u);
    number.high >>= step;
    count = (number.high == 0 && number.low <= 1) ? 0 : count - step;
  }
  return number;
}

constexpr Wide shift_left_until_normal(Wide number) {
  while ((number.high >> 63) == 0) {
    number.high = (number.high << 1) | (number.low >> 63);
    number.low <<= 1;
    --number.exponent;
  }
  return number;
}

/// a * b, exactly, with the two highest bits 0. a and b must be finite and not zero.
constexpr Wide exact_product(double a, double b) {
  const Decomposed x = decompose(a);
  const Decomposed y = decompose(b);
  const std::uint64_t x_high = x.significand >> 32, x_low = x.significand & 0xffffffffu;
  const std::uint64_t y_high = y.significand >> 32, y_low = y.significand & 0xffffffffu;
  const std::uint64_t low = x_low * y_low;
  const std::uint64_t middle = x_high * y_low + (low >> 32);
  const std::uint64_t other = x_low * y_high + (middle & 0xffffffffu);
  const Wide product{x_high * y_high + (middle >> 32) + (other >> 32), (other << 32) | (low & 0xffffffffu),
                     x.exponent + y.exponent, (a < 0.0) != (b < 0.0)};
  return shift_right_sticky(shift_left_until_normal(product), 2);
}

constexpr bool magnitude_less(Wide a, Wide b) { return a.high != b.high ? a.high < b.high : a.low < b.low; }

/// Adds two numbers whose highest set bit is bit 125.
constexpr Wide add_wide(Wide a, Wide b) {
  if (a.exponent < b.exponent || (a.exponent == b.exponent && magnitude_less(a, b))) {
    const Wide swap = a;
    a = b;
    b = swap;
  }
  b = shift_right_sticky(b, a.exponent - b.exponent);
  if (a.negative == b.negative) {
    const std::uint64_t low = a.low + b.low;
    return {a.high + b.high + (low < a.low ? 1u : 0u), low, a.exponent, a.negative};
  }
  return {a.high - b.high - (a.low < b.low ? 1u : 0u), a.low - b.low, a.exponent, a.negative};
}

/// Rounds to the nearest double, ties to even. The result can be subnormal or infinite.
constexpr double round_wide(Wide number) {
  number = shift_left_until_normal(number);
  constexpr int dropped = 128 - 53;
  const int lowest_exponent = -1074;
  int field = number.exponent + dropped - lowest_exponent;
  if (field < 0) {
    number = shift_right_sticky(number, -field);
    field = 0;
  }
  std::uint64_t mantissa = number.high >> 11;
  const std::uint64_t rest = (number.high & 0x7ff) | (number.low != 0 ? 1u : 0u);
  const std::uint64_t half = 0x400;
  mantissa += (rest > half || (rest == half && (mantissa & 1) != 0)) ? 1u : 0u;
  const std::uint64_t infinity = std::uint64_t{0x7ff} << 52;
  const std::uint64_t bits = (static_cast<std::uint64_t>(field) << 52) + mantissa;
  return std::bit_cast<double>((field > 0x7fe || bits > infinity ? infinity : bits) |
                               (number.negative ? FloatLayout<double>::sign_mask : 0u));
}

/// a * b + c, rounded once.
constexpr double constant_fma(double a, double b, double c) {
  const auto finite = [](double x) {
    return x <= std::numeric_limits<double>::max() && x >= std::numeric_limits<double>::lowest();
  };
  if (a == 0.0 || b == 0.0 || !finite(a) || !finite(b)) return a * b + c;
  if (!finite(c)) return c;
  const Wide product = exact_product(a, b);
  if (c == 0.0) return round_wide(product);
  const Decomposed addend = decompose(c);
  const Wide sum =
      add_wide(product, {addend.significand >> 2, addend.significand << 62, addend.exponent - 62, c < 0.0});
  return (sum.high | sum.low) == 0 ? 0.0 : round_wide(sum);
}

}  // namespace cortexpr::detail
