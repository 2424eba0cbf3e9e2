#pragma once

#include <cortexpr/nn/topology/linear_map.hpp>
#include <cortexpr/nn/topology/parameters.hpp>
#include <cortexpr/nn/transform/fold_pixel_scale.hpp>
#include <cortexpr/quantize/scheme/input_scales.hpp>
#include <cortexpr/quantize/scheme/quantization.hpp>

#include <array>
#include <cstddef>
#include <type_traits>

// Inputs whose columns have unlike ranges: each column is scaled before it becomes int8 values, and the weights of the first
// layer are divided by these scales.

namespace cortexpr::detail {

/// The number of columns that are scaled: the elements of a vector that goes to a layer like Dense, or the channels that go
/// to a convolution. Longer vectors are images and spectra, whose elements are alike, and would take 8 bytes for each.
template <class ChainType>
constexpr std::size_t input_columns() {
  using In = typename ChainType::input_shape;
  constexpr std::size_t first = first_to_calculate<ChainType>(), most = 256;
  if constexpr (LinearLayer<BoundAt<ChainType, first>>) {
    if (BoundAt<ChainType, first>::linear_map.outputs_are_columns && In::size <= most) return In::size;
    if (extent<In, 0> <= most) return extent<In, 0>;
  }
  return 1;
}
template <class Net>
using InputScalesOf = InputScales<input_columns<typename Net::chain>()>;

/// Scales for columns whose numbers lie in these ranges: the identity, unless some column has less than an eighth of the 256
/// steps. A layer that pads its input with zeros needs 0 to stay 0.
template <std::size_t Columns>
constexpr InputScales<Columns> scales_for(const std::array<Range, Columns>& ranges, bool pads) {
  InputScales<Columns> result;
  Range all;
  const auto span_of = [pads](Range range) {
    if (pads) return range.highest > -range.lowest ? range.highest : -range.lowest;
    return range.highest / 2 - range.lowest / 2;  // half of it, which cannot be infinite
  };
  for (const Range& range : ranges) all.include(range.lowest), all.include(range.highest);
  bool alike = true;
  for (const Range& range : ranges) alike = alike && (span_of(range) == 0 || span_of(range) >= span_of(all) / 8);
  if (alike) return result;
  for (std::size_t column = 0; column < Columns; ++column) {
    const Range range = ranges[column];
    // A column that is always the same keeps its unit. The bounds keep the factor finite and positive.
    const float span = span_of(range) > 0x1p-120f ? span_of(range) : span_of(range) > 0 ? 0x1p-120f : 1;
    result.factor[column] = 1 / span;
    if (!pads) result.offset[column] = -(range.highest / 2 + range.lowest / 2) / span;
  }
  return result;
}

/// Divides the weights of the first layer by the scales, so that the network takes scaled inputs.
template <class Net, std::size_t Columns>
constexpr void take_scaled_inputs([[maybe_unused]] Net& network, [[maybe_unused]] const InputScales<Columns>& scales) {
  if constexpr (Columns > 1) {
    using Chain = typename Net::chain;
    constexpr std::size_t first = first_to_calculate<Chain>();
    using Bound = BoundAt<Chain, first>;
    constexpr LinearMap map = Bound::linear_map;
    const auto here = network.data().at(Chain::offsets[first]);
    const auto weight = parameter_rows<Bound, std::remove_cvref_t<decltype(Bound::weight)>>(here);
    auto* const bias = parameter_rows<Bound, std::remove_cvref_t<decltype(Bound::bias)>>(here)[0];
    for (std::size_t row = 0; row < weight.count; ++row)
      for (std::size_t column = 0; column < weight.columns; ++column) {
        const std::size_t output = map.outputs_are_columns ? column : row;
        const std::size_t element = map.outputs_are_columns ? row : column;
        const std::size_t input = map.channel(output, element, Bound::input_shape::size, Columns);
        weight[row][column] /= scales.factor[input];
        bias[output] -= weight[row][column] * scales.offset[input];
      }
  }
}

}  // namespace cortexpr::detail
