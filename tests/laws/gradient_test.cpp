#include "gradient.hpp"

#include <doctest/doctest.h>

#include <cortexpr/nn/network.hpp>
#include <span>

using namespace cortexpr;
using laws::layer_gradient_error;
using laws::loss_gradient_error;

constexpr double tolerance = 1e-6;

// Weights are drawn so wide that what activations are given lies on both sides of all their kinks.
TEST_CASE_TEMPLATE("a gradient is what central differences find: activations, in Dense and as layers", AnyOne, Linear,
                   Sigmoid, Tanh, Relu, LeakyRelu<>, LeakyRelu<0.2f>, Relu6, Elu, Selu, Gelu, Silu, HardSigmoid,
                   HardSwish, Softplus, Mish, Softmax) {
  CHECK(layer_gradient_error<Input<5>, Dense<6, AnyOne, Normal<1.5f>>, Activation<AnyOne>>() <= tolerance);
}

TEST_CASE("a gradient is what central differences find: layers") {
  CHECK(layer_gradient_error<Input<1>, Dense<1>, Dense<1>>() <= tolerance);
  CHECK(layer_gradient_error<Input<37>, Dense<16, Tanh>, Dense<20, Sigmoid>, Dense<33, Gelu>, Dense<2>>() <= tolerance);
  CHECK(layer_gradient_error<Input<4>, Activation<Silu>, Dense<9, Softmax>, Activation<Gelu>, Dense<3>>() <= tolerance);
  CHECK(layer_gradient_error<Input<6>, Dropout<0.4f>, Dense<19, Tanh>, Dropout<0.1f>, Activation<Gelu>, Dropout<0.2f>,
                             Dense<3>, Dropout<0.3f>>() <= tolerance);
  CHECK(layer_gradient_error<Input<2, 1, 3>, Activation<Mish>, Dropout<0.2f>, Flatten, Dense<4, Silu>, Flatten,
                             Dense<3>, Flatten>() <= tolerance);
}

TEST_CASE("a gradient is what central differences find: recurrent layers") {
  CHECK(layer_gradient_error<Input<2, 1>, Gru<1>, Dense<1>>() <= tolerance);
  CHECK(layer_gradient_error<Input<4, 2>, SimpleRnn<3, Gelu, ReturnSequences>, SimpleRnn<5>, Dense<2>>() <= tolerance);
  CHECK(layer_gradient_error<Input<4, 2>, Gru<3, ReturnSequences>, Gru<10>, Dense<2>>() <= tolerance);
  CHECK(layer_gradient_error<Input<4, 2>, Gru<9, ResetBefore, ReturnSequences>, Gru<3, ResetBefore>, Dense<2>>() <=
        tolerance);
  CHECK(layer_gradient_error<Input<4, 2>, Lstm<3, ReturnSequences>, Lstm<10>, Dense<2>>() <= tolerance);
  CHECK(layer_gradient_error<Input<2, 34>, Lstm<2, ReturnSequences>, Gru<33, ReturnSequences>, Flatten, Dense<1>>() <=
        tolerance);
}

namespace {

constexpr auto normal(std::uint64_t stream) {
  return [stream](std::size_t sample, auto values) { laws::fill_normal(values, stream + sample, 2); };
}
constexpr auto probabilities(std::uint64_t stream) {
  return [stream](std::size_t sample, auto values) { laws::fill_probabilities(values, stream + sample); };
}
/// Probabilities that add up to 1.
constexpr auto distribution(std::uint64_t stream) {
  return [stream](std::size_t sample, auto values) {
    laws::fill_probabilities(values, stream + sample);
    double sum = 0;
    for (const double value : values) sum += value;
    for (double& value : values) value /= sum;
  };
}

}  // namespace

TEST_CASE_TEMPLATE("a gradient is what central differences find: losses", Width, Shape<1>, Shape<3>, Shape<21>) {
  const auto error = [](auto loss, auto output, auto target) {
    return loss_gradient_error<Width::size>(loss, 5, [&](std::size_t sample, auto outputs, auto targets) {
      output(sample, outputs);
      target(sample, targets);
    });
  };
  CHECK(error(MeanSquaredError{}, normal(0), normal(10)) <= tolerance);
  CHECK(error(MeanSquaredError{.sum_over_outputs = true}, normal(0), normal(10)) <= tolerance);
  CHECK(error(MeanAbsoluteError{}, normal(0), normal(10)) <= tolerance);
  CHECK(error(Huber{}, normal(0), normal(10)) <= tolerance);
  CHECK(error(Huber{.delta = 3}, normal(0), normal(10)) <= tolerance);
  CHECK(error(BinaryCrossEntropy{}, probabilities(0), probabilities(10)) <= tolerance);
  CHECK(error(BinaryCrossEntropy{.from_logits = true}, normal(0), probabilities(10)) <= tolerance);
  CHECK(error(KullbackLeibler{}, probabilities(0), distribution(10)) <= tolerance);
  if constexpr (Width::size > 1) {  // of one class the softmax is 1 whatever the logits
    CHECK(error(SoftmaxCrossEntropy{}, normal(0), distribution(10)) <= tolerance);
    CHECK(error(SoftmaxCrossEntropy{.label_smoothing = 0.1f}, normal(0), distribution(10)) <= tolerance);
  }
}
