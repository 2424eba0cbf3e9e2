#pragma once

#include <cortexpr/nn/layers/composite/composite.hpp>

#include <cstddef>

namespace cortexpr {

/// Layers one after the other as one layer, so that a block can have a name and stand many times in a topology:
///
///     template <std::size_t Channels>
///     using Block = cx::Sequential<cx::Conv2D<Channels, 3, cx::Same>, cx::BatchNorm<>, cx::Activation<cx::Relu>>;
///
/// As a branch of Parallel or Concat it is what its layers are.
/// Shapes:  x [B, ...] -> what the last layer gives; parameters "<inner layer>.<parameter>"
/// Cost:    that of its layers, and a copy of the output
/// Errors:  compile time: those of its layers, with MismatchWithin<...>
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

/// Passes its input on: a branch without layers.
using Identity = Sequential<>;

CORTEXPR_CHECK_LAYER(Sequential<>::Bound<float, Shape<3>>);

}  // namespace cortexpr
