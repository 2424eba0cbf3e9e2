#include <cortexpr/io/npy.hpp>

#include "file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  return fuzz::read_as_file(bytes, size, [](const std::string& path) { (void)cortexpr::npy::read_archive(path); });
}
