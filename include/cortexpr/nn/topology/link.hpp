#pragma once

#include <cortexpr/core/tensor.hpp>
#include <cortexpr/nn/topology/bound_layer.hpp>
#include <cortexpr/simd/backend.hpp>

#include <cstddef>

namespace cortexpr::detail {

/// A bound layer together with the row stride of its input in a chain. Contexts depend on nothing else, so that equal
/// layers of a network share their code.
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
