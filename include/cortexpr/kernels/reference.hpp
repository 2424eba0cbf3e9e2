#pragma once

#include <cortexpr/core/tensor.hpp>
#include <cortexpr/kernels/accumulation.hpp>

#include <cstddef>

// The naive loops: what the fast kernels must equal, bit for bit, once both follow the order of accumulation.hpp.
// `Fma` is how a product is added: any callable (a, b, c) -> a b + c.

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

/// gradient += transpose(x) dy, added sample by sample.   Shapes: x [B, In], dy [B, Out] -> gradient [In, Out]
template <class X, class Y, class Gradient, class Fma>
constexpr void add_weight_gradient(X x, Y output_gradient, Gradient gradient, Fma fma) {
  for (std::size_t k = 0; k < X::columns; ++k)
    for (std::size_t column = 0; column < Y::columns; ++column)
      for (std::size_t row = 0; row < x.count; ++row)
        gradient[k][column] = fma(x[row][k], output_gradient[row][column], gradient[k][column]);
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
