#pragma once

#include <doctest/doctest.h>

#include <array>
#include <cortexpr/nn/network.hpp>
#include <cortexpr/train/trainer.hpp>
#include <memory>
#include <span>
#include <vector>

#include "fixtures.hpp"
#include "gradient.hpp"

// The laws that every layer obeys, for a network that contains it.

namespace laws {

/// Parameters after two steps of training, the second on part of a batch, and then an inference.
template <class Net, std::size_t Part>
struct Trained {
  Net network{};
  typename Net::OutputTensor output{};

  constexpr explicit Trained(std::uint64_t seed) {
    constexpr std::size_t batch = 4;
    network.initialize(cortexpr::Seed{seed});
    cortexpr::Trainer trainer{network, cortexpr::MeanSquaredError{}, cortexpr::Momentum<>{.learning_rate = 0.1f},
                              cortexpr::batch_size<batch, Part>};
    trainer.plan(1, 2, cortexpr::Seed{4});
    typename decltype(trainer)::template Inputs<batch> inputs{};
    typename decltype(trainer)::template Targets<batch> targets{};
    for (std::uint64_t step = 0; step < 2; ++step) {
      fill_normal(inputs, 10 + step);
      fill_normal(targets, 20 + step);
      trainer.step_on(inputs.data(),
                      cortexpr::detail::RowTargets<typename Net::value_type, Net::output_shape::size>{targets.data()},
                      batch - step);
    }
    typename Net::InputTensor input{};
    fill_normal(input, 30);
    output = network(input);
  }
};

/// SIMD = scalar = constant expression: the Trainer and the network choose the packs themselves.
template <class Net>
void same_bits_in_the_compiler() {
  constexpr Trained<Net, 2> in_compiler{3};
  const auto at_run_time = std::make_unique<Trained<Net, 2>>(3);
  CHECK(same_bits(at_run_time->network.block(), in_compiler.network.block()));
  CHECK(same_bits(at_run_time->output, in_compiler.output));
}

/// A batch of N samples gives the bits of N single ones.
template <class Net>
void batch_is_singles() {
  const auto network = std::make_unique<Net>();
  network->initialize(cortexpr::Seed{5});
  constexpr std::size_t samples = 7;
  std::vector<typename Net::value_type> inputs(samples * Net::input_shape::size),
      outputs(samples * Net::output_shape::size);
  fill_normal(inputs, 1);
  CHECK((*network)(inputs, outputs) == samples);
  for (std::size_t sample = 0; sample < samples; ++sample) {
    typename Net::InputTensor input{};
    std::copy_n(inputs.data() + sample * input.size(), input.size(), input.data());
    const std::span<const typename Net::value_type> here{outputs.data() + sample * Net::output_shape::size,
                                                         Net::output_shape::size};
    CHECK(same_bits((*network)(input), here));
  }
}

/// Parts of a batch add up to the bits of the whole.
template <class Net>
void parts_are_the_whole() {
  const auto whole = std::make_unique<Trained<Net, 4>>(6);
  CHECK(same_bits(std::make_unique<Trained<Net, 2>>(6)->network.block(), whole->network.block()));
}

/// All of them, and the gradient in double against central differences.
template <class... Elements>
void check_layer() {
  using Net = cortexpr::Network<Elements...>;
  CHECK(layer_gradient_error<Elements...>() <= 1e-6);
  batch_is_singles<Net>();
  parts_are_the_whole<Net>();
  same_bits_in_the_compiler<Net>();
}

}  // namespace laws
