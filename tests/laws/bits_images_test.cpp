#include <doctest/doctest.h>

#include "bits.hpp"

using namespace bits;

// Layers of images and signals. The numbers of filters reach the paths whose lanes are pixels and those whose lanes are
// outputs.

namespace {

template <class... Layers>
void check_image(const std::string& name) {
  check_layer<Input<1, 6, 6>, Conv2D<4, 1>, Layers..., Flatten, Dense<2>>(name);
}

}  // namespace

TEST_CASE("bits: Conv2D") {
  check_image<Conv2D<3, 3, Gelu>, Conv2D<8, 3, Same, Relu>>("conv2d_3_8");
  check_image<Conv2D<16, 3, Same, Relu>, Conv2D<24, 3>>("conv2d_16_24");
  check_image<Conv2D<3, 3, Same, Stride<2>>, Conv2D<16, 1, Relu>>("conv2d_3_stride_16_1x1");
  check_image<Conv2D<16, 3, Same, Stride<2>, Tanh>, Conv2D<32, 2, Groups<2>>>("conv2d_16_stride_32_groups");
  check_image<Conv2D<6, KernelSize{2, 3}, Groups<2>, Padding<1, 0, 2, 1>>, Conv2D<3, 3, Dilation<2, 1>, Softmax>>(
      "conv2d_groups_padding_dilation");
  trained<Network<Input<1, 12, 12>, Conv2D<8, 5, Stride<2>>, Conv2D<16, 3, Relu>, Flatten, Dense<3>>, 4, 2>(
      "conv2d_parts");
  check_training<Input<1, 6, 6>, Conv2D<6, 5, Relu, Same>, MaxPool2D<2>, Flatten, Dense<2>>("conv2d_first");
  check_training_in_double<Input<1, 6, 6>, Conv2D<4, 1>, Conv2D<8, 3, Same, Tanh>, BatchNorm<>, MaxPool2D<2>, Flatten,
                           Dense<2>>("conv2d_double");
}

TEST_CASE("bits: DepthwiseConv2D and TransposedConv2D") {
  check_image<DepthwiseConv2D<3, Same, Relu6>, DepthwiseConv2D<3, Tanh, Stride<2>, Multiplier<2>>>("depthwise_conv2d");
  check_image<TransposedConv2D<16, 3, Tanh, Stride<2>>, TransposedConv2D<2, KernelSize{3, 2}, Mish, Same, Stride<2>>>(
      "transposed_conv2d");
}

TEST_CASE("bits: pooling and layers that move elements") {
  check_image<AvgPool2D<3, Stride<1>, Padding<1>>, MaxPool2D<2>>("avg_pool2d_padding_max_pool2d");
  check_image<MaxPool2D<3, Stride<1>, Same>, AvgPool2D<2>, GlobalAvgPool, Reshape<2, 2>>(
      "max_pool2d_same_avg_pool2d_global");
  check_image<Permute<2, 0, 1>, Upsample2D<2>, ZeroPad2D<1, 0, 2, 1>>("permute_upsample2d_zero_pad2d");
}

TEST_CASE("bits: Conv1D and its pools") {
  check_layer<Input<2, 9>, Conv1D<3, 1>, Conv1D<8, 3, Causal, Dilation<2>>, MaxPool1D<2, Stride<1>>, AvgPool1D<2>,
              Conv1D<2, 3, Stride<2>, Padding<1, 0>>, Flatten, Dense<2>>("conv1d_pool1d");
}

TEST_CASE("bits: images through normalisation and composites") {
  check_image<BatchNorm<>, GroupNorm<2>>("batch_norm_group_norm_image");
  check_image<Residual<Conv2D<4, 3, Same>, BatchNorm<>, Activation<Relu>, Conv2D<4, 3, Same>>,
              Residual<Projection<Conv2D<8, 1, Stride<2>>>, Conv2D<8, 3, Same, Stride<2>>>,
              Concat<Conv2D<3, 1>, Identity>>("residual_concat_image");
}
