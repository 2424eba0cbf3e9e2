#pragma once

#include <cortexpr/io/safetensors/header.hpp>
#include <cortexpr/io/safetensors/scalars.hpp>

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

// The bytes of a .npy file. Source: numpy.org/doc/stable/reference/generated/numpy.lib.format.html

namespace cortexpr::npy {

/// An array of any shape, in row-major order.
template <class T = float>
struct Array {
  std::vector<std::size_t> shape{};
  std::vector<T> values{};
};

}  // namespace cortexpr::npy

namespace cortexpr::detail {

inline std::string number_string(std::uint64_t value) { return number_text(value).string(); }

/// What the header says: a dictionary of Python with the keys descr, fortran_order and shape.
struct NpyHeader {
  std::string type;  ///< as "<f4": byte order, kind, bytes
  bool is_column_major = false;
  std::vector<std::size_t> shape;
};

/// The value of a key, up to the end of the text; empty if there is no such key.
inline std::string_view npy_value(std::string_view header, std::string_view key) {
  for (const char quote : {'\'', '"'}) {
    const std::string quoted = quote + std::string{key} + quote;
    const std::size_t begin = header.find(quoted);
    if (begin == std::string_view::npos) continue;
    const std::size_t colon = header.find_first_not_of(' ', begin + quoted.size());
    if (colon == std::string_view::npos || header[colon] != ':') continue;
    const std::size_t value = header.find_first_not_of(' ', colon + 1);
    return value == std::string_view::npos ? std::string_view{} : header.substr(value);
  }
  return {};
}

/// Reads "(3, 28, 28)". Returns whether it is a tuple of integers.
inline bool read_npy_shape(std::string_view text, std::vector<std::size_t>& shape) {
  if (text.empty() || text[0] != '(') return false;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == ')') return true;
    if (text[i] == ' ' || text[i] == ',' || text[i] == 'L') continue;
    std::size_t extent = 0;
    const std::size_t begin = i;
    for (; i < text.size() && text[i] >= '0' && text[i] <= '9'; ++i) {
      const auto digit = static_cast<std::size_t>(text[i] - '0');
      if (extent > (std::numeric_limits<std::size_t>::max() - digit) / 10) return false;
      extent = extent * 10 + digit;
    }
    if (i == begin) return false;
    shape.push_back(extent);
    --i;
  }
  return false;
}

/// Returns an empty string, or a sentence without the name of the file. `data_begin` becomes the position of the values.
inline std::string parse_npy_header(std::string_view file, NpyHeader& header, std::size_t& data_begin) {
  constexpr std::string_view magic = "\x93NUMPY";
  if (!file.starts_with(magic) || file.size() < 12)
    return "expected an array of NumPy, which begins with \\x93NUMPY, found something else; write it with numpy.save";
  const bool is_long = file[6] > 1;
  const std::size_t begin = is_long ? 12 : 10;
  const std::size_t length =
      is_long ? load_little_endian<std::uint32_t>(file.data() + 8) : load_little_endian<std::uint16_t>(file.data() + 8);
  if (length > file.size() - begin)
    return "expected a header of " + number_string(length) + " bytes, found " + number_string(file.size() - begin) +
           "; the file is cut off, fetch it again";
  data_begin = begin + length;
  const std::string_view text = file.substr(begin, length);
  const std::string_view type = npy_value(text, "descr"), order = npy_value(text, "fortran_order");
  const std::size_t end = type.size() < 2 ? std::string_view::npos : type.find(type[0], 1);
  if (end == std::string_view::npos || (type[0] != '\'' && type[0] != '"'))
    return "expected the key descr with one type of numbers, found none; save an array without fields";
  header.type = type.substr(1, end - 1);
  header.is_column_major = order.starts_with("True");
  if (!header.is_column_major && !order.starts_with("False"))
    return "expected the key fortran_order, found none; write the file again";
  if (!read_npy_shape(npy_value(text, "shape"), header.shape))
    return "expected the key shape with a tuple of integers, found none; write the file again";
  return {};
}

/// The number of type kind and size at `bytes`, which are little-endian.
template <class T>
T npy_number(char kind, std::size_t size, const char* bytes) {
  const auto as = [&]<class Unsigned, class Signed>(Unsigned, Signed) {
    const auto value = load_little_endian<Unsigned>(bytes);
    return kind == 'i' ? static_cast<T>(static_cast<Signed>(value)) : static_cast<T>(value);
  };
  if (kind == 'f') return load_number<T>(size == 2 ? "F16" : size == 4 ? "F32" : "F64", bytes);
  if (size == 1) return as(std::uint8_t{}, std::int8_t{});
  if (size == 2) return as(std::uint16_t{}, std::int16_t{});
  if (size == 4) return as(std::uint32_t{}, std::int32_t{});
  return as(std::uint64_t{}, std::int64_t{});
}

/// Returns an empty string, or a sentence without the name of the file.
template <class T>
std::string parse_npy(std::string_view file, npy::Array<T>& array) {
  NpyHeader header;
  std::size_t data_begin = 0;
  if (std::string error = parse_npy_header(file, header, data_begin); !error.empty()) return error;
  const char kind = header.type.size() > 1 ? header.type[1] : ' ';
  const std::size_t size = header.type.size() == 3 ? static_cast<std::size_t>(header.type[2] - '0') : 0;
  const bool is_number = (kind == 'f' && (size == 2 || size == 4 || size == 8)) || (kind == 'b' && size == 1) ||
                         ((kind == 'i' || kind == 'u') && (size == 1 || size == 2 || size == 4 || size == 8));
  if (!is_number)
    return "expected an array of numbers, found the type '" + header.type + "'; convert it with .astype('float32')";
  // The product cannot overflow: it is compared with the size of the file before each step.
  const std::size_t available = (file.size() - data_begin) / size;
  std::size_t count = 1;
  bool is_empty = false;
  for (const std::size_t extent : header.shape) is_empty = is_empty || extent == 0;
  for (const std::size_t extent : header.shape) {
    if (is_empty) break;
    if (extent > available / count) count = available + 1;
    if (count > available) break;
    count *= extent;
  }
  if (is_empty) count = 0;
  if (count > available || count * size != file.size() - data_begin)
    return "expected as many values as the shape has, found " + number_string(file.size() - data_begin) + " bytes of " +
           header.type + "; the file is cut off or damaged, fetch it again";
  array.shape = header.shape;
  array.values.resize(count);
  const bool swaps = header.type[0] == '>' || (header.type[0] == '=' && std::endian::native == std::endian::big);
  const std::size_t rank = header.shape.size();
  std::vector<std::size_t> index(rank);
  for (std::size_t i = 0; i < count; ++i) {
    // The position in the file of the element that is number i in row-major order.
    std::size_t position = i;
    if (header.is_column_major) {
      position = 0;
      for (std::size_t axis = rank; axis-- > 0;) position = position * header.shape[axis] + index[axis];
      for (std::size_t axis = rank; axis-- > 0 && ++index[axis] == header.shape[axis];) index[axis] = 0;
    }
    char bytes[8];
    for (std::size_t k = 0; k < size; ++k) bytes[k] = file[data_begin + position * size + (swaps ? size - 1 - k : k)];
    array.values[i] = npy_number<T>(kind, size, bytes);
  }
  return {};
}

/// The bytes of a file.
template <class T>
std::string npy_of(std::span<const T> values, const std::vector<std::size_t>& shape) {
  static_assert(std::is_arithmetic_v<T>, "npy: the values must be numbers");
  std::string text = "{'descr': '";
  text += sizeof(T) == 1 ? '|' : '<';
  text += std::floating_point<T> ? 'f' : std::is_same_v<T, bool> ? 'b' : std::is_signed_v<T> ? 'i' : 'u';
  text += number_string(sizeof(T)) + "', 'fortran_order': False, 'shape': (";
  for (const std::size_t extent : shape) text += number_string(extent) + ", ";
  text += "), }";
  constexpr std::size_t before = 10, alignment = 64;
  const std::size_t length = (before + text.size() + 1 + alignment - 1) / alignment * alignment - before;
  text.resize(length - 1, ' ');
  text += '\n';
  std::string file{"\x93NUMPY\x01\x00", 8};
  const auto put = [&](char byte) { file += byte; };
  store_little_endian(static_cast<std::uint16_t>(length), put);
  file += text;
  for (const T value : values) {
    if constexpr (std::floating_point<T>)
      store_number(value, put);
    else
      store_little_endian(
          static_cast<std::make_unsigned_t<std::conditional_t<std::is_same_v<T, bool>, char, T>>>(value), put);
  }
  return file;
}

}  // namespace cortexpr::detail
