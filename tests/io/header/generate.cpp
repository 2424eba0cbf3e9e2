#include <bit>
#include <cortexpr/io/write_header.hpp>
#include <cortexpr/quantize/calibrate/calibration.hpp>
#include <cstdint>
#include <fstream>
#include <type_traits>

#include "networks.hpp"

// usage: generate FOLDER: writes the headers, and the bits of their parameters, outputs and of a trained network.

namespace {

template <class Net>
Net initialized() {
  Net network;
  network.initialize(cortexpr::Seed{7});
  return network;
}

struct Samples {
  std::size_t size() const { return 10; }
  std::size_t sample_size() const { return 56; }
  void gather(std::size_t sample, std::uint64_t, float* out) const {
    const cortexpr::Random random{cortexpr::Seed{1}, sample};
    for (std::size_t i = 0; i < sample_size(); ++i) out[i] = random.normal<float>(i);
  }
};

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
void generate(const Net& network, const std::string& folder, const std::string& name, std::ofstream& expected) {
  cortexpr::write_header(network, folder + "/" + name + "_model.hpp", "models::" + name);
  write_bits(network, name, expected);
}

}  // namespace

int main(int, char** arguments) {
  const std::string folder = arguments[1];
  std::ofstream expected{folder + "/expected_bits.hpp"};
  generate(initialized<headers::Dense>(), folder, "dense", expected);
  generate(initialized<headers::Convolutional>(), folder, "convolutional", expected);
  generate(initialized<headers::Recurrent>(), folder, "recurrent", expected);
  generate(cortexpr::quantize(initialized<headers::BeforeIntegers>(), Samples{}), folder, "integers", expected);
  write_bits(headers::learned(), "learned", expected);
}
