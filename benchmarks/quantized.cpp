// One inference of 784-128(relu)-10 in 8 bits, and in float, which it must beat; a training step for 8 bits, and one of
// the same network in float, which must not be much faster.

#include <benchmark/benchmark.h>

#include <cortexpr/quantize/int8/quantized_network.hpp>
#include <cortexpr/quantize/qat/quantization_aware.hpp>
#include <cstdint>
#include <memory>

#include "workloads.hpp"

namespace {

namespace cx = cortexpr;

using Net = cx::Network<cx::Input<784>, cx::Dense<128, cx::Relu>, cx::Dense<10>>;
using Small = cx::Quantized<Net>;

/// With ranges of about the right size, rather than ones from data: the time does not depend on them.
std::unique_ptr<Small> quantized() {
  const auto network = workloads::initialized<Net>();
  const cx::Range ranges[] = {{0, 4}, {-8, 8}};
  return std::make_unique<Small>(cx::detail::deploy(*network), cx::quantization_of({0, 1}), ranges);
}

void inference_int8(benchmark::State& state) {
  const auto network = quantized();
  const auto workspace = std::make_unique<Small::Workspace>();
  std::uint8_t pixels[784];
  for (std::size_t i = 0; i < 784; ++i) pixels[i] = static_cast<std::uint8_t>(i * 37);
  for (auto _ : state) {
    benchmark::DoNotOptimize(pixels);
    benchmark::ClobberMemory();
    auto outputs = network->int8_outputs(Small::Bytes{pixels}, *workspace);
    benchmark::DoNotOptimize(outputs);
  }
}

/// The first step gives the ranges of outputs; that of the inputs is known.
template <class Float>
void train_step_aware(benchmark::State& state) {
  const auto network = workloads::initialized<cx::QuantizationAware<Float>>();
  const auto input = network->template parameter<"0.quantization">();
  input[0][0] = 1.0f / 255;
  input[0][1] = -128;
  workloads::train_step_of(state, *network);
}
using Images = cx::Network<cx::Input<1, 28, 28>, cx::Conv2D<8, 3, cx::Relu>, cx::MaxPool2D<2>,
                           cx::Conv2D<16, 3, cx::Relu>, cx::MaxPool2D<2>, cx::Flatten, cx::Dense<10>>;

BENCHMARK(workloads::train_step<Net>)->Name("train_step_784_128_10/cortexpr");
BENCHMARK(train_step_aware<Net>)->Name("train_step_784_128_10/cortexpr_aware");
BENCHMARK(workloads::train_step<Images>)->Name("train_step_images/cortexpr");
BENCHMARK(train_step_aware<Images>)->Name("train_step_images/cortexpr_aware");
BENCHMARK(workloads::inference_1<Net>)->Name("inference_784_128_10/cortexpr");
BENCHMARK(inference_int8)->Name("inference_784_128_10/cortexpr_int8");

}  // namespace
