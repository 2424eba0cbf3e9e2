#pragma once

#include <cortexpr/config.hpp>

#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>

namespace cortexpr {

/// A data set or file that cannot be used. `what()` is one sentence: the file or type, the field, what was expected,
/// what was found, and what to do.
class DataError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

namespace detail {

/// Formats as vprintf does; cut after 1000 characters. One call compiles in a tenth of the time of a chain of std::string
/// additions.
[[gnu::cold, gnu::format(printf, 1, 0)]] inline std::string format_sentence(const char* format, std::va_list values) {
  char text[1000];
  std::vsnprintf(text, sizeof text, format, values);
  return text;
}

/// The sentence that printf would write.
[[nodiscard, gnu::cold, gnu::noinline, gnu::format(printf, 1, 2)]] inline std::string sentence(const char* format,
                                                                                               ...) {
  std::va_list values;
  va_start(values, format);
  std::string text = format_sentence(format, values);
  va_end(values);
  return text;
}

/// Throws a DataError. Compiled with -fno-exceptions, it writes the sentence to the standard error stream and ends the
/// program.
[[noreturn, gnu::cold, gnu::noinline]] inline void raise(const std::string& text) {
#if CORTEXPR_HAS_EXCEPTIONS
  throw DataError{text};
#else
  std::fprintf(stderr, "%s\n", text.c_str());
  std::abort();
#endif
}

/// Raises a DataError with the sentence that printf would write.
[[noreturn, gnu::cold, gnu::noinline, gnu::format(printf, 1, 2)]] inline void data_error(const char* format, ...) {
  std::va_list values;
  va_start(values, format);
  const std::string text = format_sentence(format, values);
  va_end(values);
  raise(text);
}

}  // namespace detail
}  // namespace cortexpr
