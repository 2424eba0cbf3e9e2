#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cortexpr/nn/network.hpp>
#include <cortexpr/train/trainer.hpp>
#include <memory>
#include <span>

#include "fixtures.hpp"

// Whatever way a step of training is taken, the parameters get the same bits.

using namespace cortexpr;
using laws::same_bits;

namespace {

using Net = Network<Input<7>, Dense<33, Tanh>, Dropout<0.25f>, Dense<3>>;
constexpr std::size_t batch = 12;
constexpr int steps = 4;

struct Batch {
  Tensor<float, Shape<batch, 7>> inputs;
  std::array<std::uint8_t, batch> labels;
  Tensor<float, Shape<batch, 3>> targets;
};
Batch make_batch(int step) {
  Batch result{};
  laws::fill_normal(result.inputs, static_cast<std::uint64_t>(step));
  for (std::size_t i = 0; i < batch; ++i) {
    result.labels[i] = static_cast<std::uint8_t>((i * i + static_cast<std::size_t>(step)) % 3);
    result.targets(i, result.labels[i]) = 1;
  }
  return result;
}

Net untrained() {
  Net network;
  network.initialize(Seed{1});
  return network;
}

/// The network and the losses of its steps, where step(trainer, batch) takes one.
struct Result {
  Net network = untrained();
  std::array<float, steps> losses{};
  bool operator==(const Result& other) const {
    return same_bits(network.block(), other.network.block()) && same_bits(losses, other.losses);
  }
};
template <std::size_t Part = batch, class Optimizer, class Step>
Result run(Optimizer optimizer, Step step) {
  Result result;
  const auto trainer = std::make_unique<Trainer<Net, SoftmaxCrossEntropy, Optimizer, batch, Part>>(
      result.network, SoftmaxCrossEntropy{}, optimizer, batch_size<batch, Part>);
  trainer->plan(2, 2, Seed{9});
  for (int i = 0; i < steps; ++i) result.losses[static_cast<std::size_t>(i)] = step(*trainer, make_batch(i));
  return result;
}

constexpr auto by_step = [](auto& trainer, const Batch& data) { return trainer.step(data.inputs, data.labels); };
constexpr auto by_step_on_targets = [](auto& trainer, const Batch& data) {
  return trainer.step(data.inputs, data.targets);
};
constexpr auto by_hand = [](auto& trainer, const Batch& data) {
  Net gradient;
  trainer.forward(data.inputs);
  const float loss = trainer.backward(data.labels, gradient);
  trainer.update(gradient);
  return loss;
};

/// The same optimizer, with a limit on the gradient's norm.
template <template <class, class> class Optimizer, class Rate>
Optimizer<Rate, float> clipped(const Optimizer<Rate, NoClipping>& from, float norm) {
  Optimizer<Rate, float> to{};
  to.learning_rate = from.learning_rate;
  to.clip_norm = norm;
  to.weight_decay = from.weight_decay;
  if constexpr (requires { to.nesterov; }) to.nesterov = from.nesterov;
  return to;
}

// No lambda: that would be constexpr, and the compiler would train to initialise a constant.
template <std::size_t Part, class AnyNet>
AnyNet trained_in_parts_of() {
  AnyNet network;
  network.initialize(Seed{1});
  Trainer trainer{network, SoftmaxCrossEntropy{}, Momentum{}, batch_size<batch, Part>};
  for (int i = 0; i < steps; ++i) {
    const Batch data = make_batch(i);
    typename decltype(trainer)::template Inputs<batch> inputs{};
    std::copy_n(data.inputs.data(), inputs.size(), inputs.data());
    trainer.step(inputs, data.labels);
  }
  return network;
}

}  // namespace

TEST_CASE_TEMPLATE("a step fused with its update is forward, backward and update; a huge clip_norm changes nothing",
                   Optimizer, Sgd<>, Momentum<>, AdaGrad<>, RmsProp<>, Adam<>, AdamW<>, Sgd<CosineDecay>) {
  Optimizer optimizer{};
  optimizer.weight_decay = 0.01f;
  const Result fused = run(optimizer, by_step);
  CHECK(fused == run(optimizer, by_step_on_targets));
  CHECK(fused == run(optimizer, by_hand));
  CHECK(fused == run(clipped(optimizer, 1e30f), by_step));
  CHECK_FALSE(fused == run(clipped(optimizer, 0.01f), by_step));
}

TEST_CASE("Nesterov's momentum: the same, and not plain momentum") {
  const Momentum optimizer{.nesterov = true};
  const Result fused = run(optimizer, by_step);
  CHECK(fused == run(optimizer, by_hand));
  CHECK_FALSE(fused == run(Momentum{}, by_step));
}

TEST_CASE("batch_size<B, Part> is batch_size<B>, losses and masks of dropout included") {
  const Result whole = run(Momentum{}, by_step);
  CHECK(whole == run<1>(Momentum{}, by_step));
  CHECK(whole == run<4>(Momentum{}, by_step));
  CHECK(whole == run<6>(Momentum{}, by_step));
  CHECK(run(clipped(Adam{}, 0.1f), by_step) == run<4>(clipped(Adam{}, 0.1f), by_step));
}

TEST_CASE_TEMPLATE("batch_size<B, Part> is batch_size<B>: recurrent layers", Recurrent,
                   Network<Input<7, 1>, SimpleRnn<18>, Dense<3>>, Network<Input<7, 1>, Gru<9, ReturnSequences>, Gru<3>>,
                   Network<Input<7, 1>, Gru<9, ResetBefore>>, Network<Input<7, 1>, Lstm<9, ReturnSequences>, Lstm<3>>,
                   Network<Input<1, 7>, Gru<34>, Dense<3>>) {
  const Recurrent whole = trained_in_parts_of<batch, Recurrent>();
  CHECK(same_bits(trained_in_parts_of<1, Recurrent>().block(), whole.block()));
  CHECK(same_bits(trained_in_parts_of<3, Recurrent>().block(), whole.block()));
  CHECK(same_bits(trained_in_parts_of<6, Recurrent>().block(), whole.block()));
}

TEST_CASE("a batch with fewer labels is a smaller batch") {
  const auto partly = [](std::size_t samples) {
    return [samples](auto& trainer, const Batch& data) {
      return trainer.step(data.inputs, std::span{data.labels}.first(samples));
    };
  };
  const Result seven = run(Momentum{}, partly(7));
  CHECK(seven == run<4>(Momentum{}, partly(7)));
  CHECK_FALSE(seven == run(Momentum{}, by_step));

  Net network = untrained();
  Trainer trainer{network, SoftmaxCrossEntropy{}, Momentum{}, batch_size<7>};
  trainer.plan(2, 2, Seed{9});
  for (int i = 0; i < steps; ++i) {
    const Batch data = make_batch(i);
    Tensor<float, Shape<7, 7>> inputs{};
    for (std::size_t j = 0; j < inputs.size(); ++j) inputs[j] = data.inputs[j];
    CHECK(trainer.step(inputs, std::span{data.labels}.first(7)) == seven.losses[static_cast<std::size_t>(i)]);
  }
  CHECK(same_bits(network.block(), seven.network.block()));
}

TEST_CASE("the same seed gives the same run, another seed another") {
  CHECK(run(Momentum{}, by_step) == run(Momentum{}, by_step));
  const auto other_noise = [](auto& trainer, const Batch& data) {
    if (trainer.progress().step == 0) trainer.plan(2, 2, Seed{10});
    return by_step(trainer, data);
  };
  CHECK_FALSE(run(Momentum{}, by_step) == run(Momentum{}, other_noise));
}

// A row is padded to whole packs; what lies there must never become anything but zero.
TEST_CASE_TEMPLATE("padding of parameters stays zero while training", AnyNet, Net,
                   Network<Input<5>, Dropout<0.5f>, Dense<20, Sigmoid>, Dropout<0.1f>, Dense<33, Softplus>,
                           Activation<Sigmoid>, Dropout<0.5f>, Dense<9, Softmax>, Activation<Elu>>,
                   Network<Input<2, 3>, Activation<Sigmoid>, Flatten, Dense<17, Mish>, Dense<7, HardSigmoid>, Dense<2>>,
                   Network<Input<4, 3>, SimpleRnn<5, Sigmoid, ReturnSequences>, Gru<17, ReturnSequences>, Lstm<3>>,
                   with_scalar<double, Network<Input<3>, Dense<5>, Dropout<0.2f>, Dense<9, Tanh>, Dense<3>>>) {
  AnyNet network;
  network.initialize(Seed{1});
  Trainer trainer{network, SoftmaxCrossEntropy{.label_smoothing = 0.1f}, AdamW{.learning_rate = 0.01f}, batch_size<5>};
  typename decltype(trainer)::template Inputs<5> inputs{};
  std::array<std::uint32_t, 5> labels{};
  for (std::uint64_t step = 0; step < 5; ++step) {
    laws::fill_normal(inputs, step);
    laws::fill_labels(labels, step, AnyNet::output_shape::size);
    trainer.step(inputs, labels);
  }
  std::array<bool, AnyNet::block_elements> is_parameter{};
  detail::for_each_parameter<typename AnyNet::chain>(network.data(), [&](auto, auto rows) {
    for (std::size_t row = 0; row < rows.count; ++row)
      for (std::size_t column = 0; column < rows.columns; ++column)
        is_parameter[static_cast<std::size_t>(rows[row] + column - network.block().data())] = true;
  });
  std::size_t parameters = 0, dirty = 0;
  for (std::size_t i = 0; i < AnyNet::block_elements; ++i) {
    parameters += is_parameter[i];
    dirty += !is_parameter[i] && !(network.block()[i] == 0);
  }
  CHECK(parameters == AnyNet::parameter_count);
  CHECK(dirty == 0);
}
