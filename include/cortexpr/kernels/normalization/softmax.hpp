#pragma once

#include <cortexpr/core/math.hpp>
#include <cortexpr/core/rows.hpp>
#include <cortexpr/kernels/order/reduce.hpp>

#include <cstddef>
#include <limits>

namespace cortexpr::kernels {

/// y_j = exp(x_j) / sum over k of exp(x_k), for one padded row. Returns log(sum over k of exp(x_k)), computed as
/// log(sum over k of exp(x_k - max x)) + max x, so that no logits overflow. The padding of y becomes 0.
/// Shapes:  x [Columns] -> y [Columns]
template <class Pack, std::size_t Columns, class T>
constexpr T softmax(const T* x, T* y) {
  const T largest = reduce_row<Pack, Columns>(
      -std::numeric_limits<T>::infinity(), [&](std::size_t j) { return Pack::load_unaligned(x + j); }, Larger{});
  const T total = reduce_row<Pack, Columns>(
      T(0),
      [&](std::size_t j) {
        Pack power = math::exp(Pack::load_unaligned(x + j) - Pack::broadcast(largest));
        if constexpr (Columns % Pack::lanes != 0) power = select(inside_row<Pack>(j, Columns), power, Pack::zero());
        power.store_unaligned(y + j);
        return power;
      },
      Plus{});
  const Pack scale = Pack::broadcast(T(1) / total);
  for (std::size_t j = 0; j < Columns; j += Pack::lanes) (Pack::load_unaligned(y + j) * scale).store_unaligned(y + j);
  return math::log(simd::Pack<T, 1>::broadcast(total)).value + largest;
}

/// The gradient of softmax: dx = y (dy - sum over k of y_k dy_k), for one padded row. dx and dy may be the same array.
/// Shapes:  y, dy [Columns] -> dx [Columns]
template <class Pack, std::size_t Columns, class T>
constexpr void softmax_gradient(const T* y, const T* dy, T* dx) {
  const T total = reduce_row<Pack, Columns>(
      T(0), [&](std::size_t j) { return Pack::load_unaligned(y + j) * Pack::load_unaligned(dy + j); }, Plus{});
  for (std::size_t j = 0; j < Columns; j += Pack::lanes)
    (Pack::load_unaligned(y + j) * (Pack::load_unaligned(dy + j) - Pack::broadcast(total))).store_unaligned(dx + j);
}

}  // namespace cortexpr::kernels
