#pragma once

#include <cortexpr/io/safetensors/header.hpp>
#include <cortexpr/io/safetensors/options.hpp>
#include <cortexpr/io/safetensors/scalars.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cortexpr::detail {

/// Collects tensors, and puts them into the bytes of a safetensors file: those of wide types first, so that all are
/// aligned, then by name.
class SafetensorsWriter {
 public:
  Metadata metadata{};

  void add(std::string_view name, const char* scalar, const FileShape& shape, std::string bytes) {
    const auto type = std::find_if(std::begin(file_scalars), std::end(file_scalars),
                                   [&](const FileScalar& candidate) { return candidate.name == scalar; });
    tensors_.push_back({{name, *type, shape, 0, 0}, std::move(bytes)});
  }

  /// Adds floats or doubles.
  template <class T>
  void add_numbers(std::string_view name, const FileShape& shape, const std::vector<T>& numbers) {
    std::string bytes;
    bytes.reserve(numbers.size() * sizeof(T));
    for (const T number : numbers) store_number(number, [&](char byte) { bytes += byte; });
    add(name, float_type<T>.name.data(), shape, std::move(bytes));
  }

  std::string bytes() {
    std::sort(tensors_.begin(), tensors_.end(), [](const Tensor& a, const Tensor& b) {
      const std::size_t bits_a = a.entry.scalar.bits, bits_b = b.entry.scalar.bits;
      return bits_a != bits_b ? bits_a > bits_b : a.entry.name.view() < b.entry.name.view();
    });
    std::string json = "{\"__metadata__\":{";
    for (const auto& [key, value] : metadata) {
      if (json.back() != '{') json += ',';
      append_json_string(key, json);
      json += ':';
      append_json_string(value, json);
    }
    json += '}';
    std::size_t begin = 0;
    for (const auto& [entry, bytes] : tensors_) {
      append_json_string(entry.name, json += ',');
      ((((json += ":{\"dtype\":\"") += entry.scalar.name) += "\",\"shape\":") += shape_text(entry.shape).view()) +=
          (",\"data_offsets\":[" + number_text(begin) + "," + number_text(begin + bytes.size()) + "]}").view();
      begin += bytes.size();
    }
    json += '}';
    json.resize((json.size() + 7) / 8 * 8, ' ');
    std::string file;
    file.reserve(8 + json.size() + begin);
    store_little_endian<std::uint64_t>(json.size(), [&](char byte) { file += byte; });
    file += json;
    for (const Tensor& tensor : tensors_) file += tensor.bytes;
    return file;
  }

 private:
  struct Tensor {
    FileTensor entry;
    std::string bytes;
  };
  std::vector<Tensor> tensors_;
};

}  // namespace cortexpr::detail
