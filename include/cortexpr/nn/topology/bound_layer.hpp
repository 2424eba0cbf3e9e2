#pragma once

#include <cortexpr/nn/topology/arrays.hpp>

#include <cstddef>

namespace cortexpr {

/// What a bound layer derives from: a layer that knows the scalar type and the shape of its input. nn/layer.hpp says what
/// it adds.
template <class T, class In, class Out>
struct BoundLayer {
  using value_type = T;
  using input_shape = In;
  using output_shape = Out;
  static constexpr Arrays<> arrays{};
  /// Multiply-adds for one sample.
  static constexpr std::size_t macs = 0;
  /// The output is the input, seen with another shape; nothing moves.
  static constexpr bool is_view = false;
  /// There is nothing to do outside training.
  static constexpr bool only_in_training = false;
  /// How many samples the functions of backward take at a time; 0: all of the batch.
  static constexpr std::size_t rows_at_a_time = 0;
};

namespace detail {

/// In inference the layer's input is its output.
template <class Bound>
inline constexpr bool passes_through = Bound::is_view || Bound::only_in_training;

}  // namespace detail
}  // namespace cortexpr
