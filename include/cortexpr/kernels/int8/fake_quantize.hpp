#pragma once

#include <cortexpr/kernels/elementwise/map.hpp>
#include <cortexpr/kernels/order/reduce.hpp>

#include <cstddef>
#include <cstdint>

// Quantization-aware training: floating-point numbers rounded to multiples that int8 values can represent, and the
// range that this needs. NaN stays NaN.

namespace cortexpr::kernels {

/// The numbers that int8 values represent: scale (value - zero), for integers `value` from -128 to 127.
template <class T>
struct Int8Grid {
  T scale;
  T zero;

  constexpr T lowest() const { return scale * (T(-128) - zero); }
  constexpr T highest() const { return scale * (T(127) - zero); }

  /// The nearest of the numbers, halves upwards, in the arithmetic of Quantization::int8_value.
  template <class Pack>
  CORTEXPR_INLINE constexpr Pack nearest(Pack x) const {
    return real_value(rounded(min(Pack::broadcast(127), max(Pack::broadcast(-128), unbounded(x)))));
  }
  /// Quantization::int8_value and real_value, of packs.
  template <class Pack>
  CORTEXPR_INLINE constexpr Pack int8_value(Pack x) const {
    return rounded(min(max(unbounded(x), Pack::broadcast(-128)), Pack::broadcast(127)));
  }
  template <class Pack>
  CORTEXPR_INLINE constexpr Pack real_value(Pack value) const {
    return Pack::broadcast(scale) * (value - Pack::broadcast(zero));
  }

 private:
  template <class Pack>
  CORTEXPR_INLINE constexpr Pack unbounded(Pack x) const {
    return x / Pack::broadcast(scale) + Pack::broadcast(zero);
  }
  template <class Pack>
  static CORTEXPR_INLINE constexpr Pack rounded(Pack bounded) {
    const Pack above = bounded + Pack::broadcast(T(128.5)), rounded = round_to_even(above);
    return select(rounded > above, rounded - Pack::broadcast(1), rounded) - Pack::broadcast(128);
  }
};

/// values = the int8 values of `count` numbers; -128 for NaN.
template <class Simd, class T>
constexpr void to_int8(const T* x, std::int8_t* __restrict values, std::size_t count, Int8Grid<T> grid) {
  constexpr std::size_t most = 256;
  for (std::size_t first = 0; first < count; first += most) {
    const std::size_t part = count - first < most ? count - first : most;
    T as_real[most];  // compilers vectorize the conversion by itself
    map<typename Simd::template pack<T, most>, Rest::some>(x + first, as_real, part,
                                                           [=](auto numbers) { return grid.int8_value(numbers); });
    for (std::size_t i = 0; i < part; ++i)
      values[first + i] = static_cast<std::int8_t>(static_cast<std::int32_t>(as_real[i]));
  }
}
/// y = the numbers that `count` int8 values represent. Where `unrounded` is NaN, y becomes NaN; it may be y.
template <class Simd, class Integer, class T>
constexpr void from_int8(const Integer* values, const T* unrounded, T* y, std::size_t count, Int8Grid<T> grid) {
  constexpr std::size_t most = 256;
  for (std::size_t first = 0; first < count; first += most) {
    const std::size_t part = count - first < most ? count - first : most;
    T as_real[most];
    for (std::size_t i = 0; i < part; ++i) as_real[i] = static_cast<T>(values[first + i]);
    zip<typename Simd::template pack<T, most>, Rest::some>(
        static_cast<const T*>(as_real), unrounded + first, y + first, part,
        [=](auto value, auto before) { return select(before == before, grid.real_value(value), before); });
  }
}

/// y = the number of the grid that is nearest to x. x and y may be the same array.   Shapes: x [B, N] -> y [B, N]
template <class Simd, class X, class Y>
constexpr void fake_quantize(X x, Y y, Int8Grid<typename Y::value_type> grid) {
  using Pack = typename Simd::template pack<typename Y::value_type, Y::columns>;
  for (std::size_t row = 0; row < y.count; ++row) {
    map<Pack, Rest::some>(x[row], y[row], Y::columns, [=](auto values) { return grid.nearest(values); });
    clear_padding(y, row);
  }
}

/// gradient = 0 where x lies outside the range of the grid; the straight-through estimator of fake_quantize.
/// Shapes:  x, gradient [B, N]
template <class Simd, class X, class Gradient>
constexpr void mask_gradient(X x, Gradient gradient, Int8Grid<typename X::value_type> grid) {
  using T = typename X::value_type;
  const T lowest = grid.lowest(), highest = grid.highest();
  for (std::size_t row = 0; row < gradient.count; ++row)
    zip<typename Simd::template pack<T, X::columns>, Rest::some>(
        x[row], gradient[row], gradient[row], X::columns, [=]<class P>(P values, P upstream) {
          const auto inside = (values >= P::broadcast(lowest)) & (values <= P::broadcast(highest));
          return select(inside, upstream, P::zero());
        });
}

/// range = the minimum and the maximum of x and 0.   Shapes: x [B, N] -> range [2]
template <class Simd, class X>
constexpr void range_with_zero(X x, typename X::value_type* range) {
  using T = typename X::value_type;
  using Pack = typename Simd::template pack<T, X::columns>;
  T below = 0, above = 0;
  for (std::size_t row = 0; row < x.count; ++row) {
    const T* const values = x[row];
    const T low = reduce_row<Pack, X::columns>(T(0), [&](std::size_t i) { return -Pack::load(values + i); }, Larger{});
    const T high = reduce_row<Pack, X::columns>(T(0), [&](std::size_t i) { return Pack::load(values + i); }, Larger{});
    below = low > below ? low : below;
    above = high > above ? high : above;
  }
  range[0] = T(0) - below;
  range[1] = above;
}

/// The scale of symmetrically quantized weights with this largest magnitude, which becomes 127.
template <class T>
constexpr T weight_scale(T largest) {
  return largest > 0 ? largest / T(127) : T(1);
}

/// to = from, rounded as int8 weights with a scale for each row.   Shapes: from [Outputs, Inputs] -> to [Outputs,
/// Inputs]
template <class Simd, class From, class To>
constexpr void fake_quantize_rows(From from, To to) {
  using T = typename To::value_type;
  using Pack = typename Simd::template pack<T, To::columns>;
  for (std::size_t row = 0; row < to.count; ++row) {
    const T* const weights = from[row];
    const T scale = weight_scale(
        reduce_row<Pack, To::columns>(T(0), [&](std::size_t i) { return abs(Pack::load(weights + i)); }, Larger{}));
    map<Pack, Rest::none>(weights, to[row], worked_columns<Pack, To>, [=]<class P>(P values) {
      return P::broadcast(scale) * round_to_even(values / P::broadcast(scale));
    });
  }
}

/// to = from, rounded as int8 weights with a scale for each column, which is stored in `scales`.
/// Shapes:  from [Inputs, Outputs] -> to [Inputs, Outputs]; scales [Outputs], padded
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
