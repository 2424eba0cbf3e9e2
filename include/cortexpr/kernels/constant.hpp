#pragma once

#include <cortexpr/kernels/accumulation.hpp>
#include <cortexpr/kernels/window.hpp>
#include <cortexpr/simd/backend.hpp>

#include <array>
#include <cstddef>
#include <type_traits>

// The products again, flat, for constant expressions: there each call, capture and temporary costs what a multiply-add
// costs. Without tiles and packs a step of training takes a third less of the compiler's operations. The order, and so the
// bits, are those of the kernels that call these.

namespace cortexpr::kernels::detail {

template <class Simd>
inline constexpr bool is_flat = std::is_same_v<Simd, simd::Constant>;

/// y = bias + x W.   Shapes: as for multiply (gemm.hpp)
template <class X, class Weight, class T, class Y>
constexpr void multiply_flat(X x, Weight weight, const T* bias, Y y) {
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

/// The gradient of x W with respect to W.   Shapes: as for weight_gradient (weight_gradient.hpp)
template <class X, class Y, class Sink>
constexpr void weight_gradient_flat(X x, Y dy, const Sink& sink) {
  using Pack = simd::ScalarPack<typename X::value_type>;
  for (std::size_t row = 0; row < X::columns; ++row) {
    const auto* const values = x.data + row;
    for (std::size_t column = 0; column < Y::columns; ++column) {
      const auto* const gradients = dy.data + column;
      Pack sum = sink.template begin<Pack>(row * Y::stride + column);
      for (std::size_t sample = 0; sample < x.count; ++sample)
        sum = fma(Pack{values[sample * X::stride]}, Pack{gradients[sample * Y::stride]}, sum);
      sink.template end<Pack>(row * Y::stride + column, sum);
    }
  }
}

/// Planes -> rows of outputs.   Shapes: as for correlate (correlate.hpp)
template <std::size_t Outputs, std::size_t Depth, auto rows, std::size_t Stride, class From, class T, class Function>
constexpr void correlate_flat(const From& from, const T* weights, const T* bias, T* to, std::size_t distance,
                              Function function) {
  using Pack = simd::ScalarPack<T>;
  constexpr std::size_t taps = std::tuple_size_v<decltype(from.shifts)>;
  const std::size_t* const shifts = from.shifts.data();
  for (std::size_t o = 0; o < Outputs; ++o)
    for (std::size_t y = 0; y < rows.count; ++y)
      for (std::size_t x = 0; x < rows.length; ++x) {
        const T* weight = weights + o * Stride;
        T sum = 0;
        for (std::size_t d = 0; d < Depth; ++d) {
          const T* const plane = from.planes + d * from.distance + y * rows.from + x;
          for (std::size_t t = 0; t < taps; ++t)
            sum = fma(Pack{weight[d * taps + t]}, Pack{plane[shifts[t]]}, Pack{sum}).value;
        }
        to[o * distance + y * rows.to + x] = function(Pack{(bias == nullptr ? T(0) : bias[o]) + sum}).value;
      }
}

/// Adds to the gradient of its weights.   Shapes: as for correlate_gradient (correlate.hpp)
template <std::size_t Outputs, std::size_t Depth, std::size_t Run, class From, class T>
constexpr void correlate_gradient_flat(const From& from, const T* upstream, std::size_t distance, T* gradient,
                                       std::size_t stride) {
  using Pack = simd::ScalarPack<T>;
  constexpr std::size_t taps = std::tuple_size_v<decltype(from.shifts)>;
  for (std::size_t o = 0; o < Outputs; ++o)
    for (std::size_t d = 0; d < Depth; ++d)
      for (std::size_t t = 0; t < taps; ++t) {
        const T* const slopes = upstream + o * distance;
        const T* const values = from.planes + d * from.distance + from.shifts[t];
        T sums[run_slack]{};
        for (std::size_t i = 0; i < run_slack; ++i) {
          T sum = 0;
          for (std::size_t p = i; p < padded_run(Run); p += run_slack)
            sum = fma(Pack{slopes[p]}, Pack{values[p]}, Pack{sum}).value;
          sums[i] = sum;
        }
        for (std::size_t half = run_slack / 2; half > 0; half /= 2)
          for (std::size_t i = 0; i < half; ++i) sums[i] += sums[i + half];
        gradient[(d * taps + t) * stride + o] += sums[0];
      }
}

}  // namespace cortexpr::kernels::detail
