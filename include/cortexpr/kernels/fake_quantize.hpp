#pragma once

#include <cortexpr/kernels/elementwise.hpp>
#include <cortexpr/kernels/reduce.hpp>

#include <cstddef>

// Real numbers that are rounded to what 8 bits can say, and what training needs to know of them.
// What is not a number stays so.

namespace cortexpr::kernels {

/// Real numbers that 8 bits stand for: scale (code - zero), code from -128 to 127.
template <class T>
struct CodeGrid {
  T scale;
  T zero;

  constexpr T lowest() const { return scale * (T(-128) - zero); }
  constexpr T highest() const { return scale * (T(127) - zero); }

  template <class Pack>
  CORTEXPR_INLINE constexpr Pack nearest(Pack x) const {
    const Pack code = x / Pack::broadcast(scale) + Pack::broadcast(zero);
    const Pack bounded = min(Pack::broadcast(127), max(Pack::broadcast(-128), code));
    return Pack::broadcast(scale) * (round_to_even(bounded) - Pack::broadcast(zero));
  }
};

/// y = the nearest on the grid; x and y may be the same.   Shapes: x [B, N] -> y [B, N]
template <class Simd, class X, class Y>
constexpr void fake_quantize(X x, Y y, CodeGrid<typename Y::value_type> grid) {
  using Pack = typename Simd::template pack<typename Y::value_type, Y::columns>;
  for (std::size_t row = 0; row < y.count; ++row) {
    map<Pack, Rest::some>(x[row], y[row], Y::columns, [=](auto values) { return grid.nearest(values); });
    clear_padding(y, row);
  }
}

/// gradient = 0 where x lies beyond the grid.   Shapes: x, gradient [B, N]
template <class Simd, class X, class Gradient>
constexpr void cut_gradient(X x, Gradient gradient, CodeGrid<typename X::value_type> grid) {
  using T = typename X::value_type;
  const T lowest = grid.lowest(), highest = grid.highest();
  for (std::size_t row = 0; row < gradient.count; ++row)
    zip<typename Simd::template pack<T, X::columns>, Rest::some>(
        x[row], gradient[row], gradient[row], X::columns, [=]<class P>(P values, P slopes) {
          const auto inside = (values >= P::broadcast(lowest)) & (values <= P::broadcast(highest));
          return select(inside, slopes, P::zero());
        });
}

/// The smallest and the largest of x and 0.   Shapes: x [B, N] -> range [2]
template <class Simd, class X>
constexpr void range_with_zero(X x, typename X::value_type* range) {
  using T = typename X::value_type;
  using Pack = typename Simd::template pack<T, X::columns>;
  T below = 0, above = 0;
  for (std::size_t row = 0; row < x.count; ++row) {
    const T* const values = x[row];
    const T low = reduce_row<Pack, X::columns>(
        T(0), [&](std::size_t i) { return -Pack::load(values + i); }, Larger{});
    const T high = reduce_row<Pack, X::columns>(
        T(0), [&](std::size_t i) { return Pack::load(values + i); }, Larger{});
    below = low > below ? low : below;
    above = high > above ? high : above;
  }
  range[0] = T(0) - below;
  range[1] = above;
}

/// The step of symmetric weights, of which the largest becomes 127.
template <class T>
constexpr T weight_scale(T largest) {
  return largest > 0 ? largest / T(127) : T(1);
}

/// to = from, as weights of 8 bits with a scale for each row.   Shapes: from [N, K] -> to [N, K]
template <class Simd, class From, class To>
constexpr void fake_quantize_rows(From from, To to) {
  using T = typename To::value_type;
  using Pack = typename Simd::template pack<T, To::columns>;
  for (std::size_t row = 0; row < to.count; ++row) {
    const T* const weights = from[row];
    const T scale = weight_scale(reduce_row<Pack, To::columns>(
        T(0), [&](std::size_t i) { return abs(Pack::load(weights + i)); }, Larger{}));
    map<Pack, Rest::none>(weights, to[row], worked_columns<Pack, To>, [=]<class P>(P values) {
      return P::broadcast(scale) * round_to_even(values / P::broadcast(scale));
    });
  }
}

/// The same with a scale for each column, in `scales`.   Shapes: from [K, N] -> to [K, N]; scales [N], padded
template <class Simd, class From, class To>
constexpr void fake_quantize_columns(From from, To to, typename To::value_type* scales) {
  using T = typename To::value_type;
  using Pack = typename Simd::template pack<T, To::columns>;
  constexpr std::size_t columns = worked_columns<Pack, To>;
  fill(scales, To::stride, T(0));
  for (std::size_t row = 0; row < to.count; ++row)
    zip<Pack, Rest::none>(from[row], scales, scales, columns,
                          [](auto values, auto largest) { return max(abs(values), largest); });
  for (std::size_t i = 0; i < To::stride; ++i) scales[i] = weight_scale(scales[i]);
  for (std::size_t row = 0; row < to.count; ++row)
    zip<Pack, Rest::none>(from[row], scales, to[row], columns,
                          [](auto values, auto scale) { return scale * round_to_even(values / scale); });
}

}  // namespace cortexpr::kernels
