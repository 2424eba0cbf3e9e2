// expect-error: firmware: there must be no heap
#include <functional>
volatile int number;
std::function<int()> kept;
int main() {
  const int a = number, b = number, c = number, d = number;
  kept = [=] { return a + b + c + d; };
  return kept();
}
