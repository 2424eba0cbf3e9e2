#include <cortexpr/data/idx.hpp>

#include "file.hpp"

// The files may be gzip.

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  namespace idx = cortexpr::idx;
  cortexpr::LoadTimes times;
  fuzz::read_as_file(bytes, size, [&](const std::string& path) { (void)idx::read<1>(path, times); });
  fuzz::read_as_file(bytes, size, [&](const std::string& path) { (void)idx::read<3>(path, times); });
  return fuzz::read_as_file(bytes, size, [&](const std::string& path) { (void)idx::read<2, float>(path, times); });
}
