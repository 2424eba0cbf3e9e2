#include <cortexpr/data/csv.hpp>

#include "file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  namespace csv = cortexpr::csv;
  fuzz::read_as_file(bytes, size, [](const std::string& path) { (void)csv::load_classification(path); });
  return fuzz::read_as_file(bytes, size, [](const std::string& path) { (void)csv::load_regression(path); });
}
