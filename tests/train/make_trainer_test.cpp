#include <doctest/doctest.h>

#include <array>
#include <cortexpr/train/fit.hpp>
#include <cortexpr/train/make_trainer.hpp>
#include <memory>
#include <utility>

#include "../laws/fixtures.hpp"

// Where the state of a trainer lies changes no bit.

using namespace cortexpr;
using laws::same_bits;

namespace {

using Net = Network<Input<6>, Dense<8>, BatchNorm<>, Activation<Tanh>, Dropout<0.2f>, Dense<3>>;
constexpr std::size_t batch = 12;
constexpr std::array<std::uint8_t, batch> labels = {0, 1, 2, 0, 1, 2, 2, 1, 0, 1, 2, 0};

constexpr auto in_place = [](auto& network, auto optimizer, auto size) {
  return Trainer{network, SoftmaxCrossEntropy{}, optimizer, size};
};
constexpr auto on_heap = [](auto& network, auto optimizer, auto size) {
  return make_trainer(network, SoftmaxCrossEntropy{}, optimizer, size);
};

/// A network after steps of a trainer, of a copy of it, and of one that it was moved to.
template <class Make, class Optimizer, class Size>
Net trained(Make make, Optimizer optimizer, Size size) {
  Net network;
  network.initialize(Seed{1});
  Tensor<float, Shape<batch, 6>> inputs{};
  laws::fill_normal(inputs, 1);
  auto trainer = make(network, optimizer, size);
  for (int step = 0; step < 3; ++step) trainer.step(inputs, labels);
  auto copy = trainer;
  for (int step = 0; step < 2; ++step) copy.step(inputs, labels);
  auto moved = std::move(copy);
  for (int step = 0; step < 2; ++step) moved.step(inputs, labels);
  trainer = moved;
  trainer.step(inputs, labels);
  copy = std::move(trainer);
  copy.step(inputs, labels);
  return network;
}

template <class Optimizer, class Size>
void check(Optimizer optimizer, Size size) {
  CHECK(same_bits(trained(in_place, optimizer, size).block(), trained(on_heap, optimizer, size).block()));
}

constexpr float after_one_step(auto make) {
  Network<Input<2>, Dense<2>> network;
  network.initialize(Seed{1});
  auto trainer = make(network, Adam{.learning_rate = 0.1f}, batch_size<2>);
  trainer.step({{1, 2, 3, -1}}, std::array{0, 1});
  return network.block()[0];
}

}  // namespace

static_assert(after_one_step(in_place) == after_one_step(on_heap));

TEST_CASE("make_trainer: the bits of Trainer, of its copies, and of what it is moved to") {
  check(Sgd{}, batch_size<batch>);
  check(Momentum{}, batch_size<batch, 4>);
  check(AdamW{.clip_norm = 1.0f}, batch_size<batch, 6>);
}

TEST_CASE("make_trainer: handles, and a trainer that is returned") {
  auto network = make_network<Net>();
  network.initialize(Seed{1});
  auto trainer = on_heap(network, Adam{}, batch_size<batch>);
  const auto& constant = network;
  auto of_constant = on_heap(constant, Adam{}, batch_size<batch>);
  CHECK(&trainer.network() == &*network);
  CHECK(&of_constant.network() == &*network);
  CHECK(sizeof(trainer) < 1024);
}

TEST_CASE("Trainer: a large state is allocated at the first step, not before") {
  using Wide = Network<Input<4>, Dense<2000>, Dense<2>>;
  const auto network = std::make_unique<Wide>();
  network->initialize(Seed{1});
  Trainer trainer{*network, MeanSquaredError{}, Adam{}, batch_size<16>};
  static_assert(memory<Wide, 16, Adam<>>::training_bytes > stack_limit && sizeof(trainer) < 1024);
  const Tensor<float, Shape<16, 4>> inputs{{1, 2, 3}};
  const Tensor<float, Shape<16, 2>> targets{{4, 5}};
  const float first = trainer.step(inputs, targets);
  CHECK(trainer.step(inputs, targets) < first);
}
