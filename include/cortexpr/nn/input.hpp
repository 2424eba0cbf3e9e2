#pragma once

#include <cortexpr/core/shape.hpp>

#include <cstddef>

namespace cortexpr {

/// The first element of every topology: the shape of one sample. Input<784> is a vector, Input<1, 28, 28> an image
/// [C, H, W].
template <std::size_t... Extents>
struct Input {
  static_assert(sizeof...(Extents) > 0, "Input: a sample must have at least one extent, as in Input<784>");
  using shape = Shape<Extents...>;
};

}  // namespace cortexpr
