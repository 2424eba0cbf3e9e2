#include <doctest/doctest.h>

#include <array>
#include <cortexpr/nn/network.hpp>
#include <cortexpr/train/trainer.hpp>
#include <span>

#include "fixtures.hpp"

// Whole networks, trained and run in the compiler and at run time: the same bits.

using namespace cortexpr;
using laws::at_run_time;
using laws::same_bits;

namespace {

/// Parameters after two steps of training, the last one on part of a batch. Trainer chooses the packs itself. Small,
/// because Clang gives a constant expression a million steps, and takes some hundred for a fused multiply-add.
template <class Net, class Loss, class Optimizer>
constexpr Net trained(Loss loss, Optimizer optimizer) {
  Net network;
  network.initialize(Seed{3});
  Trainer trainer{network, loss, optimizer, batch_size<4, 2>};
  trainer.plan(2, 1, Seed{4});
  typename decltype(trainer)::template Inputs<4> inputs{};
  std::array<std::uint32_t, 4> labels{};
  for (std::uint64_t step = 0; step < 2; ++step) {
    laws::fill_normal(inputs, 10 + step);
    laws::fill_labels(labels, 20 + step, Net::output_shape::size);
    trainer.step(inputs, std::span<const std::uint32_t>{labels.data(), step == 1 ? 3u : 4u});
  }
  return network;
}

// Clang 19 warns of such initializers if they stand in a template.
constexpr Momentum momentum{.learning_rate = 0.1f};
constexpr Adam clipping{.learning_rate = 0.1f, .clip_norm = 0.3f};

}  // namespace

TEST_CASE_TEMPLATE("training in the compiler gives the bits of training at run time", Net,
                   Network<Input<3>, Dense<7, Tanh>, Dropout<0.25f>, Dense<3>>,
                   Network<Input<3>, Activation<Relu>, Activation<Tanh>, Dense<18, Gelu>, Dense<2>>,
                   Network<Input<2, 3>, Dropout<0.5f>, Flatten, Dense<5, Softmax>, Activation<Elu>, Dense<2, Sigmoid>>,
                   Network<Input<3, 2>, SimpleRnn<2, ReturnSequences>, SimpleRnn<3>, Dense<2>>,
                   Network<Input<2, 1>, Gru<2, ReturnSequences>, Gru<2, ResetBefore>>,
                   Network<Input<2, 1>, Lstm<2, ReturnSequences>, Lstm<2>>,
                   with_scalar<double, Network<Input<2>, Dense<3, Mish>, Dropout<0.1f>, Dense<2>>>) {
  constexpr auto with = [](auto loss, auto optimizer) { return trained<Net>(loss, optimizer); };
  constexpr auto plain = with(SoftmaxCrossEntropy{}, momentum);
  CHECK(same_bits(at_run_time(with, SoftmaxCrossEntropy{}, momentum).block(), plain.block()));
  constexpr auto clipped = with(MeanSquaredError{}, clipping);
  CHECK(same_bits(at_run_time(with, MeanSquaredError{}, clipping).block(), clipped.block()));
}

TEST_CASE_TEMPLATE("inference in the compiler gives the bits of inference at run time", Net,
                   Network<Input<5>, Dense<18, Tanh>, Dropout<0.25f>, Dense<3, Softmax>>,
                   Network<Input<3>, Activation<Sigmoid>, Activation<Tanh>, Dense<2>, Activation<Softmax>>,
                   Network<Input<40>, Dense<33, Selu>, Dense<7>>, Network<Input<2, 33>, SimpleRnn<3>>,
                   Network<Input<2, 2>, Gru<9>, Dense<2>>, Network<Input<3, 2>, Lstm<2, ReturnSequences>, Lstm<5>>) {
  constexpr auto in_compiler = [] {
    Net network;
    network.initialize(Seed{3});
    typename Net::InputTensor input{};
    laws::fill_normal(input, 1);
    return network(input);
  }();
  Net network;
  network.initialize(Seed{3});
  typename Net::InputTensor input{};
  laws::fill_normal(input, 1);
  CHECK(same_bits(network(input), in_compiler));
}
