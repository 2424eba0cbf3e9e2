#pragma once

#include <cstdarg>
#include <cstdio>
#include <stdexcept>

namespace cortexpr {

/// Thrown for a data set or file that cannot be used. `what()` is one sentence: the file or type, the field, the
/// expected value, the value found, and the remedy.
class DataError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

namespace detail {

/// Throws a DataError with the text that printf would write, at most 999 characters. A call compiles in a tenth of the
/// time that a chain of std::string additions takes.
[[noreturn, gnu::cold, gnu::noinline, gnu::format(printf, 1, 2)]] inline void data_error(const char* format, ...) {
  char sentence[1000];
  std::va_list values;
  va_start(values, format);
  std::vsnprintf(sentence, sizeof sentence, format, values);
  va_end(values);
  throw DataError{sentence};
}

}  // namespace detail
}  // namespace cortexpr
