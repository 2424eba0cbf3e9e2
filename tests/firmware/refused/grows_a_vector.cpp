// expect-error: firmware: there must be no heap
#include <vector>
volatile int number;
int main() {
  std::vector<int> numbers;
  for (int i = 0; i < number; ++i) numbers.push_back(i);
  return static_cast<int>(numbers.size());
}
