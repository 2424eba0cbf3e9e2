#include <doctest/doctest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <string>

#include "bits.hpp"

namespace bits {

namespace {

constexpr const char* path = "tests/laws/data/bits.txt";
constexpr std::size_t column = CORTEXPR_HAS_FMA ? 0 : 1;

using Record = std::map<std::string, std::array<std::string, 2>>;

Record read() {
  Record record;
  std::ifstream file{path};
  for (std::string name, with_fma, without_fma; file >> name >> with_fma >> without_fma;)
    record[name] = {with_fma, without_fma};
  return record;
}

void write(const Record& record) {
  std::ofstream file{path};
  for (const auto& [name, hashes] : record) file << name << ' ' << hashes[0] << ' ' << hashes[1] << '\n';
}

}  // namespace

void check(const std::string& name, const Hash& hash) {
  static Record record = read();
  static const bool writes = std::getenv("CORTEXPR_WRITE_BITS") != nullptr;
  char found[17];
  std::snprintf(found, sizeof found, "%016llx", static_cast<unsigned long long>(hash.value()));
  CAPTURE(name);
  CHECK(hash.finite());
  if (writes) {
    auto& hashes = record[name];
    hashes[column] = found;
    if (hashes[1 - column].empty()) hashes[1 - column] = "unknown";
    write(record);
    return;
  }
  CHECK(record[name][column] == std::string{found});
}

}  // namespace bits
