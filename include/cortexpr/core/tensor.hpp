#pragma once

#include <cortexpr/core/rows.hpp>
#include <cortexpr/core/shape.hpp>

#include <cstddef>
#include <span>
#include <type_traits>

namespace cortexpr {

/// An array of fixed shape, as a value: contiguous, row-major, without padding, without heap memory.
///
///     cx::Tensor<float, cx::Shape<2, 3>> scores{{1, 2, 3, 4, 5, 6}};
///     scores(1, 2) == 6;   scores[5] == 6;   scores.size() == 6;
///
/// Tensor is an aggregate: it is initialized from a braced list, in constant expressions too, and elements that the
/// list omits are zero.
template <class T, class TensorShape>
struct Tensor {
  using value_type = T;
  using shape = TensorShape;

  T values[shape::size];

  [[nodiscard]] static constexpr std::size_t size() noexcept { return shape::size; }
  [[nodiscard]] constexpr T* data() noexcept { return values; }
  [[nodiscard]] constexpr const T* data() const noexcept { return values; }
  [[nodiscard]] constexpr T* begin() noexcept { return values; }
  [[nodiscard]] constexpr const T* begin() const noexcept { return values; }
  [[nodiscard]] constexpr T* end() noexcept { return values + size(); }
  [[nodiscard]] constexpr const T* end() const noexcept { return values + size(); }

  /// The element at a position in memory order. The position is not checked.
  [[nodiscard]] constexpr T& operator[](std::size_t position) noexcept { return values[position]; }
  [[nodiscard]] constexpr const T& operator[](std::size_t position) const noexcept { return values[position]; }

  /// The element at one index per axis. Indices are not checked.
  template <class... Indices>
    requires(sizeof...(Indices) == shape::rank)
  [[nodiscard]] constexpr T& operator()(Indices... indices) noexcept {
    return values[position(indices...)];
  }
  template <class... Indices>
    requires(sizeof...(Indices) == shape::rank)
  [[nodiscard]] constexpr const T& operator()(Indices... indices) const noexcept {
    return values[position(indices...)];
  }

  [[nodiscard]] friend constexpr bool operator==(const Tensor&, const Tensor&) = default;

  constexpr operator std::span<T, shape::size>() noexcept { return std::span<T, shape::size>{values}; }
  constexpr operator std::span<const T, shape::size>() const noexcept {
    return std::span<const T, shape::size>{values};
  }

 private:
  template <class... Indices>
  static constexpr std::size_t position(Indices... indices) noexcept {
    std::size_t result = 0;
    std::size_t axis = 0;
    ((result = result * detail::Extents<shape>::values[axis++] + static_cast<std::size_t>(indices)), ...);
    return result;
  }
};

}  // namespace cortexpr
