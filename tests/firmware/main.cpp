#include "semihosting.h"

extern "C" int first_wrong_network();

int main() {
  const int wrong = first_wrong_network();
  semihosting_write(wrong == 0 ? "the bits of the host\n" : "OTHER BITS THAN THE HOST\n");
  return wrong;
}
