#pragma once

#include <cortexpr/nn/layers/composite/composite.hpp>

#include <cstddef>

namespace cortexpr {

/// Concatenates the outputs of its branches along the first axis: channels of images, elements of vectors, steps of
/// sequences. Each branch has the whole input. A branch is a layer, Sequential<...> or Identity.
///
///     cx::Concat<cx::Identity, cx::Conv2D<8, 3, cx::Same, cx::Relu>>
///
/// Shapes:  x [B, ...] -> y [B, sum of the branches' first extents, ...]; parameters "<branch>.<inner
///          layer>.<parameter>"
/// Cost:    that of its branches, and a copy of their outputs
/// Errors:  compile time: branches differ in more than the first extent; the errors of its layers, with
///          MismatchWithin<...>
/// Source:  Szegedy et al., "Going deeper with convolutions", 2015; Huang et al., "Densely connected convolutional
///          networks", 2017.
template <class... Branches>
struct Concat : Composite<merge::Concatenation, Branches...> {
  static_assert(sizeof...(Branches) > 0, "Concat: there must be at least one branch");
  static constexpr const char* name = "Concat";
  template <class... Others>
  using with_branches = Concat<detail::AsLayer<Others>...>;

  template <class In, class Mismatch>
  struct Check {
    static_assert(Concat::template inner_layers_fit<In, Mismatch>, "Concat: each layer checks its input");
    static_assert(
        Concat::template branches_fit<In>,
        "Concat: the branches must give shapes that are equal but for the first extent; pad or pool the others");
  };
};

CORTEXPR_CHECK_LAYER(Concat<Sequential<>>::Bound<float, Shape<3>>);

}  // namespace cortexpr
