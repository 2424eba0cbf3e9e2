#pragma once

#include <benchmark/benchmark.h>

#include <cortexpr/nn/network.hpp>
#include <cortexpr/train/losses.hpp>
#include <cortexpr/train/optimizers.hpp>
#include <cortexpr/train/trainer.hpp>
#include <cstddef>
#include <memory>

#include "problem.hpp"

/// What is measured of any network of cortexpr.
namespace workloads {

namespace cx = cortexpr;

template <class Net>
std::unique_ptr<Net> initialized() {
  auto network = std::make_unique<Net>();
  network->initialize(cx::Seed{20190119});
  return network;
}

/// Multiply-adds of a step that are asked for: forward, both gradients, but none for the inputs of the first layer.
template <class Net>
constexpr std::size_t step_macs() {
  using First = cx::detail::BoundAt<typename Net::chain, 0>;
  return 3 * Net::macs - First::macs;
}

template <class Net>
void train_step_of(benchmark::State& state, Net& network) {
  const cx::Momentum optimizer{.learning_rate = problem::learning_rate, .momentum = problem::momentum};
  using Trainer = decltype(cx::Trainer{network, cx::SoftmaxCrossEntropy{}, optimizer, cx::batch_size<problem::batch>});
  const auto trainer = std::make_unique<Trainer>(network, cx::SoftmaxCrossEntropy{}, optimizer);
  const auto x = std::make_unique<typename Trainer::template Inputs<problem::batch>>();
  problem::fill(*x, 0.0f, 1.0f);
  for (auto _ : state) benchmark::DoNotOptimize(trainer->step(*x, problem::labels));
}
template <class Net>
void train_step(benchmark::State& state) {
  const auto network = initialized<Net>();
  train_step_of(state, *network);
  state.counters["flop"] = static_cast<double>(2 * problem::batch * step_macs<Net>());
}
/// One sample after another, each independent of the one before: what a stream of samples costs.
template <class Net>
void inference_1(benchmark::State& state) {
  const auto network = initialized<Net>();
  typename Net::InputTensor x{};
  problem::fill(x, 0.0f, 1.0f);
  for (auto _ : state) {
    benchmark::DoNotOptimize(x);
    auto y = (*network)(x);
    benchmark::DoNotOptimize(y);
  }
}
}  // namespace workloads
