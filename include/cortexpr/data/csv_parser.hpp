#pragma once

#include <algorithm>
#include <charconv>
#include <cortexpr/core/error.hpp>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <system_error>
#include <vector>

namespace cortexpr::detail {

/// The precision of "%.*s" that shortens a text to what an error message shows.
inline int shown(std::string_view text) { return static_cast<int>(text.size() < 60 ? text.size() : 60); }

/// Whether a decimal number that lies outside of double's range is too small for it, not too large.
inline bool is_below_range(std::string_view number) {
  const std::size_t end = std::min(number.find_first_of("eE"), number.size());
  const std::string_view digits = number.substr(0, end);
  const auto point = static_cast<long long>(std::min(digits.find('.'), digits.size()));
  const auto first = static_cast<long long>(digits.find_first_of("123456789"));
  long long exponent = 0;
  if (end != number.size()) {
    std::string_view text = number.substr(end + 1);
    if (text.starts_with('+')) text.remove_prefix(1);
    if (std::from_chars(text.data(), text.data() + text.size(), exponent).ec == std::errc::result_out_of_range)
      return text.starts_with('-');
  }
  return point - first + exponent < 0;
}

/// The value of a text that is a finite number and nothing else; independent of the locale. Numbers too small for a
/// double are 0.
inline std::optional<double> to_double(std::string_view text) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size()) return std::nullopt;
  if (error == std::errc::result_out_of_range && is_below_range(text)) return 0;
  if (error != std::errc{} || !(value - value == 0)) return std::nullopt;
  return value;
}

/// The same, for a float.
inline std::optional<float> to_number(std::string_view text) {
  const std::optional<double> value = to_double(text);
  if (!value || !(static_cast<float>(*value) - static_cast<float>(*value) == 0)) return std::nullopt;
  return static_cast<float>(*value);
}

/// Splits CSV text into fields, in place: a quoted field is overwritten with its text, where two quotes become one.
class CsvParser {
 public:
  /// `comment` begins lines that are skipped; '\0' for none.
  CsvParser(std::span<char> text, char delimiter, char comment, const char* path)
      : at_{text.data()}, end_{at_ + text.size()}, delimiter_{delimiter}, comment_{comment}, path_{path} {
    if (std::string_view{at_, text.size()}.starts_with("\xEF\xBB\xBF")) at_ += 3;  // byte order mark of UTF-8
    if (at_ != end_ && end_[-1] == '\x1A') --end_;                                 // end of file of DOS
  }

  /// Appends the fields of the next line that is neither empty nor a comment. Returns false if there is none.
  bool next_row(std::vector<std::string_view>& fields) {
    last_comment_ = {};
    while (skip_line()) continue;
    if (at_ == end_) return false;
    row_line_ = line_;
    fields.push_back(next_field());
    while (at_ != end_ && *at_ == delimiter_) {
      ++at_;
      fields.push_back(next_field());
    }
    skip_line_end();
    return true;
  }

  /// The line in which the last row began, counted from 1.
  std::size_t row_line() const { return row_line_; }
  std::size_t comments() const { return comments_; }
  /// The last comment before the last row, without the character that begins it; empty if there is none.
  std::span<char> last_comment() const { return last_comment_; }

 private:
  bool is_blank(char character) const { return (character == ' ' || character == '\t') && character != delimiter_; }
  bool at_line_end() const { return at_ == end_ || *at_ == '\n' || *at_ == '\r'; }
  bool at_field_end() const { return at_line_end() || *at_ == delimiter_; }

  /// Skips a line of blanks or a comment; returns whether there was one.
  bool skip_line() {
    char* const begin = at_;
    skip_blanks();
    if (at_ != end_ && *at_ == comment_ && comment_ != '\0') {
      char* const text = at_ + 1;
      while (!at_line_end()) ++at_;
      last_comment_ = {text, at_};
      ++comments_;
    } else if (!at_line_end()) {
      at_ = begin;
      return false;
    }
    if (at_ == end_) return false;
    skip_line_end();
    return true;
  }

  void skip_blanks() {
    while (at_ != end_ && is_blank(*at_)) ++at_;
  }

  void skip_line_end() {
    if (at_ != end_ && *at_ == '\r') ++at_;
    if (at_ != end_ && *at_ == '\n') ++at_;
    ++line_;
  }

  std::string_view next_field() {
    skip_blanks();
    if (at_ != end_ && *at_ == '"') return quoted_field();
    const char* const begin = at_;
    while (!at_field_end()) ++at_;
    const char* end = at_;
    while (end != begin && is_blank(end[-1])) --end;
    return {begin, static_cast<std::size_t>(end - begin)};
  }

  std::string_view quoted_field() {
    const std::size_t opening_line = line_;
    char* out = ++at_;
    const char* const begin = out;
    for (;; *out++ = *at_++) {
      if (at_ == end_)
        data_error(
            "%s, line %zu: expected a closing quote for the field that is opened there, found the end of the file; "
            "close it, and write a quote within quotes twice",
            path_, opening_line);
      if (*at_ == '"') {
        ++at_;
        if (at_ == end_ || *at_ != '"') break;
      }
      line_ += *at_ == '\n';
    }
    skip_blanks();
    if (!at_field_end())
      data_error(
          "%s, line %zu: expected '%c' or the end of the line after a closing quote, found '%c'; write a quote "
          "within quotes twice",
          path_, line_, delimiter_, *at_);
    return {begin, static_cast<std::size_t>(out - begin)};
  }

  char* at_;
  char* end_;
  char delimiter_;
  char comment_;
  const char* path_;
  std::span<char> last_comment_;
  std::size_t comments_ = 0;
  std::size_t line_ = 1;
  std::size_t row_line_ = 1;
};

}  // namespace cortexpr::detail
