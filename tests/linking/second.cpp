#include <cortexpr/nn/handle.hpp>
#include <cstdio>

#include "network.hpp"

std::uint32_t first_hash();
bool first_has_fma();
const void* first_static();

int main() {
  const std::uint32_t first = first_hash(), second = linking::hash_of_training();
  std::printf("%08x %08x\n", first, second);
  const void* const here = &*cortexpr::make_static<linking::Net>();
  const void* const again = &*cortexpr::make_static<linking::Net>();
  if (here == again || here == first_static()) return 2;
  return first_has_fma() == linking::has_fma && first != second;
}
