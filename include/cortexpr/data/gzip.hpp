#pragma once

#include <cortexpr/core/deflate.hpp>
#include <cortexpr/core/error.hpp>
#include <cortexpr/data/file.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace cortexpr::detail {

/// Whether the contents begin as those of a gzip file do; the file's name does not matter.
constexpr bool is_gzip(std::span<const std::uint8_t> bytes) {
  return bytes.size() >= 2 && bytes[0] == 0x1F && bytes[1] == 0x8B;
}

constexpr std::uint32_t little_endian(const std::uint8_t* bytes) {
  return bytes[0] | std::uint32_t{bytes[1]} << 8 | std::uint32_t{bytes[2]} << 16 | std::uint32_t{bytes[3]} << 24;
}

/// The size of the gzip header at the start of `bytes`. Throws DataError if it is incomplete.
/// Source: RFC 1952, section 2.3.
[[gnu::cold]] inline std::size_t gzip_header_size(std::span<const std::uint8_t> bytes, const char* path) {
  constexpr unsigned has_checksum = 2, has_extra = 4, has_name = 8, has_comment = 16, reserved = 0xE0;
  std::size_t size = 10;
  const auto needs = [&](std::size_t end) {
    if (end > bytes.size())
      data_error("%s: gzip header: expected %zu bytes or more, found %zu; fetch the file again", path, end,
                 bytes.size());
  };
  needs(size);
  if (bytes[2] != 8)
    data_error("%s: gzip header: expected compression method 8 (deflate), found %u; fetch the file again", path,
               unsigned{bytes[2]});
  const unsigned flags = bytes[3];
  if ((flags & reserved) != 0)
    data_error("%s: gzip header: expected the reserved flags to be 0, found 0x%02X; fetch the file again", path, flags);
  if ((flags & has_extra) != 0) {
    needs(size + 2);
    size += 2 + (bytes[size] | std::size_t{bytes[size + 1]} << 8);
  }
  for (const unsigned text : {has_name, has_comment}) {
    if ((flags & text) == 0) continue;
    do needs(++size);
    while (bytes[size - 1] != 0);
  }
  if ((flags & has_checksum) != 0) size += 2;
  needs(size);
  return size;
}

#if CORTEXPR_HAS_LIBDEFLATE

class Gunzip {
 public:
  Gunzip(std::span<const std::uint8_t> compressed, const char* path)
      : compressed_{compressed}, path_{path}, decompressor_{libdeflate_alloc_decompressor()} {
    if (decompressor_ == nullptr) data_error("%s: libdeflate found no memory to work in; free some memory", path);
  }
  ~Gunzip() { libdeflate_free_decompressor(decompressor_); }
  Gunzip(const Gunzip&) = delete;
  Gunzip& operator=(const Gunzip&) = delete;

  Bytes contents() {
    // If there is one member, the last four bytes are the size of the contents. They may be wrong; but Deflate expands
    // by 1032 at most, and memory that is not written takes only address space.
    limit_ = saturating(std::uint64_t{compressed_.size()} * 1032);
    const std::size_t stated = compressed_.size() < 4 ? 0 : little_endian(compressed_.data() + compressed_.size() - 4);
    output_.resize(stated < limit_ ? stated : limit_, path_);
    do read_member();
    while (position_ < compressed_.size() && !rest_is_padding());
    output_.resize(filled_, path_);
    return std::move(output_);
  }

 private:
  static constexpr std::size_t saturating(std::uint64_t size) {
    constexpr std::uint64_t most = static_cast<std::size_t>(-1) / 4;
    return static_cast<std::size_t>(size < most ? size : most);
  }

  std::span<const std::uint8_t> rest() const { return compressed_.subspan(position_); }

  /// Tapes and archives fill their blocks with zero bytes; gzip ignores these as well.
  bool rest_is_padding() const {
    for (const std::uint8_t byte : rest())
      if (byte != 0) return false;
    return true;
  }

  void read_member() {
    if (!is_gzip(rest()))
      data_error(
          "%s: expected the end of the file after %zu bytes of gzip data, found %zu more; fetch the file "
          "again",
          path_, position_, rest().size());
    position_ += gzip_header_size(rest(), path_);
    const std::size_t size = inflate();
    if (rest().size() < 8)
      data_error("%s: gzip trailer: expected 8 bytes, found %zu (the file is cut off); fetch it again", path_,
                 rest().size());
    const std::uint32_t checksum = libdeflate_crc32(0, output_.data() + filled_, size);
    const std::uint32_t stated_checksum = little_endian(rest().data());
    if (checksum != stated_checksum)
      data_error(
          "%s: gzip checksum: expected 0x%08X, found 0x%08X (the contents are damaged); fetch the file "
          "again",
          path_, unsigned{stated_checksum}, unsigned{checksum});
    const std::uint32_t stated_size = little_endian(rest().data() + 4);
    if (static_cast<std::uint32_t>(size) != stated_size)
      data_error("%s: gzip size field: expected %u bytes of contents, found %zu; fetch the file again", path_,
                 unsigned{stated_size}, size);
    position_ += 8;
    filled_ += size;
  }

  /// Decompresses the data at `position_`, appends them to the output and returns their size.
  std::size_t inflate() {
    for (;;) {
      std::size_t consumed = 0;
      std::size_t produced = 0;
      const libdeflate_result result =
          libdeflate_deflate_decompress_ex(decompressor_, rest().data(), rest().size(), output_.data() + filled_,
                                           output_.size() - filled_, &consumed, &produced);
      if (result == LIBDEFLATE_SUCCESS) {
        position_ += consumed;
        return produced;
      }
      if (result != LIBDEFLATE_INSUFFICIENT_SPACE || output_.size() >= limit_)
        data_error(
            "%s: compressed data: expected a whole deflate stream from byte %zu on, found one that is "
            "damaged or cut off; fetch the file again",
            path_, position_);
      const std::size_t larger = 2 * output_.size() + compressed_.size();
      output_.resize(larger < limit_ ? larger : limit_, path_);
    }
  }

  std::span<const std::uint8_t> compressed_;
  const char* path_;
  libdeflate_decompressor* decompressor_;
  Bytes output_;
  std::size_t limit_ = 0;
  std::size_t position_ = 0;
  std::size_t filled_ = 0;
};

/// The contents of a gzip file of one or more members. Zero bytes after the last one are ignored.
/// Errors: DataError: a bad header, damaged or cut off data, a wrong checksum or size, other trailing bytes
[[gnu::cold]] inline Bytes gunzip(std::span<const std::uint8_t> compressed, const char* path) {
  return Gunzip{compressed, path}.contents();
}

#else

inline Bytes gunzip(std::span<const std::uint8_t>, const char* path) {
  data_error(
      "%s: expected an uncompressed file, found gzip, which this program was built without; run gunzip on it "
      "or build with libdeflate",
      path);
}

#endif

/// The contents of a whole file, decompressed if it is a gzip file.
[[gnu::cold]] inline Bytes read_file(const char* path) {
  InputFile file{path};
  Bytes contents;
  contents.resize(file.size(), path);
  file.read({contents.data(), contents.size()});
  return is_gzip(contents.span()) ? gunzip(contents.span(), path) : std::move(contents);
}

}  // namespace cortexpr::detail
