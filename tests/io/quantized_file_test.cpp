#include <doctest/doctest.h>

#include <cortexpr/io/save.hpp>
#include <cortexpr/nn/handle.hpp>
#include <cortexpr/quantize/calibrate/calibration.hpp>
#include <string>

#include "../data/fixtures.hpp"
#include "../laws/fixtures.hpp"

using namespace cortexpr;

namespace {

using Net = Network<Input<2, 6, 6>, Conv2D<3, 3, Relu>, MaxPool2D<2>, Flatten, Dense<4>>;

struct Samples {
  static constexpr std::size_t size() { return 20; }
  static constexpr std::size_t sample_size() { return Net::input_shape::size; }
  static void gather(std::size_t sample, std::size_t, float* values) {
    laws::fill_normal(std::span<float>{values, sample_size()}, sample);
  }
  static std::size_t label(std::size_t sample) { return sample % 4; }
};

}  // namespace

TEST_CASE("safetensors: a quantized network is loaded with the same integers") {
  const auto network = make_network<Net>();
  network.initialize(Seed{1});
  const Quantized<Net> small = quantize(*network, Samples{});
  const fixtures::TemporaryDirectory folder;
  const std::string path = folder.path() + "/small.safetensors";
  save(small, path, {.metadata = {{"classes", "a,b,c,d"}}});
  Quantized<Net> loaded{};
  Metadata metadata;
  load(loaded, path, {.metadata = &metadata});
  CHECK(loaded == small);
  CHECK(metadata.at("classes") == "a,b,c,d");

  Quantized<Network<Input<2>, Dense<1>>> other{};
  CHECK(try_load(other, path).message().find("expected the tensors int8 [") != std::string::npos);
  CHECK(try_load(*network, path).message().find("'int8': expected no such tensor") != std::string::npos);

  // The first integer is the scale of the inputs, which must be positive.
  std::string file = detail::safetensors_of(small, {});
  std::size_t begin = 0;
  (void)detail::parse_safetensors(file, begin);
  for (std::size_t i = begin; i < begin + 4; ++i) file[i] = static_cast<char>(0xFF);
  const Quantized<Net> before = loaded;
  CHECK(detail::load_safetensors(loaded, file, {}).find("bounds") != std::string::npos);
  CHECK(loaded == before);
}
