#include <cstdint>
#include <cstdio>

// Compiled without the library. Each of the two files has results of its own, which agree where both round alike.

#define DECLARE(part)           \
  namespace part {              \
  std::uint32_t training();     \
  bool has_fma();               \
  const void* static_network(); \
  std::uint32_t integers();     \
  }
DECLARE(first)
DECLARE(second)

int main() {
  const std::uint32_t hashes[] = {first::training(), second::training(), first::integers(), second::integers()};
  std::printf("%08x %08x %08x %08x\n", hashes[0], hashes[1], hashes[2], hashes[3]);
  if (first::static_network() == second::static_network()) return 1;
  if ((first::has_fma() == second::has_fma()) != (hashes[0] == hashes[1])) return 2;
  return hashes[2] == hashes[3] ? 0 : 3;
}
