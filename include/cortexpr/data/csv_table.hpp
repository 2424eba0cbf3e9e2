#pragma once

#include <algorithm>
#include <cortexpr/core/error.hpp>
#include <cortexpr/data/csv_parser.hpp>
#include <cortexpr/data/file.hpp>
#include <cortexpr/data/gzip.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cortexpr::csv {

/// The format of a CSV file, and the meaning of its columns.
struct Options {
  char delimiter = ',';
  bool header = true;                  ///< the first line has the column names; else they are "0", "1", ...
  std::vector<std::string> targets{};  ///< names of the columns to predict; if empty, the last column
  std::vector<std::string> ignore{};   ///< names of columns that are neither inputs nor targets
  std::vector<std::string> classes{};  ///< class names in the order of the labels; if empty, those found, sorted
  /// Lines that begin with it are skipped; '\0' if there are no comments. A field that begins with it, at the beginning
  /// of a line, stands in quotes.
  char comment = '#';
};

/// A CSV file in memory: text in rows and columns.
class Table {
 public:
  Table(std::string path, const Options& options) : path_{std::move(path)}, text_{detail::read_file(path_.c_str())} {
    if (options.delimiter == '"' || options.delimiter == '\n' || options.delimiter == '\r')
      detail::data_error("csv: delimiter: expected neither a quote nor a line end, found one; choose another");
    if (options.comment == options.delimiter)
      detail::data_error("csv: comment: expected another character than the delimiter, found '%c'; choose another",
                         options.comment);
    check_encoding();
    detail::CsvParser parser{
        {reinterpret_cast<char*>(text_.data()), text_.size()}, options.delimiter, options.comment, path_.c_str()};
    if (options.header && parser.next_row(fields_)) read_names(parser, options);
    std::size_t first_line = parser.row_line();
    for (std::size_t begin = fields_.size(); parser.next_row(fields_); begin = fields_.size()) {
      const std::size_t found = fields_.size() - begin;
      if (lines_.empty() && names_.empty()) {
        first_line = parser.row_line();
        for (std::size_t column = 0; column < found; ++column) names_.push_back(std::to_string(column));
      }
      lines_.push_back(parser.row_line());
      if (found != columns())
        detail::data_error(
            "%s, line %zu: expected %zu fields, as in line %zu, found %zu; complete the line, put quotes around fields "
            "that hold '%c', or choose another delimiter",
            path_.c_str(), lines_.back(), columns(), first_line, found, options.delimiter);
    }
    if (rows() == 0 && parser.comments() > 0)
      detail::data_error(
          "%s: expected rows of values, found none but %zu lines that begin with '%c'; set the option comment to 0 "
          "where they are no comments",
          path_.c_str(), parser.comments(), options.comment);
    if (rows() == 0)
      detail::data_error("%s: expected rows of values%s, found none; add some", path_.c_str(),
                         options.header ? " after the header" : "");
    row_size_ = columns();
    if (options.header) drop_unnamed_column();
    sort_names();
  }

  std::size_t rows() const noexcept { return lines_.size(); }
  std::size_t columns() const noexcept { return names_.size(); }
  const std::string& path() const noexcept { return path_; }
  const std::vector<std::string>& names() const noexcept { return names_; }

  /// The position of the column of this name. Errors: DataError if there is none
  std::size_t column(std::string_view name) const {
    const auto found =
        std::lower_bound(by_name_.begin(), by_name_.end(), name,
                         [this](std::size_t column, std::string_view wanted) { return names_[column] < wanted; });
    if (found != by_name_.end() && names_[*found] == name) return *found;
    std::string names;
    for (std::size_t column = 0; column < columns() && names.size() < 500; ++column)
      names += (column == 0 ? "'" : ", '") + names_[column] + "'";
    detail::data_error("%s: expected a column '%.*s', found %.500s; name one of those, or choose another delimiter",
                       path_.c_str(), detail::shown(name), name.data(), names.c_str());
  }

  /// The text of a field, without quotes and without blanks around it.
  std::string_view text(std::size_t row, std::size_t column) const noexcept {
    return fields_[row * row_size_ + column];
  }

  /// Errors: DataError if the field is no finite decimal number
  float number(std::size_t row, std::size_t column) const {
    const std::optional<float> value = detail::to_number(text(row, column));
    if (value) return *value;
    std::string with_point{text(row, column)};
    std::replace(with_point.begin(), with_point.end(), ',', '.');
    const bool has_comma = detail::to_number(with_point).has_value();
    unexpected(row, column, "a finite number",
               has_comma ? "write a decimal point, not a comma" : "correct it or ignore its column");
  }

  [[noreturn]] void unexpected(std::size_t row, std::size_t column, const char* expected, const char* remedy) const {
    const std::string_view found = text(row, column);
    detail::data_error("%s, line %zu, column '%.60s': expected %s, found '%.*s'; %s", path_.c_str(), lines_[row],
                       names_[column].c_str(), expected, detail::shown(found), found.data(), remedy);
  }

 private:
  void check_encoding() const {
    const std::span<const std::uint8_t> bytes = text_.span();
    if (const char* const format = detail::mistaken_format(bytes); format != nullptr)
      detail::data_error("%s: expected text, found %s", path_.c_str(), format);
    if (bytes.size() < 2) return;
    const bool marked = (bytes[0] == 0xFF && bytes[1] == 0xFE) || (bytes[0] == 0xFE && bytes[1] == 0xFF);
    // Every second byte of letters and digits is 0.
    const bool unmarked = bytes.size() >= 4 && (bytes[0] == 0) == (bytes[2] == 0) &&
                          (bytes[1] == 0) == (bytes[3] == 0) && (bytes[0] == 0) != (bytes[1] == 0);
    if (marked || unmarked)
      detail::data_error("%s: expected text in UTF-8, found UTF-16; convert it, as with iconv -f UTF-16 -t UTF-8",
                         path_.c_str());
  }

  /// Takes the names from the first row, or from the comment before it, as numpy.savetxt writes them: where the row has
  /// numbers, and the comment has as many fields and no numbers.
  void read_names(const detail::CsvParser& parser, const Options& options) {
    const auto is_number = [](std::string_view text) { return detail::to_double(text).has_value(); };
    std::vector<std::string_view> comment;
    if (!parser.last_comment().empty())
      detail::CsvParser{parser.last_comment(), options.delimiter, '\0', path_.c_str()}.next_row(comment);
    if (comment.size() == fields_.size() && comment.size() > 1 &&
        std::any_of(fields_.begin(), fields_.end(), is_number) &&
        std::none_of(comment.begin(), comment.end(), is_number)) {
      names_.assign(comment.begin(), comment.end());
      lines_.push_back(parser.row_line());
    } else {
      names_.assign(fields_.begin(), fields_.end());
      fields_.clear();
    }
  }

  /// Delimiters at the ends of all lines make a last column without a name and without values.
  void drop_unnamed_column() {
    if (columns() < 2 || !names_.back().empty()) return;
    for (std::size_t row = 0; row < rows(); ++row)
      if (!text(row, columns() - 1).empty()) return;
    names_.pop_back();
  }

  void sort_names() {
    for (std::size_t column = 0; column < columns(); ++column) by_name_.push_back(column);
    std::sort(by_name_.begin(), by_name_.end(), [this](std::size_t left, std::size_t right) {
      return names_[left] != names_[right] ? names_[left] < names_[right] : left < right;
    });
    for (std::size_t i = 1; i < columns(); ++i)
      if (names_[by_name_[i - 1]] == names_[by_name_[i]])
        detail::data_error(
            "%s: header: expected different names, found '%.60s' in columns %zu and %zu; rename one, or set header to "
            "false where the first line holds values",
            path_.c_str(), names_[by_name_[i]].c_str(), by_name_[i - 1], by_name_[i]);
  }

  std::string path_;
  detail::Bytes text_;
  std::vector<std::string> names_;
  std::vector<std::size_t> by_name_;      // columns in the order of their names
  std::vector<std::string_view> fields_;  // views into text_
  std::vector<std::size_t> lines_;
  std::size_t row_size_ = 0;
};

}  // namespace cortexpr::csv
