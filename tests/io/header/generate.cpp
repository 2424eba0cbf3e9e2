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

template <std::size_t Elements>
struct Samples {
  std::size_t size() const { return 10; }
  std::size_t sample_size() const { return Elements; }
  void gather(std::size_t sample, std::uint64_t, float* out) const {
    const cortexpr::Random random{cortexpr::Seed{1}, sample};
    for (std::size_t i = 0; i < sample_size(); ++i) out[i] = random.normal<float>(i);
  }
};

template <class Net>
void write_bits(const Net& network, const std::string& name, std::ofstream& expected, bool with_parameters = true) {
  expected << "inline constexpr unsigned long long " << name << "_bits[] = {";
  const auto write = [&](auto number) {
    using Bits = std::conditional_t<sizeof number == 4, std::uint32_t, std::uint64_t>;
    expected << std::bit_cast<Bits>(number) << "u, ";
  };
  if (with_parameters)
    headers::for_each_number(network, write);
  else
    headers::for_each_output(network, write);
  expected << "};\n";
}

template <class Net>
void generate(const Net& network, const std::string& folder, const std::string& name, std::ofstream& expected,
              bool with_parameters = true) {
  cortexpr::write_header(network, folder + "/" + name + "_model.hpp", "models::" + name);
  write_bits(network, name, expected, with_parameters);
}

}  // namespace

int main(int, char** arguments) {
  const std::string folder = arguments[1];
  std::ofstream expected{folder + "/expected_bits.hpp"};
  generate(initialized<headers::Dense>(), folder, "dense", expected);
  generate(initialized<headers::Convolutional>(), folder, "convolutional", expected);
  generate(initialized<headers::Recurrent>(), folder, "recurrent", expected);
  generate(cortexpr::quantize(initialized<headers::BeforeIntegers>(), Samples<56>{}), folder, "integers", expected);
  static const auto wide = initialized<headers::Wide>();
  generate(wide, folder, "wide", expected, false);
  static const auto wide_integers = cortexpr::quantize(wide, Samples<784>{});
  generate(wide_integers, folder, "wide_integers", expected, false);
  write_bits(headers::learned(), "learned", expected);
}
