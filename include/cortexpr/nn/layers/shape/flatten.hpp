#pragma once

#include <cortexpr/nn/layer.hpp>

namespace cortexpr {

/// Makes each sample one vector, in row-major order. No element is copied.
/// Shapes:  x [B, C, H, W] (any rank) -> y [B, C*H*W]
/// Cost:    none
struct Flatten : LayerDescription {
  static constexpr const char* name = "Flatten";

  template <class T, class In>
  struct [[CORTEXPR_ABI]] Bound : BoundLayer<T, In, Shape<In::size>> {
    static constexpr bool is_view = true;
  };
};
CORTEXPR_CHECK_LAYER(Flatten::Bound<float, Shape<2, 3>>);

}  // namespace cortexpr
