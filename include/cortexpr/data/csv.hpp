#pragma once

#include <algorithm>
#include <cmath>
#include <cortexpr/core/error.hpp>
#include <cortexpr/data/csv_table.hpp>
#include <cortexpr/data/dataset.hpp>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// CSV files with inputs and with classes or numbers to predict. cortexpr.hpp does not include this header.
///
/// The format is that of RFC 4180: a field with a delimiter, a line end or a quote stands in quotes, and a quote in it
/// is written twice. Lines end with LF, CR LF or CR. Empty lines, comments, which begin with #, a byte order mark and
/// blanks around fields are skipped. The file may be compressed with gzip. Numbers are finite and have a decimal point;
/// "nan", "inf" and empty fields are errors. If columns differ in scale, begin the network with BatchNorm.
namespace cortexpr::csv {

/// A table with one column of classes, which may be words or numbers.
struct Classification {
  ClassificationSet data;
  std::vector<std::string> input_names;
  std::vector<std::string> class_names;  ///< of label 0, 1, ...
};

struct Regression {
  RegressionSet data;
  std::vector<std::string> input_names;
  std::vector<std::string> target_names;
};

/// Reads the fields as text. Uses only the options `delimiter`, `header` and `comment`.
/// Errors: DataError with the line: a file that cannot be read or has no rows, a row with more or fewer fields than the
///         first, equal column names, quotes that do not close
inline Table read(const std::string& path, const Options& options = {}) { return {path, options}; }

}  // namespace cortexpr::csv

namespace cortexpr::detail {

/// The positions of the input columns and of the target columns.
struct CsvColumns {
  using Columns = std::vector<std::size_t>;

  CsvColumns(const csv::Table& table, const csv::Options& options) {
    for (const std::string& name : options.targets) targets.push_back(table.column(name));
    if (targets.empty()) targets.push_back(table.columns() - 1);
    std::vector<bool> is_input(table.columns(), true);
    for (const std::size_t column : targets) is_input[column] = false;
    for (const std::string& name : options.ignore) is_input[table.column(name)] = false;
    for (std::size_t column = 0; column < table.columns(); ++column)
      if (is_input[column]) inputs.push_back(column);
    if (inputs.empty())
      data_error(
          "%s: expected a column of inputs besides the targets and those ignored, found none of %zu; choose "
          "fewer, or another delimiter",
          table.path().c_str(), table.columns());
  }

  static std::vector<float> numbers(const csv::Table& table, const Columns& columns) {
    std::vector<float> numbers;
    numbers.reserve(table.rows() * columns.size());
    for (std::size_t row = 0; row < table.rows(); ++row)
      for (const std::size_t column : columns) numbers.push_back(table.number(row, column));
    return numbers;
  }

  static std::vector<std::string> names(const csv::Table& table, const Columns& columns) {
    std::vector<std::string> names;
    for (const std::size_t column : columns) names.push_back(table.names()[column]);
    return names;
  }

  Columns inputs;
  Columns targets;
};

/// What tells classes apart: the value of a number, so that 1 and 1.0 are one class, else the text. Larger integers
/// than double holds exactly are texts.
using CsvClass = std::pair<std::optional<double>, std::string_view>;

inline CsvClass csv_class(std::string_view text) {
  const std::optional<double> number = to_double(text);
  if (number && *number > -0x1p53 && *number < 0x1p53) return {number, {}};
  return {std::nullopt, text};
}

/// The classes of a column, sorted by value if all are numbers, else as text. The name of a class is its shortest text.
inline std::vector<std::string> csv_classes(const csv::Table& table, std::size_t column) {
  std::map<CsvClass, std::string_view> name_of;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const std::string_view text = table.text(row, column);
    std::string_view& name = name_of.emplace(csv_class(text), text).first->second;
    if (std::pair{text.size(), text} < std::pair{name.size(), name}) name = text;
  }
  std::vector<std::string> names;
  names.reserve(name_of.size());
  for (const auto& [key, name] : name_of) names.emplace_back(name);
  const bool numbers = std::all_of(names.begin(), names.end(), to_double);
  std::sort(names.begin(), names.end(), [numbers](const std::string& left, const std::string& right) {
    return numbers ? std::pair{to_double(left), left} < std::pair{to_double(right), right} : left < right;
  });
  return names;
}

inline std::vector<std::uint32_t> csv_labels(const csv::Table& table, std::size_t column,
                                             const std::vector<std::string>& classes) {
  std::map<CsvClass, std::uint32_t> label_of;
  for (std::uint32_t label = 0; label < classes.size(); ++label)
    if (!label_of.emplace(csv_class(classes[label]), label).second)
      data_error("csv: classes: expected different ones, found '%.60s' again; name each once", classes[label].c_str());
  std::vector<std::uint32_t> labels;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const auto found = label_of.find(csv_class(table.text(row, column)));
    if (table.text(row, column).empty()) table.unexpected(row, column, "a class", "fill it in or remove the line");
    if (found == label_of.end())
      table.unexpected(row, column, "a class that the option classes names", "correct it or add it there");
    labels.push_back(found->second);
  }
  return labels;
}

/// Refuses the last column where it looks like an input, so that a table whose classes are in another column is not
/// read silently.
inline void check_default_target(const csv::Table& table, const std::vector<std::string>& classes) {
  const char* const name = table.names().back().c_str();
  constexpr const char* remedy = "name the column of classes in the option targets";
  if (classes.size() == 1)
    data_error("%s: expected two classes or more in the last column, '%.60s', found only '%.60s'; %s",
               table.path().c_str(), name, classes.front().c_str(), remedy);
  if (!std::all_of(classes.begin(), classes.end(), to_double)) return;
  for (const std::string& one : classes)
    if (const double value = to_double(one).value_or(0); std::floor(value) != value)
      data_error("%s: expected classes in the last column, '%.60s', found fractions such as %.60s; %s",
                 table.path().c_str(), name, one.c_str(), remedy);
  constexpr std::size_t many = 50;
  if (classes.size() > many && 2 * classes.size() > table.rows())
    data_error("%s: expected classes in the last column, '%.60s', found %zu different numbers in %zu rows; %s",
               table.path().c_str(), name, classes.size(), table.rows(), remedy);
}

}  // namespace cortexpr::detail

namespace cortexpr::csv {

/// Labels are the positions of the classes in sorted order: by value if all are numbers, else as text. Numbers of one
/// value are one class, as 1 and 1.0. To give a second file the same labels, read it with `.classes =
/// first.class_names`.
/// Errors: DataError: those of `read`; missing columns; inputs that are not finite numbers; unknown classes; without
///         `targets` and `classes`, a last column with one class, with fractions, or with more than 50 numbers of which
///         most occur once
inline Classification load_classification(const std::string& path, const Options& options = {}) {
  const Table table = read(path, options);
  const detail::CsvColumns columns{table, options};
  if (columns.targets.size() != 1)
    detail::data_error("%s: expected one target column of classes, found %zu; name one, or load a regression",
                       path.c_str(), columns.targets.size());
  const std::size_t target = columns.targets.front();
  auto classes = options.classes.empty() ? detail::csv_classes(table, target) : options.classes;
  std::vector<std::uint32_t> labels = detail::csv_labels(table, target, classes);
  if (options.targets.empty() && options.classes.empty()) detail::check_default_target(table, classes);
  return {.data = {columns.numbers(table, columns.inputs), columns.inputs.size(), std::move(labels)},
          .input_names = columns.names(table, columns.inputs),
          .class_names = std::move(classes)};
}

/// Targets are numbers, in the order of `options.targets`.
/// Errors: DataError: those of `read`; missing columns; inputs or targets that are not finite numbers
inline Regression load_regression(const std::string& path, const Options& options = {}) {
  const Table table = read(path, options);
  const detail::CsvColumns columns{table, options};
  return {.data = {columns.numbers(table, columns.inputs), columns.inputs.size(),
                   columns.numbers(table, columns.targets), columns.targets.size()},
          .input_names = columns.names(table, columns.inputs),
          .target_names = columns.names(table, columns.targets)};
}

}  // namespace cortexpr::csv
