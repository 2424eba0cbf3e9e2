#pragma once

#include <cortexpr/core/pixel_scale.hpp>
#include <cortexpr/nn/handle.hpp>
#include <cortexpr/nn/network.hpp>
#include <cortexpr/nn/topology/linear_map.hpp>
#include <cortexpr/nn/topology/parameters.hpp>

#include <array>
#include <cstddef>
#include <type_traits>

// The input of a network is a linear function of the pixels. It can be multiplied into the weight and bias of a linear
// first layer, so that the network takes the pixels themselves.

namespace cortexpr {

namespace detail {

/// The first layer that is not a view.
template <class ChainType, std::size_t Index = 0>
constexpr std::size_t first_to_calculate() {
  if constexpr (Index + 1 < ChainType::size && BoundAt<ChainType, Index>::is_view)
    return first_to_calculate<ChainType, Index + 1>();
  else
    return Index;
}

/// Whether the layer is linear and pads its input with zeros.
template <class Bound>
constexpr bool pads_pixels() {
  if constexpr (LinearLayer<Bound>)
    return Bound::linear_map.pads;
  else
    return false;
}

}  // namespace detail

/// Returns the network for pixels from 0 to 255: the scale of each channel is multiplied into the weight and bias of
/// the first layer. The network then takes bytes:
///
///     const auto deployed = cx::fold_pixel_scale(network, data.train.pixel_scales()[0]);
///     const std::size_t digit = deployed.classify(data.test.pixels(0).first<784>());
///
/// The outputs are the same except for rounding.
/// Errors:  compile time: the first layer is no Dense, Conv2D, Conv1D or DepthwiseConv2D, or it pads, since the zeros
///          of its padding would then stand for black pixels; another number of channels
template <class T, class... Elements, std::size_t Channels>
[[nodiscard]] constexpr auto fold_pixel_scale(const BasicNetwork<T, Elements...>& network,
                                              const std::array<PixelScale, Channels>& scales) noexcept {
  using Net = BasicNetwork<T, Elements...>;
  using Chain = typename Net::chain;
  constexpr std::size_t first = detail::first_to_calculate<Chain>();
  using Bound = detail::BoundAt<Chain, first>;
  constexpr bool is_linear = detail::LinearLayer<Bound>;
  constexpr bool fits = Channels == 1 || extent<typename Net::input_shape, 0> == Channels;
  static_assert(fits, "fold_pixel_scale: there must be one scale, or one for each channel of the input");
  static_assert(
      is_linear,
      "fold_pixel_scale: the first layer must be Dense or a convolution; put it there, or standardize inputs");
  Net folded = network;
  if constexpr (fits && is_linear) {
    static_assert(!detail::pads_pixels<Bound>(),
                  "fold_pixel_scale: the first layer must not pad, as its zeros are no pixels; take Valid");
    const auto here = folded.data().at(Chain::offsets[first]);
    const auto weight = detail::parameter_rows<Bound, std::remove_cvref_t<decltype(Bound::weight)>>(here);
    T* const bias = detail::parameter_rows<Bound, std::remove_cvref_t<decltype(Bound::bias)>>(here)[0];
    constexpr detail::LinearMap map = Bound::linear_map;
    for (std::size_t row = 0; row < weight.count; ++row)
      for (std::size_t column = 0; column < weight.columns; ++column) {
        const std::size_t output = map.outputs_are_columns ? column : row;
        const std::size_t element = map.outputs_are_columns ? row : column;
        const PixelScale& scale =
            scales[Channels == 1 ? 0 : map.channel(output, element, Bound::input_shape::size, Channels)];
        bias[output] += weight[row][column] * static_cast<T>(scale.offset);
        weight[row][column] *= static_cast<T>(scale.factor);
      }
  }
  return folded;
}
template <class T, class... Elements>
[[nodiscard]] constexpr auto fold_pixel_scale(const BasicNetwork<T, Elements...>& network,
                                              const PixelScale& scale) noexcept {
  return fold_pixel_scale(network, std::array<PixelScale, 1>{scale});
}
template <class Net>
[[nodiscard]] constexpr auto fold_pixel_scale(const Handle<Net>& network, const auto& scales) noexcept {
  return fold_pixel_scale(*network, scales);
}

}  // namespace cortexpr
