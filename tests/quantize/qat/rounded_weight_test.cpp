#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cortexpr/nn/layers/convolution/conv2d.hpp>
#include <cortexpr/nn/layers/dense.hpp>
#include <cortexpr/quantize/int8/quantized_network.hpp>
#include <cortexpr/quantize/qat/rounded_weight.hpp>
#include <limits>
#include <memory>

#include "../../laws/fixtures.hpp"

// Training rounds the weights and sets the integers of the 8-bit layer in one pass. They are those of quantize.

using namespace cortexpr;
using laws::same_bits;

namespace {

/// What is wrong with the weights of some outputs.
enum class Case { plain, zeros, tiny, not_finite };

template <class LayerType, class In>
void check(Case which, Quantization input, Quantization result) {
  using Bound = typename LayerType::template Bound<float, In>;
  using Memory = detail::LayerMemory<Bound>;
  using Int8Layer = detail::Int8LayerOf<LayerType, Bound, rounding::HalfUp>;
  using Constants = typename Int8Layer::Constants;
  struct Block {
    alignas(64) std::array<float, Memory::parameters + 64> values{};
  };
  const auto parameters = std::make_unique<Block>(), to = std::make_unique<Block>();
  const detail::ChainData<const float> data{parameters->values.data(), nullptr};
  const auto weights =
      detail::parameter_of<Bound>(detail::ChainData<float>{parameters->values.data(), nullptr}, Bound::weight);
  constexpr bool columns = Bound::linear_map.outputs_are_columns;
  for (std::size_t row = 0; row < weights.count; ++row)
    for (std::size_t column = 0; column < weights.columns; ++column) {
      float& weight = weights[row][column];
      weight = Random{Seed{4}, row}.normal<float>(column);
      if ((columns ? column : row) % 3 != 1) continue;
      if (which == Case::zeros) weight = 0;
      if (which == Case::tiny) weight *= 1e-30f;
      if (which == Case::not_finite && column % 5 == 0) weight = std::numeric_limits<float>::quiet_NaN();
      if (which == Case::not_finite && column % 7 == 4) weight = std::numeric_limits<float>::infinity();
    }
  const auto bias =
      detail::parameter_of<Bound>(detail::ChainData<float>{parameters->values.data(), nullptr}, Bound::bias);
  for (std::size_t i = 0; i < bias.columns; ++i) bias[0][i] = Random{Seed{5}, 1}.normal<float>(i);

  const detail::ProductRounding<Bound, rounding::HalfUp, float> rounding{data, input, result};
  const auto expected = std::make_unique<Constants>(), found = std::make_unique<Constants>();
  expected->quantize(rounding, LayerType::activation::clamp);
  auto rounded = weights;
  rounded.data = to->values.data();
  detail::round_weight_as_integers<simd::Native>(rounding, rounded, *found);
  found->set_scales(rounding, LayerType::activation::clamp);
  CHECK(*found == *expected);
  std::size_t wrong = 0;
  for (std::size_t row = 0; row < weights.count; ++row)
    for (std::size_t column = 0; column < weights.stride; ++column) {
      if (column >= weights.columns) {
        wrong += !same_bits(rounded[row][column], 0.0f);
        continue;
      }
      const std::size_t output = columns ? column : row, k = columns ? row : column;
      const float weight = weights[row][column];
      const auto scale = static_cast<float>(std::fmin(rounding.scale(output), 3.40282346638528859812e38));
      const float number = scale * static_cast<float>(expected->weight(output, k));
      wrong += std::isnan(weight) ? !std::isnan(rounded[row][column])
                                  : !same_bits(rounded[row][column], std::isinf(weight) ? weight : number);
    }
  CHECK(wrong == 0);
  detail::NoProductConstants none;
  const auto alone = std::make_unique<Block>();
  rounded.data = alone->values.data();
  detail::round_weight_as_integers<simd::Native>(rounding, rounded, none);
  if (which != Case::not_finite) CHECK(same_bits(alone->values, to->values));
}

template <class LayerType, class In>
void check_all() {
  for (const Case which : {Case::plain, Case::zeros, Case::tiny, Case::not_finite}) {
    CAPTURE(which);
    check<LayerType, In>(which, {.scale = 0.01f, .zero_point = -7}, {.scale = 0.2f, .zero_point = 5});
    check<LayerType, In>(which, {.scale = 1, .zero_point = 3}, {.scale = 0.001f, .zero_point = 0});  // shifts sums
  }
}

}  // namespace

TEST_CASE("one pass over the weights rounds them and sets the integers that quantize sets") {
  check_all<Dense<10>, Shape<7>>();
  check_all<Dense<1>, Shape<6>>();
  check_all<Dense<16, Relu>, Shape<1>>();
  check_all<Dense<37, Relu6>, Shape<12>>();
  check_all<Dense<150>, Shape<33>>();
  check_all<Conv2D<5, 3, Same>, Shape<4, 6, 6>>();
  check_all<Conv2D<6, 3, Groups<2>>, Shape<16, 5, 5>>();
  check_all<DepthwiseConv2D<3, Relu>, Shape<19, 5, 5>>();
}
