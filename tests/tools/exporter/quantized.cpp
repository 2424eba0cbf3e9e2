#include "models.hpp"

#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace models {

namespace {

constexpr std::size_t calibrated = 64;

/// Samples whose columns have unlike ranges, if they are vectors.
std::vector<float> numbers_of(std::size_t count, std::size_t features) {
  std::vector<float> numbers(count * features);
  for (std::size_t i = 0; i < numbers.size(); ++i)
    numbers[i] = static_cast<float>(std::sin(static_cast<double>(i) * 1.3 + 0.2) *
                                    (features < 100 ? 1 + static_cast<double>(i % features) : 1.0));
  return numbers;
}

template <class Net, class Rounding = cx::rounding::own>
void write_int8(const std::string& path) {
  auto network = cx::make_network<Net>();
  scramble(*network);
  const auto inputs = numbers_of(calibrated, Net::input_shape::size);
  const std::vector<int> labels(calibrated);
  const auto small = cx::quantize<Rounding>(*network, cx::Dataset{inputs, labels});
  std::vector<float> outputs(calibrated * Net::output_shape::size);
  small(std::span<const float>{inputs}, std::span<float>{outputs});
  cx::onnx::save(small, path + ".onnx");
  auto extents = batch_of<typename Net::input_shape>();
  extents[0] = calibrated;
  cx::npy::write(path + ".input.npy", std::span<const float>{inputs}, extents);
  extents = batch_of<typename Net::output_shape>();
  extents[0] = calibrated;
  cx::npy::write(path + ".output.npy", std::span<const float>{outputs}, extents);
  const float scale[]{small.output_quantization().scale};
  cx::npy::write(path + ".scale.npy", std::span<const float>{scale}, {1});
}

}  // namespace

void write_quantized(const std::string& folder) {
  write_int8<cx::Network<cx::Input<12>, cx::Dense<32, cx::Relu>, cx::Dropout<0.5f>, cx::Dense<10>>>(folder +
                                                                                                    "int8_mlp");
  write_int8<cx::Network<cx::Input<12>, cx::Dense<24, cx::Tanh>, cx::Dense<16, cx::Relu6>, cx::Dense<5>>>(folder +
                                                                                                          "int8_tanh");
  write_int8<cx::Network<cx::Input<2, 12, 12>, cx::Conv2D<8, 3, cx::Same>, cx::BatchNorm<>, cx::Activation<cx::Relu>,
                         cx::MaxPool2D<2>, cx::DepthwiseConv2D<3, cx::Same, cx::Relu6>, cx::Conv2D<8, 1, cx::Relu>,
                         cx::AvgPool2D<2>, cx::Flatten, cx::Dense<10>>>(folder + "int8_cnn");
  write_int8<cx::Network<
      cx::Input<2, 12, 12>, cx::Conv2D<8, 3, cx::Same, cx::Relu>,
      cx::Residual<cx::Conv2D<8, 3, cx::Same, cx::Relu>, cx::Conv2D<8, 3, cx::Same>>, cx::Activation<cx::Relu>,
      cx::Residual<cx::Projection<cx::Conv2D<12, 1, cx::Stride<2>>>, cx::Conv2D<12, 3, cx::Same, cx::Stride<2>>>,
      cx::Concat<cx::Identity, cx::Conv2D<4, 3, cx::Same, cx::Relu>>, cx::GlobalAvgPool, cx::Dense<10>>>(folder +
                                                                                                         "int8_resnet");
  write_int8<cx::Network<cx::Input<6, 5>, cx::TimeDistributed<cx::Dense<8, cx::Relu>, cx::Dense<4>>, cx::Permute<1, 0>,
                         cx::Flatten, cx::Dense<3>>>(folder + "int8_steps");
  write_int8<cx::Network<cx::Input<3, 20>, cx::Conv1D<6, 3, cx::Causal, cx::Relu>, cx::Conv1D<6, 3, cx::Groups<2>>,
                         cx::GlobalAvgPool, cx::Dense<3>>>(folder + "int8_conv1d");
  using OfLiteRt = cx::Network<cx::Input<2, 8, 8>, cx::Conv2D<4, 3, cx::Same, cx::Relu>, cx::AvgPool2D<2>,
                               cx::Residual<cx::Conv2D<4, 3, cx::Same>>, cx::Flatten, cx::Dense<3>>;
  write_int8<OfLiteRt, cx::rounding::xnnpack>(folder + "int8_xnnpack");
  write_int8<OfLiteRt, cx::rounding::tflite_reference>(folder + "int8_tflite_reference");
}

}  // namespace models
