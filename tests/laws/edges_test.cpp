#include <doctest/doctest.h>

#include <cmath>
#include <cortexpr/nn/layers/attention/transformer_block.hpp>
#include <cortexpr/nn/network.hpp>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "fixtures.hpp"

// Infinities, subnormal numbers and what is not a number pass through layers as IEEE 754 says, on all backends alike.

using namespace cortexpr;

namespace {

using Limits = std::numeric_limits<float>;

/// Outputs of a network whose input is 0.5 but for one element.
template <class Net, class Simd>
std::vector<float> outputs_of(std::size_t position, float value) {
  const auto network = std::make_unique<Net>();
  network->initialize(Seed{3});
  std::vector<float> input(Net::input_shape::size, 0.5f);
  input[position] = value;
  alignas(64) static float arena[detail::InferencePlan<typename Net::chain, 1>::arena.elements + 1];
  const auto output = detail::infer<typename Net::chain, detail::Mode::batch, 1>(Simd{}, std::as_const(*network).data(),
                                                                                 input.data(), 1, arena);
  return {output[0], output[0] + output.columns};
}

bool same(const std::vector<float>& a, const std::vector<float>& b) {
  for (std::size_t i = 0; i < a.size(); ++i)
    if (!laws::same_bits(a[i], b[i]) && !(std::isnan(a[i]) && std::isnan(b[i]))) return false;
  return a.size() == b.size();
}

bool has_nan(const std::vector<float>& values) {
  for (const float value : values)
    if (std::isnan(value)) return true;
  return false;
}

}  // namespace

TEST_CASE_TEMPLATE("what is no ordinary number passes all backends alike, and what is none is not lost", Net,
                   Network<Input<19>, Dense<17, Relu>, Dense<3, Gelu>>, Network<Input<19>, Activation<Relu>>,
                   Network<Input<19>, Activation<Softmax>>, Network<Input<19>, Activation<Elu>>,
                   Network<Input<19>, Activation<HardSigmoid>>, Network<Input<19>, Activation<Relu6>>,
                   Network<Input<2, 5, 4>, Conv2D<3, 3, Same>>, Network<Input<2, 5, 4>, DepthwiseConv2D<3, Tanh>>,
                   Network<Input<2, 5, 4>, TransposedConv2D<3, 2, Stride<2>>>, Network<Input<2, 4, 4>, MaxPool2D<2>>,
                   Network<Input<2, 4, 4>, AvgPool2D<2>>, Network<Input<2, 4, 4>, GlobalAvgPool>,
                   Network<Input<2, 9>, Conv1D<3, 3, Causal>>, Network<Input<19>, LayerNorm<>>,
                   Network<Input<19>, RmsNorm<>>, Network<Input<19>, BatchNorm<>>, Network<Input<4, 5>, GroupNorm<2>>,
                   Network<Input<3, 5>, Gru<7>>, Network<Input<3, 5>, Lstm<7>>, Network<Input<3, 5>, SimpleRnn<7>>,
                   Network<Input<3, 6>, MultiHeadAttention<2>>, Network<Input<5>, Residual<Dense<5, Tanh>>>,
                   Network<Input<2, 3, 4>, Permute<2, 0, 1>, Upsample2D<2>, ZeroPad2D<1>, Flatten>) {
  for (const std::size_t position : {std::size_t{0}, Net::input_shape::size / 2, Net::input_shape::size - 1})
    for (const float value : {Limits::infinity(), -Limits::infinity(), Limits::quiet_NaN(), Limits::denorm_min(),
                              -Limits::min() / 2, Limits::max(), -0.0f}) {
      CAPTURE(position);
      CAPTURE(value);
      const auto on_packs = outputs_of<Net, simd::Native>(position, value);
      CHECK(same(on_packs, outputs_of<Net, simd::ConstantEvaluated>(position, value)));
      if (std::isnan(value)) CHECK(has_nan(on_packs));
    }
}

TEST_CASE_TEMPLATE("layers that move or choose elements keep their bits", Net, Network<Input<1, 1, 1>, Flatten>,
                   Network<Input<1, 1, 1>, Upsample2D<2>>, Network<Input<1, 1, 1>, MaxPool2D<1>>,
                   Network<Input<1, 1, 1>, Permute<2, 1, 0>>, Network<Input<1, 1, 1>, Dropout<0.5f>>,
                   Network<Input<1>, Residual<Sequential<Activation<Relu>, Activation<LeakyRelu<0.0f>>>>>) {
  for (const float value : {Limits::infinity(), Limits::denorm_min(), Limits::max() / 2, Limits::min() / 2}) {
    const float expected = Net::input_shape::rank == 1 ? 2 * value : value;  // Residual adds it to itself
    for (const float output : outputs_of<Net, simd::Native>(0, value)) CHECK(laws::same_bits(output, expected));
  }
}
