#pragma once

#include <cortexpr/core/shape.hpp>

#include <cstddef>

namespace cortexpr::detail {

/// The extents of the image that a window moves over.
struct ImageExtents {
  std::size_t channels = 1;
  std::size_t height = 1;
  std::size_t width = 1;
};

template <std::size_t C, std::size_t H, std::size_t W>
constexpr ImageExtents as_image(Shape<C, H, W>) {
  return {C, H, W};
}
template <class Other>
constexpr ImageExtents as_image(Other) {
  return {};
}
template <std::size_t C, std::size_t Steps>
constexpr ImageExtents as_sequence(Shape<C, Steps>) {
  return {C, 1, Steps};
}
template <class Other>
constexpr ImageExtents as_sequence(Other) {
  return {};
}

/// Samples [C, H, W] as images. A shape of another rank counts as one pixel, a placeholder, so that only the sentence
/// of Check appears.
struct Images {
  static constexpr std::size_t rank = 3;
  template <class In>
  static constexpr ImageExtents of = as_image(In{});
  template <std::size_t C, std::size_t H, std::size_t W>
  using shape = Shape<C, H, W>;
};

/// Samples [C, Steps] as images of height 1.
struct Sequences {
  static constexpr std::size_t rank = 2;
  template <class In>
  static constexpr ImageExtents of = as_sequence(In{});
  template <std::size_t C, std::size_t H, std::size_t W>
  using shape = Shape<C, W>;
};

}  // namespace cortexpr::detail
