#pragma once

#include <cortexpr/core/error.hpp>
#include <cortexpr/core/output_file.hpp>
#include <cortexpr/core/tensor.hpp>
#include <cortexpr/io/npy/format.hpp>
#include <cortexpr/io/npy/zip.hpp>
#include <cortexpr/io/read_file.hpp>

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

// Arrays in NumPy's files (.npy and .npz).

namespace cortexpr {

namespace detail {

inline void check_size(const std::string& path, std::size_t found, const std::vector<std::size_t>& shape) {
  std::size_t expected = 1;
  for (const std::size_t extent : shape) expected *= extent;
  if (expected != found)
    data_error("%s: expected %zu values, as the shape has, found %zu; give both of one array", path.c_str(), expected,
               found);
}

}  // namespace detail

namespace npy {

/// Reads an array of any type of numbers in any byte order, converted to T, in row-major order.
///
///     const cx::npy::Array<float> images = cx::npy::read("images.npy");   // images.shape, images.values
///
/// Errors: DataError: a file that cannot be read, or is no array of numbers
template <class T = float>
[[nodiscard]] Array<T> read(const std::string& path) {
  std::string contents;
  Array<T> array;
  std::string error = detail::read_file(path.c_str(), contents);
  if (error.empty()) error = detail::parse_npy(contents, array);
  if (!error.empty()) detail::raise(path + ": " + error);
  return array;
}

/// Writes an array of floats, doubles or integers, which lies in row-major order: a span, or what becomes one. There must
/// be as many values as the shape has.
///
///     cx::npy::write("logits.npy", logits, {100, 10});
///
/// Errors: DataError: another number of values; a file that cannot be written
template <class Values>
  requires requires(const Values& values) { std::span{values}; }
void write(const std::string& path, const Values& values, const std::vector<std::size_t>& shape) {
  const std::span view{values};
  using T = typename decltype(view)::value_type;
  detail::check_size(path, view.size(), shape);
  detail::write_file(path, detail::npy_of(std::span<const T>{view}, shape));
}
template <class T, class S>
void write(const std::string& path, const Tensor<T, S>& tensor) {
  const auto extents = detail::file_shape(S{});
  write(path, std::span<const T>{tensor.data(), tensor.size()},
        std::vector<std::size_t>{extents.extents.begin(),
                                 extents.extents.begin() + static_cast<std::ptrdiff_t>(extents.rank)});
}

/// The arrays of an .npz archive, by their names, as numpy.savez and numpy.savez_compressed write it.
/// Errors: DataError: a file that cannot be read, a damaged archive, an entry that is no array of numbers
template <class T = float>
[[nodiscard]] std::map<std::string, Array<T>> read_archive(const std::string& path) {
  std::string contents;
  std::string error = detail::read_file(path.c_str(), contents);
  if (!error.empty()) detail::raise(path + ": " + error);
  detail::ZipReader reader{contents};
  const std::vector<detail::ZipEntry> entries = reader.entries();
  if (!reader.error.empty()) detail::raise(path + ": " + reader.error);
  std::map<std::string, Array<T>> arrays;
  for (const detail::ZipEntry& entry : entries) {
    const std::string name = entry.name.ends_with(".npy") ? entry.name.substr(0, entry.name.size() - 4) : entry.name;
    if (error = detail::parse_npy(entry.contents, arrays[name]); !error.empty())
      detail::raise(path + ": array '" + name + "': " + error);
  }
  return arrays;
}

/// Writes arrays to an .npz archive, not compressed.
/// Errors: DataError: an array with another number of values than its shape has, 4 GB or more, a file that cannot be
///         written
template <class T>
void write_archive(const std::string& path, const std::map<std::string, Array<T>>& arrays) {
  std::vector<detail::ZipEntry> entries;
  std::size_t bytes = 0;
  for (const auto& [name, array] : arrays) {
    detail::check_size(path, array.values.size(), array.shape);
    entries.push_back({name + ".npy", detail::npy_of(std::span<const T>{array.values}, array.shape)});
    bytes += entries.back().contents.size() + 2 * name.size() + 200;
  }
  if (bytes > 0xFFFFFFFE)
    detail::data_error("%s: expected less than 4 GB, found %zu bytes; write each array to an .npy file", path.c_str(),
                       bytes);
  detail::write_file(path, detail::zip_of(entries));
}

}  // namespace npy
}  // namespace cortexpr
