#include <doctest/doctest.h>

#include <cortexpr/nn/handle.hpp>
#include <cortexpr/quantize/calibrate/calibration.hpp>
#include <cortexpr/train/metrics.hpp>
#include <memory>
#include <vector>

#include "../fixtures.hpp"

using namespace cortexpr;

namespace {

/// A network with each of the 8-bit layers.
using Net = Network<Input<1, 9, 8>, Conv2D<4, 3, Same>, BatchNorm<>, Activation<Relu>, MaxPool2D<2, Stride<2>>,
                    Residual<DepthwiseConv2D<3, Same, Relu6>, Conv2D<4, 1>>, Concat<Identity, Conv2D<3, 2, Same, Tanh>>,
                    AvgPool2D<2>, Parallel<Identity, Conv2D<7, 1>>, Dropout<0.1f>, Flatten, Dense<5, Relu>, Dense<3>>;
using Small = Quantized<Net>;

constexpr Small calibrated_in_the_compiler() {
  Net network;
  network.initialize(Seed{3});
  std::array<Range, detail::Int8Chain<detail::Deployed<Net>::chain>::observed_tensors> ranges{};
  for (std::size_t i = 0; i < ranges.size(); ++i) ranges[i] = {-1 - 0.1f * static_cast<float>(i), 2};
  return Small{detail::deploy(network), {.scale = 0.02f, .zero_point = -7}, ranges};
}
constexpr Small in_compiler = calibrated_in_the_compiler();

constexpr Tensor<std::uint8_t, Net::input_shape> some_bytes(std::uint64_t stream) {
  Tensor<std::uint8_t, Net::input_shape> bytes{};
  laws::fill_labels(bytes, stream, 256);
  return bytes;
}

/// With labels, so that there is something to evaluate.
struct Labelled : quantized::Samples {
  std::uint32_t label(std::size_t sample) const { return static_cast<std::uint32_t>(sample % 3); }
  std::size_t class_count() const { return 3; }
};

}  // namespace

TEST_CASE("a quantized network in the compiler has the bits of one at run time") {
  const auto at_run_time = std::make_unique<Small>(laws::at_run_time(calibrated_in_the_compiler));
  CHECK(*at_run_time == in_compiler);
  constexpr auto values = in_compiler.int8_outputs(some_bytes(1));
  CHECK(at_run_time->int8_outputs(some_bytes(1)) == values);
  CHECK(values[0] != values[1]);
  constexpr auto other = in_compiler.int8_outputs(some_bytes(2));
  CHECK(at_run_time->int8_outputs(some_bytes(2)) == other);
  CHECK_FALSE(values == other);
}

TEST_CASE("a handle has what its quantized network has") {
  const Handle<Small> handle = make_network<Small>();
  *handle = in_compiler;
  Net::InputTensor input{};
  laws::fill_normal(input, 4);
  CHECK(handle(input) == in_compiler(input));
  CHECK(handle.classify(input) == in_compiler.classify(input));
  CHECK(handle.classify(some_bytes(1)) == in_compiler.classify(some_bytes(1)));
  Small::Workspace workspace;
  CHECK(handle(input, workspace) == in_compiler(input));
}

TEST_CASE("real numbers, int8 values and batches agree") {
  const auto small = std::make_unique<Small>(in_compiler);
  constexpr std::size_t samples = 5;
  std::vector<float> inputs(samples * Net::input_shape::size), outputs(samples * 3);
  laws::fill_normal(inputs, 4);
  CHECK((*small)(inputs, outputs) == samples);
  CHECK((*small)(std::span<const float>{inputs}.first(71), outputs) == 0);
  Small::Workspace workspace;
  for (std::size_t sample = 0; sample < samples; ++sample) {
    Net::InputTensor input{};
    Tensor<std::uint8_t, Net::input_shape> bytes{};
    for (std::size_t i = 0; i < input.size(); ++i) {
      input[i] = inputs[sample * input.size() + i];
      bytes[i] = static_cast<std::uint8_t>(small->input_quantization().int8_value(input[i]) + 128);
    }
    const auto output = (*small)(input);
    const auto values = small->int8_outputs(bytes);
    const auto in_place = small->int8_outputs(bytes, workspace);
    for (std::size_t i = 0; i < output.size(); ++i) {
      CHECK(output[i] == outputs[sample * 3 + i]);
      CHECK(output[i] == small->output_quantization().real_value(values[i]));
      CHECK(in_place[i] == values[i]);
    }
    CHECK(small->classify(input) == small->classify(bytes));
    CHECK(small->classify(bytes, workspace) == small->classify(bytes));
  }
}

TEST_CASE("the integers that a quantized network is stored as are all of it") {
  std::vector<int> stored;
  for_each_serialized(in_compiler, [&](int integer) { stored.push_back(integer); });
  CHECK(stored.size() == Small::integers);
  const auto restored = std::make_unique<Small>();
  CHECK_FALSE(*restored == in_compiler);
  std::size_t position = 0;
  restored->visit([&](auto& to, std::int32_t lowest, std::int32_t highest) {
    CHECK(stored[position] >= lowest);
    CHECK(stored[position] <= highest);
    to = static_cast<std::remove_reference_t<decltype(to)>>(stored[position++]);
  });
  CHECK(*restored == in_compiler);
}

TEST_CASE("evaluate takes quantized networks") {
  const Labelled data{{60, Net::input_shape::size}};
  const auto small = std::make_unique<Small>(quantize(quantized::initialized<Net>(), data));
  std::size_t right = 0;
  for (std::size_t sample = 0; sample < data.size(); ++sample) {
    Net::InputTensor input{};
    data.gather(sample, 0, input.data());
    right += small->classify(input) == data.label(sample);
  }
  const Metrics metrics = evaluate(*small, data);
  CHECK(metrics.accuracy == static_cast<double>(right) / 60);
  CHECK(metrics.loss > 0);
}

// The topology of the API tour: what must be RAM when the weights are flash.
using Classifier = Network<Input<784>, Dense<89, Tanh, GlorotNormal>, Dropout<0.2f>, Dense<10>>;
static_assert(memory<Quantized<Classifier>>::activation_bytes <= 1024 + (simd::Int8<89, 784>::expands ? 2 * 784 : 0));
static_assert(memory<Quantized<Classifier>>::parameter_bytes >= 784 * 89 + 89 * 10);
static_assert(memory<Quantized<Classifier>>::parameter_bytes <= 784 * 96 + 89 * 16 + 9 * 99 + 256 + 256);
static_assert(memory<Quantized<Classifier>>::peak_bytes ==
              sizeof(Quantized<Classifier>) + sizeof(Quantized<Classifier>::Workspace));
