#pragma once

#include <sys/stat.h>

#include <cerrno>
#include <cortexpr/core/error.hpp>
#include <cortexpr/core/stopwatch.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>

namespace cortexpr {

/// The time that loading took.
struct LoadTimes {
  double read_seconds = 0;
  double decompress_seconds = 0;
};

namespace detail {

/// Adds the seconds from its construction to its destruction to a counter.
class CountSeconds {
 public:
  explicit CountSeconds(double& total_seconds) : total_seconds_{total_seconds} {}
  ~CountSeconds() { total_seconds_ += stopwatch_.seconds(); }
  CountSeconds(const CountSeconds&) = delete;
  CountSeconds& operator=(const CountSeconds&) = delete;

 private:
  double& total_seconds_;
  Stopwatch stopwatch_;
};

/// An array of bytes. Unlike std::vector it does not clear its memory first, so pages that are never written take none.
class Bytes {
 public:
  Bytes() = default;
  ~Bytes() { std::free(data_); }
  Bytes(Bytes&& other) noexcept : data_{std::exchange(other.data_, nullptr)}, size_{std::exchange(other.size_, 0)} {}
  Bytes& operator=(Bytes&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }

  /// Keeps the contents; added bytes are uninitialized. `path` names the file in the message of the DataError that it
  /// throws when there is not enough memory.
  void resize(std::size_t size, const char* path) {
    void* const moved = std::realloc(data_, size > 0 ? size : 1);
    if (moved == nullptr)
      data_error("%s: %zu bytes of memory are needed to hold it, and the system gives none; free some memory", path,
                 size);
    data_ = static_cast<std::uint8_t*>(moved);
    size_ = size;
  }

  std::uint8_t* data() { return data_; }
  std::size_t size() const noexcept { return size_; }
  std::span<const std::uint8_t> span() const { return {data_, size_}; }

 private:
  std::uint8_t* data_ = nullptr;
  std::size_t size_ = 0;
};

enum class FileKind { none, regular, directory, stream, unknown };

/// What lies at a path, behind symbolic links. FIFOs, sockets and devices are streams: opening or reading them may take
/// forever. What cannot be examined is unknown; reading it reports the error.
[[gnu::cold]] inline FileKind file_kind(const char* path) {
  struct stat found;
  if (::stat(path, &found) != 0) return errno == ENOENT || errno == ENOTDIR ? FileKind::none : FileKind::unknown;
  if (S_ISREG(found.st_mode)) return FileKind::regular;
  return S_ISDIR(found.st_mode) ? FileKind::directory : FileKind::stream;
}

/// What the first bytes of a file say it is, with what to do, where users take such a file for another; else nullptr.
[[gnu::cold]] inline const char* mistaken_format(std::span<const std::uint8_t> bytes) {
  struct Format {
    std::string_view begin;
    const char* sentence;
  };
  static constexpr Format formats[] = {{"PK\3\4", "a zip archive or a spreadsheet; unpack it, or export it as text"},
                                       {"\xFD"
                                        "7zXZ",
                                        "a file compressed by xz; unpack it"},
                                       {"BZh", "a file compressed by bzip2; unpack it"},
                                       {"\x28\xB5\x2F\xFD", "a file compressed by zstd; unpack it"},
                                       {"\x93NUMPY", "an array of NumPy; export it as text or as IDX"},
                                       {"version https://git-lfs", "a pointer of Git LFS; run git lfs pull"},
                                       {"<!DOCTYPE", "a web page; fetch the file itself"},
                                       {"<!doctype", "a web page; fetch the file itself"},
                                       {"<html", "a web page; fetch the file itself"}};
  for (const auto& [begin, sentence] : formats)
    if (bytes.size() >= begin.size() && std::memcmp(bytes.data(), begin.data(), begin.size()) == 0) return sentence;
  return nullptr;
}

/// A regular file, open for reading. Errors: DataError: a missing, unreadable or empty file, a directory, a stream
class InputFile {
 public:
  explicit InputFile(const char* path) : path_{path}, file_{open(path)} {
    if (file_ == nullptr)
      data_error("%s: expected a readable file, found none (%s); check the path and its permissions", path,
                 std::strerror(errno));
    struct Guard {  // measure() may throw
      std::FILE* file;
      ~Guard() {
        if (file != nullptr) std::fclose(file);
      }
    } guard{file_};
    measure();
    guard.file = nullptr;
  }
  ~InputFile() { std::fclose(file_); }
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  const char* path() const { return path_; }
  std::size_t size() const noexcept { return size_; }

  /// Fills `bytes` with the bytes after those of the last read.
  void read(std::span<std::uint8_t> bytes) {
    const std::size_t found = std::fread(bytes.data(), 1, bytes.size(), file_);
    if (found != bytes.size())
      data_error("%s: expected %zu more bytes, found %zu (%s); do not change the file while it is read", path_,
                 bytes.size(), found, std::ferror(file_) != 0 ? std::strerror(errno) : "end of file");
  }

  void rewind() { std::rewind(file_); }

 private:
  static std::FILE* open(const char* path) {
    if (file_kind(path) == FileKind::stream) stream_error(path);
    return std::fopen(path, "rb");
  }
  [[noreturn]] static void stream_error(const char* path) {
    data_error("%s: expected a regular file, found a stream of unknown length; copy it to a file first", path);
  }

  void measure() {
    std::setvbuf(file_, nullptr, _IONBF, 0);  // so that fread writes to its destination directly
    if (std::fgetc(file_) == EOF) {
      const int reason = errno;
      if (std::ferror(file_) == 0) data_error("%s: expected data, found an empty file; fetch it again", path_);
      if (reason == EISDIR) data_error("%s: expected a file, found a directory; name the file inside it", path_);
      data_error("%s: expected a readable file, found one that cannot be read (%s); check the disk", path_,
                 std::strerror(reason));
    }
    const long end = std::fseek(file_, 0, SEEK_END) == 0 ? std::ftell(file_) : -1;
    if (end <= 0) stream_error(path_);
    size_ = static_cast<std::size_t>(end);
    std::rewind(file_);
  }

  const char* path_;
  std::FILE* file_;
  std::size_t size_ = 0;
};

}  // namespace detail
}  // namespace cortexpr
