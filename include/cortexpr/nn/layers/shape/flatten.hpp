#pragma once

#include <cortexpr/nn/layer.hpp>

namespace cortexpr {

/// Sees each sample as one vector, row-major; no element moves.
/// Shapes:  x [B, C, H, W] (any rank) -> y [B, C*H*W]
/// Cost:    none
struct Flatten : LayerDescription {
  static constexpr const char* name = "Flatten";

  template <class T, class In>
  struct Bound : BoundLayer<T, In, Shape<In::size>> {
    static constexpr bool is_view = true;
  };
};
CORTEXPR_CHECK_LAYER(Flatten::Bound<float, Shape<2, 3>>);

}  // namespace cortexpr
