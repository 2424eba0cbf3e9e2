#pragma once

#include <cortexpr/nn/layer.hpp>

#include <cstddef>

namespace cortexpr {

/// Gives each sample other extents, in row-major order. No element is copied.
/// Shapes:  x [B, ...] -> y [B, Extents...]
/// Cost:    none
/// Errors:  compile time: the number of elements changes
template <std::size_t... Extents>
struct Reshape : LayerDescription {
  static constexpr const char* name = "Reshape";

  template <class In, class Mismatch>
  struct Check {
    static_assert(In::size == Shape<Extents...>::size,
                  "Reshape: the number of elements must stay the same; correct the extents");
  };

  template <class T, class In>
  struct [[CORTEXPR_ABI]] Bound : BoundLayer<T, In, Shape<Extents...>> {
    static constexpr bool is_view = true;
  };
};
CORTEXPR_CHECK_LAYER(Reshape<3, 2>::Bound<float, Shape<6>>);

}  // namespace cortexpr
