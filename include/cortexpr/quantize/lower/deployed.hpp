#pragma once

#include <cortexpr/nn/activations.hpp>
#include <cortexpr/nn/layers/activation.hpp>
#include <cortexpr/nn/network.hpp>
#include <cortexpr/nn/transform/fold_batch_norm.hpp>
#include <cortexpr/nn/transform/rewrite.hpp>

#include <cstddef>
#include <type_traits>

// The topology that is quantized: BatchNorm is folded, and activations stand where 8 bits need them. An activation that only
// clamps becomes part of the linear layer before it; any other becomes a layer of its own, which is a table.

namespace cortexpr::detail {

/// A layer whose activation can be exchanged.
template <class LayerType>
concept HasActivation = requires {
  typename LayerType::activation;
  typename LayerType::template with_activation<Linear>;
};

/// A layer that is an elementwise activation and nothing else.
template <class LayerType, class Bound>
concept ActivationLayer = ElementwiseActivation<typename LayerType::activation> && !has_parameters<Bound> &&
                          std::is_same_v<typename Bound::input_shape, typename Bound::output_shape>;

/// The rule (nn/transform/rewrite.hpp).
struct Deploy {
  template <class ChainType, class Done = TypeList<>, std::size_t I = 0>
  static constexpr auto deployed() {
    if constexpr (I == ChainType::size) {
      return Done{};
    } else {
      using LayerType = LayerAt<ChainType, I>;
      if constexpr (fuses_with_next<ChainType, I>()) {
        using Next = typename LayerAt<ChainType, I + 1>::activation;
        using Fused = typename LayerType::template with_activation<Next>;
        return deployed<ChainType, typename Done::template append<Fused>, I + 2>();
      } else if constexpr (is_split<LayerType>()) {
        using Sums = typename LayerType::template with_activation<Linear>;
        using Table = Activation<typename LayerType::activation>;
        return deployed<ChainType, typename Done::template append<Sums>::template append<Table>, I + 1>();
      } else {
        return deployed<ChainType, typename Done::template append<RewrittenAt<Deploy, ChainType, I>>, I + 1>();
      }
    }
  }
  template <class ChainType>
  using layers = decltype(deployed<ChainType>());

 private:
  template <class ChainType, std::size_t I>
  static constexpr bool fuses_with_next() {
    if constexpr (I + 1 < ChainType::size) {
      using Next = LayerAt<ChainType, I + 1>;
      if constexpr (HasActivation<LayerAt<ChainType, I>> && ActivationLayer<Next, BoundAt<ChainType, I + 1>>)
        return std::is_same_v<typename LayerAt<ChainType, I>::activation, Linear> &&
               Clamping<typename Next::activation>;
    }
    return false;
  }
  template <class LayerType>
  static constexpr bool is_split() {
    if constexpr (HasActivation<LayerType>)
      return !Clamping<typename LayerType::activation>;
    else
      return false;
  }
};

template <class Net>
using Deployed = Rewritten<Deploy, FoldedBatchNorm<Net>>;

/// Writes the parameters of the same function as `network` to a network in the topology that is quantized.
template <class Net>
constexpr void deploy(const Net& network, Deployed<Net>& deployed) {
  using Folded = FoldedBatchNorm<Net>;
  static_assert(Deployed<Net>::trainable_elements == Folded::trainable_elements &&
                    Deployed<Net>::statistics_elements == Folded::statistics_elements,
                "deploy: activations have no parameters");
  copy_folded<typename Net::chain, typename Folded::chain>(network.data(), deployed.data());
}
template <class Net>
constexpr Deployed<Net> deploy(const Net& network) {
  Deployed<Net> deployed;
  deploy(network, deployed);
  return deployed;
}

}  // namespace cortexpr::detail
