#pragma once

#include <cortexpr/config.hpp>

#include <cstddef>
#include <type_traits>

namespace cortexpr {

/// A non-owning view of a matrix: `count` rows of `Columns` elements, `Stride` elements from one row to the next. A
/// batch of activations is such a view, with one row per sample, and so is the weight of a layer, with one row per
/// input.
template <class T, std::size_t Columns, std::size_t Stride = Columns>
struct Rows {
  using value_type = std::remove_const_t<T>;
  static constexpr std::size_t columns = Columns;
  static constexpr std::size_t stride = Stride;

  T* data = nullptr;
  std::size_t count = 0;

  [[nodiscard]] constexpr T* operator[](std::size_t row) const noexcept { return data + row * Stride; }
  constexpr operator Rows<const T, Columns, Stride>() const noexcept { return {data, count}; }
};

namespace detail {

/// A view of a single row. `count` is a constant, so that the compiler removes loops over rows.
template <class T, std::size_t Columns, std::size_t Stride = Columns>
struct Row {
  using value_type = std::remove_const_t<T>;
  static constexpr std::size_t columns = Columns;
  static constexpr std::size_t stride = Stride;
  static constexpr std::size_t count = 1;

  T* data = nullptr;

  [[nodiscard]] constexpr T* operator[](std::size_t) const noexcept { return data; }
};

/// The same view, as a Row if MaxRows is 1. `rows` must have at most MaxRows rows.
template <std::size_t MaxRows, class T, std::size_t Columns, std::size_t Stride>
constexpr auto at_most(Rows<T, Columns, Stride> rows) noexcept {
  if constexpr (MaxRows == 1)
    return Row<T, Columns, Stride>{rows.data};
  else
    return rows;
}

}  // namespace detail
}  // namespace cortexpr
