#pragma once

#include <cortexpr/kernels/order/accumulation.hpp>
#include <cortexpr/kernels/order/scalar_loops.hpp>

#include <cstddef>

// The products as plain loops (order/scalar_loops.hpp).

namespace cortexpr::kernels::detail {

/// multiply (gemm.hpp): y = bias + x W
template <class X, class Weight, class T, class Y>
constexpr void multiply_scalar(X x, Weight weight, const T* bias, Y y) {
  using Pack = simd::ScalarPack<T>;
  constexpr std::size_t blocks = block_count<X::columns>;
  for (std::size_t row = 0; row < x.count; ++row) {
    const T* const values = x[row];
    T* const results = y[row];
    for (std::size_t column = 0; column < Y::columns; ++column) {
      const T* const weights = weight.data + column;
      T result = bias[column];
      std::size_t k = 0;
      for (std::size_t block = 1; block <= blocks; ++block) {
        const std::size_t end = block == blocks ? X::columns : block * (X::columns / blocks);
        T sum = 0;
        for (; k < end; ++k) sum = fma(Pack{values[k]}, Pack{weights[k * Weight::stride]}, Pack{sum}).value;
        result += sum;
      }
      results[column] = result;
    }
  }
}

/// weight_gradient (weight_gradient.hpp)
template <class X, class Y, class Consumer>
constexpr void weight_gradient_scalar(X x, Y dy, const Consumer& consumer) {
  using Pack = simd::ScalarPack<typename X::value_type>;
  for (std::size_t row = 0; row < X::columns; ++row) {
    const auto* const values = x.data + row;
    for (std::size_t column = 0; column < Y::columns; ++column) {
      const auto* const gradients = dy.data + column;
      Pack sum = consumer.template begin<Pack>(row * Y::stride + column);
      for (std::size_t sample = 0; sample < x.count; ++sample)
        sum = fma(Pack{values[sample * X::stride]}, Pack{gradients[sample * Y::stride]}, sum);
      consumer.template end<Pack>(row * Y::stride + column, sum);
    }
  }
}

}  // namespace cortexpr::kernels::detail
