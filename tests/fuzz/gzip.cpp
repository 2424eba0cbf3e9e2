#include <cortexpr/data/gzip.hpp>
#include <cstddef>
#include <cstdint>

// Several members, wrong sizes and checksums, and members that are much larger than the file.

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  try {
    (void)cortexpr::detail::gunzip({bytes, size}, "file.gz");
  } catch (const cortexpr::DataError&) {  // NOLINT(bugprone-empty-catch): a sentence is what a bad file should give
  }
  return 0;
}
