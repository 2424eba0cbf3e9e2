// What this core can do at best, measured beside every contestant. Linked into each of the programs.

#include <benchmark/benchmark.h>

#include <cortexpr/simd/backend.hpp>
#include <cortexpr/simd/pack.hpp>
#include <cstddef>
#include <cstdint>

namespace {

namespace simd = cortexpr::simd;
using Pack = simd::NativePack<float>;
constexpr std::size_t registers = simd::Native::registers;

/// Is the core ours alone? Four instructions a cycle, of which a neighbour on the core's other hardware thread takes
/// its share; it fits in the first-level cache. Its time is compared with its own best of the run, nothing else.
void quiet(benchmark::State& state) {
  alignas(64) static std::uint32_t numbers[1024];
  for (auto _ : state) {
    std::uint32_t a = 1, b = 2, c = 3, d = 4, e = 5, f = 6;
    for (std::size_t i = 0; i < 1024; i += 2) {
      a += numbers[i];
      b ^= numbers[i + 1];
      c += a;
      d ^= b;
      e += 7;
      f ^= 9;
      benchmark::DoNotOptimize(e);
      benchmark::DoNotOptimize(f);
    }
    benchmark::DoNotOptimize(a + b + c + d);
  }
}
BENCHMARK(quiet)->Name("machine/quiet_before");

/// Multiply-adds on registers alone: enough independent chains to cover the latency, unrolled four times.
void fma_peak(benchmark::State& state) {
  constexpr std::size_t chains = registers >= 32 ? 24 : registers >= 16 ? 12 : 2;
  constexpr std::size_t rounds = 4096;
  const Pack factor = opaque(Pack::broadcast(0.999f));
  const Pack summand = opaque(Pack::broadcast(0.001f));
  Pack sums[chains];
  CORTEXPR_UNROLL_FOR (std::size_t c = 0; c < chains; ++c) sums[c] = Pack::broadcast(static_cast<float>(c));
  for (auto _ : state) {
    for (std::size_t round = 0; round < rounds; round += 4)
      CORTEXPR_UNROLL_FOR (std::size_t unrolled = 0; unrolled < 4; ++unrolled)
        CORTEXPR_UNROLL_FOR (std::size_t c = 0; c < chains; ++c) sums[c] = fma(sums[c], factor, summand);
  }
  Pack total = sums[0];
  CORTEXPR_UNROLL_FOR (std::size_t c = 1; c < chains; ++c) total = total + sums[c];
  alignas(Pack) float result[Pack::lanes];
  total.store(result);
  benchmark::DoNotOptimize(result[0]);
  state.counters["flop"] = static_cast<double>(2 * rounds * chains * Pack::lanes);
}
BENCHMARK(fma_peak)->Name("machine/fma_peak");

}  // namespace

int main(int argc, char** argv) {
  benchmark::RegisterBenchmark("machine/quiet_after", quiet);  // after those of every other file
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
}
