// cortexpr's own figures: the training step and inference of 784-89(tanh)-10, and inference of two small networks.

#include <benchmark/benchmark.h>

#include <cortexpr/nn/losses.hpp>
#include <cortexpr/nn/network.hpp>
#include <cortexpr/simd/pack.hpp>
#include <cortexpr/train/optimizers.hpp>
#include <cortexpr/train/trainer.hpp>
#include <cstddef>
#include <memory>

#include "problem.hpp"

namespace {

namespace cx = cortexpr;

using Classifier =
    cx::Network<cx::Input<problem::inputs>, cx::Dense<problem::hidden, cx::Tanh>, cx::Dense<problem::outputs>>;
using Net64_32_10 = cx::Network<cx::Input<64>, cx::Dense<32, cx::Tanh>, cx::Dense<10>>;
using Net4_16_2 = cx::Network<cx::Input<4>, cx::Dense<16, cx::Tanh>, cx::Dense<2>>;

template <class Net>
std::unique_ptr<Net> initialized() {
  auto network = std::make_unique<Net>();
  network->initialize(cx::Seed{20190119});
  return network;
}

void train_step(benchmark::State& state) {
  const auto network = initialized<Classifier>();
  const cx::Momentum optimizer{.learning_rate = problem::learning_rate, .momentum = problem::momentum};
  using Trainer = decltype(cx::Trainer{*network, cx::SoftmaxCrossEntropy{}, optimizer, cx::batch_size<problem::batch>});
  const auto trainer = std::make_unique<Trainer>(*network, cx::SoftmaxCrossEntropy{}, optimizer);
  const auto x = std::make_unique<cx::Tensor<float, cx::Shape<problem::batch, problem::inputs>>>();
  problem::fill(*x, 0.0f, 1.0f);
  for (auto _ : state) benchmark::DoNotOptimize(trainer->step(*x, problem::labels));
  // Multiply-adds that are asked for, padding not counted: forward and both gradients, but none for the inputs.
  constexpr std::size_t macs = 2 * problem::inputs * problem::hidden + 3 * problem::hidden * problem::outputs;
  state.counters["flop"] = static_cast<double>(2 * problem::batch * macs);
}
BENCHMARK(train_step)->Name("train_step/cortexpr");

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
BENCHMARK(inference_1<Classifier>)->Name("inference_1/cortexpr");
BENCHMARK(inference_1<Net64_32_10>)->Name("inference_64_32_10/cortexpr");
BENCHMARK(inference_1<Net4_16_2>)->Name("inference_4_16_2/cortexpr");

/// Each sample needs the answer to the one before: the latency.
template <class Net>
void inference_chained(benchmark::State& state) {
  const auto network = initialized<Net>();
  typename Net::InputTensor x{};
  problem::fill(x, 0.0f, 1.0f);
  for (auto _ : state) {
    auto y = (*network)(x);
    benchmark::DoNotOptimize(y);
    x[x.size() - 1] = y[0];
    benchmark::DoNotOptimize(x);
  }
}
BENCHMARK(inference_chained<Net64_32_10>)->Name("inference_64_32_10/cortexpr_chained");
BENCHMARK(inference_chained<Net4_16_2>)->Name("inference_4_16_2/cortexpr_chained");

void inference_60(benchmark::State& state) {
  const auto network = initialized<Classifier>();
  const auto x = std::make_unique<cx::Tensor<float, cx::Shape<problem::batch, problem::inputs>>>();
  problem::fill(*x, 0.0f, 1.0f);
  cx::Tensor<float, cx::Shape<problem::batch, problem::outputs>> y{};
  for (auto _ : state) {
    benchmark::DoNotOptimize(x->data());
    benchmark::ClobberMemory();
    (*network)(*x, y);
    benchmark::DoNotOptimize(y);
  }
}
BENCHMARK(inference_60)->Name("inference_60/cortexpr");

/// Reads the classifier's parameter block with vector loads and adds it up: no inference can take less time.
void read_weights(benchmark::State& state) {
  using Pack = cx::simd::NativePack<float>;
  constexpr std::size_t packs = Classifier::block_elements / Pack::lanes;
  constexpr std::size_t chains = 8;
  const auto network = initialized<Classifier>();
  const float* const block = network->block().data();
  for (auto _ : state) {
    Pack sums[chains];
    CORTEXPR_UNROLL for (std::size_t c = 0; c < chains; ++c) sums[c] = Pack::zero();
    std::size_t p = 0;
    for (; p + chains <= packs; p += chains) CORTEXPR_UNROLL for (std::size_t c = 0; c < chains; ++c) {
        sums[c] = sums[c] + Pack::load(block + (p + c) * Pack::lanes);
      }
    for (; p < packs; ++p) sums[0] = sums[0] + Pack::load(block + p * Pack::lanes);
    CORTEXPR_UNROLL for (std::size_t c = 1; c < chains; ++c) sums[0] = sums[0] + sums[c];
    alignas(Pack) float result[Pack::lanes];
    sums[0].store(result);
    benchmark::DoNotOptimize(result);
    benchmark::ClobberMemory();
  }
  state.counters["bytes"] = static_cast<double>(Classifier::block_elements * sizeof(float));
}
BENCHMARK(read_weights)->Name("machine/read_weights");

}  // namespace
