#include <doctest/doctest.h>

#include <cmath>
#include <cortexpr/nn/network.hpp>
#include <cortexpr/train/trainer.hpp>
#include <limits>
#include <span>
#include <string>

using namespace cortexpr;

namespace {

using Net = Network<Input<2>, Dense<3, Tanh>, LayerNorm<>, Sequential<Dense<2>>>;

/// A network of ones after one step on targets that equal its outputs, so that only the decay moves it.
template <std::size_t Part, class Optimizer>
Net decayed(const Optimizer& optimizer) {
  Net network;
  for (float& value : network.block()) value = 0;
  detail::for_each_parameter<Net::chain>(network.data(), [](auto, auto rows) {
    for (std::size_t row = 0; row < rows.count; ++row)
      for (std::size_t column = 0; column < rows.columns; ++column) rows[row][column] = 1;
  });
  Trainer<Net, MeanSquaredError, Optimizer, 2, Part> trainer{network, MeanSquaredError{}, optimizer};
  const Tensor<float, Shape<2, 2>> inputs{{1, 2, 3, 4}};
  Tensor<float, Shape<2, 2>> targets{};
  network(std::span<const float>{inputs.values}, std::span<float>{targets.values});
  trainer.step(inputs, targets);
  return network;
}

template <std::size_t Part, class Optimizer>
void check_decay(const Optimizer& optimizer, float of_matrices, float of_vectors) {
  const Net network = decayed<Part>(optimizer);
  CHECK(network.parameter<"0.weight">()[1][2] == doctest::Approx(of_matrices));
  CHECK(network.parameter<"2.0.weight">()[1][1] == doctest::Approx(of_matrices));
  CHECK(network.parameter<"0.bias">()[0][2] == doctest::Approx(of_vectors));
  CHECK(network.parameter<"1.scale">()[0][2] == doctest::Approx(of_vectors));
  CHECK(network.parameter<"1.shift">()[0][0] == doctest::Approx(of_vectors));
  CHECK(network.parameter<"2.0.bias">()[0][1] == doctest::Approx(of_vectors));
}

}  // namespace

TEST_CASE("weight decay: AdamW decays matrices, and each optimizer what it is told to") {
  const float left = 1 - 0.1f * 0.5f;
  const auto check = [&](auto optimizer, float of_vectors) {
    optimizer.learning_rate = 0.1f;
    optimizer.weight_decay = 0.5f;
    check_decay<2>(optimizer, left, of_vectors);
    check_decay<1>(optimizer, left, of_vectors);
  };
  check(AdamW{}, 1);
  check(AdamW{.decays = Decays::all}, left);
  check(Sgd{}, left);
  check(Sgd{.decays = Decays::matrices}, 1);
  check(Sgd<float, float>{.clip_norm = 1, .decays = Decays::matrices}, 1);
  check(Momentum{.decays = Decays::matrices}, 1);
  check(ClipValue{Sgd{.decays = Decays::matrices}, 0.1f}, 1);
}

TEST_CASE("weight decay: the biases of recurrent layers are no matrices") {
  Network<Input<2, 2>, Gru<3>> network;
  detail::for_each_parameter<decltype(network)::chain>(network.data(), []<class Array>(Array, auto rows) {
    CHECK(rows.count > 1);
    CHECK(Array::is_vector == (std::string{Array::name.text}.find("bias") != std::string::npos));
  });
}

TEST_CASE("ClipValue limits each element of the gradient, before momentum, and keeps a NaN") {
  // One weight of a linear network: y = w x with x = 1, target 0, so the gradient of the squared error is 2 w.
  Network<Input<1>, Dense<1>> network;
  network.parameter<"0.weight">()[0][0] = 3;
  Trainer trainer{network, MeanSquaredError{}, ClipValue{Momentum{.learning_rate = 0.5f, .momentum = 0.5f}, 2.0f},
                  batch_size<1>};
  const Tensor<float, Shape<1, 1>> one{{1}}, zero{{0}};
  trainer.step(one, zero);  // gradients 6 of weight and bias become 2; both fall by 1
  CHECK(network.parameter<"0.weight">()[0][0] == 2);
  CHECK(network.parameter<"0.bias">()[0][0] == -1);
  trainer.step(one, zero);  // the output is 1, the gradients are 2; the velocity is 0.5 + 1
  CHECK(network.parameter<"0.weight">()[0][0] == 0.5f);

  float parameter = 1, gradient = std::numeric_limits<float>::quiet_NaN();
  using One = simd::Pack<float, 1>;
  One p = One::broadcast(parameter);
  ClipValue{Sgd{}, 1.0f}.rule<float>(0.1f, 1)(p, One::broadcast(gradient), static_cast<One*>(nullptr));
  CHECK(std::isnan(p.value));
}
