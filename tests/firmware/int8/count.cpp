#include <semihosting.h>

#include "classifier.hpp"

// One inference: its instructions, its stack, and a checksum of its activations, as numbers.

namespace {

constinit const int8::Classifier network = int8::made_by_chance();
std::uint8_t pixels[784];
int8::Classifier::Workspace workspace;

__attribute__((noinline)) std::size_t classify() {
  return network.classify(int8::Classifier::Bytes{pixels}, workspace);
}

/// SysTick counts down at the processor's clock; QEMU lets each instruction take 64 ns.
struct Counter {
  static inline volatile std::uint32_t* const registers = reinterpret_cast<std::uint32_t*>(0xE000E010);
  static std::uint32_t ticks(auto function) {
    registers[1] = 0xffffff;
    registers[2] = 0;
    registers[0] = 5;
    const std::uint32_t begin = registers[2];
    function();
    return (begin - registers[2]) & 0xffffff;
  }
};

void write(const char* name, std::uint32_t number) {
  char digits[12]{}, *at = digits + 11;
  do *--at = static_cast<char>('0' + number % 10);
  while ((number /= 10) != 0);
  semihosting_write(name);
  semihosting_write(at);
}

constexpr std::uint32_t paint = 0x5afe5afe;

/// The bytes below the stack's end that `function` writes to.
__attribute__((noinline)) std::uint32_t stack_bytes(auto function) {
  constexpr std::size_t words = 256;
  std::uint32_t* end;
  __asm__ volatile("mov %0, sp" : "=r"(end));
  volatile std::uint32_t* const begin = end - words;
  for (std::size_t i = 0; i < words; ++i) begin[i] = paint;
  function();
  std::size_t untouched = 0;
  while (untouched < words && begin[untouched] == paint) ++untouched;
  return static_cast<std::uint32_t>((words - untouched) * 4);
}

}  // namespace

int main() {
  int8::fill_by_chance(pixels);
  const std::uint32_t empty = Counter::ticks([] {});
  const std::uint32_t ticks = Counter::ticks(classify) - empty;
  write("ticks ", ticks);
  write(" stack ", stack_bytes(classify));
  std::uint32_t checksum = 0;  // of all activations that are left
  for (const std::int8_t code : workspace.activations) checksum = checksum * 31 + static_cast<std::uint8_t>(code);
  write(" checksum ", checksum);
  semihosting_write("\n");
  return 0;
}
