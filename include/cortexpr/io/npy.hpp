#pragma once

#include <cortexpr/core/error.hpp>
#include <cortexpr/core/output_file.hpp>
#include <cortexpr/core/tensor.hpp>
#include <cortexpr/io/npy/format.hpp>
#include <cortexpr/io/read_file.hpp>

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

// Arrays in NumPy's files (.npy).

namespace cortexpr::npy {

/// Reads an array of any type of numbers in any byte order, converted to T, in row-major order.
///
///     const cx::npy::Array<float> images = cx::npy::read("images.npy");   // images.shape, images.values
///
/// Errors: DataError: a file that cannot be read, or is no array of numbers
template <class T = float>
[[nodiscard]] Array<T> read(const std::filesystem::path& path) {
  std::string contents;
  Array<T> array;
  std::string error = detail::read_file(path.c_str(), contents);
  if (error.empty()) error = detail::parse_npy(contents, array);
  if (!error.empty()) detail::raise(path.string() + ": " + error);
  return array;
}

/// Writes an array of floats, doubles or integers, which lies in row-major order. There must be as many values as the
/// shape has.   Errors: DataError: another number of values; a file that cannot be written
template <class T>
void write(const std::filesystem::path& path, std::span<const T> values, const std::vector<std::size_t>& shape) {
  std::size_t expected = 1;
  for (const std::size_t extent : shape) expected *= extent;
  if (expected != values.size())
    detail::data_error("%s: expected %zu values, as the shape has, found %zu; give both of one array", path.c_str(),
                       expected, values.size());
  detail::write_file(path.string(), detail::npy_of(values, shape));
}
template <class T, class S>
void write(const std::filesystem::path& path, const Tensor<T, S>& tensor) {
  const auto extents = detail::file_shape(S{});
  write(path, std::span<const T>{tensor.data(), tensor.size()},
        std::vector<std::size_t>{extents.extents.begin(),
                                 extents.extents.begin() + static_cast<std::ptrdiff_t>(extents.rank)});
}

}  // namespace cortexpr::npy
