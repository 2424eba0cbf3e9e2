#pragma once

#include <array>
#include <bit>
#include <concepts>
#include <cortexpr/core/error.hpp>
#include <cortexpr/data/file.hpp>
#include <cortexpr/data/gzip.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace cortexpr {
namespace detail {

constexpr std::uint32_t big_endian(const std::uint8_t* bytes) {
  return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 | std::uint32_t{bytes[2]} << 8 | bytes[3];
}

constexpr std::size_t idx_header_size(std::size_t rank) { return 4 + 4 * rank; }

/// A type of values in IDX files.
struct IdxType {
  std::uint8_t code;
  std::size_t bytes;
  const char* name;
  const char* cpp_name;
};
inline constexpr IdxType idx_types[] = {
    {0x08, 1, "unsigned bytes", "std::uint8_t"},  {0x09, 1, "signed bytes", "std::int8_t"},
    {0x0B, 2, "16-bit integers", "std::int16_t"}, {0x0C, 4, "32-bit integers", "std::int32_t"},
    {0x0D, 4, "32-bit floats", "float"},          {0x0E, 8, "64-bit floats", "double"}};

/// What the header of an IDX file may hold, and what it holds.
struct IdxHeader {
  std::size_t least_rank;
  bool any_type;                   ///< if not, only unsigned bytes
  std::span<std::size_t> extents;  ///< of the largest rank allowed; the last ones are 1 where the rank is smaller
  const IdxType* type = &idx_types[0];
  std::size_t rank = 0;

  std::size_t count() const {
    std::size_t product = 1;
    for (const std::size_t extent : extents) product *= extent;
    return product;
  }
};

[[noreturn, gnu::cold]] inline void idx_size_error(const IdxHeader& header, std::uint64_t expected, std::uint64_t found,
                                                   const char* path) {
  char product[200] = "";
  int length = 0;
  for (std::size_t axis = 0; axis < header.rank; ++axis)
    if (length < 150)
      length += std::snprintf(product + length, 50, "%s%zu", length == 0 ? "" : " x ", header.extents[axis]);
  if (header.type->bytes > 1) std::snprintf(product + length, 40, " x %zu", header.type->bytes);
  data_error("%s: IDX sizes: expected %s bytes of values, found %llu (the file is %s); fetch it again", path, product,
             static_cast<unsigned long long>(found), found < expected ? "cut off" : "too long");
}

[[noreturn, gnu::cold]] inline void idx_magic_error(std::span<const std::uint8_t> bytes, const IdxHeader& header,
                                                    const IdxType* type, std::size_t rank, const char* path) {
  std::string found = "; check that images and labels are not exchanged, or fetch the file again";
  if (const char* const format = mistaken_format(bytes); format != nullptr)
    found = std::string{": "} += format;
  else if (type != nullptr && rank >= header.least_rank && rank <= header.extents.size())
    found = sentence(" (%s); read it with idx::read<%zu, %s>", type->name, rank, type->cpp_name);
  data_error("%s: IDX magic number: expected 0x%08X (unsigned bytes, %zu dimensions), found 0x%08X%s", path,
             0x0800u | static_cast<unsigned>(header.least_rank), header.least_rank, unsigned{big_endian(bytes.data())},
             found.c_str());
}

/// Checks the header at the start of `bytes`, and writes type, rank and extents. The product of the extents must be the
/// number of values after the header in the whole uncompressed file. Allocates nothing, so that a damaged header cannot
/// ask for much memory.
[[gnu::cold]] inline void read_idx_header(std::span<const std::uint8_t> bytes, std::uint64_t file_bytes,
                                          IdxHeader& header, const char* path) {
  const auto needs = [&](std::size_t rank) {
    if (bytes.size() < idx_header_size(rank))
      data_error("%s: IDX header: expected %zu bytes, found %zu (the file is cut off); fetch it again", path,
                 idx_header_size(rank), bytes.size());
  };
  needs(header.least_rank);
  const std::uint32_t magic = big_endian(bytes.data());
  const IdxType* type = nullptr;
  for (const IdxType& known : idx_types)
    if (magic >> 8 == known.code) type = &known;
  const std::size_t rank = magic & 0xFF;
  if (type == nullptr || (!header.any_type && type != header.type) || rank < header.least_rank ||
      rank > header.extents.size())
    idx_magic_error(bytes, header, type, rank, path);
  needs(rank);
  header.type = type;
  header.rank = rank;
  constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t expected = type->bytes;
  for (std::size_t axis = 0; axis < header.extents.size(); ++axis) {
    const std::uint32_t extent = axis < rank ? big_endian(bytes.data() + 4 + 4 * axis) : 1;
    header.extents[axis] = extent;
    expected = extent != 0 && expected > most / extent ? most : expected * extent;
  }
  const std::uint64_t present = file_bytes - idx_header_size(rank);
  if (expected != present) idx_size_error(header, expected, present, path);
}

/// The whole file, uncompressed, with its header.
[[gnu::cold]] inline Bytes read_idx(const char* path, IdxHeader& header, LoadTimes& times) {
  Bytes contents;
  {
    const CountSeconds counting{times.read_seconds};
    InputFile file{path};
    const std::size_t largest = idx_header_size(header.extents.size());
    contents.resize(file.size() < largest ? file.size() : largest, path);
    file.read({contents.data(), contents.size()});
    // Checks the header before the memory of the whole file is allocated.
    if (!is_gzip(contents.span())) read_idx_header(contents.span(), file.size(), header, path);
    file.rewind();
    contents.resize(file.size(), path);
    file.read({contents.data(), contents.size()});
  }
  if (is_gzip(contents.span())) {
    const CountSeconds counting{times.decompress_seconds};
    contents = gunzip(contents.span(), path);
    read_idx_header(contents.span(), contents.size(), header, path);
  }
  return contents;
}

/// A value of an IDX file; double holds those of all types.
constexpr double idx_value(const std::uint8_t* bytes, const IdxType& type) {
  const auto word = [](const std::uint8_t* from) { return big_endian(from); };
  switch (type.code) {
    case 0x08:
      return bytes[0];
    case 0x09:
      return static_cast<std::int8_t>(bytes[0]);
    case 0x0B:
      return static_cast<std::int16_t>(bytes[0] << 8 | bytes[1]);
    case 0x0C:
      return static_cast<std::int32_t>(word(bytes));
    case 0x0D:
      return static_cast<double>(std::bit_cast<float>(word(bytes)));
    default:
      return std::bit_cast<double>(std::uint64_t{word(bytes)} << 32 | word(bytes + 4));
  }
}

/// Calls action(index, value) for each value of a file that read_idx has read.
template <class Action>
void for_each_idx_value(const Bytes& file, const IdxHeader& header, Action action) {
  const std::uint8_t* from = file.span().data() + idx_header_size(header.rank);
  const std::size_t count = header.count();
  for (std::size_t i = 0; i < count; ++i, from += header.type->bytes) action(i, idx_value(from, *header.type));
}

}  // namespace detail

namespace idx {

/// The contents of an IDX file: values in row-major order, the outermost extent first.
/// Source: Y. LeCun, "The MNIST database of handwritten digits", section on file formats.
template <std::size_t Rank, class T = std::uint8_t>
struct Array {
  std::string path;
  std::array<std::size_t, Rank> extents{};
  std::vector<T> numbers{};

  std::span<const T> values() const noexcept { return numbers; }
};

/// Unsigned bytes are not copied from the file.
template <std::size_t Rank>
struct Array<Rank, std::uint8_t> {
  std::string path;
  std::array<std::size_t, Rank> extents{};
  detail::Bytes file_bytes{};

  std::span<const std::uint8_t> values() const noexcept {
    return file_bytes.span().subspan(detail::idx_header_size(Rank));
  }
};

/// Reads an IDX file, compressed with gzip or not. Adds to `times`. As std::uint8_t it reads files of unsigned bytes; as
/// another T, of any of IDX's types: 8, 16 and 32-bit integers, float and double.
/// Errors: DataError: a file that cannot be read, has another type or rank, or is cut off or damaged; a value that an
///         integer T does not hold
template <std::size_t Rank, class T = std::uint8_t>
  requires std::integral<T> || std::floating_point<T>
Array<Rank, T> read(std::string path, LoadTimes& times) {
  constexpr bool bytes = std::is_same_v<T, std::uint8_t>;
  Array<Rank, T> array{.path = std::move(path)};
  detail::IdxHeader header{.least_rank = Rank, .any_type = !bytes, .extents = array.extents};
  detail::Bytes file = detail::read_idx(array.path.c_str(), header, times);
  if constexpr (bytes) {
    array.file_bytes = std::move(file);
  } else {
    array.numbers.reserve(header.count());
    detail::for_each_idx_value(file, header, [&](std::size_t i, double value) {
      if constexpr (std::integral<T>) {
        constexpr double end = 2.0 * static_cast<double>(std::numeric_limits<T>::max() / 2 + 1);
        if (!(value >= static_cast<double>(std::numeric_limits<T>::min()) && value < end) ||
            static_cast<double>(static_cast<T>(value)) != value)
          detail::data_error(
              "%s: value %zu: expected an integer of %zu bytes, found %g; read it with idx::read<%zu, %s>",
              array.path.c_str(), i, sizeof(T), value, Rank, header.type->cpp_name);
      }
      array.numbers.push_back(static_cast<T>(value));
    });
  }
  return array;
}

}  // namespace idx
}  // namespace cortexpr
