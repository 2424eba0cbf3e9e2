#pragma once

#include <cortexpr/config.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

/// The only file that includes libdeflate. Programs that read compressed files must link it. Without its header, or with
/// the macro CORTEXPR_NO_LIBDEFLATE, reading a compressed file raises a DataError; all else works.
#if __has_include(<libdeflate.h>) && !defined(CORTEXPR_NO_LIBDEFLATE)
#include <libdeflate.h>
#define CORTEXPR_HAS_LIBDEFLATE 1
#else
#define CORTEXPR_HAS_LIBDEFLATE 0
#endif

namespace cortexpr::detail {

/// The checksum of zip files (CRC-32 of ISO 3309), also for programs without libdeflate.
[[gnu::cold]] inline std::uint32_t crc32(std::string_view bytes) {
  std::uint32_t checksum = 0xFFFFFFFF;
  static constexpr auto table = [] {
    struct {
      std::uint32_t values[256];
    } result{};
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
      std::uint32_t value = byte;
      for (int bit = 0; bit < 8; ++bit) value = (value & 1) != 0 ? 0xEDB88320 ^ value >> 1 : value >> 1;
      result.values[byte] = value;
    }
    return result;
  }();
  for (const char byte : bytes)
    checksum = table.values[(checksum ^ static_cast<unsigned char>(byte)) & 0xFF] ^ checksum >> 8;
  return ~checksum;
}

/// Decompresses a deflate stream whose output has the size of `output`. Returns whether it is whole and has this size.
[[gnu::cold]] inline bool inflate([[maybe_unused]] std::string_view compressed,
                                  [[maybe_unused]] std::span<char> output) {
#if CORTEXPR_HAS_LIBDEFLATE
  libdeflate_decompressor* const decompressor = libdeflate_alloc_decompressor();
  if (decompressor == nullptr) return false;
  const libdeflate_result result = libdeflate_deflate_decompress(decompressor, compressed.data(), compressed.size(),
                                                                 output.data(), output.size(), nullptr);
  libdeflate_free_decompressor(decompressor);
  return result == LIBDEFLATE_SUCCESS;
#else
  return false;
#endif
}

}  // namespace cortexpr::detail
