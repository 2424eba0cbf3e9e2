#pragma once

#include <cstdarg>
#include <cstdio>
#include <stdexcept>

namespace cortexpr {

/// A data set or file that cannot be used. `what()` is one sentence: the file or type, the field, what was expected,
/// what was found, and what to do.
class DataError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

namespace detail {

/// Throws a DataError with the sentence that printf would write; cut after 1000 characters. One call compiles in a
/// tenth of the time of a chain of std::string additions.
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
