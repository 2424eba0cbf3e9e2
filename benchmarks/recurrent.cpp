// cortexpr's figures for two recurrent networks that listen to a stream: one step, which needs the state of the one before.

#include <benchmark/benchmark.h>

#include <cortexpr/nn/network.hpp>

#include "problem.hpp"

namespace {

namespace cx = cortexpr;

template <class Layer>
using Listener = cx::Network<cx::Input<1, 1>, Layer, cx::Dense<1>>;

template <class Net>
void step(benchmark::State& benchmark_state) {
  Net network;
  network.initialize(cx::Seed{20190119});
  typename Net::State state;
  typename Net::InputTensor x{};
  problem::fill(x, 0.0f, 1.0f);
  for (auto _ : benchmark_state) {
    benchmark::DoNotOptimize(x);
    auto y = network(x, state);
    benchmark::DoNotOptimize(y);
  }
}
BENCHMARK(step<Listener<cx::Gru<16>>>)->Name("gru16_step/cortexpr");
BENCHMARK(step<Listener<cx::Lstm<16>>>)->Name("lstm16_step/cortexpr");

}  // namespace
