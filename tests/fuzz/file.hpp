#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "data_error.hpp"

namespace fuzz {

/// Runs action(path) for a file in memory with these bytes. It may throw a DataError.
template <class Action>
int read_as_file(const std::uint8_t* bytes, std::size_t size, const Action& action) {
  const int file = ::memfd_create("fuzz", 0);
  if (file < 0 || ::write(file, bytes, size) != static_cast<ssize_t>(size)) std::abort();
  allow_data_error([&] { action("/proc/self/fd/" + std::to_string(file)); });
  ::close(file);
  return 0;
}

}  // namespace fuzz
