#include <bit>
#include <cortexpr/io/write_header.hpp>
#include <cstdint>
#include <fstream>
#include <type_traits>

#include "networks.hpp"

// usage: generate FOLDER: three headers, and the bits of their numbers and of a network that has learned.

namespace {

template <class Net>
void write_bits(const Net& network, const std::string& name, std::ofstream& expected) {
  expected << "inline constexpr unsigned long long " << name << "_bits[] = {";
  headers::for_each_number(network, [&](auto number) {
    using Bits = std::conditional_t<sizeof number == 4, std::uint32_t, std::uint64_t>;
    expected << std::bit_cast<Bits>(number) << "u, ";
  });
  expected << "};\n";
}

template <class Net>
void generate(const std::string& folder, const std::string& name, std::ofstream& expected) {
  Net network;
  network.initialize(cortexpr::Seed{7});
  cortexpr::write_header(network, folder + "/" + name + "_model.hpp", name);
  write_bits(network, name, expected);
}

}  // namespace

int main(int, char** arguments) {
  const std::string folder = arguments[1];
  std::ofstream expected{folder + "/expected_bits.hpp"};
  generate<headers::Dense>(folder, "dense", expected);
  generate<headers::Convolutional>(folder, "convolutional", expected);
  generate<headers::Recurrent>(folder, "recurrent", expected);
  write_bits(headers::learned(), "learned", expected);
}
