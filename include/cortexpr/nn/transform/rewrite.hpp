#pragma once

#include <cortexpr/core/type_list.hpp>
#include <cortexpr/nn/layers/composite/sequential.hpp>
#include <cortexpr/nn/network.hpp>
#include <cortexpr/nn/topology/chain.hpp>

#include <cstddef>
#include <type_traits>

// Rewrites topologies. A rule replaces, combines or removes layers: its `layers<ChainType>` is the TypeList of the new
// layers of a chain, with RewrittenAt<Rule, ChainType, Position> for each layer that stays. It is applied to the chain
// of a network and to the branches of its composite layers.

namespace cortexpr::detail {

/// A template with the layers of a list as its arguments.
template <template <class...> class To, class List>
struct ListedIn;
template <template <class...> class To, class... Layers>
struct ListedIn<To, TypeList<Layers...>> {
  using type = To<Layers...>;
};

/// A composite layer with other branches.
template <class LayerType, class OldBranches, class NewBranches>
struct WithBranches;
template <class LayerType, class OldBranches, class... NewBranches>
struct WithBranches<LayerType, OldBranches, TypeList<NewBranches...>> {
  using type = typename LayerType::template with_branches<NewBranches...>;
};
/// If the branches do not change, the type does not change either.
template <class LayerType, class... Branches>
struct WithBranches<LayerType, TypeList<Branches...>, TypeList<Branches...>> {
  using type = LayerType;
};

template <class Rule, class LayerType, class Chains>
struct RewriteBranches;
template <class Rule, class LayerType, class... Chains>
struct RewriteBranches<Rule, LayerType, TypeList<Chains...>>
    : WithBranches<LayerType, TypeList<typename ListedIn<Sequential, typename Chains::layers>::type...>,
                   TypeList<typename ListedIn<Sequential, typename Rule::template layers<Chains>>::type...>> {};

template <class Rule, class LayerType, class Bound>
struct RewriteLayer {
  using type = LayerType;
};
template <class Rule, class LayerType, class Bound>
  requires CompositeLayer<Bound>
struct RewriteLayer<Rule, LayerType, Bound> : RewriteBranches<Rule, LayerType, typename Bound::branches> {};

/// The layer at a position of a chain, with its branches rewritten.
template <class Rule, class ChainType, std::size_t Position>
using RewrittenAt = typename RewriteLayer<Rule, LayerAt<ChainType, Position>, BoundAt<ChainType, Position>>::type;

template <class Rule, class Net>
struct RewriteNetwork;
template <class Rule, class T, class InputType, class... Layers>
struct RewriteNetwork<Rule, BasicNetwork<T, InputType, Layers...>> {
  template <class... New>
  using Topology = BasicNetwork<T, InputType, New...>;
  using chain = typename BasicNetwork<T, InputType, Layers...>::chain;
  using type = typename ListedIn<Topology, typename Rule::template layers<chain>>::type;
};

/// The network with all of its chains rewritten.
template <class Rule, class Net>
using Rewritten = typename RewriteNetwork<Rule, Net>::type;

}  // namespace cortexpr::detail
