#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cortexpr/data/dataset.hpp>
#include <cortexpr/nn/network.hpp>
#include <limits>
#include <memory>
#include <span>
#include <vector>

#include "../laws/fixtures.hpp"
#include "fixtures.hpp"

// The running statistics of BatchNorm during training.

using namespace cortexpr;
using laws::same_bits;

namespace {

using Net = Network<Input<4>, BatchNorm<>, Dense<3, Tanh>, BatchNorm<>, Dense<2>>;
constexpr std::size_t batch = 8;
using Inputs = Tensor<float, Shape<batch, 4>>;
constexpr std::array<std::uint8_t, batch> labels = {0, 1, 1, 0, 1, 0, 1, 1};

Net untrained() {
  Net network;
  network.initialize(Seed{1});
  return network;
}

Inputs inputs_of(std::uint64_t step) {
  Inputs inputs{};
  laws::fill_normal(inputs, step);
  return inputs;
}

/// The network after three steps.
template <class Optimizer, std::size_t Part = batch>
Net trained(Optimizer optimizer, BatchSize<batch, Part> size = {}) {
  Net network = untrained();
  Trainer trainer{network, SoftmaxCrossEntropy{}, optimizer, size};
  for (std::uint64_t step = 0; step < 3; ++step) trainer.step(inputs_of(step), labels);
  return network;
}

/// The statistics of the first layer. Its input is the data, so they do not depend on the optimizer.
std::vector<float> statistics(const Net& network) {
  const float* const mean = network.parameter<"0.running_mean">()[0];
  const float* const variance = network.parameter<"0.running_variance">()[0];
  std::vector<float> result(mean, mean + 4);
  result.insert(result.end(), variance, variance + 4);
  return result;
}

}  // namespace

static_assert(Net::parameter_count == 2 * 4 + 4 * 3 + 3 + 2 * 3 + 3 * 2 + 2);
static_assert(Net::statistics_elements == 2 * (simd::block_size<float>(1, 4) + simd::block_size<float>(1, 3)));
static_assert(Net::block_elements == Net::trainable_elements + Net::statistics_elements);
static_assert(sizeof(Net) == memory<Net>::parameter_bytes);
static_assert(memory<Net, 8, Adam<>>::training_bytes ==
              memory<Net, 8>::training_bytes + 2 * Net::trainable_elements * sizeof(float));
static_assert(Network<Input<4>, Dense<3>>::statistics_elements == 0);

TEST_CASE("statistics: begin with mean 0 and variance 1, and lie behind the trainable parameters") {
  const Net network = untrained();
  CHECK(statistics(network) == std::vector<float>{0, 0, 0, 0, 1, 1, 1, 1});
  for (const float* begin : {network.parameter<"0.running_mean">()[0], network.parameter<"0.running_variance">()[0],
                             network.parameter<"2.running_mean">()[0], network.parameter<"2.running_variance">()[0]})
    CHECK(begin >= network.block().data() + Net::trainable_elements);
  CHECK(network.parameter<"3.bias">()[0] < network.block().data() + Net::trainable_elements);
}

TEST_CASE("statistics: are the moving averages of the batches' statistics") {
  const Net network = trained(Sgd{});
  for (std::size_t j = 0; j < 4; ++j) {
    double mean = 0, variance = 1;
    for (std::uint64_t step = 0; step < 3; ++step) {
      const Inputs inputs = inputs_of(step);
      double sum = 0, squares = 0;
      for (std::size_t i = 0; i < batch; ++i) sum += double{inputs(i, j)};
      for (std::size_t i = 0; i < batch; ++i) squares += std::pow(double{inputs(i, j)} - sum / batch, 2);
      mean = 0.9 * mean + 0.1 * sum / batch;
      variance = 0.9 * variance + 0.1 * squares / (batch - 1);
    }
    CHECK(double{network.parameter<"0.running_mean">()[0][j]} == doctest::Approx(mean).epsilon(1e-5));
    CHECK(double{network.parameter<"0.running_variance">()[0][j]} == doctest::Approx(variance).epsilon(1e-5));
  }
}

TEST_CASE("statistics: no optimizer changes them") {
  const auto expected = statistics(trained(Sgd{}));
  CHECK(same_bits(expected, statistics(trained(Sgd{.weight_decay = 0.5f}))));
  CHECK(same_bits(expected, statistics(trained(Momentum{.weight_decay = 0.5f}))));
  CHECK(same_bits(expected, statistics(trained(AdamW{.learning_rate = 0.1f, .weight_decay = 0.5f}))));
  CHECK(same_bits(expected, statistics(trained(RmsProp{.weight_decay = 0.5f, .clip_norm = 0.01f}))));
  CHECK_FALSE(same_bits(trained(Sgd{}).block(), trained(Sgd{.weight_decay = 0.5f}).block()));
}

TEST_CASE("statistics: each micro-batch has its own") {
  const auto whole = statistics(trained(Sgd{}));
  const auto halves = statistics(trained(Sgd{}, batch_size<batch, 4>));
  CHECK_FALSE(same_bits(whole, halves));
  CHECK(same_bits(halves, statistics(trained(AdamW{}, batch_size<batch, 4>))));
}

TEST_CASE("statistics: a single value has no variance, so the running variance stays") {
  Net network = untrained();
  Trainer trainer{network, SoftmaxCrossEntropy{}, Sgd{}, batch_size<batch>};
  const float loss = trainer.step(inputs_of(1), std::span{labels}.first(1));
  CHECK(std::isfinite(loss));
  for (std::size_t j = 0; j < 4; ++j) {
    CHECK(network.parameter<"0.running_mean">()[0][j] == doctest::Approx(double{0.1f * inputs_of(1)(0, j)}));
    CHECK(network.parameter<"0.running_variance">()[0][j] == 1);
  }
}

TEST_CASE("statistics: a step whose loss is not finite does not change them, in any micro-batch") {
  const auto check = [](auto size, std::size_t bad_sample) {
    Net network = untrained();
    Trainer trainer{network, SoftmaxCrossEntropy{}, Momentum{}, size};
    trainer.step(inputs_of(0), labels);
    const Net before = network;
    Inputs inputs = inputs_of(1);
    inputs(bad_sample, 2) = std::numeric_limits<float>::quiet_NaN();
    CHECK_FALSE(std::isfinite(trainer.step(inputs, labels)));
    CHECK(same_bits(network.block(), before.block()));
  };
  check(batch_size<batch>, 3);
  check(batch_size<batch, 2>, 1);
  check(batch_size<batch, 2>, 7);
}

TEST_CASE("statistics: backward changes them, forward alone does not") {
  Net network = untrained(), gradient;
  Trainer trainer{network, SoftmaxCrossEntropy{}, Sgd{}, batch_size<batch>};
  Inputs inputs = inputs_of(0);
  trainer.forward(inputs);
  CHECK(same_bits(network.block(), untrained().block()));
  trainer.backward(labels, gradient);
  CHECK_FALSE(same_bits(statistics(network), statistics(untrained())));
  for (std::size_t i = Net::trainable_elements; i < Net::block_elements; ++i) CHECK(gradient.block()[i] == 0);
  inputs(1, 2) = std::numeric_limits<float>::quiet_NaN();
  const Net before = network;
  trainer.forward(inputs);
  trainer.backward(labels, gradient);
  CHECK(same_bits(network.block(), before.block()));
}

TEST_CASE("statistics: early stopping restores those of the best network") {
  using Normed = Network<Input<2>, Dense<16>, BatchNorm<>, Activation<Tanh>, Dense<2>>;
  Normed network;
  network.initialize(Seed{1});
  Trainer trainer{network, SoftmaxCrossEntropy{}, Momentum{}, batch_size<8>};
  std::vector<Normed> networks;
  trainer.on_epoch([&](const EpochReport&) { networks.push_back(network); });
  const History history = trainer.fit(test::training, test::training.with_wrong_labels(),
                                      {.epochs = 20, .early_stopping = true, .patience = 2, .seed = Seed{3}});
  CHECK(history.stop == Stop::no_gain);
  REQUIRE(networks.size() == history.size());
  CHECK(same_bits(network.block(), networks[history.best].block()));
  const auto mean_of = [](const Normed& one) { return one.parameter<"1.running_mean">()[0][0]; };
  CHECK(mean_of(network) != mean_of(networks.back()));
}

TEST_CASE("statistics: a network with BatchNorm learns, also for inference") {
  using Normed = Network<Input<2>, Dense<16>, BatchNorm<>, Activation<Tanh>, Dense<2>>;
  Normed network;
  network.initialize(Seed{1});
  Trainer trainer{network, SoftmaxCrossEntropy{}, Momentum{}, batch_size<20>};
  const History history = trainer.fit(test::training, test::held_out, {.epochs = 60, .seed = Seed{3}});
  CHECK(history.ok());
  CHECK(history[history.size() - 1].accuracy > 0.85);
}

TEST_CASE("statistics: fit refuses data whose last batch has one sample") {
  Network<Input<2>, Dense<4>, BatchNorm<>, Dense<2>> network;
  network.initialize(Seed{1});
  Trainer trainer{network, SoftmaxCrossEntropy{}, Sgd{}, batch_size<8, 4>};
  const auto fit = [&](std::size_t count) {
    return trainer.fit(ClassificationSet{std::vector<float>(2 * count, 0.5f), 2, std::vector<std::uint32_t>(count)},
                       ClassificationSet{{1, 2}, 2, {1}}, {});
  };
  CHECK(fit(16).ok());
  CHECK(fit(22).ok());
  CHECK(fit(17).message ==
        "Trainer::fit: the last batch of an epoch has one sample of 17, of which BatchNorm can take no variance; leave "
        "out a sample or take another batch_size");
  CHECK(fit(21).stop == Stop::refused);  // 4 and 1
}
