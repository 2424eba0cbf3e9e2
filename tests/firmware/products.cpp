#include <semihosting.h>

#include "../simd/int8_products.hpp"

// The board's products of 8-bit integers against a naive loop.

namespace {

std::int8_t room[int8_products::most_columns + 1];

void write(const char* name, std::size_t number) {
  char digits[12]{}, *at = digits + 11;
  do *--at = static_cast<char>('0' + number % 10);
  while ((number /= 10) != 0);
  semihosting_write(name);
  semihosting_write(at);
}

}  // namespace

int main() {
  int wrong = 0;
  int8_products::check<cortexpr::simd::Int8>([](std::size_t columns) { return room + sizeof(room) - columns; },
                                             [&](std::size_t rows, std::size_t columns) {
                                               wrong = 1;
                                               write("wrong: rows ", rows);
                                               write(" columns ", columns);
                                               semihosting_write("\n");
                                             });
  semihosting_write(wrong ? "OTHER SUMS THAN THE NAIVE LOOP'S\n" : "the sums of the naive loop\n");
  return wrong;
}
