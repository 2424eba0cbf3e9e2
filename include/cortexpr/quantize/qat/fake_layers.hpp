#pragma once

#include <cortexpr/core/type_list.hpp>
#include <cortexpr/kernels/pooling/pool.hpp>
#include <cortexpr/nn/layers/composite/composite.hpp>
#include <cortexpr/nn/topology/chain.hpp>
#include <cortexpr/nn/transform/rewrite.hpp>
#include <cortexpr/quantize/qat/quantization_before.hpp>

#include <cstddef>
#include <type_traits>

// The layers of a chain, each in fake quantization.

namespace cortexpr {

template <class LayerType, class Before, class Rounding>
struct FakeQuantized;

namespace detail {

/// A layer whose int8 outputs are int8 inputs: a view, a choice of inputs, another order, or a layer that works only in
/// training. It rounds nothing.
template <class Bound>
concept KeepsInt8Values = passes_through<Bound> || std::is_same_v<typename Bound::reduction, kernels::Largest> ||
                          requires { requires Bound::reorders; };

/// A layer in fake quantization, the distance of its statistics to the quantization of its output, and their number.
template <class LayerType, class Bound, class Before, class Rounding>
struct FakeLayer {
  using type = FakeQuantized<LayerType, Before, Rounding>;
  using fake = typename type::template Bound<typename Bound::value_type, typename Bound::input_shape>;
  static constexpr std::size_t statistics = LayerMemory<fake>::statistics;
  using after =
      QuantizationBefore<statistics - array_offset<fake, std::remove_cvref_t<decltype(fake::range)>, ArrayCounts{}>>;
};
template <class LayerType, class Bound, class Before, class Rounding>
  requires KeepsInt8Values<Bound>
struct FakeLayer<LayerType, Bound, Before, Rounding> {
  using type = LayerType;
  using kept = typename Before::template Further<LayerMemory<Bound>::statistics>;
  using after = std::conditional_t<Bound::only_in_training, typename kept::InInference, kept>;
  static constexpr std::size_t statistics = LayerMemory<Bound>::statistics;
};

/// The layers of a chain, whose statistics begin where `Before` is seen from. `after` is the quantization of the chain's
/// output, seen from the end of its statistics.
template <class Layers, class Links, class Before, class Rounding, class Done = TypeList<>, std::size_t taken = 0>
struct FakeLayers {
  using layers = Done;
  using after = Before;
  static constexpr std::size_t statistics = taken;
};
template <class First, class... Layers, class Link, class... Links, class Before, class Rounding, class Done,
          std::size_t taken>
struct FakeLayers<TypeList<First, Layers...>, TypeList<Link, Links...>, Before, Rounding, Done, taken>
    : FakeLayers<
          TypeList<Layers...>, TypeList<Links...>,
          typename FakeLayer<First, typename Link::bound, Before, Rounding>::after, Rounding,
          typename Done::template append<typename FakeLayer<First, typename Link::bound, Before, Rounding>::type>,
          taken + FakeLayer<First, typename Link::bound, Before, Rounding>::statistics> {};

template <class ChainType, class Before, class Rounding>
using FakeChain = FakeLayers<typename ChainType::layers, typename ChainType::links, Before, Rounding>;

/// The branches of a composite layer, one after the other: as a list of Sequential, with the quantizations of their
/// outputs, seen from the end of the statistics of each.
template <class Chains, class Before, class Rounding, class Branches = TypeList<>, class After = TypeList<>>
struct FakeBranches {
  using branches = Branches;
  using after = After;
};
template <class First, class... Chains, class Before, class Rounding, class Branches, class After>
struct FakeBranches<TypeList<First, Chains...>, Before, Rounding, Branches, After>
    : FakeBranches<TypeList<Chains...>,
                   typename Before::template Further<FakeChain<First, Before, Rounding>::statistics>, Rounding,
                   typename Branches::template append<
                       typename ListedIn<Sequential, typename FakeChain<First, Before, Rounding>::layers>::type>,
                   typename After::template append<typename FakeChain<First, Before, Rounding>::after>> {};

/// A layer whose inner layers are in fake quantization. `after` lists the quantizations of its branches.
template <class LayerType, class Bound, class Before, class Rounding>
struct FakeInside {
  using layer = LayerType;
  using after = TypeList<>;
};
template <class LayerType, class Bound, class Before, class Rounding>
  requires CompositeLayer<Bound>
struct FakeInside<LayerType, Bound, Before, Rounding> {
  template <class... Chains>
  static TypeList<typename ListedIn<Sequential, typename Chains::layers>::type...> branches_of(TypeList<Chains...>);
  using fake = FakeBranches<typename Bound::branches, Before, Rounding>;
  using layer = typename WithBranches<LayerType, decltype(branches_of(typename Bound::branches{})),
                                      typename fake::branches>::type;
  using after = typename fake::after;
};

}  // namespace detail
}  // namespace cortexpr
