#pragma once

#include <cortexpr/config.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <string>

namespace cortexpr::detail {

/// Reads a whole file into `contents`. Returns an empty string, or a sentence without the name of the file.
[[nodiscard, gnu::cold]] inline std::string read_file(const char* path, std::string& contents) {
  struct Descriptor {
    int file;
    ~Descriptor() {
      if (file >= 0) ::close(file);
    }
  } const opened{::open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)};  // a FIFO without a writer does not wait
  struct stat found{};
  if (opened.file < 0 || ::fstat(opened.file, &found) != 0)
    return std::string{"expected a readable file, found none ("} + std::strerror(errno) +
           "); check the path and its permissions";
  if (!S_ISREG(found.st_mode)) return "expected a regular file, found a directory or a stream; name a file";
  contents.resize(static_cast<std::size_t>(found.st_size));
  std::size_t size = 0;
  while (size < contents.size()) {
    const ssize_t count = ::read(opened.file, contents.data() + size, contents.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0)
      return std::string{"expected a readable file, found one that cannot be read to its end ("} +
             (count < 0 ? std::strerror(errno) : "it became shorter") + "); check the disk";
    size += static_cast<std::size_t>(count);
  }
  return {};
}

}  // namespace cortexpr::detail
