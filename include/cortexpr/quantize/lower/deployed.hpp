#pragma once

#include <cortexpr/nn/activations.hpp>
#include <cortexpr/nn/layers/activation.hpp>
#include <cortexpr/nn/layers/convolution/depthwise_conv2d.hpp>
#include <cortexpr/nn/layers/shape/reshape.hpp>
#include <cortexpr/nn/network.hpp>
#include <cortexpr/nn/topology/linear_map.hpp>
#include <cortexpr/nn/topology/parameters.hpp>
#include <cortexpr/nn/transform/fold_batch_norm.hpp>
#include <cortexpr/nn/transform/rewrite.hpp>

#include <cstddef>
#include <type_traits>

// The topology that is quantized. A BatchNorm that follows a linear layer is folded into it; any other becomes a depthwise
// convolution with one weight for each channel. An activation that only clamps becomes part of the linear layer before it;
// any other becomes a layer of its own, which is a table.

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

/// What becomes of a layer.
enum class Deployment { stays, fuses_with_next, is_split, becomes_depthwise };

template <class ChainType, std::size_t I>
constexpr Deployment deployment_of() {
  using LayerType = LayerAt<ChainType, I>;
  if constexpr (ChannelMapped<BoundAt<ChainType, I>>) {
    return Deployment::becomes_depthwise;
  } else if constexpr (HasActivation<LayerType>) {
    if constexpr (!Clamping<typename LayerType::activation>) return Deployment::is_split;
    if constexpr (I + 1 < ChainType::size) {
      using Next = LayerAt<ChainType, I + 1>;
      if constexpr (ActivationLayer<Next, BoundAt<ChainType, I + 1>>)
        if constexpr (std::is_same_v<typename LayerType::activation, Linear> && Clamping<typename Next::activation>)
          return Deployment::fuses_with_next;
    }
  }
  return Deployment::stays;
}

/// A view of a shape as another one.
template <class To>
struct ReshapeTo;
template <std::size_t... Extents>
struct ReshapeTo<Shape<Extents...>> {
  using type = Reshape<Extents...>;
};

/// The rule (nn/transform/rewrite.hpp).
struct Deploy {
  template <class ChainType, class Done = TypeList<>, std::size_t I = 0>
  static constexpr auto deployed() {
    if constexpr (I == ChainType::size) {
      return Done{};
    } else {
      using LayerType = LayerAt<ChainType, I>;
      constexpr Deployment here = deployment_of<ChainType, I>();
      if constexpr (here == Deployment::fuses_with_next) {
        using Next = typename LayerAt<ChainType, I + 1>::activation;
        using Fused = typename LayerType::template with_activation<Next>;
        return deployed<ChainType, typename Done::template append<Fused>, I + 2>();
      } else if constexpr (here == Deployment::is_split) {
        using Sums = typename LayerType::template with_activation<Linear>;
        using Table = Activation<typename LayerType::activation>;
        return deployed<ChainType, typename Done::template append<Sums>::template append<Table>, I + 1>();
      } else if constexpr (here == Deployment::becomes_depthwise) {
        using In = typename BoundAt<ChainType, I>::input_shape;
        using AsImage = Reshape<extent<In, 0>, In::size / extent<In, 0>, 1>;
        return deployed<ChainType,
                        typename Done::template append<AsImage>::template append<DepthwiseConv2D<1>>::template append<
                            typename ReshapeTo<In>::type>,
                        I + 1>();
      } else {
        return deployed<ChainType, typename Done::template append<RewrittenAt<Deploy, ChainType, I>>, I + 1>();
      }
    }
  }
  template <class ChainType>
  using layers = decltype(deployed<ChainType>());
};

/// Copies the parameters of a chain to those of the deployed chain, from layer I and from position `To` on.
template <class From, class Into, std::size_t I = 0, std::size_t To = 0, class T>
constexpr void copy_deployed(ChainData<const T> source, ChainData<T> target) {
  if constexpr (I < From::size) {
    using Here = BoundAt<From, I>;
    constexpr Deployment deployment = deployment_of<From, I>();
    constexpr bool is_depthwise = deployment == Deployment::becomes_depthwise;
    const ChainData<const T> here = source.at(From::offsets[I]);
    if constexpr (is_depthwise) {
      using There = BoundAt<Into, To + 1>;
      const ChainData<T> there = target.at(Into::offsets[To + 1]);
      const auto weight = parameter_rows<There, std::remove_cvref_t<decltype(There::weight)>>(there);
      const auto bias = parameter_rows<There, std::remove_cvref_t<decltype(There::bias)>>(there);
      for (std::size_t channel = 0; channel < weight.count; ++channel) {
        const auto map = Here::channel_map(here, channel);
        weight[channel][0] = map.factor;
        bias[0][channel] = map.add - map.subtract * map.factor;
      }
    } else {
      using There = BoundAt<Into, To>;
      const ChainData<T> there = target.at(Into::offsets[To]);
      if constexpr (CompositeLayer<Here>) {
        for_each_index<Here::branches::size>([&](auto k) {
          copy_deployed<At<typename Here::branches, k>, At<typename There::branches, k>>(
              here.at(Here::bound_branches::offsets[k].chain), there.at(There::bound_branches::offsets[k].chain));
        });
      } else {
        for (std::size_t i = 0; i < LayerMemory<Here>::parameters; ++i) there.parameters[i] = here.parameters[i];
        for (std::size_t i = 0; i < LayerMemory<Here>::statistics; ++i) there.statistics[i] = here.statistics[i];
      }
    }
    constexpr std::size_t taken = deployment == Deployment::fuses_with_next ? 2 : 1;
    constexpr std::size_t made = is_depthwise ? 3 : deployment == Deployment::is_split ? 2 : 1;
    copy_deployed<From, Into, I + taken, To + made>(source, target);
  }
}

template <class Net>
using Deployed = Rewritten<Deploy, FoldedBatchNorm<Net>>;

/// Writes the parameters of the same function as `network` to a network in the topology that is quantized.
template <class Net>
constexpr void deploy(const Net& network, Deployed<Net>& deployed) {
  using Folded = FoldedBatchNorm<Net>;
  with_object<Folded>([&](Folded& folded) {
    copy_folded<typename Net::chain, typename Folded::chain>(network.data(), folded.data());
    copy_deployed<typename Folded::chain, typename Deployed<Net>::chain>(static_cast<const Folded&>(folded).data(),
                                                                         deployed.data());
  });
}
template <class Net>
constexpr Deployed<Net> deploy(const Net& network) {
  Deployed<Net> deployed;
  deploy(network, deployed);
  return deployed;
}

}  // namespace cortexpr::detail
