#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cortexpr/nn/network.hpp>
#include <cortexpr/train/trainer.hpp>
#include <limits>

#include "../../../laws/fixtures.hpp"

using namespace cortexpr;

namespace {

template <class Net>
Net initialized() {
  Net network;
  network.initialize(Seed{1});
  return network;
}

/// The sum and the sum of squares of `count` values.
template <class T>
std::array<double, 2> sums(const T* values, std::size_t count) {
  std::array<double, 2> result{};
  for (std::size_t i = 0; i < count; ++i) {
    result[0] += static_cast<double>(values[i]);
    result[1] += static_cast<double>(values[i] * values[i]);
  }
  return result;
}

/// One step on a batch whose samples are all alike; the network after it.
template <class Net, std::size_t B>
Net after_one_step() {
  Net network = initialized<Net>();
  Trainer trainer{network, MeanSquaredError{}, Sgd{}, batch_size<B>};
  typename decltype(trainer)::template Inputs<B> inputs{};
  typename decltype(trainer)::template Targets<B> targets{};
  for (std::size_t i = 0; i < inputs.size(); ++i) inputs[i] = 3;
  for (std::size_t i = 0; i < targets.size(); ++i) targets[i] = 1;
  CHECK(trainer.step(inputs, targets) == 1);  // the outputs are the shifts, which are 0
  return network;
}

template <class Net>
bool is_finite(const Net& network) {
  for (const auto value : network.block())
    if (!std::isfinite(value)) return false;
  return true;
}

}  // namespace

TEST_CASE("layer normalisation: mean 0 and variance 1 of each row") {
  using Net = Network<Input<3, 50>, LayerNorm<>>;
  Net::InputTensor input{};
  laws::fill_normal(input, 1, 4);
  const auto output = initialized<Net>()(input);
  for (std::size_t row = 0; row < 3; ++row) {
    const auto [sum, squares] = sums(output.data() + row * 50, 50);
    CHECK(std::abs(sum / 50) < 1e-6);
    CHECK(squares / 50 == doctest::Approx(1).epsilon(1e-4));
  }
  Net network = initialized<Net>();
  network.parameter<"0.scale">()[0][7] = 2;
  network.parameter<"0.shift">()[0][7] = -1;
  CHECK(network(input)(2, 7) == doctest::Approx(double{2 * output(2, 7) - 1}));
}

TEST_CASE("RMS normalisation: mean square 1 of each row, and no shift") {
  using Net = Network<Input<3, 50>, RmsNorm<>>;
  static_assert(Net::parameter_count == 50);
  Net::InputTensor input{};
  laws::fill_normal(input, 1, 4);
  const auto output = initialized<Net>()(input);
  for (std::size_t row = 0; row < 3; ++row)
    CHECK(sums(output.data() + row * 50, 50)[1] / 50 == doctest::Approx(1).epsilon(1e-4));
  CHECK(output[1] / output[0] == doctest::Approx(double{input[1] / input[0]}));
}

TEST_CASE("group normalisation: mean 0 and variance 1 of each group") {
  using Net = Network<Input<6, 5, 3>, GroupNorm<2>>;
  Net::InputTensor input{};
  laws::fill_normal(input, 1, 4);
  const auto output = initialized<Net>()(input);
  for (std::size_t group = 0; group < 2; ++group) {
    const auto [sum, squares] = sums(output.data() + group * 45, 45);
    CHECK(std::abs(sum / 45) < 1e-6);
    CHECK(squares / 45 == doctest::Approx(1).epsilon(1e-4));
  }
}

TEST_CASE("normalisation: large means do not cost the variance its digits") {
  using Net = Network<Input<64>, LayerNorm<>>;
  Net::InputTensor input{}, far{};
  for (std::size_t i = 0; i < 64; ++i) {
    input[i] = static_cast<float>(i % 7);
    far[i] = input[i] + 65536;
  }
  const auto near_output = initialized<Net>()(input), far_output = initialized<Net>()(far);
  for (std::size_t i = 0; i < 64; ++i) CHECK(std::abs(near_output[i] - far_output[i]) < 0.02f);
}

TEST_CASE("normalisation: one element, one channel and equal samples give the shift") {
  CHECK(is_finite(after_one_step<Network<Input<1>, LayerNorm<>>, 1>()));
  CHECK(is_finite(after_one_step<Network<Input<3, 1>, LayerNorm<>>, 2>()));
  CHECK(is_finite(after_one_step<Network<Input<1, 1>, GroupNorm<1>>, 1>()));
  CHECK(is_finite(after_one_step<Network<Input<1, 2, 2>, GroupNorm<1>>, 2>()));
  CHECK(is_finite(after_one_step<Network<Input<1>, BatchNorm<>>, 2>()));
  CHECK(is_finite(after_one_step<Network<Input<5>, BatchNorm<>>, 2>()));
  CHECK(is_finite(after_one_step<Network<Input<1, 1>, BatchNorm<>>, 2>()));
  CHECK(is_finite(after_one_step<Network<Input<1, 3, 3>, BatchNorm<>>, 1>()));
  CHECK(is_finite(after_one_step<Network<Input<2, 3>, BatchNorm<>>, 4>()));
  // Its gradient by the shift is 2 (0 - 1): the step goes towards the target.
  const auto network = after_one_step<Network<Input<1>, LayerNorm<>>, 1>();
  CHECK(network.parameter<"0.shift">()[0][0] == doctest::Approx(0.2));
  CHECK(network.parameter<"0.scale">()[0][0] == 1);
}

TEST_CASE("batch normalisation: of channels of one element is that of a vector") {
  using OfVector = Network<Input<21>, BatchNorm<>, Dense<2>>;
  using OfImage = Network<Input<21, 1, 1>, BatchNorm<>, Flatten, Dense<2>>;
  OfVector vector = initialized<OfVector>();
  OfImage image = initialized<OfImage>();
  Trainer on_vectors{vector, MeanSquaredError{}, Sgd{}, batch_size<6>};
  Trainer on_images{image, MeanSquaredError{}, Sgd{}, batch_size<6>};
  Tensor<float, Shape<6, 21>> vectors{};
  Tensor<float, Shape<6, 21, 1, 1>> images{};
  const Tensor<float, Shape<6, 2>> targets{};
  laws::fill_normal(vectors, 1);
  laws::fill_normal(images, 1);
  CHECK(on_vectors.step(vectors, targets) == on_images.step(images, targets));
  CHECK(laws::same_bits(vector.block(), image.block()));
}

TEST_CASE("batch normalisation: what is not a number stays so") {
  using Net = Network<Input<3>, BatchNorm<>>;
  const auto output = initialized<Net>()({{1, std::numeric_limits<float>::quiet_NaN(), 2}});
  CHECK(std::isnan(output[1]));
  CHECK(std::isfinite(output[0]));
}

TEST_CASE("embedding: looks rows up; what is no class is zeros and learns nothing") {
  using Net = Network<Input<6>, Embedding<3, 5>>;
  static_assert(std::is_same_v<Net::output_shape, Shape<6, 5>> && Net::parameter_count == 15 && Net::macs == 0);
  Net network = initialized<Net>();
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const auto output = network({{2, 0, 3, -1, nan, 2}});
  const auto weight = network.parameter<"0.weight">();
  for (std::size_t j = 0; j < 5; ++j) {
    CHECK(output(0, j) == weight[2][j]);
    CHECK(output(1, j) == weight[0][j]);
    for (const std::size_t t : {2u, 3u, 4u}) CHECK(output(t, j) == 0);
    CHECK(output(5, j) == weight[2][j]);
  }

  const Net before = network;
  Net gradient;
  Trainer trainer{network, MeanSquaredError{.sum_over_outputs = true}, Sgd{}, batch_size<2>};
  const Tensor<float, Shape<2, 6>> inputs{{2, 0, 3, -1, nan, 2, 2, -0.5f, 1e30f, 7, 3, 3}};
  Tensor<float, Shape<2, 6, 5>> targets{};
  trainer.forward(inputs);
  trainer.backward(targets, gradient);
  const auto slope = gradient.parameter<"0.weight">();
  for (std::size_t j = 0; j < 5; ++j) {
    CHECK(slope[0][j] == doctest::Approx(double{before.parameter<"0.weight">()[0][j]}));
    CHECK(slope[1][j] == 0);  // never seen
    CHECK(slope[2][j] == doctest::Approx(double{3 * before.parameter<"0.weight">()[2][j]}));
  }
}
