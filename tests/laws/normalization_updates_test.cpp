#include <doctest/doctest.h>

#include <array>
#include <cortexpr/nn/network.hpp>
#include <cortexpr/train/trainer.hpp>
#include <memory>

#include "fixtures.hpp"
#include "normalization.hpp"

// Whatever way a step of training is taken, layers that normalise get the same bits.

using namespace cortexpr;
using laws::at_run_time;
using laws::drawn;
using laws::same_bits;

namespace {

using OfRows = Network<Input<19>, LayerNorm<>, Dense<37, Tanh>, RmsNorm<>, Dense<5>, LayerNorm<>>;
using OfVectors = Network<Input<19>, BatchNorm<>, Dense<37, Tanh>, BatchNorm<>, Dense<5>, BatchNorm<>>;
using OfWords = Network<Input<7>, Embedding<5, 19>, BatchNorm<>, Flatten, Dense<3>>;

/// The network after steps of 12 samples, in parts, or by hand where Part is 0.
template <class Net, std::size_t Part, class Optimizer>
std::unique_ptr<Net> updated(Optimizer optimizer) {
  constexpr std::size_t batch = 12;
  auto network = std::make_unique<Net>(at_run_time(drawn<Net>, Seed{7}));
  const auto gradient = std::make_unique<Net>();
  using OneTrainer = Trainer<Net, SoftmaxCrossEntropy, Optimizer, batch, Part == 0 ? batch : Part>;
  const auto trainer = std::make_unique<OneTrainer>(*network, SoftmaxCrossEntropy{}, optimizer);
  typename OneTrainer::template Inputs<batch> inputs{};
  std::array<std::uint32_t, batch> labels{};
  for (std::uint64_t step = 0; step < 3; ++step) {
    laws::fill_normal(inputs, 10 + step);
    laws::fill_labels(labels, 20 + step, Net::output_shape::size);
    if constexpr (Part == 0) {
      trainer->forward(inputs);
      trainer->backward(labels, *gradient);
      trainer->update(*gradient);
    } else {
      trainer->step(inputs, labels);
    }
  }
  return network;
}

}  // namespace

TEST_CASE_TEMPLATE("normalisation: batch_size<B, Part> is batch_size<B>", Net, OfRows,
                   Network<Input<3, 21>, RmsNorm<>, GroupNorm<3>, Conv1D<4, 3>, LayerNorm<>, Flatten, Dense<3>>,
                   Network<Input<3, 5, 7>, GroupNorm<1>, Conv2D<6, 3>, GroupNorm<3>, Flatten, Dense<3>>,
                   Network<Input<7>, Embedding<5, 19>, Flatten, Dense<3>>) {
  const Adam<float, float> clipped{.clip_norm = 0.1f};
  CHECK(same_bits(updated<Net, 12>(clipped)->block(), updated<Net, 4>(clipped)->block()));
  CHECK(same_bits(updated<Net, 12>(Momentum{})->block(), updated<Net, 1>(Momentum{})->block()));
}

TEST_CASE_TEMPLATE("normalisation: a step fused with its update is forward, backward and update", Net, OfRows,
                   OfVectors, OfWords,
                   Network<Input<3, 5, 7>, BatchNorm<>, Conv2D<6, 3>, GroupNorm<3>, BatchNorm<>, Flatten, Dense<3>>) {
  const auto fused = updated<Net, 12>(AdamW{});
  CHECK(same_bits(fused->block(), updated<Net, 0>(AdamW{})->block()));
  CHECK_FALSE(same_bits(fused->block(), at_run_time(drawn<Net>, Seed{7}).block()));
}
