#pragma once

#include <cortexpr/nn/layers/composite/composite.hpp>

#include <cstddef>

namespace cortexpr {

/// The sum of the outputs of its branches. Each branch has the whole input. A branch is a layer, Sequential<...> or
/// Identity.
///
///     cx::Parallel<cx::Conv2D<8, 1>, cx::Sequential<cx::Conv2D<4, 3, cx::Same, cx::Relu>, cx::Conv2D<8, 1>>>
///
/// Shapes:  x [B, ...] -> y [B, Out], the output shape of all branches; parameters "<branch>.<inner layer>.<parameter>"
/// Cost:    that of its branches, and an addition for each output of each branch
/// Errors:  compile time: the branches have unequal output shapes; the errors of its layers, with MismatchWithin<...>
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
