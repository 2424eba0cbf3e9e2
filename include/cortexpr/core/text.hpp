#pragma once

#include <cortexpr/config.hpp>

#include <cstddef>

// Functions that write text character by character, usable in constant expressions and on targets without printf. `put`
// is called with each character.

namespace cortexpr::detail {

template <class Put>
constexpr void write_text(Put& put, const char* text) {
  while (*text != '\0') put(*text++);
}

/// Writes 1234567 as "1,234,567", or as "1234567" if the separator is '\0'.
template <class Put>
constexpr void write_number(Put& put, std::size_t value, char separator = ',') {
  std::size_t unit = 1, digits = 1;
  for (; value / unit >= 10; unit *= 10) ++digits;
  for (; unit > 0; unit /= 10, --digits) {
    put(static_cast<char>('0' + value / unit % 10));
    if (separator != '\0' && digits % 3 == 1 && digits > 1) put(separator);
  }
}

/// Writes extents as "3 x 28 x 28".
template <class Put>
constexpr void write_extents(Put& put, const std::size_t* extents, std::size_t rank) {
  for (std::size_t axis = 0; axis < rank; ++axis) {
    if (axis > 0) write_text(put, " x ");
    write_number(put, extents[axis]);
  }
}

/// Counts the characters that are written.
struct CharacterCounter {
  std::size_t count = 0;
  constexpr void operator()(char) { ++count; }
};

}  // namespace cortexpr::detail
