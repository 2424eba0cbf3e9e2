#pragma once

#include <cstddef>

namespace cortexpr::detail {

/// What a layer says whose outputs, before the activation, are sums of products and a bias: it has a parameter `weight`,
/// in which each output, or each channel of outputs, has a column or a row of its own, and a parameter `bias` with an
/// element for each. Folding of BatchNorm and pixel scales, and rounding to 8 bits, know layers by that.
struct LinearMap {
  /// weight [inputs, outputs], as in Dense; else weight [outputs, ...], as in a convolution.
  bool outputs_are_columns = false;
  /// Zeros may surround the input, which no parameter is multiplied with.
  bool pads = false;
  /// The channel of the input that an element of the weight is multiplied with is
  ///   output / outputs_per_group * channels_per_group + element / elements_per_channel
  /// where `element` counts the weights of an output. 0: the input's channels lie one after the other, each
  /// (inputs / channels) elements.
  std::size_t outputs_per_group = 1, channels_per_group = 0, elements_per_channel = 0;

  /// `inputs` is the size of the layer's input, `channels` the first extent of the network's.
  constexpr std::size_t channel(std::size_t output, std::size_t element, std::size_t inputs, std::size_t channels) const {
    if (elements_per_channel == 0) return element / (inputs / channels);
    return output / outputs_per_group * channels_per_group + element / elements_per_channel;
  }
};

/// A bound layer with a linear map.
template <class Bound>
concept LinearLayer = requires {
  Bound::linear_map;
  Bound::weight;
  Bound::bias;
};

/// What a layer makes of each channel in inference: y = (x - subtract) * factor + add. A layer that says so in a function
/// channel_map(data, channel) can be folded into a linear layer before it.
template <class T>
struct ChannelMap {
  T subtract, factor, add;
};

}  // namespace cortexpr::detail
