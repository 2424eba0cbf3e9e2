#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cortexpr/quantize/qat/calibration_aware.hpp>
#include <cortexpr/quantize/scheme/tflite_rounding.hpp>
#include <cortexpr/train/losses.hpp>
#include <cortexpr/train/optimizers.hpp>
#include <cortexpr/train/trainer.hpp>
#include <memory>
#include <vector>

#include "../fixtures.hpp"

// The law of fake quantization: the outputs of a quantization-aware network have the bits of the outputs of its integers,
// with each policy of rounding, whatever the sizes of channels.

using namespace cortexpr;

namespace {

/// Another policy: multipliers are floats, halves are rounded to even numbers.
struct HalfEven {
  template <std::size_t Outputs, std::uint8_t least_sum_shift = 0>
  struct Scales {
    float multiplier[Outputs]{};
    std::int32_t zero = 0;
    friend constexpr bool operator==(const Scales&, const Scales&) = default;
    static constexpr bool is_fixed_point = false;
    static constexpr std::uint8_t shift_of_sum(double) { return 0; }
    void set(auto multipliers, std::uint8_t, std::int32_t zero_point) {
      zero = zero_point;
      for (std::size_t i = 0; i < Outputs; ++i) multiplier[i] = static_cast<float>(multipliers(i));
    }
    std::int32_t shifted(std::int32_t sum, std::int32_t bias) const { return sum + bias; }
    std::int32_t rescaled(std::int32_t sum, std::size_t output) const {
      const float number = std::nearbyint(static_cast<float>(sum) * multiplier[output]);
      return static_cast<std::int32_t>(std::fmin(512.0f, std::fmax(-512.0f, number))) + zero;
    }
    static constexpr std::size_t integers = Outputs + 1;
    static void visit_output(auto& scales, std::size_t output, auto action) {
      int bits = std::bit_cast<int>(scales.multiplier[output]);
      action(bits, 0, 0x7f7fffff);
    }
    static void visit_shared(auto&, auto) {}
    static void visit_zero(auto& scales, auto action) { action(scales.zero, -128, 127); }
  };
  template <std::size_t Branches>
  using Merge = detail::FixedPointMerge<Branches>;
};

using OfVectors =
    Network<Input<13>, Dense<16, Relu>, Dense<12, Tanh>, Sequential<Dense<16, Relu6>>, Dense<16>, Activation<Gelu>>;
using OfImages = Network<Input<2, 8, 8>, Conv2D<6, 3, Same, Relu>, MaxPool2D<2>, DepthwiseConv2D<3, Same, Relu6>,
                         Conv2D<4, 3, Groups<2>, Dilation<1>>, AvgPool2D<2, Stride<1>>, GlobalAvgPool>;
using Branched = Network<Input<4, 5, 5>, Residual<DepthwiseConv2D<3, Same, Relu>, Conv2D<4, 1>>,
                         Concat<Identity, Conv2D<3, 1, Sigmoid>>, Residual<Projection<Conv2D<5, 1>>, Conv2D<5, 1>>,
                         Parallel<Identity, Conv2D<5, 1>, Conv2D<5, 3, Same>>>;
using SmallImages = Network<Input<4, 4, 2>, Permute<2, 0, 1>, Residual<Conv2D<2, 3, Same, Relu>>,
                            AvgPool2D<2, Stride<1>>, GlobalAvgPool, Dense<3>>;
using OfSequences = Network<Input<3, 9>, Conv1D<4, 3, Causal, Relu>, MaxPool1D<3>,
                            TimeDistributed<Dense<5, Relu>, Dense<4>>, Flatten, Dense<9>>;

/// Multiplies the weights of every third output by a factor, in every layer, or of all outputs of one layer.
template <class Net>
Net with_factor(float factor, bool one_layer) {
  Net network = quantized::initialized<Net>();
  std::size_t layer = 0;
  detail::for_each_parameter<typename Net::chain>(network.data(), [&]<class Array>(Array, auto rows) {
    if (rows.count == 1) return;
    const bool columns = rows.columns < 20;  // a weight of Dense, or one of few elements: some columns
    for (std::size_t row = 0; row < rows.count; ++row)
      for (std::size_t column = 0; column < rows.columns; ++column)
        if (one_layer ? layer == 1 : (columns ? column : row) % 3 == 1) rows[row][column] *= factor;
    ++layer;
  });
  return network;
}

template <class Aware, class Data>
std::size_t differences(const Aware& aware, const Data& data) {
  const auto small = std::make_unique<decltype(quantize(aware))>(quantize(aware));
  std::size_t result = 0;
  for (std::size_t sample = 0; sample < data.size(); ++sample) {
    typename Aware::InputTensor input{};
    data.gather(sample, 0, input.data());
    const auto expected = (*small)(input), found = aware(input);
    for (std::size_t i = 0; i < found.size(); ++i) result += !laws::same_bits(found[i], expected[i]);
  }
  return result;
}

template <class Net, class Rounding>
void check_law() {
  using Aware = QuantizationAware<Net, Rounding>;
  const quantized::Samples samples{60, Net::input_shape::size};
  const auto check = [&](const Net& network) {
    const auto aware = std::make_unique<Aware>(quantization_aware<Rounding>(network, samples));
    CHECK(differences(*aware, samples) == 0);
    return aware->template parameter<"0.quantization">()[0][0];
  };
  for (const float factor : {1.0f, 0.0f, 1e3f, 1e-3f, 1e9f, 1e-9f, -1e5f})
    for (const bool one_layer : {false, true}) {
      CAPTURE(factor);
      CAPTURE(one_layer);
      check(with_factor<Net>(factor, one_layer));
    }
}

}  // namespace

TEST_CASE_TEMPLATE("fake quantization rounds as the integers do", Net, OfVectors, OfImages, Branched, OfSequences) {
  check_law<Net, rounding::HalfUp>();
}
TEST_CASE_TEMPLATE("and with another policy", Net, OfVectors, Branched) { check_law<Net, HalfEven>(); }
TEST_CASE_TEMPLATE("and with those of LiteRT", Rounding, rounding::xnnpack, rounding::tflite_reference) {
  check_law<SmallImages, Rounding>();
}

TEST_CASE_TEMPLATE("training: the forward pass has the bits of the integers, and the law holds after it", Net,
                   OfVectors, OfImages) {
  using Aware = QuantizationAware<Net>;
  constexpr std::size_t batch = 8, in = Net::input_shape::size, out = Net::output_shape::size;
  const quantized::Samples samples{64, in};
  const auto aware = std::make_unique<Aware>(quantization_aware(with_factor<Net>(0.0f, false), samples));
  const auto trainer = std::make_unique<Trainer<Aware, MeanSquaredError, Adam<>, batch>>(
      *aware, MeanSquaredError{}, Adam<>{.learning_rate = 0.01f});
  using TrainerType = typename decltype(trainer)::element_type;
  for (std::size_t step = 0; step < 3; ++step) {
    typename TrainerType::template Inputs<batch> inputs{};
    typename TrainerType::template Targets<batch> targets{};
    for (std::size_t i = 0; i < batch; ++i) samples.gather(step * batch + i, 0, inputs.data() + i * in);
    laws::fill_normal(targets, step);
    const auto small = std::make_unique<Quantized<Net>>(quantize(*aware));
    const auto outputs = trainer->forward(inputs);
    for (std::size_t i = 0; i < batch; ++i) {
      typename Net::InputTensor input{};
      samples.gather(step * batch + i, 0, input.data());
      const auto expected = (*small)(input);
      for (std::size_t j = 0; j < out; ++j) CHECK(laws::same_bits(outputs[i][j], expected[j]));
    }
    (void)trainer->step(inputs, targets);
    CHECK(differences(*aware, samples) == 0);
  }
}

TEST_CASE("a layer that is always 0 has a range, so that what it gives elsewhere is clamped as in 8 bits") {
  using Net = Network<Input<3>, Dense<4, Relu>, Dense<2>>;
  auto network = quantized::initialized<Net>();
  for (std::size_t j = 0; j < 4; ++j) network.parameter<"0.bias">()[0][j] = -100;
  const auto aware = quantization_aware(network, quantized::Samples{50, 3});
  CHECK(differences(aware, quantized::Samples{50, 3}) == 0);
  auto alive = aware;
  for (std::size_t j = 0; j < 4; ++j) alive.parameter<"1.bias">()[0][j] = 1;
  CHECK(differences(alive, quantized::Samples{50, 3}) == 0);
}

namespace {

/// Images whose lower half has the numbers of the upper half, but for one: sums of differences are small, parts of them huge.
struct Mirrored : quantized::Samples {
  void gather(std::size_t sample, std::uint64_t epoch, float* out) const {
    Samples::gather(sample, epoch, out);
    for (std::size_t i = 0; i < values / 2; ++i)
      if (i != sample) out[values / 2 + i] = out[i];
  }
};

}  // namespace

TEST_CASE("convolutions of so many elements that floats do not hold all sums") {
  using Net = Network<Input<1, 40, 40>, Conv2D<2, 40>>;
  const Mirrored samples{{60, 1600, 20.0f}};
  auto network = quantized::initialized<Net>();
  const auto check = [&] {
    const auto aware = quantization_aware(network, samples);
    CHECK(differences(aware, samples) == 0);
  };
  check();
  for (std::size_t filter = 0; filter < 2; ++filter) {
    network.parameter<"0.bias">()[0][filter] = 0;
    for (std::size_t i = 0; i < 1600; ++i)
      network.parameter<"0.weight">()[filter][i] = i / 800 == filter ? 1.0f : -1.0f;
  }
  check();
}
