#pragma once

#include <cortexpr/nn/topology/arrays.hpp>

#include <cstddef>

namespace cortexpr {

/// The base of bound layers. A bound layer is a layer with a scalar type and an input shape; nn/layer.hpp describes its
/// members.
template <class T, class In, class Out>
struct BoundLayer {
  using value_type = T;
  using input_shape = In;
  using output_shape = Out;
  static constexpr Arrays<> arrays{};
  /// Multiply-adds for one sample.
  static constexpr std::size_t macs = 0;
  /// Whether the output is the input with another shape, so that no element is copied.
  static constexpr bool is_view = false;
  /// Whether the layer does nothing in inference.
  static constexpr bool only_in_training = false;
  /// The number of samples that the functions of backward take at a time; 0 means the whole batch.
  static constexpr std::size_t rows_at_a_time = 0;
};

namespace detail {

/// Whether the layer's output is its input in inference.
template <class Bound>
inline constexpr bool passes_through = Bound::is_view || Bound::only_in_training;

}  // namespace detail
}  // namespace cortexpr
