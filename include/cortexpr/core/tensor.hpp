#pragma once

#include <cortexpr/core/shape.hpp>

#include <cstddef>
#include <span>
#include <type_traits>

namespace cortexpr {

/// A plain value of fixed size: contiguous, row-major, unpadded, no heap.
///
///     cx::Tensor<float, cx::Shape<2, 3>> scores{{1, 2, 3, 4, 5, 6}};
///     scores(1, 2) == 6;   scores[5] == 6;   scores.size() == 6;
///
/// An aggregate, so that it is made from a braced list, in a constant expression too. As in any array, elements
/// that the list leaves out are zero.
template <class T, class TensorShape>
struct Tensor {
  using value_type = T;
  using shape = TensorShape;

  T values[shape::size];

  [[nodiscard]] static constexpr std::size_t size() { return shape::size; }
  [[nodiscard]] constexpr T* data() { return values; }
  [[nodiscard]] constexpr const T* data() const { return values; }
  [[nodiscard]] constexpr T* begin() { return values; }
  [[nodiscard]] constexpr const T* begin() const { return values; }
  [[nodiscard]] constexpr T* end() { return values + size(); }
  [[nodiscard]] constexpr const T* end() const { return values + size(); }

  /// The element at a position among all elements; the position is not checked.
  [[nodiscard]] constexpr T& operator[](std::size_t position) { return values[position]; }
  [[nodiscard]] constexpr const T& operator[](std::size_t position) const { return values[position]; }

  /// The element at one index per axis.
  template <class... Indices>
    requires(sizeof...(Indices) == shape::rank)
  [[nodiscard]] constexpr T& operator()(Indices... indices) {
    return values[position(indices...)];
  }
  template <class... Indices>
    requires(sizeof...(Indices) == shape::rank)
  [[nodiscard]] constexpr const T& operator()(Indices... indices) const {
    return values[position(indices...)];
  }

  [[nodiscard]] friend constexpr bool operator==(const Tensor&, const Tensor&) = default;

  constexpr operator std::span<T, shape::size>() { return std::span<T, shape::size>{values}; }
  constexpr operator std::span<const T, shape::size>() const { return std::span<const T, shape::size>{values}; }

 private:
  template <class... Indices>
  static constexpr std::size_t position(Indices... indices) {
    std::size_t result = 0;
    std::size_t axis = 0;
    ((result = result * detail::Extents<shape>::values[axis++] + static_cast<std::size_t>(indices)), ...);
    return result;
  }
};

/// A non-owning view of `count` rows of `Columns` elements, each row `Stride` elements after the one before it.
/// A batch of activations is such a view (a row a sample), and so is a weight matrix (a row an input).
template <class T, std::size_t Columns, std::size_t Stride = Columns>
struct Rows {
  using value_type = std::remove_const_t<T>;
  static constexpr std::size_t columns = Columns;
  static constexpr std::size_t stride = Stride;

  T* data = nullptr;
  std::size_t count = 0;

  [[nodiscard]] constexpr T* operator[](std::size_t row) const { return data + row * Stride; }
  constexpr operator Rows<const T, Columns, Stride>() const { return {data, count}; }
};

/// A single one, so that no loop over rows remains.
template <class T, std::size_t Columns, std::size_t Stride = Columns>
struct Row {
  using value_type = std::remove_const_t<T>;
  static constexpr std::size_t columns = Columns;
  static constexpr std::size_t stride = Stride;
  static constexpr std::size_t count = 1;

  T* data = nullptr;

  [[nodiscard]] constexpr T* operator[](std::size_t) const { return data; }
};

/// What it says of at most MaxRows rows.
template <std::size_t MaxRows, class T, std::size_t Columns, std::size_t Stride>
constexpr auto at_most(Rows<T, Columns, Stride> rows) {
  if constexpr (MaxRows == 1)
    return Row<T, Columns, Stride>{rows.data};
  else
    return rows;
}

}  // namespace cortexpr
