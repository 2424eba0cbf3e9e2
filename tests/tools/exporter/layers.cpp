#include "models.hpp"

#include <string>

namespace models {

namespace {

template <class Activation>
void write_activation(const std::string& folder, const std::string& name) {
  write<cx::Network<cx::Input<17>, cx::Dense<23, Activation>, cx::Activation<Activation>>>(folder + "activation_" +
                                                                                           name);
}

void write_activations(const std::string& folder) {
  write_activation<cx::Linear>(folder, "linear");
  write_activation<cx::Sigmoid>(folder, "sigmoid");
  write_activation<cx::Tanh>(folder, "tanh");
  write_activation<cx::Relu>(folder, "relu");
  write_activation<cx::LeakyRelu<0.2f>>(folder, "leaky_relu");
  write_activation<cx::Relu6>(folder, "relu6");
  write_activation<cx::Elu>(folder, "elu");
  write_activation<cx::Selu>(folder, "selu");
  write_activation<cx::Gelu>(folder, "gelu");
  write_activation<cx::Silu>(folder, "silu");
  write_activation<cx::HardSigmoid>(folder, "hard_sigmoid");
  write_activation<cx::HardSwish>(folder, "hard_swish");
  write_activation<cx::Softplus>(folder, "softplus");
  write_activation<cx::Mish>(folder, "mish");
  write_activation<cx::Softmax>(folder, "softmax");
  write<cx::Network<cx::Input<2, 3, 4>, cx::Activation<cx::Softmax>>>(folder + "softmax_of_an_image");
}

using Picture = cx::Input<4, 9, 11>;

void write_convolutions(const std::string& folder) {
  write<cx::Network<Picture, cx::Conv2D<6, 3, cx::Same, cx::Relu, cx::Stride<2>>>>(folder + "conv2d_same");
  write<cx::Network<
      Picture, cx::Conv2D<6, cx::KernelSize{2, 5}, cx::Groups<2>, cx::Dilation<2>, cx::Padding<1, 2, 3, 4>, cx::Tanh>>>(
      folder + "conv2d_groups");
  write<cx::Network<Picture, cx::Conv2D<3, 3, cx::Softmax>>>(folder + "conv2d_softmax");
  write<cx::Network<Picture, cx::DepthwiseConv2D<3, cx::Multiplier<2>, cx::Same, cx::Stride<2, 1>, cx::Relu6>>>(
      folder + "depthwise");
  write<cx::Network<cx::Input<4, 20>, cx::Conv1D<6, 4, cx::Causal, cx::Dilation<3>, cx::Relu>,
                    cx::Conv1D<4, 3, cx::Stride<2>>, cx::Conv1D<8, 3, cx::Padding<2, 1>, cx::Groups<4>>>>(folder +
                                                                                                          "conv1d");
  write<cx::Network<Picture, cx::TransposedConv2D<5, 3, cx::Stride<2>, cx::Relu>>>(folder + "transposed_valid");
  write<cx::Network<Picture, cx::TransposedConv2D<5, 3, cx::Stride<2>, cx::Same>>>(folder + "transposed_same");
  write<cx::Network<Picture, cx::TransposedConv2D<2, 2, cx::Stride<3>, cx::Same>>>(folder + "transposed_with_rest");
  write<cx::Network<Picture, cx::TransposedConv2D<2, cx::KernelSize{4, 3}, cx::Padding<1, 2, 0, 1>>>>(
      folder + "transposed_padding");
}

void write_pools(const std::string& folder) {
  write<cx::Network<Picture, cx::MaxPool2D<2>>>(folder + "max_pool");
  write<cx::Network<Picture, cx::MaxPool2D<3, cx::Stride<2>, cx::Same>>>(folder + "max_pool_same");
  write<cx::Network<Picture, cx::AvgPool2D<cx::KernelSize{2, 3}, cx::Stride<1>, cx::Padding<1, 0, 2, 1>>>>(folder +
                                                                                                           "avg_pool");
  write<cx::Network<Picture, cx::AvgPool2D<2, cx::Padding<2>>>>(folder + "avg_pool_with_wide_padding");
  write<cx::Network<cx::Input<4, 21>, cx::MaxPool1D<3, cx::Same>, cx::AvgPool1D<2, cx::Stride<1>, cx::Padding<1>>>>(
      folder + "pools_of_sequences");
  write<cx::Network<Picture, cx::GlobalAvgPool>>(folder + "global_avg_pool");
  write<cx::Network<cx::Input<4, 21>, cx::GlobalAvgPool>>(folder + "global_avg_pool_of_a_sequence");
}

void write_normalizations(const std::string& folder) {
  write<cx::Network<cx::Input<13>, cx::BatchNorm<>, cx::LayerNorm<>, cx::RmsNorm<1e-3>>>(folder + "norms_of_a_vector");
  write<cx::Network<cx::Input<5, 7>, cx::BatchNorm<0.2, 1e-3>, cx::LayerNorm<1e-3>, cx::RmsNorm<>>>(
      folder + "norms_of_a_sequence");
  write<cx::Network<Picture, cx::BatchNorm<>>>(folder + "batch_norm_of_an_image");
  write<cx::Network<Picture, cx::GroupNorm<2>>>(folder + "group_norm");
  write<cx::Network<Picture, cx::GroupNorm<4, 1e-3>>>(folder + "instance_norm");
  write<cx::Network<cx::Input<6, 8>, cx::GroupNorm<1>>>(folder + "group_norm_of_a_sequence");
}

void write_shapes(const std::string& folder) {
  write<cx::Network<Picture, cx::ZeroPad2D<1, 2, 0, 3>, cx::Upsample2D<cx::KernelSize{2, 3}>>>(folder +
                                                                                               "pad_and_upsample");
  write<cx::Network<Picture, cx::Permute<2, 0, 1>, cx::Reshape<11, 36>, cx::Permute<1, 0>, cx::Flatten>>(folder +
                                                                                                         "shapes");
  write<cx::Network<cx::Input<9>, cx::Dropout<0.5f>>>(folder + "dropout_alone");
  write<cx::Network<cx::Input<9>, cx::Dense<7, cx::Relu>, cx::Dropout<0.5f>, cx::Dense<3>>>(folder + "mlp");
}

void write_composites(const std::string& folder) {
  write<cx::Network<
      Picture, cx::Residual<cx::Conv2D<4, 3, cx::Same, cx::Relu>, cx::BatchNorm<>>,
      cx::Residual<cx::Projection<cx::Conv2D<8, 1, cx::Stride<2>>>, cx::Conv2D<8, 3, cx::Same, cx::Stride<2>>>>>(
      folder + "residuals");
  write<cx::Network<Picture, cx::Concat<cx::Identity, cx::Conv2D<2, 3, cx::Same>,
                                        cx::Sequential<cx::Conv2D<3, 1>, cx::Activation<cx::Tanh>>>>>(folder +
                                                                                                      "concat");
  write<cx::Network<cx::Input<6>, cx::Parallel<cx::Dense<4>, cx::Sequential<cx::Dense<5, cx::Relu>, cx::Dense<4>>,
                                               cx::Dense<4, cx::Tanh>>>>(folder + "parallel");
  write<cx::Network<cx::Input<6>, cx::Sequential<cx::Dense<4>, cx::Concat<cx::Identity, cx::Dense<2>>>>>(folder +
                                                                                                         "nested");
}

}  // namespace

using Cnn = cx::Network<cx::Input<1, 12, 12>, cx::Conv2D<4, 3, cx::Relu>, cx::MaxPool2D<2>,
                        cx::Conv2D<6, 3, cx::Same, cx::Relu>, cx::Flatten, cx::Dense<16, cx::Relu>, cx::Dense<10>>;

void write_layers(const std::string& folder) {
  write_activations(folder);
  write_convolutions(folder);
  write_pools(folder);
  write_normalizations(folder);
  write_shapes(folder);
  write_composites(folder);
  write<Cnn>(folder + "cnn");
  write<Cnn>(folder + "cnn_external", {.input = "image", .output = "logits", .external_data = true});
  write<Cnn>(folder + "cnn_fixed", {.batch = samples, .metadata = {{"classes", "0 1 2"}}});
  write<cx::with_scalar<double, cx::Network<cx::Input<6>, cx::Dense<4, cx::Tanh>, cx::Dense<2>>>>(folder + "doubles");
}

}  // namespace models
