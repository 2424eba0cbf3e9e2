#pragma once

#include <algorithm>
#include <cortexpr/core/error.hpp>
#include <cortexpr/data/csv_table.hpp>
#include <cortexpr/data/dataset.hpp>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// CSV files with inputs and with classes or numbers to predict. cortexpr.hpp does not include this header.
///
/// The format is that of RFC 4180: a field with a delimiter, a line end or a quote stands in quotes, and a quote in it
/// is written twice. Lines end with LF, CR LF or CR. Empty lines, a byte order mark and blanks around fields are
/// skipped. The file may be compressed with gzip. Numbers are finite and have a decimal point; "nan", "inf" and empty
/// fields are errors. If columns differ in scale, begin the network with BatchNorm.
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

/// Reads the fields as text. Uses only the options `delimiter` and `header`.
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
    Columns others = targets;
    for (const std::string& name : options.ignore) others.push_back(table.column(name));
    for (std::size_t column = 0; column < table.columns(); ++column)
      if (std::find(others.begin(), others.end(), column) == others.end()) inputs.push_back(column);
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

/// The distinct texts of a column, sorted by value if all are numbers, else as text.
inline std::vector<std::string> csv_classes(const csv::Table& table, std::size_t column) {
  std::vector<std::string_view> found;
  found.reserve(table.rows());
  for (std::size_t row = 0; row < table.rows(); ++row) found.push_back(table.text(row, column));
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  if (std::all_of(found.begin(), found.end(), to_number))
    std::sort(found.begin(), found.end(), [](auto left, auto right) {
      return std::pair{to_number(left), left} < std::pair{to_number(right), right};
    });
  return {found.begin(), found.end()};
}

inline std::vector<std::uint32_t> csv_labels(const csv::Table& table, std::size_t column,
                                             const std::vector<std::string>& classes) {
  std::map<std::string_view, std::uint32_t> label_of;
  for (std::uint32_t label = 0; label < classes.size(); ++label) label_of.emplace(classes[label], label);
  std::vector<std::uint32_t> labels;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const auto found = label_of.find(table.text(row, column));
    if (table.text(row, column).empty()) table.unexpected(row, column, "a class", "fill it in or remove the line");
    if (found == label_of.end())
      table.unexpected(row, column, "a class that the option classes names", "correct it or add it there");
    labels.push_back(found->second);
  }
  return labels;
}

}  // namespace cortexpr::detail

namespace cortexpr::csv {

/// Labels are the positions of the classes in sorted order: by value if all are numbers, else as text. To give a second
/// file the same labels, read it with `.classes = first.class_names`.
/// Errors: DataError: those of `read`; missing columns; inputs that are not finite numbers; unknown classes
inline Classification load_classification(const std::string& path, const Options& options = {}) {
  const Table table = read(path, options);
  const detail::CsvColumns columns{table, options};
  if (columns.targets.size() != 1)
    detail::data_error("%s: expected one target column of classes, found %zu; name one, or load a regression",
                       path.c_str(), columns.targets.size());
  const std::size_t target = columns.targets.front();
  auto classes = options.classes.empty() ? detail::csv_classes(table, target) : options.classes;
  return {.data = {columns.numbers(table, columns.inputs), columns.inputs.size(),
                   detail::csv_labels(table, target, classes)},
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
