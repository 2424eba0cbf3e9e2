#pragma once

#include <cortexpr/core/type_list.hpp>
#include <cortexpr/kernels/elementwise/map.hpp>
#include <cortexpr/nn/handle.hpp>
#include <cortexpr/nn/network.hpp>
#include <cortexpr/nn/topology/linear_map.hpp>
#include <cortexpr/nn/topology/parameters.hpp>
#include <cortexpr/nn/transform/rewrite.hpp>

#include <array>
#include <cstddef>
#include <type_traits>

// In inference a BatchNorm is a linear function of each channel. If it directly follows a linear layer, it can be
// multiplied into the weight and bias of that layer.

namespace cortexpr {

namespace detail {

/// A bound layer that is a ChannelMap in inference.
template <class Bound>
concept ChannelMapped = requires(ChainData<const typename Bound::value_type> data) { Bound::channel_map(data, 0); };

/// Which layers of a chain stay, and which are folded into the layer before them.
template <class ChainType>
struct Folding {
  static constexpr std::size_t count = ChainType::size;
  template <std::size_t Index>
  static constexpr bool is_linear = [] {
    if constexpr (LinearLayer<BoundAt<ChainType, Index>>)
      return std::is_same_v<typename LayerAt<ChainType, Index>::activation, Linear>;
    else
      return false;
  }();
  static constexpr std::array<bool, count + 1> stay = [] {
    std::array<bool, count + 1> result{};
    bool follows_linear = false;  // a view in between changes the channels
    for_each_index<count>([&](auto index) {
      constexpr bool mapped = ChannelMapped<BoundAt<ChainType, index>>;
      result[index] = !mapped || !follows_linear;
      if (!mapped) follows_linear = is_linear<index>;
    });
    return result;
  }();
  /// The number of layers before `layer` that stay.
  static constexpr std::size_t before(std::size_t layer) {
    std::size_t result = 0;
    for (std::size_t i = 0; i < layer; ++i) result += stay[i] ? std::size_t{1} : 0;
    return result;
  }
};

/// The rule for rewrite.hpp.
struct FoldBatchNorm {
  template <class ChainType, class Done = TypeList<>, std::size_t Index = 0>
  static constexpr auto folded() {
    if constexpr (Index == ChainType::size)
      return Done{};
    else if constexpr (Folding<ChainType>::stay[Index])
      return folded<ChainType, typename Done::template append<RewrittenAt<FoldBatchNorm, ChainType, Index>>,
                    Index + 1>();
    else
      return folded<ChainType, Done, Index + 1>();
  }
  template <class ChainType>
  using layers = decltype(folded<ChainType>());
};

/// Multiplies the channel map of a layer into the weight and bias of the linear layer before it.
template <class Target, class Mapped, class T>
constexpr void fold_channels(ChainData<T> target, ChainData<const T> source) {
  using Weight = std::remove_cvref_t<decltype(Target::weight)>;
  using Bias = std::remove_cvref_t<decltype(Target::bias)>;
  const auto weight = parameter_rows<Target, Weight>(target);
  T* const bias = parameter_rows<Target, Bias>(target)[0];
  for (std::size_t output = 0; output < Bias::columns; ++output) {
    const auto map = Mapped::channel_map(source, output);
    if constexpr (Target::linear_map.outputs_are_columns)
      for (std::size_t i = 0; i < weight.count; ++i) weight[i][output] *= map.factor;
    else
      for (std::size_t i = 0; i < weight.columns; ++i) weight[output][i] *= map.factor;
    bias[output] = (bias[output] - map.subtract) * map.factor + map.add;
  }
}

/// Copies the parameters of layers that stay, and folds those of the others into them.
template <class From, class To, class T>
constexpr void copy_folded(ChainData<const T> source, ChainData<T> target) {
  using Fold = Folding<From>;
  for_each_index<From::size>([&](auto index) {
    constexpr std::size_t before = Fold::before(index);
    using Here = BoundAt<From, index>;
    const ChainData<const T> here = source.at(From::offsets[index]);
    if constexpr (!Fold::stay[index]) {
      fold_channels<BoundAt<To, before - 1>, Here>(target.at(To::offsets[before - 1]), here);
    } else {
      using There = BoundAt<To, before>;
      const ChainData<T> there = target.at(To::offsets[before]);
      if constexpr (CompositeLayer<Here>) {
        for_each_index<Here::branches::size>([&](auto k) {
          copy_folded<At<typename Here::branches, k>, At<typename There::branches, k>>(
              here.at(Here::bound_branches::offsets[k].chain), there.at(There::bound_branches::offsets[k].chain));
        });
      }
      for_each_network_array(std::remove_cvref_t<decltype(Here::arrays)>{}, [&]<class Array>(Array) {
        kernels::copy(parameter_rows<Here, Array>(here), parameter_rows<There, Array>(there));
      });
    }
  });
}

}  // namespace detail

/// The type of the network that fold_batch_norm returns.
template <class Net>
using FoldedBatchNorm = detail::Rewritten<detail::FoldBatchNorm, Net>;

/// Returns the network for inference in which each BatchNorm that directly follows a Dense, Conv2D, Conv1D or
/// DepthwiseConv2D with Linear activation is multiplied into the weight and bias of that layer, also inside composite
/// layers. Put the activation after the BatchNorm as a layer of its own. A BatchNorm elsewhere stays.
///
///     using Net = cx::Network<cx::Input<1, 28, 28>, cx::Conv2D<8, 3>, cx::BatchNorm<>, cx::Activation<cx::Relu>, ...>;
///     const cx::FoldedBatchNorm<Net> deployed = cx::fold_batch_norm(network);
///
/// The outputs are the same except for rounding.
template <class T, class... Elements>
[[nodiscard]] constexpr auto fold_batch_norm(const BasicNetwork<T, Elements...>& network) noexcept {
  using Net = BasicNetwork<T, Elements...>;
  using Folded = FoldedBatchNorm<Net>;
  Folded folded;
  detail::copy_folded<typename Net::chain, typename Folded::chain>(network.data(), folded.data());
  return folded;
}
template <class Net>
[[nodiscard]] constexpr auto fold_batch_norm(const Handle<Net>& network) noexcept {
  return fold_batch_norm(*network);
}

}  // namespace cortexpr
