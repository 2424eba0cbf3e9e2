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

/// The layer that takes the input of a chain, if it is linear: the first layer that calculates, or the first one inside of
/// it if it has one branch, as Sequential and TimeDistributed have. `type` is void for other layers.
template <class ChainType>
struct InputLayer {
  static constexpr std::size_t index = first_to_calculate<ChainType>();
  using First = BoundAt<ChainType, index>;

  static constexpr bool has_one_branch() {
    if constexpr (CompositeLayer<First>)
      return First::branches::size == 1;
    else
      return false;
  }
  static constexpr auto found() {
    if constexpr (LinearLayer<First>)
      return std::type_identity<First>{};
    else if constexpr (has_one_branch())
      return InputLayer<At<typename First::branches, 0>>::found();
    else
      return std::type_identity<void>{};
  }
  using type = typename decltype(found())::type;

  /// Where its parameters are, given those of the chain.
  template <class T>
  static constexpr ChainData<T> data(ChainData<T> chain) {
    const ChainData<T> here = chain.at(ChainType::offsets[index]);
    if constexpr (LinearLayer<First>)
      return here;
    else
      return InputLayer<At<typename First::branches, 0>>::data(here.at(First::bound_branches::offsets[0].chain));
  }
};

/// The columns that are scaled: the elements of a vector that goes to a layer like Dense, or the channels that go to a
/// convolution. Longer vectors are images and spectra, whose elements are alike, and would take 8 bytes for each.
template <class ChainType>
constexpr InputColumns input_columns() {
  using Bound = typename InputLayer<ChainType>::type;
  if constexpr (!std::is_void_v<Bound>) {
    // The input as the first layer that calculates sees it may be a view of that of the network.
    constexpr bool is_inside = !LinearLayer<typename InputLayer<ChainType>::First>;
    using In = std::conditional_t<is_inside, typename Bound::input_shape, typename ChainType::input_shape>;
    constexpr std::size_t most = 256;
    if (Bound::linear_map.outputs_are_columns && In::size <= most) return {In::size, 1};
    if (extent<In, 0> > 1 && extent<In, 0> <= most) return {extent<In, 0>, In::size / extent<In, 0>};
  }
  return {};
}
template <class Net>
using InputScalesOf = InputScales<input_columns<typename Net::chain>()>;

/// Scales for columns whose numbers lie in these ranges: the identity, unless some column has less than an eighth of the 256
/// steps. A layer that pads its input with zeros needs 0 to stay 0.
template <InputColumns Columns>
constexpr InputScales<Columns> scales_for(const std::array<Range, Columns.count>& ranges, bool pads) {
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
  for (std::size_t column = 0; column < Columns.count; ++column) {
    const Range range = ranges[column];
    // A column that is always the same keeps its unit. The bounds keep the factor finite and positive.
    const float span = span_of(range) > 0x1p-120f ? span_of(range) : span_of(range) > 0 ? 0x1p-120f : 1;
    result.factor[column] = 1 / span;
    if (!pads) result.offset[column] = -(range.highest / 2 + range.lowest / 2) / span;
  }
  return result;
}

/// Divides the weights of the first layer by the scales, so that the network takes scaled inputs.
template <class Net, InputColumns Columns>
constexpr void take_scaled_inputs([[maybe_unused]] Net& network, [[maybe_unused]] const InputScales<Columns>& scales) {
  if constexpr (Columns.count > 1) {
    using Input = InputLayer<typename Net::chain>;
    using Bound = typename Input::type;
    constexpr LinearMap map = Bound::linear_map;
    const auto here = Input::data(network.data());
    const auto weight = parameter_rows<Bound, std::remove_cvref_t<decltype(Bound::weight)>>(here);
    auto* const bias = parameter_rows<Bound, std::remove_cvref_t<decltype(Bound::bias)>>(here)[0];
    for (std::size_t row = 0; row < weight.count; ++row)
      for (std::size_t column = 0; column < weight.columns; ++column) {
        const std::size_t output = map.outputs_are_columns ? column : row;
        const std::size_t element = map.outputs_are_columns ? row : column;
        const std::size_t input = map.channel(output, element, Bound::input_shape::size, Columns.count);
        weight[row][column] /= scales.factor[input];
        bias[output] -= weight[row][column] * scales.offset[input];
      }
  }
}

}  // namespace cortexpr::detail
