#pragma once

#include <cortexpr/core/deflate.hpp>
#include <cortexpr/io/safetensors/header.hpp>
#include <cortexpr/io/safetensors/scalars.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Zip archives, as far as NumPy writes them: entries that are stored or deflated, below 4 GB.
// Source: pkware.com, APPNOTE.TXT 6.3.10

namespace cortexpr::detail {

struct ZipEntry {
  std::string name;
  std::string contents;
};

/// Reads archives. `error`, if not empty, is a sentence without the name of the file.
class ZipReader {
 public:
  explicit ZipReader(std::string_view file) : file_{file} {}

  std::vector<ZipEntry> entries() {
    std::size_t end = find_end();
    if (end == none) {
      error =
          "expected a zip archive, found no directory at its end; the file is cut off, or was not written by "
          "numpy.savez";
      return {};
    }
    std::vector<ZipEntry> result;
    const std::size_t count = load_little_endian<std::uint16_t>(file_.data() + end + 10);
    std::size_t position = load_little_endian<std::uint32_t>(file_.data() + end + 16);
    for (std::size_t i = 0; i < count && error.empty(); ++i) read_entry(position, result);
    return result;
  }

  std::string error;

 private:
  static constexpr std::size_t none = static_cast<std::size_t>(-1);
  static constexpr std::size_t end_size = 22, central_size = 46, local_size = 30;

  /// The position of the record at the end, before which the directory stands. A comment may follow it.
  std::size_t find_end() const {
    for (std::size_t back = end_size; back <= file_.size() && back <= end_size + 65535; ++back)
      if (file_.substr(file_.size() - back, 4) == "PK\5\6") return file_.size() - back;
    return none;
  }

  bool has(std::size_t position, std::size_t size) const {
    return position <= file_.size() && size <= file_.size() - position;
  }
  void damaged(std::string_view what) {
    error = "expected a whole zip archive, found a damaged one (" + std::string{what} + "); write it again";
  }

  void read_entry(std::size_t& position, std::vector<ZipEntry>& result) {
    if (!has(position, central_size) || file_.substr(position, 4) != "PK\1\2") return damaged("its directory");
    const auto field16 = [&](std::size_t at) { return load_little_endian<std::uint16_t>(file_.data() + at); };
    const auto field32 = [&](std::size_t at) { return load_little_endian<std::uint32_t>(file_.data() + at); };
    const unsigned flags = field16(position + 8), method = field16(position + 10);
    const std::uint32_t checksum = field32(position + 16);
    const std::size_t packed = field32(position + 20), size = field32(position + 24);
    const std::size_t name_size = field16(position + 28), local = field32(position + 42);
    const std::size_t next = central_size + name_size + field16(position + 30) + field16(position + 32);
    if (!has(position, next)) return damaged("its directory");
    ZipEntry entry{std::string{file_.substr(position + central_size, name_size)}, {}};
    position += next;
    if (packed == 0xFFFFFFFF || size == 0xFFFFFFFF || local == 0xFFFFFFFF)
      error = "entry '" + entry.name + "': expected less than 4 GB, found more; save it as an .npy file";
    else if ((flags & 1) != 0)
      error = "entry '" + entry.name + "': expected no encryption, found some; write the archive without a password";
    else if (method != 0 && method != 8)
      error = "entry '" + entry.name + "': expected a stored or deflated entry, found the method " +
              number_text(method).string() + "; write it with numpy.savez";
    if (!error.empty()) return;
    if (!has(local, local_size) || file_.substr(local, 4) != "PK\3\4") return damaged("an entry");
    const std::size_t begin = local + local_size + field16(local + 26) + field16(local + 28);
    // All entries together are not larger than the file, so that none of them is unpacked many times.
    if (!has(begin, packed) || packed > file_.size() - std::min(used_, file_.size())) return damaged("an entry");
    used_ += packed + 1;
    unpack(file_.substr(begin, packed), method, size, entry);
    if (error.empty() && crc32(entry.contents) != checksum) damaged("a checksum");
    if (error.empty()) result.push_back(std::move(entry));
  }

  void unpack(std::string_view packed, unsigned method, std::size_t size, ZipEntry& entry) {
    constexpr std::size_t most_expansion = 1032;  // of deflate
    if (method == 0) {
      if (packed.size() != size) return damaged("an entry");
      entry.contents = packed;
      return;
    }
#if !CORTEXPR_HAS_LIBDEFLATE
    error =
        "entry '" + entry.name + "': it is compressed, and this program has no libdeflate; write it with numpy.savez";
#else
    if (size / most_expansion > packed.size()) return damaged("an entry");
    entry.contents.resize(size);
    if (!inflate(packed, entry.contents)) damaged("an entry");
#endif
  }

  std::string_view file_;
  std::size_t used_ = 0;
};

/// The bytes of an archive with these entries, stored. All together must have less than 4 GB.
inline std::string zip_of(const std::vector<ZipEntry>& entries) {
  std::string file, directory;
  for (const ZipEntry& entry : entries) {
    const std::size_t local = file.size();
    const auto append = [&](std::string& to, bool central) {
      const auto put = [&](char byte) { to += byte; };
      const auto field16 = [&](std::size_t value) { store_little_endian(static_cast<std::uint16_t>(value), put); };
      const auto field32 = [&](std::size_t value) { store_little_endian(static_cast<std::uint32_t>(value), put); };
      to += central ? "PK\1\2" : "PK\3\4";
      if (central) field16(20);
      field16(20);      // the version that a reader must have
      field16(0x0800);  // names are UTF-8
      field16(0);       // stored
      field16(0);       // the time: midnight
      field16(0x21);    // the date: January 1st, 1980
      field32(crc32(entry.contents));
      field32(entry.contents.size());
      field32(entry.contents.size());
      field16(entry.name.size());
      field16(0);
      if (central) {
        field16(0);
        field16(0);
        field16(0);
        field32(0);
        field32(local);
      }
      to += entry.name;
    };
    append(file, false);
    file += entry.contents;
    append(directory, true);
  }
  const std::size_t begin = file.size();
  file += directory;
  const auto put = [&](char byte) { file += byte; };
  file += "PK\5\6";
  store_little_endian(std::uint32_t{0}, put);
  store_little_endian(static_cast<std::uint16_t>(entries.size()), put);
  store_little_endian(static_cast<std::uint16_t>(entries.size()), put);
  store_little_endian(static_cast<std::uint32_t>(directory.size()), put);
  store_little_endian(static_cast<std::uint32_t>(begin), put);
  store_little_endian(std::uint16_t{0}, put);
  return file;
}

}  // namespace cortexpr::detail
