#pragma once

#include <charconv>
#include <cortexpr/core/error.hpp>
#include <cortexpr/data/file.hpp>
#include <cortexpr/data/gzip.hpp>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace cortexpr::detail {

/// The precision of "%.*s" that shortens a text to what an error message shows.
inline int shown(std::string_view text) { return static_cast<int>(text.size() < 60 ? text.size() : 60); }

/// The value of a text that is a finite number and nothing else; independent of the locale.
inline std::optional<float> to_number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0;  // double, so that a number too small for a float gives 0 and no error
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const auto number = static_cast<float>(value);
  if (error != std::errc{} || end != text.data() + text.size() || !(number - number == 0)) return std::nullopt;
  return number;
}

/// Splits CSV text into fields, in place: a quoted field is overwritten with its text, where two quotes become one.
class CsvParser {
 public:
  CsvParser(Bytes& text, char delimiter, const char* path)
      : at_{reinterpret_cast<char*>(text.data())}, end_{at_ + text.size()}, delimiter_{delimiter}, path_{path} {
    if (std::string_view{at_, text.size()}.starts_with("\xEF\xBB\xBF")) at_ += 3;  // byte order mark of UTF-8
  }

  /// Appends the fields of the next line that is not empty. Returns false if there is none.
  bool next_row(std::vector<std::string_view>& fields) {
    while (at_ != end_ && at_line_end()) skip_line_end();
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

 private:
  bool is_blank(char character) const { return (character == ' ' || character == '\t') && character != delimiter_; }
  bool at_line_end() const { return at_ == end_ || *at_ == '\n' || *at_ == '\r'; }
  bool at_field_end() const { return at_line_end() || *at_ == delimiter_; }

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
  const char* path_;
  std::size_t line_ = 1;
  std::size_t row_line_ = 1;
};

}  // namespace cortexpr::detail

namespace cortexpr::csv {

/// The format of a CSV file, and the meaning of its columns.
struct Options {
  char delimiter = ',';
  bool header = true;                  ///< the first line has the column names; else they are "0", "1", ...
  std::vector<std::string> targets{};  ///< names of the columns to predict; if empty, the last column
  std::vector<std::string> ignore{};   ///< names of columns that are neither inputs nor targets
  std::vector<std::string> classes{};  ///< class names in the order of the labels; if empty, those found, sorted
};

/// A CSV file in memory: text in rows and columns.
class Table {
 public:
  Table(std::string path, const Options& options) : path_{std::move(path)}, text_{detail::read_file(path_.c_str())} {
    if (options.delimiter == '"' || options.delimiter == '\n' || options.delimiter == '\r')
      detail::data_error("csv: delimiter: expected neither a quote nor a line end, found one; choose another");
    detail::CsvParser parser{text_, options.delimiter, path_.c_str()};
    std::size_t first_line = 0;
    if (std::vector<std::string_view> names; options.header && parser.next_row(names)) {
      names_.assign(names.begin(), names.end());
      first_line = parser.row_line();
      check_names();
    }
    for (std::size_t begin = 0; parser.next_row(fields_); begin = fields_.size()) {
      lines_.push_back(parser.row_line());
      const std::size_t found = fields_.size() - begin;
      if (names_.empty()) {
        first_line = parser.row_line();
        for (std::size_t column = 0; column < found; ++column) names_.push_back(std::to_string(column));
      }
      if (found != columns())
        detail::data_error(
            "%s, line %zu: expected %zu fields, as in line %zu, found %zu; complete the line, put quotes around fields "
            "that hold '%c', or choose another delimiter",
            path_.c_str(), lines_.back(), columns(), first_line, found, options.delimiter);
    }
    if (rows() == 0)
      detail::data_error("%s: expected rows of values%s, found none; add some", path_.c_str(),
                         options.header ? " after the header" : "");
  }

  std::size_t rows() const noexcept { return lines_.size(); }
  std::size_t columns() const noexcept { return names_.size(); }
  const std::string& path() const noexcept { return path_; }
  const std::vector<std::string>& names() const noexcept { return names_; }

  /// The position of the column of this name. Errors: DataError if there is none
  std::size_t column(std::string_view name) const {
    std::string found;
    for (std::size_t column = 0; column < columns(); ++column) {
      if (names_[column] == name) return column;
      if (found.size() < 500) found += (column == 0 ? "'" : ", '") + names_[column] + "'";
    }
    detail::data_error("%s: expected a column '%.*s', found %.500s; name one of those, or choose another delimiter",
                       path_.c_str(), detail::shown(name), name.data(), found.c_str());
  }

  /// The text of a field, without quotes and without blanks around it.
  std::string_view text(std::size_t row, std::size_t column) const noexcept {
    return fields_[row * columns() + column];
  }

  /// Errors: DataError if the field is no finite decimal number
  float number(std::size_t row, std::size_t column) const {
    const std::optional<float> value = detail::to_number(text(row, column));
    if (!value) unexpected(row, column, "a finite number", "correct it or ignore its column");
    return *value;
  }

  [[noreturn]] void unexpected(std::size_t row, std::size_t column, const char* expected, const char* remedy) const {
    const std::string_view found = text(row, column);
    detail::data_error("%s, line %zu, column '%.60s': expected %s, found '%.*s'; %s", path_.c_str(), lines_[row],
                       names_[column].c_str(), expected, detail::shown(found), found.data(), remedy);
  }

 private:
  void check_names() const {
    for (std::size_t column = 0; column < columns(); ++column)
      for (std::size_t other = column + 1; other < columns(); ++other)
        if (names_[column] == names_[other])
          detail::data_error(
              "%s: header: expected different names, found '%.60s' in columns %zu and %zu; rename one, or set "
              "header to false where the first line holds values",
              path_.c_str(), names_[column].c_str(), column, other);
  }

  std::string path_;
  detail::Bytes text_;
  std::vector<std::string> names_;
  std::vector<std::string_view> fields_;  // views into text_
  std::vector<std::size_t> lines_;
};

}  // namespace cortexpr::csv
