#include <doctest/doctest.h>

#include <array>
#include <cortexpr/nn/transform/fold_batch_norm.hpp>
#include <cortexpr/nn/transform/fold_pixel_scale.hpp>
#include <cortexpr/nn/transform/split_and_join.hpp>
#include <cortexpr/quantize/qat/calibration_aware.hpp>

#include "bits.hpp"

using namespace bits;

// Networks made of networks: folded, cut in two, and in 8 bits.

namespace {

using OfVectors = Network<Input<12>, Dense<16>, BatchNorm<>, Activation<Tanh>, Dropout<0.1f>, Dense<8, Relu>, Dense<3>>;
using OfImages =
    Network<Input<1, 8, 8>, Conv2D<4, 3>, BatchNorm<>, Activation<Relu>,
            Residual<DepthwiseConv2D<3, Same, Relu6>, Conv2D<4, 1>>, MaxPool2D<2>,
            Concat<Identity, Conv2D<3, 1, Sigmoid>>,
            Residual<Projection<Conv2D<5, 1>>, Conv2D<5, 3, Same>, BatchNorm<>>, AvgPool2D<2>, GlobalAvgPool, Dense<3>>;

/// Normal deviates as calibration data.
template <class Net>
struct Samples {
  std::size_t size() const { return 20; }
  std::size_t sample_size() const { return Net::input_shape::size; }
  void gather(std::size_t sample, std::uint64_t, float* out) const {
    laws::fill_normal(std::span{out, sample_size()}, 100 + sample);
  }
};

/// The integers of a quantized network, and what it makes of bytes.
template <class Small>
void check_quantized(const std::string& name, const Small& small) {
  check_stored(name, small);
  std::array<std::uint8_t, Small::input_shape::size> bytes{};
  Hash hash;
  for (std::size_t sample = 0; sample < 5; ++sample) {
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i * 37 + i / 7 + 91 * sample);
    hash.add_all(small.int8_outputs(bytes));
  }
  check(name + ".int8_outputs", hash);
}

template <class Net>
void check_transforms(const std::string& name) {
  const auto network = trained<Net>(name);
  const auto folded = fold_batch_norm(*network);
  check_stored(name + ".fold_batch_norm", folded);
  check_single(name + ".fold_batch_norm", folded);
  check_batch(name + ".fold_batch_norm", folded);
  check_stored(name + ".fold_pixel_scale", fold_pixel_scale(folded, PixelScale{.factor = 0.0127f, .offset = -0.424f}));
  check_stored(name + ".body", body<2>(*network));
  check_stored(name + ".head", head<2>(*network));
  check_quantized(name + ".quantized", quantize(*network, Samples<Net>{}));
  const auto aware = std::make_unique<QuantizationAware<Net>>(quantization_aware(*network, Samples<Net>{}));
  check_single(name + ".aware", *aware);
  Hash hash;
  const auto trainer = std::make_unique<Trainer<QuantizationAware<Net>, MeanSquaredError, Momentum<>, 4>>(
      *aware, MeanSquaredError{}, Momentum<>{.learning_rate = 0.01f});
  train(*trainer, hash);
  for_each_serialized(*aware, [&](auto number) { hash(number); });
  check(name + ".aware.trained", hash);
  check_quantized(name + ".aware.quantized", quantize(*aware));
}

}  // namespace

TEST_CASE("bits: networks of vectors, folded, cut and quantized") { check_transforms<OfVectors>("of_vectors"); }
TEST_CASE("bits: networks of images, folded, cut and quantized") { check_transforms<OfImages>("of_images"); }
