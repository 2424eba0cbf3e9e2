#include "wake_word.hpp"

#include "semihosting.h"

int main() {
  const int difference = wake_word::self_test(wake_word::model);
  semihosting_write(difference == 0 ? "the integers of LiteRT\n" : "OTHER INTEGERS THAN LITERT\n");
  return difference;
}
