#include "wake_word.hpp"

#include "semihosting.h"

int main() {
  static wake_word::Network::Workspace workspace;
  const int difference = wake_word::self_test(wake_word::model, workspace);
  semihosting_write(difference == 0 ? "the integers of LiteRT\n" : "OTHER INTEGERS THAN LITERT\n");
  return difference;
}
