#include <cstdio>

extern "C" unsigned long long hash_of_layers();

int main() {
  std::printf("%#llxu\n", hash_of_layers());
  return 0;  // a freestanding main may be no main to the compiler
}
