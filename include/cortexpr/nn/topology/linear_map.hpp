#pragma once

#include <cortexpr/config.hpp>

#include <cstddef>

namespace cortexpr::detail {

/// Describes a layer whose outputs, before the activation, are sums of products plus a bias. The layer has a parameter
/// `weight`, with one column or row for each output or channel of outputs, and a parameter `bias` with one element for
/// each. The folding of BatchNorm and pixel scales and the lowering to 8 bits recognise layers by this member.
struct LinearMap {
  /// True for weight [inputs, outputs], as in Dense; false for weight [outputs, ...], as in a convolution.
  bool outputs_are_columns = false;
  /// Whether the layer pads its input with zeros.
  bool pads = false;
  /// Element `element` of the weights of output `output` is multiplied with this channel of the input:
  ///   output / outputs_per_group * channels_per_group + element / elements_per_channel
  /// If elements_per_channel is 0, it is element / (inputs / channels): the channels lie one after the other.
  std::size_t outputs_per_group = 1, channels_per_group = 0, elements_per_channel = 0;

  /// `inputs` is the size of the layer's input, `channels` the first extent of the network's input.
  constexpr std::size_t channel(std::size_t output, std::size_t element, std::size_t inputs,
                                std::size_t channels) const {
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

/// y = (x - subtract) * factor + add, for one channel. A layer that computes this in inference returns it from a
/// function channel_map(data, channel), and can then be folded into the linear layer before it.
template <class T>
struct ChannelMap {
  T subtract, factor, add;
};

}  // namespace cortexpr::detail
