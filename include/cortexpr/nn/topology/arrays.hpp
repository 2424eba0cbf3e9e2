#pragma once

#include <cortexpr/core/shape.hpp>
#include <cortexpr/core/type_list.hpp>
#include <cortexpr/nn/initializers.hpp>

#include <array>
#include <cstddef>

// The arrays of a layer. A bound layer (bound_layer.hpp) declares each of them once, as a constant with a name, and lists
// them in `arrays`:
//
//   static constexpr Parameter<"weight", Shape<In::size, Units>, HeNormal, Fan{In::size, Units}> weight{};
//   static constexpr Saved<"mask", In::size> mask{};
//   static constexpr Arrays arrays{weight, mask};
//
// Sizes, offsets, views, reports and the names in files follow from the declaration. In the layer's functions
// `pass[weight]` is a view of the array: Rows for a matrix and for one row per sample, else a pointer.
// An array of no elements is not there; its layer must not ask for it.

namespace cortexpr {

namespace detail {

/// The memory that an array is a part of.
enum class Region { parameters, statistics, saved, saved_of_batch, state, scratch, backward_scratch, accumulators };

/// A vector of `columns` elements, or with two extents a matrix, row by row.
template <FixedString Name, Region region_of, std::size_t... extents>
struct NamedArray {
  static_assert(sizeof...(extents) == 1 || sizeof...(extents) == 2,
                "Arrays: an array of a layer is a vector or a matrix; give one extent, or rows and columns");
  static constexpr auto name = Name;
  static constexpr Region region = region_of;
  static constexpr std::size_t rank = sizeof...(extents);
  static constexpr std::array<std::size_t, rank> all{extents...};
  static constexpr std::size_t rows = rank == 1 ? 1 : all[0], columns = all[rank - 1];
  /// One for each sample.
  static constexpr bool per_sample = false;
  /// There only where the gradient by the layer's input is wanted.
  static constexpr bool only_for_input_gradient = false;
};

/// A parameter lies in memory as a matrix with a row for each index of the first axis; a vector is one row.
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

/// Numbers that training moves, and what they start from.
template <detail::FixedString Name, class ParameterShape, AnyInitializer InitializerType, Fan fan_of = Fan{1, 1}>
struct Parameter : detail::ShapedArray<Name, detail::Region::parameters, ParameterShape> {
  using initializer = InitializerType;
  static constexpr Fan fan = fan_of;
  static constexpr bool trainable = true;
};

/// Numbers that belong to the network like its parameters, but that no optimizer moves: the layer's update_statistics
/// does, after each batch of training.
template <detail::FixedString Name, class StatisticShape, AnyInitializer InitializerType>
struct Statistic : detail::ShapedArray<Name, detail::Region::statistics, StatisticShape> {
  using initializer = InitializerType;
  static constexpr Fan fan{1, 1};
  static constexpr bool trainable = false;
};

/// Written by forward in training, for each sample, and read by the functions of backward.
template <detail::FixedString Name, std::size_t... extents>
struct Saved : detail::NamedArray<Name, detail::Region::saved, extents...> {
  static constexpr bool per_sample = true;
};

/// The same once for the whole batch.
template <detail::FixedString Name, std::size_t... extents>
struct SavedOfBatch : detail::NamedArray<Name, detail::Region::saved_of_batch, extents...> {};

/// What a stream leaves for its next part, when a network runs with a State. Zero before the first part.
template <detail::FixedString Name, std::size_t... extents>
struct StreamState : detail::NamedArray<Name, detail::Region::state, extents...> {
  static constexpr bool per_sample = true;
};

/// What forward may write to; undefined before it.
template <detail::FixedString Name, std::size_t... extents>
struct Scratch : detail::NamedArray<Name, detail::Region::scratch, extents...> {};

/// What the functions of backward may write to; undefined before the first of them, and kept until the last.
template <detail::FixedString Name, std::size_t... extents>
struct BackwardScratch : detail::NamedArray<Name, detail::Region::backward_scratch, extents...> {};

/// The same where the gradient by the input is wanted; else it is not there.
template <detail::FixedString Name, std::size_t... extents>
struct InputGradientScratch : detail::NamedArray<Name, detail::Region::backward_scratch, extents...> {
  static constexpr bool only_for_input_gradient = true;
};

/// What backward_parameters needs of backward_output or backward_input, for each sample that they take at a time.
template <detail::FixedString Name, std::size_t... extents>
struct Carried : detail::NamedArray<Name, detail::Region::backward_scratch, extents...> {
  static constexpr bool per_sample = true;
};

/// Sums over all samples of a batch that backward keeps on the stack: few.
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
