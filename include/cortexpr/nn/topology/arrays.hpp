#pragma once

#include <cortexpr/core/shape.hpp>
#include <cortexpr/core/type_list.hpp>
#include <cortexpr/nn/initializers.hpp>

#include <array>
#include <cstddef>

// The arrays of a layer. A bound layer (bound_layer.hpp) declares each of them once, as a constant with a name, and
// lists them in `arrays`:
//
//   static constexpr Parameter<"weight", Shape<In::size, Units>, HeNormal, Fan{In::size, Units}> weight{};
//   static constexpr Saved<"mask", In::size> mask{};
//   static constexpr Arrays arrays{weight, mask};
//
// Sizes, offsets, views, reports and the names in files follow from the declaration. In the layer's functions
// `pass[weight]` is a view of the array: a pointer for a vector that all samples share, and Rows for a matrix and for a
// vector per sample. An array without elements takes no memory, and its layer must not access it.

namespace cortexpr {

namespace detail {

/// The kinds of memory. Each has its own lifetime and its own block.
enum class Region { parameters, statistics, saved, saved_of_batch, state, scratch, backward_scratch, accumulators };

/// An array with a name: a vector, or a row-major matrix. The extents are `columns`, or `rows` and `columns`.
template <FixedString Name, Region region_of, std::size_t... extents>
struct NamedArray {
  static_assert(sizeof...(extents) == 1 || sizeof...(extents) == 2,
                "Arrays: an array of a layer is a vector or a matrix; give one extent, or rows and columns");
  static constexpr auto name = Name;
  static constexpr Region region = region_of;
  static constexpr std::size_t rank = sizeof...(extents);
  static constexpr std::array<std::size_t, rank> all{extents...};
  static constexpr std::size_t rows = rank == 1 ? 1 : all[0], columns = all[rank - 1];
  /// Whether each sample has its own array.
  static constexpr bool per_sample = false;
  /// Whether the array exists only if the gradient by the layer's input is wanted.
  static constexpr bool only_for_input_gradient = false;
};

/// An array with a shape of any rank. It is stored as a matrix with one row for each index of the first axis; a vector
/// is one row.
template <FixedString Name, Region region_of, class ArrayShape>
struct ShapedArray {
  static constexpr auto name = Name;
  static constexpr Region region = region_of;
  using shape = ArrayShape;
  static constexpr std::size_t rank = shape::rank < 2 ? 1 : 2;
  static constexpr std::size_t rows = shape::rank < 2 ? 1 : extent<shape, 0>;
  static constexpr std::size_t columns = shape::size / rows;
  static constexpr bool per_sample = false, only_for_input_gradient = false;
};

}  // namespace detail

/// An array that training updates. The initializer gives its first values.
template <detail::FixedString Name, class ParameterShape, AnyInitializer InitializerType, Fan fan_of = Fan{1, 1}>
struct Parameter : detail::ShapedArray<Name, detail::Region::parameters, ParameterShape> {
  using initializer = InitializerType;
  static constexpr Fan fan = fan_of;
  static constexpr bool trainable = true;
  /// Whether it is a bias, a scale or a shift, not a matrix: optimizers may leave it out of weight decay.
  static constexpr bool is_vector = ParameterShape::rank < 2;
};

/// A Parameter of several axes that is added to sums, and so no matrix.
template <detail::FixedString Name, class ParameterShape, AnyInitializer InitializerType>
struct BiasParameter : Parameter<Name, ParameterShape, InitializerType> {
  static constexpr bool is_vector = true;
};

/// An array that belongs to the network like its parameters, but which no optimizer updates. The layer's
/// update_statistics does so after each batch of training.
template <detail::FixedString Name, class StatisticShape, AnyInitializer InitializerType>
struct Statistic : detail::ShapedArray<Name, detail::Region::statistics, StatisticShape> {
  using initializer = InitializerType;
  static constexpr Fan fan{1, 1};
  static constexpr bool trainable = false;
};

/// An array per sample that forward writes in training and that backward reads.
template <detail::FixedString Name, std::size_t... extents>
struct Saved : detail::NamedArray<Name, detail::Region::saved, extents...> {
  static constexpr bool per_sample = true;
};

/// An array for the whole batch that forward writes in training and that backward reads.
template <detail::FixedString Name, std::size_t... extents>
struct SavedOfBatch : detail::NamedArray<Name, detail::Region::saved_of_batch, extents...> {};

/// An array per stream that is carried from one part of the stream to the next, when a network runs with a State. It is
/// zero before the first part.
template <detail::FixedString Name, std::size_t... extents>
struct StreamState : detail::NamedArray<Name, detail::Region::state, extents...> {
  static constexpr bool per_sample = true;
};

/// Scratch of forward. Its content is undefined at the beginning.
template <detail::FixedString Name, std::size_t... extents>
struct Scratch : detail::NamedArray<Name, detail::Region::scratch, extents...> {};

/// Scratch of the functions of backward. Its content is undefined before the first of them, and stays until the last.
template <detail::FixedString Name, std::size_t... extents>
struct BackwardScratch : detail::NamedArray<Name, detail::Region::backward_scratch, extents...> {};

/// BackwardScratch that exists only if the gradient by the input is wanted.
template <detail::FixedString Name, std::size_t... extents>
struct InputGradientScratch : detail::NamedArray<Name, detail::Region::backward_scratch, extents...> {
  static constexpr bool only_for_input_gradient = true;
};

/// An array per sample that backward_output or backward_input writes and that backward_parameters reads. It holds the
/// samples that backward takes at a time.
template <detail::FixedString Name, std::size_t... extents>
struct Carried : detail::NamedArray<Name, detail::Region::backward_scratch, extents...> {
  static constexpr bool per_sample = true;
};

/// Sums over the samples of a batch, for the functions of backward. They lie on the stack, so there must be few.
template <detail::FixedString Name, std::size_t... extents>
struct Accumulator : detail::NamedArray<Name, detail::Region::accumulators, extents...> {};

/// The arrays of a layer, in the order in which they lie in memory and in files.
template <class... List>
struct Arrays {
  constexpr Arrays() = default;
  constexpr explicit Arrays(List...)
    requires(sizeof...(List) > 0)
  {}
  static constexpr std::size_t size = sizeof...(List);
};

template <class... A, class... B>
constexpr Arrays<A..., B...> operator+(Arrays<A...>, Arrays<B...>) {
  return {};
}

}  // namespace cortexpr
