// cortexpr's own figures: the training step and inference of 784-89(tanh)-10, and inference of two small networks.

#include <benchmark/benchmark.h>

#include <cortexpr/nn/network.hpp>
#include <cortexpr/simd/pack.hpp>
#include <cstddef>
#include <memory>

#include "problem.hpp"
#include "workloads.hpp"

namespace {

namespace cx = cortexpr;
using namespace workloads;

using Classifier =
    cx::Network<cx::Input<problem::inputs>, cx::Dense<problem::hidden, cx::Tanh>, cx::Dense<problem::outputs>>;
using Net64_32_10 = cx::Network<cx::Input<64>, cx::Dense<32, cx::Tanh>, cx::Dense<10>>;
using Net4_16_2 = cx::Network<cx::Input<4>, cx::Dense<16, cx::Tanh>, cx::Dense<2>>;

BENCHMARK(train_step<Classifier>)->Name("train_step/cortexpr");

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
    CORTEXPR_UNROLL_FOR (std::size_t c = 0; c < chains; ++c) sums[c] = Pack::zero();
    std::size_t p = 0;
    for (; p + chains <= packs; p += chains)
      CORTEXPR_UNROLL_FOR (std::size_t c = 0; c < chains; ++c) {
        sums[c] = sums[c] + Pack::load(block + (p + c) * Pack::lanes);
      }
    for (; p < packs; ++p) sums[0] = sums[0] + Pack::load(block + p * Pack::lanes);
    CORTEXPR_UNROLL_FOR (std::size_t c = 1; c < chains; ++c) sums[0] = sums[0] + sums[c];
    alignas(Pack) float result[Pack::lanes];
    sums[0].store(result);
    benchmark::DoNotOptimize(result);
    benchmark::ClobberMemory();
  }
  state.counters["bytes"] = static_cast<double>(Classifier::block_elements * sizeof(float));
}
BENCHMARK(read_weights)->Name("machine/read_weights");

}  // namespace
