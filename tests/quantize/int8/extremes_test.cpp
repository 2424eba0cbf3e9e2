#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cortexpr/quantize/calibrate/calibration.hpp>
#include <memory>
#include <vector>

#include "../fixtures.hpp"

// Layers whose weights are all 0, channels that are far larger or smaller than others, and large pools.

using namespace cortexpr;

namespace {

/// Samples that a function writes.
template <class Write>
struct Written {
  std::size_t count, values;
  Write write;
  std::size_t size() const { return count; }
  std::size_t sample_size() const { return values; }
  void gather(std::size_t sample, std::uint64_t, float* out) const {
    laws::fill_normal(std::span{out, values}, 100 + sample);
    write(sample, out);
  }
};

/// The signal-to-noise ratio of the outputs from `first` on, in decibels.
template <class Net, class Data>
double decibels(const Net& network, const Data& data, std::size_t first) {
  const auto small = std::make_unique<Quantized<Net>>(quantize(network, data));
  double signal = 0, noise = 0;
  for (std::size_t sample = 0; sample < data.size(); ++sample) {
    typename Net::InputTensor input{};
    data.gather(sample, 0, input.data());
    const auto expected = network(input), found = (*small)(input);
    for (std::size_t i = first; i < expected.size(); ++i) {
      const double wanted = double(expected[i]), error = wanted - double(found[i]);
      signal += wanted * wanted;
      noise += error * error;
    }
  }
  return 10 * std::log10(signal / noise);
}

}  // namespace

TEST_CASE("layers whose weights are all 0 give their biases") {
  Network<Input<3>, Dense<3, Relu>, Dense<2>> network;
  network.parameter<"1.bias">()[0][0] = 0.7f;
  network.parameter<"1.bias">()[0][1] = -0.3f;
  const auto small = quantize(network, quantized::Samples{20, 3});
  const auto outputs = small({0.5f, -1, 2});
  const float step = small.output_quantization().scale;
  CHECK(std::abs(outputs[0] - 0.7f) <= step);
  CHECK(std::abs(outputs[1] + 0.3f) <= step);
  CHECK(step < 0.01f);

  const Network<Input<3>, Dense<3, Relu, Zeros>, Dense<4, Linear, Zeros>, Dense<2, Linear, Zeros>> zeros;
  const auto none = quantize(zeros, quantized::Samples{20, 3});
  for (const float output : none({1, 2, 3})) CHECK(output == 0);
  none.visit([](std::int32_t integer, std::int32_t lowest, std::int32_t highest) {
    CHECK(integer >= lowest);
    CHECK(integer <= highest);
  });
}

TEST_CASE("BatchNorm with a scale of 0 gives its shift") {
  using Net = Network<Input<2, 4, 4>, Conv2D<3, 3, Same>, BatchNorm<>, Activation<Relu>, GlobalAvgPool>;
  auto network = quantized::initialized<Net>();
  for (std::size_t c = 0; c < 3; ++c) {
    network.parameter<"1.scale">()[0][c] = 0;
    network.parameter<"1.shift">()[0][c] = 0.25f * static_cast<float>(c);
  }
  const auto small = quantize(network, quantized::Samples{20, 32});
  Net::InputTensor input{};
  laws::fill_normal(input, 3);
  const auto outputs = small(input);
  for (std::size_t c = 0; c < 3; ++c) CHECK(outputs[c] == doctest::Approx(0.25 * double(c)).epsilon(0.01));
}

TEST_CASE("a channel that is always 0, and whose weights are large, leaves the others their steps") {
  using Net = Network<Input<4, 8, 8>, DepthwiseConv2D<3, Same>, BatchNorm<>, Activation<Relu>>;
  auto network = quantized::initialized<Net>();
  const Written data{50, Net::input_shape::size, [](std::size_t, float* out) { std::fill_n(out, 64, 0.0f); }};
  network.parameter<"1.shift">()[0][0] = 0;
  network.parameter<"1.running_mean">()[0][0] = network.parameter<"0.bias">()[0][0];
  network.parameter<"1.running_variance">()[0][0] = 1;
  const double alike = decibels(network, data, 64);
  for (const float scale : {1.0f, 100.0f, 1e10f}) {
    network.parameter<"1.running_variance">()[0][0] = 0;  // 316 times as large
    network.parameter<"1.scale">()[0][0] = scale;
    CHECK(decibels(network, data, 64) > alike - 0.5);
  }
  CHECK(alike > 35);
}

TEST_CASE("an output with large weights and small sums is as exact as its inputs") {
  Network<Input<2>, Dense<3>> network;
  const auto weight = network.parameter<"0.weight">();
  weight[0][0] = 100, weight[1][0] = -100, weight[0][1] = 1, weight[1][2] = 0.001f;
  const Written data{200, 2, [](std::size_t sample, float* out) {
                       out[0] = static_cast<float>(sample) / 100 - 1;
                       out[1] = out[0] + (sample % 2 == 0 ? 0.008f : -0.008f);
                     }};
  const auto small = quantize(network, data);
  const Quantization input = small.input_quantization(), output = small.output_quantization();
  CHECK(output.scale < 0.02f);
  for (std::size_t sample = 0; sample < data.size(); ++sample) {
    float x[2];
    data.gather(sample, 0, x);
    const auto found = small({x[0], x[1]});
    const double a = input.real_value(input.int8_value(x[0])), b = input.real_value(input.int8_value(x[1]));
    const double expected[] = {100 * (a - b), a, 0.001 * b};
    for (std::size_t i = 0; i < 3; ++i) {
      const double bounded = std::clamp(expected[i], double(output.real_value(-128)), double(output.real_value(127)));
      CHECK(std::abs(double(found[i]) - bounded) <= 0.51 * double(output.scale));
    }
  }
}

TEST_CASE("the scale of outputs is that of their range alone") {
  using Net = Network<Input<2, 5, 5>, Conv2D<3, 3>, AvgPool2D<2>, Residual<Conv2D<3, 1>>, Flatten, Dense<2>>;
  auto network = quantized::initialized<Net>();
  for (std::size_t i = 0; i < 18; ++i) network.parameter<"0.weight">()[0][i] *= 1e6f;
  std::array<Range, detail::Int8Chain<detail::Deployed<Net>::chain>::observed_tensors> ranges{};
  ranges.fill({-1, 1});
  const Quantized<Net> small{detail::deploy(network), {.scale = 0.02f, .zero_point = 3}, ranges};
  CHECK(small.output_quantization() == quantization_of({-1, 1}));
}

TEST_CASE("means of many elements") {
  const auto check = []<class Net>(const Net& network) {
    constexpr std::size_t in = Net::input_shape::size;
    const Written data{2, in, [](std::size_t sample, float* out) { std::fill_n(out, in, sample == 0 ? 1.0f : 0.25f); }};
    const auto small = std::make_unique<Quantized<Net>>(quantize(network, data));
    const auto workspace = std::make_unique<typename Quantized<Net>::Workspace>();
    for (const float value : {1.0f, 0.25f, 0.5f}) {
      const auto code = static_cast<std::uint8_t>(small->input_quantization().int8_value(value) + 128);
      const std::vector<std::uint8_t> bytes(in, code);
      const auto outputs = small->int8_outputs(std::span<const std::uint8_t, in>{bytes}, *workspace);
      CHECK(std::abs(small->output_quantization().real_value(outputs[0]) - value) < 0.005f);
    }
  };
  check(Network<Input<1, 736, 736>, GlobalAvgPool>{});
  check(Network<Input<1, 900, 800>, GlobalAvgPool>{});
  check(Network<Input<1, 740, 720>, AvgPool2D<720, Stride<20>>>{});
  check(Network<Input<1, 300, 300>, GlobalAvgPool>{});
}

TEST_CASE("huge and tiny numbers") {
  for (const float size : {1e-33f, 1e-20f, 1e-6f, 1e6f, 1e20f, 1e33f}) {
    Network<Input<3>, Dense<4, Relu>, Dense<2>> network = quantized::initialized<decltype(network)>();
    for (std::size_t k = 0; k < 3; ++k)
      for (std::size_t j = 0; j < 4; ++j) network.parameter<"0.weight">()[k][j] *= size;
    for (std::size_t j = 0; j < 4; ++j) network.parameter<"0.bias">()[0][j] *= size;
    for (std::size_t k = 0; k < 4; ++k)
      for (std::size_t j = 0; j < 2; ++j) network.parameter<"1.weight">()[k][j] /= size;
    CAPTURE(size);
    CHECK(decibels(network, quantized::Samples{50, 3}, 0) > 35);
  }
}
