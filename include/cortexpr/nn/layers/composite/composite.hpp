#pragma once

#include <cortexpr/core/diagnostics.hpp>
#include <cortexpr/core/type_list.hpp>
#include <cortexpr/nn/layer.hpp>
#include <cortexpr/nn/layers/composite/bound_composite.hpp>
#include <cortexpr/nn/layers/composite/merge.hpp>

#include <cstddef>
#include <utility>

namespace cortexpr {
namespace detail {

/// Where a layer inside a layer does not fit.
template <class Outer, std::size_t Branch, std::size_t Layer, class LayerType, class ExpectedInput, class GotInput>
struct MismatchWithin;

template <class Outer, std::size_t Branch, std::size_t Index, class LayerType, class Bound>
struct CheckInner {
  using In = typename Bound::input_shape;
  static_assert(Binds<LayerType, typename Bound::value_type, In>,
                "Network: every element of a branch must be a layer, as nn/layer.hpp describes it");
  static constexpr bool done = [] {
    if constexpr (Binds<LayerType, typename Bound::value_type, In>)
      return sizeof(typename LayerType::template Check<
                    In, MismatchWithin<Outer, Branch, Index, LayerType, Expected<typename LayerType::expects>,
                                       Got<In>>>) > 0;
    else
      return true;
  }();
};

/// Checks the layers of one branch, the first of which is number `First`.
template <class Outer, std::size_t Branch, std::size_t First, class ChainType>
inline constexpr bool checked_inside = []<std::size_t... Index>(std::index_sequence<Index...>) {
  return (true && ... &&
          CheckInner<Outer, Branch, First + Index, LayerAt<ChainType, Index>, BoundAt<ChainType, Index>>::done);
}(std::make_index_sequence<ChainType::size>{});

}  // namespace detail

/// A layer whose branches are such chains, for blocks of your own that are more than a name for a Sequential:
///
///     struct Block : cx::Composite<cx::merge::Sum, cx::Sequential<...>, cx::Identity> {
///       static constexpr const char* name = "Block";
///     };
///
/// Shapes:  x [B, ...] -> y [B, Out], what the merge makes of the branches' outputs; parameters
///          "<branch>.<inner layer>.<parameter>", of a single branch "<inner layer>.<parameter>"
template <class Merge, class... Branches>
struct Composite : LayerDescription {
  static_assert(sizeof...(Branches) > 0, "Composite: there must be at least one branch");
  static constexpr const char* name = "Composite";
  /// Each a Sequential.
  using branches = detail::TypeList<detail::AsBranch<Branches>...>;
  /// The layer with other branches: what rewriting a topology makes of it.
  template <class... Others>
  using with_branches = Composite<Merge, Others...>;

  template <class T, class In>
  using Bound = detail::BoundComposite<T, In, Merge, detail::AsBranch<Branches>...>;

  template <class In>
  static constexpr bool branches_fit = Bound<float, In>::bound_branches::fit;
  template <class In, class Mismatch>
  static constexpr bool inner_layers_fit = []<std::size_t... K>(std::index_sequence<K...>) {
    return (true && ... && detail::checked_inside<Mismatch, K, Bound<float, In>::bound_branches::offsets[K].layers,
                                                 detail::At<typename Bound<float, In>::branches, K>>);
  }(std::make_index_sequence<sizeof...(Branches)>{});

  template <class In, class Mismatch>
  struct Check {
    static_assert(inner_layers_fit<In, Mismatch>, "Composite: each layer checks its input");
    static_assert(branches_fit<In>, "Composite: the merge must be able to make one output of those of the branches");
  };
};

}  // namespace cortexpr
