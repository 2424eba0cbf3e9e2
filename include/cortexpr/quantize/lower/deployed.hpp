#pragma once

#include <cortexpr/nn/transform/fold_batch_norm.hpp>
#include <cortexpr/nn/network.hpp>

#include <cstddef>
#include <type_traits>

// The topology that is quantized: without BatchNorm, and with activations where 8 bits want them. One that only cuts
// off belongs to the layer whose sums it cuts off; any other is a table, and so a layer of its own.

namespace cortexpr::detail {

template <class ActivationType>
inline constexpr bool cuts_off = std::is_same_v<ActivationType, Linear> || std::is_same_v<ActivationType, Relu> ||
                                 std::is_same_v<ActivationType, Relu6>;

/// A layer with another activation. `activation` is void for layers that have none to exchange.
template <class LayerType>
struct ActivationOf {
  using activation = void;
};
template <std::size_t Units, class Old, class Initializer>
struct ActivationOf<Dense<Units, Old, Initializer>> {
  using activation = Old;
  template <class New>
  using with = Dense<Units, New, Initializer>;
};

/// The options of a convolution, the activation exchanged.
template <class New, class Done, class... Options>
struct ExchangeActivation {
  using type = typename Done::template append<New>;
};
template <class New, class Done, class First, class... Others>
struct ExchangeActivation<New, Done, First, Others...>
    : std::conditional_t<AnyActivation<First>, ExchangeActivation<New, Done, Others...>,
                         ExchangeActivation<New, typename Done::template append<First>, Others...>> {};

template <std::size_t Filters, KernelSize kernel, class... Options>
struct ActivationOf<Conv2D<Filters, kernel, Options...>> {
  using activation = typename Conv2D<Filters, kernel, Options...>::activation;
  template <class... New>
  using of = Conv2D<Filters, kernel, New...>;
  template <class New>
  using with = typename ListedIn<of, typename ExchangeActivation<New, TypeList<>, Options...>::type>::type;
};
template <std::size_t Filters, std::size_t kernel, class... Options>
struct ActivationOf<Conv1D<Filters, kernel, Options...>> {
  using activation = typename Conv1D<Filters, kernel, Options...>::activation;
  template <class... New>
  using of = Conv1D<Filters, kernel, New...>;
  template <class New>
  using with = typename ListedIn<of, typename ExchangeActivation<New, TypeList<>, Options...>::type>::type;
};
template <KernelSize kernel, class... Options>
struct ActivationOf<DepthwiseConv2D<kernel, Options...>> {
  using activation = typename DepthwiseConv2D<kernel, Options...>::activation;
  template <class... New>
  using of = DepthwiseConv2D<kernel, New...>;
  template <class New>
  using with = typename ListedIn<of, typename ExchangeActivation<New, TypeList<>, Options...>::type>::type;
};

struct Deploy;

/// Appends the layers, one after the other; `First` and an Activation after it may become one, or `First` two.
template <class Done, class... Remaining>
struct DeployLayers {
  using type = Done;
};
template <class Done, class First, class... Others>
struct DeployLayers<Done, First, Others...> {
  using activation = typename ActivationOf<First>::activation;
  static auto next() {
    if constexpr (std::is_void_v<activation>)
      return DeployLayers<typename Done::template append<Rewritten<Deploy, First>>, Others...>{};
    else if constexpr (cuts_off<activation>)
      return DeployLayers<typename Done::template append<First>, Others...>{};
    else
      return DeployLayers<typename Done::template append<typename ActivationOf<First>::template with<Linear>>::
                              template append<Activation<activation>>,
                          Others...>{};
  }
  using type = typename decltype(next())::type;
};
template <class Done, class First, class After, class... Others>
  requires(std::is_same_v<typename ActivationOf<First>::activation, Linear> && cuts_off<After>)
struct DeployLayers<Done, First, Activation<After>, Others...>
    : DeployLayers<typename Done::template append<typename ActivationOf<First>::template with<After>>, Others...> {};

/// The rule (rewrite.hpp).
struct Deploy {
  template <class... Layers>
  using chain = typename DeployLayers<TypeList<>, Layers...>::type;
};

template <class Net>
using Deployed = Rewritten<Deploy, FoldedBatchNorm<Net>>;

/// The same function as `network`, in the topology that is quantized.
template <class T, class... Elements>
constexpr auto deploy(const BasicNetwork<T, Elements...>& network) {
  const auto folded = fold_batch_norm(network);
  Deployed<BasicNetwork<T, Elements...>> deployed;
  static_assert(deployed.block_elements == folded.block_elements, "deploy: activations have no parameters");
  for (std::size_t i = 0; i < folded.block().size(); ++i) deployed.block()[i] = folded.block()[i];
  return deployed;
}

}  // namespace cortexpr::detail
