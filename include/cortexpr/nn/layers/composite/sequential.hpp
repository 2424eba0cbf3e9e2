#pragma once

#include <cortexpr/nn/layers/composite/composite.hpp>

#include <cstddef>

namespace cortexpr {

/// Layers one after the other as one layer, so that a block of layers can have a name:
///
///     template <std::size_t Channels>
///     using Block = cx::Sequential<cx::Conv2D<Channels, 3, cx::Same>, cx::BatchNorm<>, cx::Activation<cx::Relu>>;
///
/// In Parallel and Concat it is a branch.
/// Shapes:  x [B, ...] -> y, the output of the last layer; parameters "<inner layer>.<parameter>"
/// Cost:    that of its layers, and a copy of the output
/// Errors:  compile time: the errors of its layers, with MismatchWithin<...>
template <class... Layers>
struct Sequential : Composite<merge::None, Sequential<Layers...>> {
  static constexpr const char* name = "Sequential";
  template <class Other>
  using with_branches = Other;

  template <class In, class Mismatch>
  struct Check {
    static_assert(Sequential::template inner_layers_fit<In, Mismatch>, "Sequential: each layer checks its input");
  };
};

/// A branch without layers, whose output is its input.
using Identity = Sequential<>;

CORTEXPR_CHECK_LAYER(Sequential<>::Bound<float, Shape<3>>);

}  // namespace cortexpr
