#pragma once

#include <cstddef>

// Text written character by character, for the compiler and for targets without printf. A `sink` takes a character.

namespace cortexpr::detail {

template <class Sink>
constexpr void write_text(Sink& sink, const char* text) {
  while (*text != '\0') sink(*text++);
}

/// 1,234,567; with the separator zero, 1234567.
template <class Sink>
constexpr void write_number(Sink& sink, std::size_t value, char separator = ',') {
  std::size_t unit = 1, digits = 1;
  for (; value / unit >= 10; unit *= 10) ++digits;
  for (; unit > 0; unit /= 10, --digits) {
    sink(static_cast<char>('0' + value / unit % 10));
    if (separator != '\0' && digits % 3 == 1 && digits > 1) sink(separator);
  }
}

/// "3 x 28 x 28"
template <class Sink>
constexpr void write_extents(Sink& sink, const std::size_t* extents, std::size_t rank) {
  for (std::size_t axis = 0; axis < rank; ++axis) {
    if (axis > 0) write_text(sink, " x ");
    write_number(sink, extents[axis]);
  }
}

/// Counts what is written.
struct CountingSink {
  std::size_t count = 0;
  constexpr void operator()(char) { ++count; }
};

}  // namespace cortexpr::detail
