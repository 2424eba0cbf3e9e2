#include "layer_laws.hpp"

using namespace cortexpr;
using laws::check_layer;

// Each layer stands behind another, so that its input's gradient is checked too. What stands before it repeats, because
// the compiler makes a kernel once for all layers of the same shape.

TEST_CASE("laws: Conv2D") {
  check_layer<Input<2, 5, 4>, Conv2D<3, 1, Tanh>, Conv2D<2, 3>>();
  check_layer<Input<1, 5, 5>, Conv2D<2, 1>, Conv2D<3, 3, Gelu, Same, Stride<2>>>();
  check_layer<Input<4, 5, 3>, Conv2D<4, 1>,
              Conv2D<6, KernelSize{2, 3}, Groups<2>, Padding<1, 0, 2, 1>, Dilation<2, 1>>>();
  check_layer<Input<1, 5, 5>, Conv2D<2, 1>, Conv2D<32, 2, Tanh, Groups<2>>>();  // outputs that fill packs
  check_layer<Input<1, 1, 1>, Conv2D<1, 1>, Conv2D<2, 1, Sigmoid>>();
  check_layer<Input<1, 4, 4>, Conv2D<1, 1>, Conv2D<2, 4>>();
  check_layer<Input<1, 5, 5>, Conv2D<1, 1>, Conv2D<1, 2, Stride<3>, Dilation<3>>>();
  check_layer<Input<1, 5, 5>, Conv2D<2, 1>, Conv2D<2, 3, Same, Stride<2, 1>>>();  // whole rows, in two phases
}

TEST_CASE("laws: DepthwiseConv2D") {
  check_layer<Input<2, 5, 4>, Conv2D<3, 1>, DepthwiseConv2D<3, Tanh, Same, Multiplier<2>>>();
}

TEST_CASE("laws: Conv1D") {
  check_layer<Input<2, 9>, Conv1D<3, 1>, Conv1D<2, 3, Causal, Dilation<2>>, Conv1D<2, 3, Stride<2>, Padding<1, 0>>>();
  check_layer<Input<1, 1>, Conv1D<1, 1>, Conv1D<2, 3, Same>>();
}

TEST_CASE("laws: TransposedConv2D") {
  check_layer<Input<2, 3, 2>, Conv2D<2, 1>, TransposedConv2D<3, 3, Tanh, Stride<2>>>();
  check_layer<Input<1, 3, 3>, Conv2D<1, 1>, TransposedConv2D<2, KernelSize{3, 2}, Mish, Same, Stride<2>>>();
  check_layer<Input<1, 4, 4>, Conv2D<16, 1>, TransposedConv2D<1, 2>>();  // inputs that fill packs
  check_layer<Input<2, 1, 1>, Conv2D<2, 1>, TransposedConv2D<1, 2, Stride<3>>>();
  check_layer<Input<1, 3, 5>, Conv2D<1, 1>, TransposedConv2D<2, 3, Stride<2, 1>>>();
  static_assert(
      std::is_same_v<Network<Input<2, 3, 2>, TransposedConv2D<3, 3, Stride<2>>>::output_shape, Shape<3, 7, 5>>);
  static_assert(
      std::is_same_v<Network<Input<2, 3, 2>, TransposedConv2D<3, 3, Same, Stride<2>>>::output_shape, Shape<3, 6, 4>>);
}

TEST_CASE("laws: pooling") {
  check_layer<Input<2, 5, 4>, Conv2D<3, 1>, MaxPool2D<2>>();
  check_layer<Input<1, 5, 5>, Conv2D<2, 1>, MaxPool2D<3, Stride<1>, Same>, AvgPool2D<3, Stride<2>, Padding<1>>>();
  check_layer<Input<2, 9>, Conv1D<3, 1>, MaxPool1D<2>, AvgPool1D<2, Stride<1>>>();
  check_layer<Input<2, 5, 4>, Conv2D<3, 1>, GlobalAvgPool>();
}

TEST_CASE("laws: layers that move elements") {
  check_layer<Input<2, 2, 3>, Conv2D<2, 1>, Upsample2D<KernelSize{2, 3}>, ZeroPad2D<1, 0, 2, 1>>();
  check_layer<Input<2, 2, 3>, Conv2D<2, 1>, Permute<2, 0, 1>, Reshape<6, 2>, Permute<1, 0>, Flatten>();
}
