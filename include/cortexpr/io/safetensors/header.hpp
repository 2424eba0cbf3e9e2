#pragma once

#include <cortexpr/core/constexpr_string.hpp>
#include <cortexpr/core/text.hpp>
#include <cortexpr/io/safetensors/json.hpp>
#include <cortexpr/io/safetensors/scalars.hpp>
#include <cortexpr/nn/topology/exchange.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <utility>
#include <vector>

// The header of a safetensors file. The file has the length of the header (64 bits, little-endian), the header (JSON),
// and the data of all tensors without gaps. Source: github.com/huggingface/safetensors

namespace cortexpr::detail {

/// A type of numbers in a file.
struct FileScalar {
  std::string_view name;
  std::size_t bits = 0;
  [[nodiscard]] friend constexpr bool operator==(const FileScalar&, const FileScalar&) = default;
};
inline constexpr FileScalar file_scalars[] = {{"F64", 64},    {"F32", 32}, {"F16", 16}, {"BF16", 16},   {"I64", 64},
                                              {"I32", 32},    {"I16", 16}, {"I8", 8},   {"U64", 64},    {"U32", 32},
                                              {"U16", 16},    {"U8", 8},   {"BOOL", 8}, {"F8_E4M3", 8}, {"F8_E5M2", 8},
                                              {"F8_E8M0", 8}, {"C64", 64}, {"F4", 4},   {"F6_E2M3", 6}, {"F6_E3M2", 6}};

/// The type of a file whose numbers are those of T.
template <class T>
inline constexpr FileScalar float_type = sizeof(T) == 4 ? FileScalar{"F32", 32} : FileScalar{"F64", 64};

constexpr ConstexprString number_text(std::uint64_t value) {
  ConstexprString text;
  const auto put = [&](char character) { text += character; };
  write_number(put, value, '\0');
  return text;
}
constexpr ConstexprString shape_text(const FileShape& shape) {
  ConstexprString text = "[";
  for (std::size_t axis = 0; axis < shape.rank; ++axis)
    (text += axis > 0 ? ", " : "") += number_text(shape.extents[axis]);
  return text += ']';
}

/// A tensor of a file. `begin` and `end` count bytes from the beginning of the data.
struct FileTensor {
  ConstexprString name;
  FileScalar scalar;
  FileShape shape;
  std::uint64_t begin = 0, end = 0;
};

/// What the header says. `error`, if not empty, is a sentence without the name of the file.
struct SafetensorsHeader {
  std::vector<FileTensor> tensors;
  std::vector<std::pair<ConstexprString, ConstexprString>> metadata;
  ConstexprString error;

  [[nodiscard]] constexpr const ConstexprString* find_metadata(std::string_view key) const {
    for (const auto& [found, value] : metadata)
      if (found == key) return &value;
    return nullptr;
  }
};

inline constexpr std::uint64_t largest_safetensors_header = 100'000'000;

/// Reads a header of JSON, and checks it against the number of bytes that follow it.
class SafetensorsParser {
 public:
  constexpr SafetensorsParser(std::string_view json, std::uint64_t data_bytes)
      : json_{json}, reader_{json}, data_bytes_{data_bytes} {}

  constexpr SafetensorsHeader parse() {
    if (json_.empty() || json_[0] != '{') reader_.fail("a header that begins with '{'");
    reader_.object([&](const ConstexprString& key) {
      if (key == "__metadata__")
        read_metadata();
      else
        read_tensor(key);
    });
    reader_.expect_end();
    if (!reader_.ok() && header_.error.empty())
      header_.error = ConstexprString{"expected "} + reader_.error() + " at position " +
                      number_text(reader_.position()) + " of the header; the file is damaged, write it again";
    if (header_.error.empty()) check_names();
    if (header_.error.empty()) check_offsets();
    return std::move(header_);
  }

 private:
  constexpr void refuse(ConstexprString sentence) {
    if (header_.error.empty() && reader_.ok()) header_.error = std::move(sentence);
    reader_.fail("");
  }
  constexpr void refuse(const FileTensor& tensor, const ConstexprString& sentence) {
    refuse("tensor '" + tensor.name + "': " + sentence);
  }

  constexpr void read_metadata() {
    if (has_metadata_) refuse("expected one __metadata__, found two; the file is damaged, write it again");
    has_metadata_ = true;
    reader_.object([&](const ConstexprString& key) {
      ConstexprString value = reader_.string();
      if (reader_.ok()) header_.metadata.emplace_back(key, std::move(value));
    });
  }

  constexpr void read_tensor(const ConstexprString& name) {
    FileTensor tensor{name, {}, {}, 0, 0};
    unsigned found = 0;
    const auto once = [&](unsigned bit) {
      if ((found & bit) != 0) refuse(tensor, "expected each key once, found one twice; write the file again");
      found |= bit;
    };
    reader_.object([&](const ConstexprString& key) {
      if (key == "dtype") {
        once(1);
        read_scalar(tensor);
      } else if (key == "shape") {
        once(2);
        read_shape(tensor);
      } else if (key == "data_offsets") {
        once(4);
        read_offsets(tensor);
      } else {
        refuse(tensor, "expected the keys dtype, shape and data_offsets, found '" + key + "'; write the file again");
      }
    });
    if (found != 7) refuse(tensor, "expected dtype, shape and data_offsets, found not all; write the file again");
    if (reader_.ok()) check_length(tensor);
    if (reader_.ok()) header_.tensors.push_back(std::move(tensor));
  }

  constexpr void read_scalar(FileTensor& tensor) {
    const ConstexprString name = reader_.string();
    for (const FileScalar& scalar : file_scalars)
      if (scalar.name == name) tensor.scalar = scalar;
    if (tensor.scalar.bits == 0)
      refuse(tensor, "expected a type such as F32, found '" + name + "'; convert the file to F32");
  }

  constexpr void read_shape(FileTensor& tensor) {
    reader_.array([&] {
      const std::uint64_t extent = reader_.integer();
      if (tensor.shape.rank == FileShape::largest_rank)
        return refuse(tensor, "expected at most 8 dimensions, found more; no layer has such an array");
      tensor.shape.push(static_cast<std::size_t>(extent));
    });
  }

  constexpr void read_offsets(FileTensor& tensor) {
    std::uint64_t offsets[2]{};
    std::size_t count = 0;
    reader_.array([&] {
      const std::uint64_t offset = reader_.integer();
      if (count < 2) offsets[count] = offset;
      ++count;
    });
    if (count != 2) refuse(tensor, "expected two data_offsets; the file is damaged, write it again");
    tensor.begin = offsets[0];
    tensor.end = offsets[1];
  }

  /// Whether the offsets lie in the file, and hold as many bytes as the shape needs.
  constexpr void check_length(const FileTensor& tensor) {
    if (tensor.begin > tensor.end || tensor.end > data_bytes_)
      return refuse(tensor, "expected data_offsets within the " + number_text(data_bytes_) + " bytes of data, found [" +
                                number_text(tensor.begin) + ", " + number_text(tensor.end) +
                                "]; the file is cut off or damaged, fetch it again");
    std::uint64_t elements = 1;
    bool overflows = false;
    for (std::size_t axis = 0; axis < tensor.shape.rank; ++axis) {
      const std::uint64_t extent = tensor.shape.extents[axis];
      overflows = overflows || (extent != 0 && elements > std::numeric_limits<std::uint64_t>::max() / 64 / extent);
      elements *= overflows ? 1 : extent;
    }
    const std::uint64_t bits = elements * tensor.scalar.bits;
    if (overflows || bits % 8 != 0 || bits / 8 != tensor.end - tensor.begin)
      refuse(tensor, "expected as many bytes as " + shape_text(tensor.shape) + " of " +
                         ConstexprString{tensor.scalar.name} + " take, found " +
                         number_text(tensor.end - tensor.begin) + "; the file is damaged, write it again");
  }

  /// Each name once.
  constexpr void check_names() {
    std::vector<std::string_view> names;
    names.reserve(header_.tensors.size());
    for (const FileTensor& tensor : header_.tensors) names.push_back(tensor.name.view());
    std::sort(names.begin(), names.end());
    if (const auto twice = std::adjacent_find(names.begin(), names.end()); twice != names.end())
      header_.error = "expected each tensor once, found '" + ConstexprString{*twice} + "' twice; write the file again";
  }

  /// The tensors, in the order of their offsets, lie one after the other, and nothing is left.
  constexpr void check_offsets() {
    std::vector<std::pair<std::uint64_t, std::uint64_t>> pieces;
    pieces.reserve(header_.tensors.size());
    for (const FileTensor& tensor : header_.tensors) pieces.emplace_back(tensor.begin, tensor.end);
    std::sort(pieces.begin(), pieces.end());
    std::uint64_t end = 0;
    for (const auto& piece : pieces) {
      if (piece.first != end) {
        header_.error = ConstexprString{"expected tensors one after the other, found "} +
                        (piece.first < end ? "two that overlap" : "a gap") + " at byte " +
                        number_text(std::min(piece.first, end)) + " of the data; write the file again";
        return;
      }
      end = piece.second;
    }
    if (end != data_bytes_)
      header_.error = "expected " + number_text(end) + " bytes of data, found " + number_text(data_bytes_) +
                      "; something was appended to the file, fetch it again";
  }

  std::string_view json_;
  JsonReader reader_;
  std::uint64_t data_bytes_;
  bool has_metadata_ = false;
  SafetensorsHeader header_;
};

/// Reads the header of a whole file. `data_begin` becomes the position of the data.
constexpr SafetensorsHeader parse_safetensors(std::string_view file, std::size_t& data_begin) {
  SafetensorsHeader header;
  if (file.size() < 8) {
    header.error = "expected the 8 bytes of the header's length, found " + number_text(file.size()) +
                   " bytes in all; this is no safetensors file, or it is cut off";
    return header;
  }
  const std::uint64_t length = load_little_endian<std::uint64_t>(file.data());
  if (length > largest_safetensors_header || length > file.size() - 8) {
    header.error = "expected a header of at most " +
                   number_text(std::min<std::uint64_t>(largest_safetensors_header, file.size() - 8)) +
                   " bytes, found the length " + number_text(length) +
                   "; this is no safetensors file, or it is cut off";
    return header;
  }
  data_begin = 8 + static_cast<std::size_t>(length);
  return SafetensorsParser{file.substr(8, static_cast<std::size_t>(length)), file.size() - data_begin}.parse();
}

}  // namespace cortexpr::detail
