#pragma once

#include <cortexpr/nn/layers/composite/composite.hpp>

#include <cstddef>

namespace cortexpr {

/// The sum of its branches, each of which takes the whole input; a branch is a layer, Sequential<...> or Identity:
///
///     cx::Parallel<cx::Conv2D<8, 1>, cx::Sequential<cx::Conv2D<4, 3, cx::Same, cx::Relu>, cx::Conv2D<8, 1>>>
///
/// Shapes:  x [B, ...] -> y [B, Out], which all branches give; parameters "<branch>.<inner layer>.<parameter>"
/// Cost:    that of its branches, and an addition for each output of each branch
/// Errors:  compile time: the branches give unequal shapes; those of its layers, with MismatchWithin<...>
template <class... Branches>
struct Parallel : Composite<merge::Sum, Branches...> {
  static_assert(sizeof...(Branches) > 0, "Parallel: there must be at least one branch");
  static constexpr const char* name = "Parallel";
  template <class... Others>
  using with_branches = Parallel<detail::AsLayer<Others>...>;

  template <class In, class Mismatch>
  struct Check {
    static_assert(Parallel::template inner_layers_fit<In, Mismatch>, "Parallel: each layer checks its input");
    static_assert(Parallel::template branches_fit<In>,
                  "Parallel: all branches must give the same shape, for they are added; Concat puts them side by side");
  };
};

CORTEXPR_CHECK_LAYER(Parallel<Sequential<>>::Bound<float, Shape<3>>);

}  // namespace cortexpr
