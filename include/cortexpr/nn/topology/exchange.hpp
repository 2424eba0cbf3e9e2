#pragma once

#include <cortexpr/nn/topology/arrays.hpp>

#include <array>
#include <cstddef>

// How the arrays of a layer stand in files that other programs read. A bound layer whose arrays differ from the tensors
// that PyTorch has for the same layer says so for each of them:
//
//   static constexpr Exchange exchange(decltype(weight)) { return {.transposed = 1}; }
//
// An array of which the layer says nothing keeps its name, its shape and its order.

namespace cortexpr {

/// The form of an array in a file.
struct Exchange {
  /// The name in the file; null means that of the array.
  const char* name = nullptr;
  /// If not 0, the array consists of so many matrices, one below the other, and each stands in the file transposed.
  std::size_t transposed = 0;
  /// The array is one of `parts` of equal shape, which lie in one tensor one after the other along its first axis.
  std::size_t part = 0, parts = 1;
  /// If not 0, an axis that the shape in the file lacks. Its extent is 1.
  std::size_t dropped_axis = 0;
  /// Whether the file has the elements as a vector.
  bool is_flat = false;
};

namespace detail {

/// What a bound layer says of one of its arrays.
template <class Bound, class Array>
inline constexpr Exchange exchange_of = [] {
  if constexpr (requires { Bound::exchange(Array{}); })
    return Bound::exchange(Array{});
  else
    return Exchange{};
}();

/// The shape of a tensor in a file.
struct FileShape {
  static constexpr std::size_t largest_rank = 8;
  std::array<std::size_t, largest_rank> extents{};
  std::size_t rank = 0;

  constexpr void push(std::size_t extent) { extents[rank++] = extent; }
  [[nodiscard]] friend constexpr bool operator==(const FileShape&, const FileShape&) = default;
};

constexpr FileShape vector_shape(std::size_t size) {
  FileShape shape;
  shape.push(size);
  return shape;
}

template <std::size_t... Extents>
constexpr FileShape file_shape(Shape<Extents...>) {
  FileShape shape;
  (shape.push(Extents), ...);
  return shape;
}

/// The shape in a file of the tensor to which an array belongs.
template <class Array>
constexpr FileShape file_shape_of(const Exchange& exchange) {
  FileShape shape;
  const FileShape declared = file_shape(typename Array::shape{});
  for (std::size_t axis = 0; axis < declared.rank; ++axis)
    if (axis == 0 || axis != exchange.dropped_axis) shape.push(declared.extents[axis]);
  if (exchange.is_flat) shape = vector_shape(Array::rows * Array::columns);
  if (exchange.transposed > 0) {
    shape = {};
    shape.push(exchange.transposed * Array::columns);
    shape.push(Array::rows / exchange.transposed);
  }
  if (shape.rank > 0) shape.extents[0] *= exchange.parts;
  return shape;
}

/// The position in a file's tensor, from its first element on, of the element at (row, column) of an array.
template <class Array>
constexpr std::size_t file_position(const Exchange& exchange, std::size_t row, std::size_t column) {
  const std::size_t begin = exchange.part * Array::rows * Array::columns;
  if (exchange.transposed == 0) return begin + row * Array::columns + column;
  const std::size_t rows = Array::rows / exchange.transposed;
  const std::size_t matrix = row / rows, row_in_matrix = row % rows;
  return begin + (matrix * Array::columns + column) * rows + row_in_matrix;
}

}  // namespace detail
}  // namespace cortexpr
