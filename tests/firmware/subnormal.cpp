#include <cortexpr/kernels/update/update.hpp>
#include <limits>

#include "semihosting.h"

// Where subnormal numbers must stay, the compiler's own vectors must not lose them.

namespace {

constexpr float smallest_normal = std::numeric_limits<float>::min();
volatile float half = 0.5f;

}  // namespace

int main() {
  float halved[64];
  for (float& value : halved) value = smallest_normal;
  cortexpr::kernels::scale_block<cortexpr::simd::Native>(halved, 64, half);
  int lost = 0;
  for (const float value : halved) lost += value != smallest_normal / 2;
  semihosting_write(lost == 0 ? "subnormal numbers stay\n" : "SUBNORMAL NUMBERS ARE LOST\n");
  return lost;
}
