#pragma once

#include <array>
#include <cortexpr/core/error.hpp>
#include <cortexpr/data/file.hpp>
#include <cortexpr/data/gzip.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <span>
#include <string>
#include <utility>

namespace cortexpr {
namespace detail {

constexpr std::uint32_t big_endian(const std::uint8_t* bytes) {
  return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 | std::uint32_t{bytes[2]} << 8 | bytes[3];
}

constexpr std::size_t idx_header_size(std::size_t rank) { return 4 + 4 * rank; }

[[noreturn, gnu::cold]] inline void idx_size_error(std::span<const std::size_t> extents, std::uint64_t expected,
                                                   std::uint64_t found, const char* path) {
  char product[200] = "";
  int length = 0;
  for (const std::size_t extent : extents)
    if (length < 150) length += std::snprintf(product + length, 50, "%s%zu", length == 0 ? "" : " x ", extent);
  data_error("%s: IDX sizes: expected %s bytes of values, found %llu (the file is %s); fetch it again", path, product,
             static_cast<unsigned long long>(found), found < expected ? "cut off" : "too long");
}

/// Checks the header at the start of `bytes` and writes the extents. The product of the extents must be the number of
/// bytes after the header in the whole uncompressed file. Allocates nothing, so that a damaged header cannot ask for
/// much memory.
[[gnu::cold]] inline void read_idx_header(std::span<const std::uint8_t> bytes, std::uint64_t file_bytes,
                                          std::span<std::size_t> extents, const char* path) {
  const std::size_t rank = extents.size();
  if (bytes.size() < idx_header_size(rank))
    data_error("%s: IDX header: expected %zu bytes, found %zu (the file is cut off); fetch it again", path,
               idx_header_size(rank), bytes.size());
  const std::uint32_t magic = 0x0800u | static_cast<std::uint32_t>(rank);
  const std::uint32_t found = big_endian(bytes.data());
  if (found != magic)
    data_error(
        "%s: IDX magic number: expected 0x%08X (unsigned bytes, %zu dimensions), found 0x%08X; check that "
        "images and labels are not exchanged, or fetch the file again",
        path, unsigned{magic}, rank, unsigned{found});
  constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t expected = 1;
  for (std::size_t axis = 0; axis < rank; ++axis) {
    const std::uint32_t extent = big_endian(bytes.data() + 4 + 4 * axis);
    extents[axis] = extent;
    expected = extent != 0 && expected > most / extent ? most : expected * extent;
  }
  const std::uint64_t present = file_bytes - idx_header_size(rank);
  if (expected != present) idx_size_error(extents, expected, present, path);
}

/// The whole file, uncompressed, with its header.
[[gnu::cold]] inline Bytes read_idx(const char* path, std::span<std::size_t> extents, LoadTimes& times) {
  Bytes contents;
  {
    const CountSeconds counting{times.read_seconds};
    InputFile file{path};
    const std::size_t header = idx_header_size(extents.size());
    contents.resize(file.size() < header ? file.size() : header, path);
    file.read({contents.data(), contents.size()});
    // Checks the header before the memory of the whole file is allocated.
    if (!is_gzip(contents.span())) read_idx_header(contents.span(), file.size(), extents, path);
    file.rewind();
    contents.resize(file.size(), path);
    file.read({contents.data(), contents.size()});
  }
  if (is_gzip(contents.span())) {
    const CountSeconds counting{times.decompress_seconds};
    contents = gunzip(contents.span(), path);
    read_idx_header(contents.span(), contents.size(), extents, path);
  }
  return contents;
}

}  // namespace detail

namespace idx {

/// The contents of an IDX file of unsigned bytes: values in row-major order, the outermost extent first.
/// Source: Y. LeCun, "The MNIST database of handwritten digits", section on file formats.
template <std::size_t Rank>
struct Array {
  std::string path;
  std::array<std::size_t, Rank> extents{};
  detail::Bytes file_bytes{};

  std::span<const std::uint8_t> values() const noexcept {
    return file_bytes.span().subspan(detail::idx_header_size(Rank));
  }
};

/// Reads an IDX file of unsigned bytes, compressed with gzip or not, without a copy of the values. Adds to `times`.
/// Errors: DataError: a file that cannot be read, has another type or rank, or is cut off or damaged
template <std::size_t Rank>
Array<Rank> read(std::string path, LoadTimes& times) {
  Array<Rank> array{.path = std::move(path)};
  array.file_bytes = detail::read_idx(array.path.c_str(), array.extents, times);
  return array;
}

}  // namespace idx
}  // namespace cortexpr
