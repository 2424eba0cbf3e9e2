#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cortexpr/quantize/qat/calibration_aware.hpp>
#include <memory>
#include <vector>

#include "../fixtures.hpp"

// Inputs whose columns have unlike ranges, and BatchNorm where it cannot be folded into the layer before it.

using namespace cortexpr;

namespace {

/// Normal deviates, each column with a factor and an offset of its own.
struct Columns {
  std::vector<float> factors, offsets;
  std::size_t elements = 1;  // of a column
  std::size_t steps = 1;     // vectors, one after the other

  std::size_t size() const { return 120; }
  std::size_t sample_size() const { return factors.size() * elements * steps; }
  void gather(std::size_t sample, std::uint64_t, float* out) const {
    laws::fill_normal(std::span{out, sample_size()}, 100 + sample);
    for (std::size_t i = 0; i < sample_size(); ++i) {
      const std::size_t column = i / elements % factors.size();
      out[i] = out[i] * factors[column] + offsets[column];
    }
  }
};

/// Checks that outputs in 8 bits are near those in floating point, and that the quantization-aware network has their bits.
template <class Net>
void check_near(const Net& network, const Columns& data, double steps) {
  const auto small = std::make_unique<Quantized<Net>>(quantize(network, data));
  const auto aware = std::make_unique<QuantizationAware<Net>>(quantization_aware(network, data));
  CHECK(quantize(*aware) == *small);
  double mean = 0, largest = 0;
  std::size_t differences = 0;
  for (std::size_t sample = 0; sample < data.size(); ++sample) {
    typename Net::InputTensor input{};
    data.gather(sample, 0, input.data());
    const auto expected = network(input), found = (*small)(input), faked = (*aware)(input);
    CHECK(small->classify(input) == small->classify(small->bytes_of(input)));
    for (std::size_t i = 0; i < found.size(); ++i) {
      const double error =
          std::abs(double(found[i]) - double(expected[i])) / double(small->output_quantization().scale);
      mean += error / double(found.size() * data.size());
      largest = std::max(largest, error);
      differences += !laws::same_bits(found[i], faked[i]);
    }
  }
  CAPTURE(largest);
  CHECK(mean < steps);
  CHECK(differences == 0);
}

/// A network whose first layer, like a trained one, has weights that fit the ranges of the columns.
template <class Net, detail::FixedString weights = "0.weight", detail::FixedString biases = "0.bias">
Net fitted(const Columns& data) {
  auto network = quantized::initialized<Net>();
  const auto weight = network.template parameter<weights>();
  for (std::size_t k = 0; k < weight.count; ++k)
    for (std::size_t j = 0; j < weight.columns; ++j) {
      weight[k][j] /= data.factors[k];
      network.template parameter<biases>()[0][j] -= weight[k][j] * data.offsets[k];
    }
  return network;
}

using Dense3 = Network<Input<3>, Dense<8, Relu>, Dense<2>>;

}  // namespace

// A vector to Dense has a scale for each element, unless it is long; an image has one for each channel.
static_assert(Quantized<Dense3>::input_integers == 4 + 6);
static_assert(Quantized<Network<Input<300>, Dense<2>>>::input_integers == 4);
static_assert(Quantized<Network<Input<1, 28, 28>, Conv2D<2, 3>>>::input_integers == 4);
static_assert(Quantized<Network<Input<3, 8, 8>, Conv2D<2, 3>>>::input_integers == 4 + 6);
static_assert(Quantized<Network<Input<9, 3>, TimeDistributed<Dense<2>>>>::input_integers == 4 + 6);
static_assert(Quantized<Network<Input<3>, Residual<Dense<3>>>>::input_integers == 4);
static_assert(Quantized<Network<Input<3, 8, 8>, MaxPool2D<2>>>::input_integers == 4);

TEST_CASE("columns of unlike ranges keep their steps") {
  for (const Columns& data : {Columns{{1, 1000, 1e-3f}, {0, 0, 0}}, Columns{{1, 1, 1}, {0, 2000, -300}},
                              Columns{{1e-9f, 1e12f, 1}, {0, 0, 5}}})
    check_near(fitted<Dense3>(data), data, 2);
}

TEST_CASE("a column that is always the same is part of the bias") {
  Columns data{{1, 1e-30f, 1000}, {0, 7, 0}};
  auto network = fitted<Dense3>(Columns{{1, 1, 1000}, {0, 7, 0}});
  check_near(network, data, 2);
}

TEST_CASE("columns of like ranges are taken as they are") {
  const Columns data{{1, 2, 1}, {0, 0.5f, 0}};
  const auto small = quantize(quantized::initialized<Dense3>(), data);
  const float input[] = {0.5f, -0.25f, 1};
  const auto bytes = small.bytes_of({0.5f, -0.25f, 1});
  for (std::size_t i = 0; i < 3; ++i) CHECK(bytes[i] == small.input_quantization().int8_value(input[i]) + 128);
}

TEST_CASE("channels of unlike ranges, with and without padding") {
  const Columns data{{1, 100, 1e-4f}, {0, 0, 0}, 12};
  const auto check = [&]<class Net>(Net network) {
    const auto weight = network.template parameter<"0.weight">();
    for (std::size_t f = 0; f < weight.count; ++f)
      for (std::size_t k = 0; k < weight.columns; ++k) weight[f][k] /= data.factors[k / (weight.columns / 3)];
    check_near(network, data, 2);
  };
  check(quantized::initialized<Network<Input<3, 12>, Conv1D<4, 3, Causal, Relu>>>());
  check(quantized::initialized<Network<Input<3, 4, 3>, Conv2D<4, 2>>>());
}

TEST_CASE("the first layer inside of a layer takes scaled columns, too") {
  const Columns vectors{{1, 1000, 1e-3f}, {0, 50, 0}};
  check_near(
      fitted<Network<Input<3>, Sequential<Dense<8, Relu>, Dense<4>>, Dense<2>>, "0.0.weight", "0.0.bias">(vectors),
      vectors, 2);
  const Columns steps{{1, 1000, 1e-3f}, {0, 50, 0}, 1, 5};
  check_near(fitted<Network<Input<5, 3>, TimeDistributed<Sequential<Dense<8, Relu>>, Dense<4>>, Flatten, Dense<2>>,
                    "0.0.0.weight", "0.0.0.bias">(steps),
             steps, 2);
}

TEST_CASE("BatchNorm first, in the middle, and within layers") {
  const Columns data{{1, 1000, 1e-3f}, {0, 50, 3}};
  using First = Network<Input<3>, BatchNorm<>, Dense<8, Relu>, BatchNorm<>, Dense<2>>;
  auto network = quantized::initialized<First>();
  for (std::size_t i = 0; i < 3; ++i) {
    network.parameter<"0.running_mean">()[0][i] = data.offsets[i];
    network.parameter<"0.running_variance">()[0][i] = data.factors[i] * data.factors[i];
  }
  check_near(network, data, 2);
  const Columns image{{1, 1}, {0, 0}, 36};
  check_near(
      quantized::initialized<Network<Input<2, 6, 6>, BatchNorm<>, Conv2D<3, 3, Same, Relu>, BatchNorm<>,
                                     Residual<BatchNorm<>, Activation<Relu>, Conv2D<3, 3, Same>>, MaxPool2D<2>>>(),
      image, 3);
}
