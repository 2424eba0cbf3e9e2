#pragma once

#include <cortexpr/config.hpp>

#include <cstddef>

namespace cortexpr {

// Single letters have one meaning in this library; everything else is named by words.
//   T scalar type   P pack    B batch   C channels   H height   W width   K filters   N elements of a vector
//   F features of a step
// X and Y are the types of the input and the output of a kernel. Kernels name the matrix W and its indices k, j as in
// the formula y_j = b_j + sum over k of x_k W_kj.
// Shapes are those of one sample, without the batch: a vector is Shape<N>, an image Shape<C, H, W>, a sequence of
// vectors Shape<Steps, F>, a signal of several channels Shape<C, Steps>.

/// The extents of an array, as a type. Arrays are row-major: the last index is contiguous.
template <std::size_t... Extents>
struct Shape {
  static constexpr std::size_t rank = sizeof...(Extents);
  /// The number of elements; 1 for the shape of rank 0.
  static constexpr std::size_t size = (std::size_t{1} * ... * Extents);
  static_assert(((Extents > 0) && ...), "Shape: every extent must be at least 1");
};

namespace detail {

/// Whether a type is a Shape<...>.
template <class Candidate>
inline constexpr bool is_shape = false;
template <std::size_t... Extents>
inline constexpr bool is_shape<Shape<Extents...>> = true;

template <class AnyShape>
struct Extents;
template <std::size_t... Extent>
struct Extents<Shape<Extent...>> {
  static constexpr std::size_t values[sizeof...(Extent) + 1] = {Extent..., 1};
  template <std::size_t Front>
  using prepend = Shape<Front, Extent...>;
};

}  // namespace detail

/// extent<Shape<3, 28, 28>, 0> == 3
template <class AnyShape, std::size_t Axis>
  requires(Axis < AnyShape::rank)
inline constexpr std::size_t extent = detail::Extents<AnyShape>::values[Axis];

/// The shape of a batch of B samples: Batched<B, Shape<28>> is Shape<B, 28>.
template <std::size_t B, class Sample>
using Batched = typename detail::Extents<Sample>::template prepend<B>;

}  // namespace cortexpr
