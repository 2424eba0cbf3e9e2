#pragma once

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

// Values from an independent oracle, in text files: '#' comment lines, then for each array a line 'name rank
// extents...' and a line with its elements, row-major. PyTorch 1.13.1 in double precision, or tests/golden/oracle.py; the
// files' comments say what is what.

namespace golden {

class File {
 public:
  /// Reads tests/golden/data/<name>.txt; tests run in the root of the project.
  explicit File(const std::string& name) : name_{name} {
    std::ifstream stream{"tests/golden/data/" + name + ".txt"};
    if (!stream) throw std::runtime_error("golden: cannot read tests/golden/data/" + name + ".txt");
    std::string line;
    while (std::getline(stream, line)) {
      if (line.empty() || line[0] == '#') continue;
      std::istringstream header{line};
      std::string array;
      std::size_t rank = 0, extent = 0, size = 1;
      header >> array >> rank;
      for (std::size_t axis = 0; axis < rank; ++axis) {
        header >> extent;
        size *= extent;
      }
      std::getline(stream, line);
      std::istringstream elements{line};
      std::vector<double>& values = arrays_[array];
      for (double value; elements >> value;) values.push_back(value);
      if (values.size() != size) throw std::runtime_error("golden: " + name + ": wrong number of elements: " + array);
    }
  }

  const std::vector<double>& operator[](const std::string& array) const {
    const auto found = arrays_.find(array);
    if (found == arrays_.end()) throw std::runtime_error("golden: " + name_ + " has no array " + array);
    return found->second;
  }

 private:
  std::string name_;
  std::map<std::string, std::vector<double>> arrays_;
};

/// Golden values that a rule of the library writes into anything with data() and size().
template <class Range>
void copy(const std::vector<double>& from, Range&& to) {
  REQUIRE(from.size() == to.size());
  for (std::size_t i = 0; i < from.size(); ++i)
    to.data()[i] = static_cast<std::remove_cvref_t<decltype(*to.data())>>(from[i]);
}

/// How far the values are from the golden ones, in units of the tolerance.
struct Tolerance {
  double absolute;
  double relative;
};
inline constexpr Tolerance in_double{1e-12, 0};
inline constexpr Tolerance in_float{1e-6, 1e-5};

/// The largest distance, where 1 is all that the tolerance allows; `at(i)` is element i.
template <class At>
double distance(const std::vector<double>& golden, At at, Tolerance tolerance) {
  double worst = 0;
  for (std::size_t i = 0; i < golden.size(); ++i) {
    const double allowed = tolerance.absolute + tolerance.relative * std::abs(golden[i]);
    const double error = std::abs(static_cast<double>(at(i)) - golden[i]) / allowed;
    if (!(error <= worst)) worst = error;
  }
  return worst;
}

/// The same for rows that may be padded.
template <class Rows>
double distance_of_rows(const std::vector<double>& golden, Rows rows, Tolerance tolerance) {
  REQUIRE(golden.size() == rows.count * Rows::columns);
  return distance(golden, [&](std::size_t i) { return rows[i / Rows::columns][i % Rows::columns]; }, tolerance);
}

}  // namespace golden
