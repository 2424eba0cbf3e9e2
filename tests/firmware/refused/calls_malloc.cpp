// expect-error: firmware: there must be no heap
#include <cstdlib>
void* volatile escapes;
int main() {
  escapes = std::malloc(8);
  return escapes == nullptr ? 1 : 0;
}
