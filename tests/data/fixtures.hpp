#pragma once

#include <doctest/doctest.h>
#include <libdeflate.h>

#include <cortexpr/core/error.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <string>
#include <vector>

/// Temporary files and error messages for the tests of data/.
namespace fixtures {

using Contents = std::vector<std::uint8_t>;

/// A new directory, which is removed at the end of the test.
class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "cortexpr-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  const std::string& path() const { return path_; }

  /// Writes a file and returns its path.
  std::string write(const std::string& name, const Contents& contents) const {
    const std::string path = path_ + '/' + name;
    std::ofstream file{path, std::ios::binary};
    file.write(reinterpret_cast<const char*>(contents.data()), static_cast<std::streamsize>(contents.size()));
    REQUIRE(file.good());
    return path;
  }

 private:
  std::string path_;
};

inline void append(Contents& to, const Contents& from) {
  for (const std::uint8_t byte : from) to.push_back(byte);  // GCC 12 warns of std::vector's own insert
}

inline Contents big_endian(std::uint32_t word) {
  return {static_cast<std::uint8_t>(word >> 24), static_cast<std::uint8_t>(word >> 16),
          static_cast<std::uint8_t>(word >> 8), static_cast<std::uint8_t>(word)};
}

inline Contents idx_header(std::uint32_t magic, std::initializer_list<std::uint32_t> extents) {
  Contents header = big_endian(magic);
  for (const std::uint32_t extent : extents) append(header, big_endian(extent));
  return header;
}

/// An IDX file whose values are value(0), value(1), ...
template <class Value>
Contents idx_file(std::initializer_list<std::uint32_t> extents, Value value) {
  Contents contents = idx_header(0x0800u + static_cast<std::uint32_t>(extents.size()), extents);
  std::size_t count = 1;
  for (const std::uint32_t extent : extents) count *= extent;
  for (std::size_t i = 0; i < count; ++i) contents.push_back(static_cast<std::uint8_t>(value(i)));
  return contents;
}

inline Contents gzip(const Contents& contents) {
  libdeflate_compressor* const compressor = libdeflate_alloc_compressor(6);
  Contents compressed(libdeflate_gzip_compress_bound(compressor, contents.size()));
  compressed.resize(
      libdeflate_gzip_compress(compressor, contents.data(), contents.size(), compressed.data(), compressed.size()));
  libdeflate_free_compressor(compressor);
  REQUIRE(!compressed.empty());
  return compressed;
}

/// The message of the DataError that `action` throws, with `directory` replaced by "DIR"; "" if it throws none.
template <class Action>
std::string error_of(Action action, const std::string& directory = "") {
  try {
    action();
  } catch (const cortexpr::DataError& error) {
    std::string sentence = error.what();
    for (std::size_t at = 0; !directory.empty() && (at = sentence.find(directory)) != std::string::npos;)
      sentence.replace(at, directory.size(), "DIR");
    return sentence;
  }
  return "";
}

/// The folder with MNIST on this machine; "" if there is none.
inline std::string mnist_directory() {
  const char* const asked = std::getenv("MNIST_DIR");
  if (asked != nullptr) return asked;
  for (const char* const directory : {"data/mnist", "../shared/data/mnist"})
    if (std::filesystem::is_directory(directory)) return directory;
  return "";
}

}  // namespace fixtures
