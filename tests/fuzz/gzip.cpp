#include <cortexpr/data/gzip.hpp>
#include <cstddef>
#include <cstdint>

#include "data_error.hpp"

// Several members, wrong sizes and checksums, and members that are much larger than the file.

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  return fuzz::allow_data_error([&] { (void)cortexpr::detail::gunzip({bytes, size}, "file.gz"); });
}
