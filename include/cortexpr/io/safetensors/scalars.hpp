#pragma once

#include <cortexpr/config.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

// Numbers as bytes of a file, little-endian on all machines.

namespace cortexpr::detail {

template <class Unsigned>
constexpr Unsigned load_little_endian(const char* bytes) {
  Unsigned value = 0;
  for (std::size_t i = sizeof(Unsigned); i-- > 0;)
    value = static_cast<Unsigned>((sizeof(Unsigned) > 1 ? value << 8 : 0) | static_cast<unsigned char>(bytes[i]));
  return value;
}
template <class Unsigned, class Put>
constexpr void store_little_endian(Unsigned value, const Put& put) {
  for (std::size_t i = 0; i < sizeof(Unsigned); ++i)
    put(static_cast<char>(static_cast<unsigned char>(value >> (8 * i) & 0xFF)));
}

/// A number of IEEE 754's binary16, exactly.
constexpr float half_to_float(std::uint16_t bits) {
  const std::uint32_t sign = std::uint32_t{bits} >> 15 << 31;
  const std::uint32_t exponent = bits >> 10 & 0x1F;
  const std::uint32_t fraction = bits & 0x3FF;
  if (exponent == 0x1F) return std::bit_cast<float>(sign | 0x7F800000 | fraction << 13);
  if (exponent > 0) return std::bit_cast<float>(sign | (exponent + 112) << 23 | fraction << 13);
  const float magnitude = static_cast<float>(fraction) * 0x1p-24f;  // a subnormal number, or 0
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(magnitude) | sign);
}

/// The number of a type of header.hpp that stands at `bytes`, as a T. Types that load does not take give 0.
template <class T>
constexpr T load_number(std::string_view type, const char* bytes) {
  if (type == "F32") return static_cast<T>(std::bit_cast<float>(load_little_endian<std::uint32_t>(bytes)));
  if (type == "F64") return static_cast<T>(std::bit_cast<double>(load_little_endian<std::uint64_t>(bytes)));
  if (type == "F16") return static_cast<T>(half_to_float(load_little_endian<std::uint16_t>(bytes)));
  if (type == "BF16")
    return static_cast<T>(std::bit_cast<float>(std::uint32_t{load_little_endian<std::uint16_t>(bytes)} << 16));
  return 0;
}
constexpr bool is_float_type(std::string_view type) {
  return type == "F32" || type == "F64" || type == "F16" || type == "BF16";
}

/// Appends a number as F32 or F64.
template <class Put>
constexpr void store_number(float value, const Put& put) {
  store_little_endian(std::bit_cast<std::uint32_t>(value), put);
}
template <class Put>
constexpr void store_number(double value, const Put& put) {
  store_little_endian(std::bit_cast<std::uint64_t>(value), put);
}

}  // namespace cortexpr::detail
