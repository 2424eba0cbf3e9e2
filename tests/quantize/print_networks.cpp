#include <cortexpr/quantize/calibrate/calibration.hpp>
#include <cstdio>

#include "fixtures.hpp"

// Prints small quantized networks for oracle.py: a line with the name, one with the integers of its layers, one with the input as
// int8 values, one with the output.

namespace {

namespace cx = cortexpr;

template <class Net>
void print(const char* name, const Net& network) {
  const auto small = cx::quantize(network, quantized::Samples{30, Net::input_shape::size});
  for (std::uint64_t sample = 0; sample < 3; ++sample) {
    std::printf("%s\n", name);
    std::size_t position = 0;  // the integers of inputs and output come first
    cx::for_each_serialized(small, [&](int integer) {
      if (position++ >= small.input_integers) std::printf("%d ", integer);
    });
    cx::Tensor<std::uint8_t, typename Net::input_shape> bytes{};
    laws::fill_labels(bytes, sample, 256);
    std::printf("\n");
    for (const int byte : bytes) std::printf("%d ", byte - 128);
    std::printf("\n");
    for (const int value : small.int8_outputs(bytes)) std::printf("%d ", value);
    std::printf("\n");
  }
}

template <class... Elements>
void print(const char* name) {
  print(name, quantized::initialized<cx::Network<Elements...>>());
}

/// The second layer has an output with weights a million times as large, whose inputs are always 0.
template <class Net>
Net with_outlier() {
  auto network = quantized::initialized<Net>();
  for (std::size_t k = 0; k < 37; ++k) network.template parameter<"0.weight">()[k][4] = 0;
  network.template parameter<"0.bias">()[0][4] = 0;
  network.template parameter<"1.weight">()[4][1] = 1e6f;
  return network;
}

}  // namespace

int main() {
  print("outlier", with_outlier<cx::Network<cx::Input<37>, cx::Dense<9, cx::Relu>, cx::Dense<3>>>());
  print<cx::Input<37>, cx::Dense<9, cx::Relu>, cx::Dense<3>>("dense");
  print<cx::Input<37>, cx::Dense<5, cx::Relu6>>("relu6");
  print<cx::Input<37>, cx::Dense<6, cx::Tanh>>("table");
  print<cx::Input<4, 7, 6>, cx::Conv2D<6, cx::KernelSize{3, 2}, cx::Same, cx::Stride<2>, cx::Groups<2>, cx::Relu>>(
      "conv2d");
  print<cx::Input<2, 7, 6>, cx::Conv2D<3, 3, cx::Dilation<2>, cx::Padding<1>>>("dilated");
  print<cx::Input<3, 7, 6>, cx::DepthwiseConv2D<3, cx::Same, cx::Multiplier<2>>>("depthwise");
  print<cx::Input<3, 6, 6>, cx::MaxPool2D<2>>("max_pool");
  print<cx::Input<3, 6, 6>, cx::AvgPool2D<3, cx::Same, cx::Stride<2>>>("avg_pool");
  print<cx::Input<3, 6, 5>, cx::GlobalAvgPool>("global_avg_pool");
  print<cx::Input<12>, cx::Residual<cx::Dense<12>>>("residual");
  print<cx::Input<12>, cx::Concat<cx::Identity, cx::Dense<5>>>("concat");
  print<cx::Input<3, 4>, cx::TimeDistributed<cx::Dense<5>>>("time_distributed");
}
