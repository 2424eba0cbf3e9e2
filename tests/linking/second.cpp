#include <cstdio>

#include "network.hpp"

std::uint32_t first_hash();
bool first_has_fma();

int main() {
  const std::uint32_t first = first_hash(), second = linking::hash_of_training();
  std::printf("%08x %08x\n", first, second);
  return first_has_fma() == linking::has_fma && first != second;
}
