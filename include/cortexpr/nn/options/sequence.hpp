#pragma once

#include <cortexpr/core/shape.hpp>

#include <cstddef>

namespace cortexpr::detail {

/// The extents of a sequence [Steps, F]. A shape of another rank counts as one step of one feature, a placeholder, so
/// that only the sentence of Check appears.
template <class In>
struct SequenceExtents {
  static constexpr bool fits = false;
  static constexpr std::size_t steps = 1, features = 1;
};
template <std::size_t Steps, std::size_t Features>
struct SequenceExtents<Shape<Steps, Features>> {
  static constexpr bool fits = true;
  static constexpr std::size_t steps = Steps, features = Features;
};

}  // namespace cortexpr::detail
