// cortexpr's figures for two convolutional networks: training on a batch, and inference of one image.

#include <benchmark/benchmark.h>

#include <cortexpr/nn/losses.hpp>
#include <cortexpr/nn/network.hpp>
#include <cortexpr/train/optimizers.hpp>
#include <cortexpr/train/trainer.hpp>
#include <cstddef>
#include <memory>

#include "problem.hpp"

namespace {

namespace cx = cortexpr;

using Small =
    cx::Network<cx::Input<1, 28, 28>, cx::Conv2D<8, 3, cx::Relu, cx::Same>, cx::MaxPool2D<2>,
                cx::Conv2D<16, 3, cx::Relu, cx::Same>, cx::MaxPool2D<2>, cx::Flatten, cx::Dense<problem::outputs>>;
using LeNet5 = cx::Network<cx::Input<1, 28, 28>, cx::Conv2D<6, 5, cx::Relu, cx::Same>, cx::MaxPool2D<2>,
                           cx::Conv2D<16, 5, cx::Relu>, cx::MaxPool2D<2>, cx::Flatten, cx::Dense<120, cx::Relu>,
                           cx::Dense<84, cx::Relu>, cx::Dense<problem::outputs>>;

/// Multiply-adds of a step that are asked for: forward, both gradients, but none for the inputs of the first layer.
template <class Net>
constexpr std::size_t step_macs() {
  using First = cx::At<typename Net::places, 0>;
  return 3 * Net::macs - First::layer::template macs<typename First::input_shape>;
}

template <class Net>
void train_step(benchmark::State& state) {
  const auto network = std::make_unique<Net>();
  network->initialize(cx::Seed{20190119});
  const cx::Momentum optimizer{.learning_rate = problem::learning_rate, .momentum = problem::momentum};
  using Trainer = decltype(cx::Trainer{*network, cx::SoftmaxCrossEntropy{}, optimizer, cx::batch_size<problem::batch>});
  const auto trainer = std::make_unique<Trainer>(*network, cx::SoftmaxCrossEntropy{}, optimizer);
  const auto x = std::make_unique<typename Trainer::template Inputs<problem::batch>>();
  problem::fill(*x, 0.0f, 1.0f);
  for (auto _ : state) benchmark::DoNotOptimize(trainer->step(*x, problem::labels));
  state.counters["flop"] = static_cast<double>(2 * problem::batch * step_macs<Net>());
}
BENCHMARK(train_step<Small>)->Name("cnn_train_step/cortexpr");
BENCHMARK(train_step<LeNet5>)->Name("lenet5_train_step/cortexpr");

template <class Net>
void inference_1(benchmark::State& state) {
  const auto network = std::make_unique<Net>();
  network->initialize(cx::Seed{20190119});
  typename Net::InputTensor x{};
  problem::fill(x, 0.0f, 1.0f);
  for (auto _ : state) {
    benchmark::DoNotOptimize(x);
    auto y = (*network)(x);
    benchmark::DoNotOptimize(y);
  }
}
BENCHMARK(inference_1<Small>)->Name("cnn_inference_1/cortexpr");
BENCHMARK(inference_1<LeNet5>)->Name("lenet5_inference_1/cortexpr");

}  // namespace
