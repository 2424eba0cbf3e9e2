#pragma once

#include <cortexpr/core/type_list.hpp>
#include <cortexpr/nn/layers/composite/branch.hpp>
#include <cortexpr/nn/layers/composite/concat.hpp>
#include <cortexpr/nn/layers/composite/parallel.hpp>
#include <cortexpr/nn/layers/composite/residual.hpp>
#include <cortexpr/nn/layers/composite/sequential.hpp>
#include <cortexpr/nn/network.hpp>

// Topologies made from topologies: a rule exchanges, joins or leaves out layers, and this applies it to each chain of
// layers, those inside branches included. A rule's `chain<Layers...>` is a TypeList of what takes their place; it has
// Rewritten<Rule, LayerType> for each layer that stays.

namespace cortexpr::detail {

template <template <class...> class To, class List>
struct ListedIn;
template <template <class...> class To, class... Layers>
struct ListedIn<To, TypeList<Layers...>> {
  using type = To<Layers...>;
};

/// A branch of one layer is that layer.
template <class LayerType>
struct AsLayer {
  using type = LayerType;
};
template <class LayerType>
struct AsLayer<Sequential<LayerType>> {
  using type = LayerType;
};

template <class Rule, class LayerType>
struct Rewrite {
  using type = LayerType;
};
/// The layer, or the network, with the chains inside it rewritten.
template <class Rule, class LayerType>
using Rewritten = typename Rewrite<Rule, LayerType>::type;
template <class Rule, class BranchType>
using RewrittenBranch = typename AsLayer<Rewritten<Rule, AsBranch<BranchType>>>::type;

template <class Rule, class... Layers>
struct Rewrite<Rule, Sequential<Layers...>> : ListedIn<Sequential, typename Rule::template chain<Layers...>> {};
template <class Rule, class... Layers>
struct Rewrite<Rule, Projection<Layers...>> : ListedIn<Projection, typename Rule::template chain<Layers...>> {};
template <class Rule, class... Layers>
struct Rewrite<Rule, Residual<Layers...>> : ListedIn<Residual, typename Rule::template chain<Layers...>> {};
template <class Rule, class... Branches>
struct Rewrite<Rule, Parallel<Branches...>> {
  using type = Parallel<RewrittenBranch<Rule, Branches>...>;
};
template <class Rule, class... Branches>
struct Rewrite<Rule, Concat<Branches...>> {
  using type = Concat<RewrittenBranch<Rule, Branches>...>;
};
template <class Rule, class T, class InputType, class... Layers>
struct Rewrite<Rule, BasicNetwork<T, InputType, Layers...>> {
  template <class... New>
  using Topology = BasicNetwork<T, InputType, New...>;
  using type = typename ListedIn<Topology, typename Rule::template chain<Layers...>>::type;
};

}  // namespace cortexpr::detail
