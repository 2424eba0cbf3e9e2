#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cortexpr/quantize/calibrate/calibration.hpp>
#include <vector>

#include "fixtures.hpp"

// The outputs must be those of the network in floating point, to within a few steps.

using namespace cortexpr;

namespace {

/// The largest and the mean distance of outputs from those in floating point, in steps of the output's int8 values.
struct Distance {
  double largest = 0, mean = 0;
};

template <class... Elements>
Distance distance() {
  using Net = Network<Elements...>;
  const Net network = quantized::initialized<Net>();
  const quantized::Samples samples{200, Net::input_shape::size};
  const Quantized<Net> small = quantize(network, samples);
  Distance result;
  for (std::size_t sample = 0; sample < samples.size(); ++sample) {
    typename Net::InputTensor input{};
    samples.gather(sample, 0, input.data());
    const auto expected = network(input), found = small(input);
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const double steps = std::abs(double(found[i]) - double(expected[i])) / double(small.output_quantization().scale);
      result.largest = std::max(result.largest, steps);
      result.mean += steps / static_cast<double>(expected.size() * samples.size());
    }
  }
  return result;
}

template <class... Elements>
void check_distance(double mean, double largest) {
  const Distance found = distance<Elements...>();
  CAPTURE(found.mean);
  CAPTURE(found.largest);
  CHECK(found.mean <= mean);
  CHECK(found.mean > 0);
  CHECK(found.largest <= largest);
}

}  // namespace

TEST_CASE("each layer in 8 bits is near the same in floating point") {
  check_distance<Input<20>, Dense<7>>(1, 5);
  check_distance<Input<20>, Dense<7, Relu>>(1, 5);
  check_distance<Input<20>, Dense<7, Relu6>>(1, 5);
  check_distance<Input<20>, Dense<7, Tanh>>(2, 8);
  check_distance<Input<20>, Activation<Gelu>>(1, 3);
  check_distance<Input<2, 9, 7>, Conv2D<5, KernelSize{3, 2}, Relu>>(1, 5);
  check_distance<Input<4, 9, 7>, Conv2D<6, 3, Same, Stride<2>, Groups<2>>>(1, 5);
  check_distance<Input<4, 9, 7>, Conv2D<2, 3, Dilation<2>, Padding<2>>>(1, 6);
  check_distance<Input<3, 9, 7>, DepthwiseConv2D<3, Same, Multiplier<2>>>(1, 5);
  check_distance<Input<3, 20>, Conv1D<4, 5, Causal, Relu>>(1, 5);
  check_distance<Input<3, 8, 6>, MaxPool2D<2>>(0.5, 2);
  check_distance<Input<3, 8, 6>, AvgPool2D<3, Same, Stride<2>>>(1, 3);
  check_distance<Input<3, 8>, MaxPool1D<2>>(0.5, 2);
  check_distance<Input<3, 8>, AvgPool1D<4>>(1, 3);
  check_distance<Input<3, 8, 6>, GlobalAvgPool>(1, 3);
}

TEST_CASE("layers of layers in 8 bits are near the same in floating point") {
  check_distance<Input<3, 6, 6>, Residual<Conv2D<3, 3, Same, Relu>>>(1, 6);
  check_distance<Input<3, 6, 6>, Residual<Projection<Conv2D<5, 1>>, Conv2D<5, 3, Same>, BatchNorm<>, Activation<Relu>>>(
      1.5, 8);
  check_distance<Input<3, 6, 6>, Concat<Identity, Conv2D<2, 1, Sigmoid>>>(1, 5);
  check_distance<Input<8>, Parallel<Dense<4>, Sequential<Dense<6, Relu>, Dense<4>>, Dense<4, Tanh>>>(1.5, 8);
  check_distance<Input<8>, Sequential<Dense<6, Relu>, Dense<4>>, Dense<3>>(2, 9);
  check_distance<Input<4, 6>, TimeDistributed<Dense<5, Relu>, Dense<3>>, Flatten, Dense<2>>(2, 9);
  check_distance<Input<1, 8, 8>, Conv2D<4, 3, Same>, BatchNorm<>, Activation<Relu>, MaxPool2D<2>,
                 Residual<Conv2D<4, 3, Same, Relu>, Conv2D<4, 1>>, Activation<Relu>, Dropout<0.2f>, Flatten, Dense<5>>(
      2.5, 14);
}

TEST_CASE("the edges: one element, one pixel, a kernel as large as the image") {
  check_distance<Input<1>, Dense<1>>(1, 5);
  check_distance<Input<1, 1, 1>, Conv2D<1, 1>>(1, 5);
  check_distance<Input<2, 3, 3>, Conv2D<3, 3>>(1, 5);
  check_distance<Input<2, 3, 3>, Conv2D<1, 3, Same>>(1, 5);
  check_distance<Input<1, 1, 1>, MaxPool2D<1>>(0.5, 2);
  check_distance<Input<1, 1, 1>, GlobalAvgPool>(1, 3);
}

TEST_CASE("an output whose weights all but vanish keeps its bias") {
  Network<Input<2>, Dense<3>> network;
  network.parameter<"0.weight">()[0][0] = 1;
  network.parameter<"0.weight">()[1][1] = 1e-12f;
  network.parameter<"0.bias">()[0][1] = 0.75f;
  network.parameter<"0.bias">()[0][2] = -0.5f;
  const auto small = quantize(network, quantized::Samples{50, 2});
  const auto outputs = small({0.5f, 1});
  const float step = small.output_quantization().scale;
  CHECK(std::abs(outputs[0] - 0.5f) <= 2 * step);
  CHECK(std::abs(outputs[1] - 0.75f) <= step);
  CHECK(std::abs(outputs[2] + 0.5f) <= step);
}
