#pragma once

#include <cortexpr/kernels/convolution/window.hpp>
#include <cortexpr/kernels/order/scalar_loops.hpp>

#include <array>
#include <cstddef>

// Correlations as plain loops (order/scalar_loops.hpp).

namespace cortexpr::kernels::detail {

/// correlate (correlate.hpp)
template <std::size_t Outputs, std::size_t Channels, auto rows, std::size_t Stride, class From, class T, class Function>
constexpr void correlate_scalar(const From& from, const T* weights, const T* bias, T* to, std::size_t to_stride,
                                Function function) {
  using Pack = simd::ScalarPack<T>;
  constexpr std::size_t kernel_size = std::tuple_size_v<decltype(from.shifts)>;
  const std::size_t* const shifts = from.shifts.data();
  for (std::size_t o = 0; o < Outputs; ++o)
    for (std::size_t y = 0; y < rows.count; ++y)
      for (std::size_t x = 0; x < rows.length; ++x) {
        const T* weight = weights + o * Stride;
        T sum = 0;
        for (std::size_t c = 0; c < Channels; ++c) {
          const T* const channel = from.data + c * from.channel_stride + y * rows.from + x;
          for (std::size_t e = 0; e < kernel_size; ++e)
            sum = fma(Pack{weight[c * kernel_size + e]}, Pack{channel[shifts[e]]}, Pack{sum}).value;
        }
        to[o * to_stride + y * rows.to + x] = function(Pack{(bias == nullptr ? T(0) : bias[o]) + sum}).value;
      }
}

/// correlate_gradient (correlate_gradient.hpp)
template <std::size_t Outputs, std::size_t Channels, std::size_t Length, class From, class T>
constexpr void correlate_gradient_scalar(const From& from, const T* upstream, std::size_t upstream_stride, T* gradient,
                                         std::size_t stride) {
  using Pack = simd::ScalarPack<T>;
  constexpr std::size_t kernel_size = std::tuple_size_v<decltype(from.shifts)>;
  for (std::size_t o = 0; o < Outputs; ++o)
    for (std::size_t c = 0; c < Channels; ++c)
      for (std::size_t e = 0; e < kernel_size; ++e) {
        const T* const dy = upstream + o * upstream_stride;
        const T* const values = from.data + c * from.channel_stride + from.shifts[e];
        T sums[row_slack]{};
        for (std::size_t i = 0; i < row_slack; ++i) {
          T sum = 0;
          for (std::size_t p = i; p < padded_length(Length); p += row_slack)
            sum = fma(Pack{dy[p]}, Pack{values[p]}, Pack{sum}).value;
          sums[i] = sum;
        }
        for (std::size_t half = row_slack / 2; half > 0; half /= 2)
          for (std::size_t i = 0; i < half; ++i) sums[i] += sums[i + half];
        gradient[(c * kernel_size + e) * stride + o] += sums[0];
      }
}

}  // namespace cortexpr::kernels::detail
