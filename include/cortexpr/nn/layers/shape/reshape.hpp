#pragma once

#include <cortexpr/nn/layer.hpp>

#include <cstddef>

namespace cortexpr {

/// Sees each sample with other extents, row-major; nothing moves.
/// Shapes:  x [B, ...] -> y [B, Extents...]
/// Cost:    none
/// Errors:  compile time: the number of elements changes
template <std::size_t... Extents>
struct Reshape : LayerDefaults {
  static constexpr const char* name = "Reshape";
  using expects = AnyInput;
  static constexpr bool is_view = true;

  template <class In, class Mismatch>
  struct Check {
    static_assert(In::size == Shape<Extents...>::size,
                  "Reshape: the number of elements must stay the same; correct the extents");
  };

  template <class In>
  using output_shape = Shape<Extents...>;

  template <class Simd, class Pass>
  static constexpr void forward(const Pass&) {}
  template <class Simd, class Pass>
  static constexpr void backward(const Pass&) {}
};

static_assert(Layer<Reshape<3, 2>, Shape<6>>, "Reshape: must satisfy the layer concept");

}  // namespace cortexpr
