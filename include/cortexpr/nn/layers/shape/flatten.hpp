#pragma once

#include <cortexpr/nn/layer.hpp>

#include <cstddef>

namespace cortexpr {

/// Sees each sample as one vector, row-major; nothing moves.
/// Shapes:  x [B, C, H, W] (any rank) -> y [B, C*H*W]
/// Cost:    none
struct Flatten : LayerDefaults {
  static constexpr const char* name = "Flatten";
  using expects = AnyInput;
  static constexpr bool is_view = true;

  template <class In>
  using output_shape = Shape<In::size>;

  template <class Simd, class Pass>
  static constexpr void forward(const Pass&) {}
  template <class Simd, class Pass>
  static constexpr void backward(const Pass&) {}
};

static_assert(Layer<Flatten, Shape<2, 3>>, "Flatten: must satisfy the layer concept");

}  // namespace cortexpr
