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

/// An inner layer that does not fit its input, for error messages.
template <class Outer, std::size_t Branch, std::size_t Layer, class LayerType, class ExpectedInput, class GotInput>
struct MismatchWithin;

template <class Outer, std::size_t Branch, std::size_t Index, class LayerType, class Bound, bool binds>
struct CheckInner {
  static_assert(binds, "Network: every element of a branch must be a layer, as nn/layer.hpp describes it");
  static constexpr bool done = true;
};
template <class Outer, std::size_t Branch, std::size_t Index, class LayerType, class Bound>
struct CheckInner<Outer, Branch, Index, LayerType, Bound, true> {
  using In = typename Bound::input_shape;
  using Mismatch = MismatchWithin<Outer, Branch, Index, LayerType, Expected<typename LayerType::expects>, Got<In>>;
  static constexpr bool done = sizeof(typename LayerType::template Check<In, Mismatch>) > 0;
};

/// Checks the layers of a branch. `First` is the number of its first layer.
template <class Outer, std::size_t Branch, std::size_t First, class ChainType,
          class Indices = std::make_index_sequence<ChainType::size>>
inline constexpr bool checked_inside = false;
template <class Outer, std::size_t Branch, std::size_t First, class ChainType, std::size_t... Index>
inline constexpr bool checked_inside<Outer, Branch, First, ChainType, std::index_sequence<Index...>> =
    sum({CheckInner<Outer, Branch, First + Index, LayerAt<ChainType, Index>, BoundAt<ChainType, Index>,
                    binds_at<ChainType, Index>>::done...}) == ChainType::size;

/// Checks the layers of all branches.
template <class Outer, class BoundBranches, class Indices = std::make_index_sequence<BoundBranches::count>>
inline constexpr bool checked_branches = false;
template <class Outer, class BoundBranches, std::size_t... Index>
inline constexpr bool checked_branches<Outer, BoundBranches, std::index_sequence<Index...>> =
    sum({checked_inside<Outer, Index, BoundBranches::offsets[Index].layers,
                        At<typename BoundBranches::chains, Index>>...}) == BoundBranches::count;

}  // namespace detail

/// A layer that consists of branches, as the base of composite layers of your own:
///
///     struct Block : cx::Composite<cx::merge::Sum, cx::Sequential<...>, cx::Identity> {
///       static constexpr const char* name = "Block";
///     };
///
/// Shapes:  x [B, ...] -> y [B, Out], the merged outputs of the branches; parameters "<branch>.<inner
///          layer>.<parameter>", or "<inner layer>.<parameter>" if there is one branch
template <class Merge, class... Branches>
struct Composite : LayerDescription {
  static_assert(sizeof...(Branches) > 0, "Composite: there must be at least one branch");
  static constexpr const char* name = "Composite";
  /// The branches, each as a Sequential.
  using branches = detail::TypeList<detail::AsBranch<Branches>...>;
  /// The same layer with other branches, for the rewriting of topologies.
  template <class... Others>
  using with_branches = Composite<Merge, Others...>;

  template <class T, class In>
  using Bound = detail::BoundComposite<T, In, Merge, detail::AsBranch<Branches>...>;

  template <class In>
  static constexpr bool branches_fit = Bound<float, In>::bound_branches::fit;
  template <class In, class Mismatch>
  static constexpr bool inner_layers_fit =
      detail::checked_branches<Mismatch, typename Bound<float, In>::bound_branches>;

  template <class In, class Mismatch>
  struct Check {
    static_assert(inner_layers_fit<In, Mismatch>, "Composite: each layer checks its input");
    static_assert(branches_fit<In>, "Composite: the merge must be able to make one output of those of the branches");
  };
};

}  // namespace cortexpr
