#pragma once

#include <cortexpr/core/rows.hpp>
#include <cortexpr/kernels/convolution/window.hpp>
#include <cortexpr/kernels/order/accumulation.hpp>

#include <cstddef>

// Naive loops in the order of accumulation.hpp, which the kernels must equal bit for bit. `Fma` is a callable
// (a, b, c) -> a b + c.

namespace cortexpr::kernels::reference {

/// y = bias + x W.   Shapes: x [B, In], weight [In, Out], bias [Out] -> y [B, Out]
template <class X, class Weight, class Y, class Fma>
constexpr void multiply(X x, Weight weight, const typename Y::value_type* bias, Y y, Fma fma) {
  using T = typename Y::value_type;
  constexpr std::size_t in = X::columns;
  for (std::size_t row = 0; row < x.count; ++row)
    for (std::size_t column = 0; column < Y::columns; ++column) {
      T result = bias[column];
      for (std::size_t block = 0; block < block_count<in>; ++block) {
        T sum = 0;
        for (std::size_t k = block_begin<in>(block); k < block_begin<in>(block + 1); ++k)
          sum = fma(x[row][k], weight[k][column], sum);
        result += sum;
      }
      y[row][column] = result;
    }
}

/// gradient += transpose(x) dy, sample by sample.   Shapes: x [B, In], dy [B, Out] -> gradient [In, Out]
template <class X, class Y, class Gradient, class Fma>
constexpr void add_weight_gradient(X x, Y output_gradient, Gradient gradient, Fma fma) {
  for (std::size_t k = 0; k < X::columns; ++k)
    for (std::size_t column = 0; column < Y::columns; ++column)
      for (std::size_t row = 0; row < x.count; ++row)
        gradient[k][column] = fma(x[row][k], output_gradient[row][column], gradient[k][column]);
}

/// y = bias + x * W, a convolution with zero padding. Each sum goes through the channels and, in each, through the
/// kernel elements, row by row.
/// Shapes:  x [C, H, W], weight [K, C, kernel size], bias [K] -> y [K, H', W']
template <Window window, class T, class Fma>
constexpr void convolve(const T* x, std::size_t channels, const T* weight, const T* bias, std::size_t filters, T* y,
                        Fma fma) {
  constexpr Axis down = window.vertical, across = window.horizontal;
  const auto pixel = [&](std::size_t c, std::size_t row, std::size_t column) {
    const bool inside = row >= down.before && row < down.before + down.size && column >= across.before &&
                        column < across.before + across.size;
    return inside ? x[(c * down.size + row - down.before) * across.size + column - across.before] : T(0);
  };
  for (std::size_t k = 0; k < filters; ++k)
    for (std::size_t row = 0; row < down.output(); ++row)
      for (std::size_t column = 0; column < across.output(); ++column) {
        T sum = 0;
        const T* element = weight + k * channels * window.kernel_size();
        for (std::size_t c = 0; c < channels; ++c)
          for (std::size_t i = 0; i < down.kernel; ++i)
            for (std::size_t j = 0; j < across.kernel; ++j)
              sum = fma(*element++,
                        pixel(c, row * down.stride + i * down.dilation, column * across.stride + j * across.dilation),
                        sum);
        y[(k * down.output() + row) * across.output() + column] = bias[k] + sum;
      }
}

/// The sum of a row in the order of accumulation.hpp.
template <std::size_t Columns, class T>
constexpr T sum(const T* row) {
  constexpr std::size_t lanes = virtual_lanes<Columns>;
  T partial[lanes] = {};
  for (std::size_t j = 0; j < Columns; ++j) partial[j % lanes] += row[j];
  for (std::size_t half = lanes / 2; half > 0; half /= 2)
    for (std::size_t lane = 0; lane < half; ++lane) partial[lane] += partial[lane + half];
  return partial[0];
}

}  // namespace cortexpr::kernels::reference
