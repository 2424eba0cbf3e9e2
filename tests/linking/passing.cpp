#include "../../examples/firmware/trained/int8_conv/digits.hpp"
#include "network.hpp"

// A file that passes networks to the other one. Where the two files give a network different layouts, the program must
// not link.

namespace first {
void initialize(linking::Net& network);
float output_of(const linking::Net& network);
std::uint32_t answers_of(const digits::Model& model);
}  // namespace first

int main() {
  static struct {
    linking::Net network;
    unsigned char behind[4096];
  } memory{};
  first::initialize(memory.network);
  for (const unsigned char byte : memory.behind)
    if (byte != 0) return 1;
  const float difference = first::output_of(memory.network) - memory.network(linking::sample)[0];
  if (!(difference < 1e-4f && difference > -1e-4f)) return 2;
  return first::answers_of(digits::model) == linking::hash_of_answers(digits::model) ? 0 : 3;
}
