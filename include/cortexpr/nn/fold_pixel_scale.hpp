#pragma once

#include <cortexpr/core/pixel_scale.hpp>
#include <cortexpr/nn/network.hpp>
#include <cortexpr/nn/static_network.hpp>

#include <array>
#include <cstddef>

// What a network sees of a pixel is a linear function of the pixel, and so are the sums of its first layer.

namespace cortexpr {

namespace detail {

/// What has to be known of the layer that sees the pixels: whether zeros surround them, and which channel of the image an
/// element of its weight belongs to. A layer whose weight is no list of its inputs has neither.
template <class LayerType, class In>
struct SeesPixels {
  static constexpr bool directly = false;
};
template <std::size_t Units, class... Options, class In>
struct SeesPixels<Dense<Units, Options...>, In> {
  static constexpr bool directly = true, pads = false;
  static constexpr bool output_is_column = true;  // weight [In, Units]

  static constexpr std::size_t channel(std::size_t /*output*/, std::size_t input, std::size_t channels) {
    return input / (In::size / channels);
  }
};
template <Convolution g>
struct SeesPixelsByWindow {
  static constexpr bool directly = true;
  static constexpr bool pads =
      g.window.vertical.before + g.window.vertical.after + g.window.horizontal.before + g.window.horizontal.after > 0;
  static constexpr bool output_is_column = false;  // weight [filters, channels of a group, taps]

  static constexpr std::size_t channel(std::size_t output, std::size_t input, std::size_t /*channels*/) {
    return output / g.group_filters() * g.group_channels() + input / g.window.kernel_size();
  }
};
template <std::size_t Filters, KernelSize kernel, class... Options, class In>
struct SeesPixels<Conv2D<Filters, kernel, Options...>, In>
    : SeesPixelsByWindow<Conv2D<Filters, kernel, Options...>::template geometry<In>> {};
template <std::size_t Filters, std::size_t kernel, class... Options, class In>
struct SeesPixels<Conv1D<Filters, kernel, Options...>, In>
    : SeesPixelsByWindow<Conv1D<Filters, kernel, Options...>::template geometry<In>> {};
template <KernelSize kernel, class... Options, class In>
struct SeesPixels<DepthwiseConv2D<kernel, Options...>, In>
    : SeesPixelsByWindow<DepthwiseConv2D<kernel, Options...>::template geometry<In>> {};

/// The first layer that does more than see its input in another shape.
template <class Places, std::size_t Index = 0>
constexpr auto first_to_calculate() {
  if constexpr (Index + 1 < Places::size && At<Places, Index>::layer::is_view)
    return first_to_calculate<Places, Index + 1>();
  else
    return At<Places, Index>{};
}

}  // namespace detail

/// The same network for pixels as they are, numbers from 0 to 255: what the scale of each channel makes of a pixel is
/// multiplied into weight and bias of the first layer. What comes out takes bytes:
///
///     const auto deployed = cx::fold_pixel_scale(network, data.train.pixel_scales()[0]);
///     const std::size_t digit = deployed.classify(data.test.pixels(0).first<784>());
///
/// Outputs differ by rounding only.
/// Errors:  compile time: the first layer is no Dense, Conv2D, Conv1D or DepthwiseConv2D, or pads: black, not the zero
///          that the network was trained with, would then surround the pixels; another number of channels
template <class T, class... Elements, std::size_t Channels>
[[nodiscard]] constexpr auto fold_pixel_scale(const BasicNetwork<T, Elements...>& network,
                                              const std::array<PixelScale, Channels>& scales) {
  using Net = BasicNetwork<T, Elements...>;
  using Place = decltype(detail::first_to_calculate<typename Net::places>());
  using Sees = detail::SeesPixels<typename Place::layer, typename Place::input_shape>;
  constexpr bool fits = Channels == 1 || extent<typename Net::input_shape, 0> == Channels;
  static_assert(fits, "fold_pixel_scale: there must be one scale, or one for each channel of the input");
  static_assert(
      Sees::directly,
      "fold_pixel_scale: the first layer must be Dense or a convolution; put it there, or standardize inputs");
  Net folded = network;
  if constexpr (fits && Sees::directly) {
    static_assert(!Sees::pads,
                  "fold_pixel_scale: the first layer must not pad, as its zeros are no pixels; take Valid");
    const auto weight = Place::template parameter<0>(folded.block().data());
    T* const bias = Place::template parameter<1>(folded.block().data())[0];
    for (std::size_t row = 0; row < weight.count; ++row)
      for (std::size_t column = 0; column < weight.columns; ++column) {
        const std::size_t output = Sees::output_is_column ? column : row;
        const std::size_t input = Sees::output_is_column ? row : column;
        const PixelScale& scale = scales[Channels == 1 ? 0 : Sees::channel(output, input, Channels)];
        bias[output] += weight[row][column] * static_cast<T>(scale.offset);
        weight[row][column] *= static_cast<T>(scale.factor);
      }
  }
  return folded;
}
template <class T, class... Elements>
[[nodiscard]] constexpr auto fold_pixel_scale(const BasicNetwork<T, Elements...>& network, const PixelScale& scale) {
  return fold_pixel_scale(network, std::array<PixelScale, 1>{scale});
}
template <class Net>
[[nodiscard]] constexpr auto fold_pixel_scale(const StaticNetwork<Net>& network, const auto& scales) {
  return fold_pixel_scale(*network, scales);
}

}  // namespace cortexpr
