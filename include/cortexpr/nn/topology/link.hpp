#pragma once

#include <cortexpr/core/tensor.hpp>
#include <cortexpr/nn/topology/bound_layer.hpp>
#include <cortexpr/simd/backend.hpp>

#include <cstddef>

namespace cortexpr::detail {

/// A bound layer in a chain of layers, whose input has rows of `InputStride` elements. All that follows from these two is
/// compiled once, however often such a layer stands in a network.
template <class BoundType, std::size_t InputStride>
struct Link {
  using bound = BoundType;
  using value_type = typename bound::value_type;
  static constexpr std::size_t input_stride = InputStride;
  static constexpr std::size_t output_stride =
      passes_through<bound> ? InputStride : simd::row_stride<value_type>(bound::output_shape::size);
  template <class T>
  using Input = Rows<T, bound::input_shape::size, input_stride>;
  template <class T>
  using Output = Rows<T, bound::output_shape::size, output_stride>;
};

}  // namespace cortexpr::detail
