#include <cortexpr/io/npy.hpp>

#include "file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  return fuzz::read_as_file(bytes, size, [](const std::string& path) {
    const auto array = cortexpr::npy::read<double>(path);
    std::size_t count = 1;
    for (const std::size_t extent : array.shape) count *= extent;
    if (count != array.values.size()) __builtin_trap();
  });
}
