#include <doctest/doctest.h>

#include <algorithm>
#include <cortexpr/data/image_set.hpp>
#include <cortexpr/quantize/calibrate/calibration.hpp>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "../../data/fixtures.hpp"
#include "../fixtures.hpp"

using namespace cortexpr;

namespace {

using Net = Network<Input<4>, Dense<3, Relu>, Dense<2>>;

struct Values {
  std::vector<float> values;
  std::size_t size() const { return values.size() / 4; }
  std::size_t sample_size() const { return 4; }
  void gather(std::size_t sample, std::uint64_t, float* out) const {
    for (std::size_t i = 0; i < 4; ++i) out[i] = values[4 * sample + i];
  }
};

template <class Data>
std::string error_of(const Net& network, const Data& data, const CalibrationOptions& options = {}) {
  return fixtures::error_of([&] { (void)quantize(network, data, options); });
}

}  // namespace

TEST_CASE("quantize: calibration data that say nothing are an error") {
  const Net network = quantized::initialized<Net>();
  CHECK(error_of(network, Values{}) ==
        "quantize: calibration data: expected samples, found none; give a part of the training data");
  CHECK(error_of(network, Values{{1, 2, 3, 4, 5, 6, 7, 8}}, {.samples = 0}).find("found none") != std::string::npos);
  CHECK(error_of(network, quantized::Samples{10, 5}) ==
        "quantize: calibration data: expected samples of 4 numbers, as the network takes, found 5");
  CHECK(error_of(network, Values{{1, 2, 3, 4, 1, 2, 3, 4}}).find("found 2 that are all alike") != std::string::npos);
  CHECK(error_of(network, Values{{1, 2, 3, 4, 5, 6, 7, std::numeric_limits<float>::infinity()}}) ==
        "quantize: an input of the network: expected finite numbers, found inf; mend the calibration data");
  Net broken = network;
  broken.parameter<"1.bias">()[0][0] = std::numeric_limits<float>::quiet_NaN();
  CHECK(error_of(broken, quantized::Samples{10, 4})
            .find("an output of the network: expected finite numbers, found nan; "
                  "train the network again") != std::string::npos);
}

TEST_CASE("quantize: the int8 values of inputs and outputs span the ranges of the samples") {
  const Net network = quantized::initialized<Net>();
  const Values data{{-1, 0, 2, 3, 0.5f, 1, -0.5f, 2, 1, 1, 1, 1}};
  const auto small = quantize(network, data);
  CHECK(small.input_quantization() == quantization_of({-1, 3}));
  Range outputs;
  for (std::size_t sample = 0; sample < data.size(); ++sample) {
    Net::InputTensor input{};
    data.gather(sample, 0, input.data());
    for (const float output : network(input)) outputs.include(output);
  }
  CHECK(small.output_quantization().scale == doctest::Approx(quantization_of(outputs).scale).epsilon(1e-4));
}

TEST_CASE("quantize: pixels of images are int8 values plus 128") {
  // Two images of 2 x 2 pixels, each after its label.
  const fixtures::Contents contents{0, 0, 10, 200, 255, 1, 30, 0, 90, 120};
  detail::Bytes records;
  records.resize(contents.size(), "records");
  std::copy(contents.begin(), contents.end(), records.data());
  ImageSet images{std::move(records), detail::ImageShape{1, 2, 2}, 2};
  images.standardize(images.statistics());
  Network<Input<1, 2, 2>, Flatten, Dense<2>> network;
  network.initialize(Seed{1});
  const auto small = quantize(network, images);
  for (std::size_t sample = 0; sample < 2; ++sample) {
    Tensor<float, Shape<1, 2, 2>> input{};
    images.gather(sample, 0, input.data());
    for (std::size_t i = 0; i < 4; ++i)
      CHECK(small.input_quantization().int8_value(input[i]) + 128 == images.pixels(sample)[i]);
  }
}
