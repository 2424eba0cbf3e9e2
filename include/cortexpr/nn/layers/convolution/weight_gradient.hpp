#pragma once

#include <cortexpr/kernels/convolution/correlate_gradient.hpp>
#include <cortexpr/kernels/convolution/correlate_gradient_channel_lanes.hpp>
#include <cortexpr/kernels/product/transpose.hpp>
#include <cortexpr/nn/layers/convolution/correlation.hpp>
#include <cortexpr/nn/layers/convolution/geometry.hpp>
#include <cortexpr/simd/backend.hpp>

#include <cstddef>

namespace cortexpr::detail {

/// The gradient by the weight of a convolution. The sums over samples lie in [kernel elements, filters], so that those
/// of a tile are adjacent.
template <class T, Convolution g>
struct WeightGradient {
  static constexpr kernels::Window window = g.window;
  /// Whether the lanes are channels of dz, which is then transposed, and not pixels of padded rows.
  static constexpr bool channels_pay =
      kernels::gradient_channel_lanes_pay(g.group_filters(), window, g.kernel_elements());
  /// Scratch, in elements.
  static constexpr std::size_t transposed_dz = channels_pay ? g.padded_rows_stride() * g.filters : 0;

  /// Adds the gradient of one sample.
  template <class Simd>
  static constexpr void add(Simd, const T* packed_image, const T* padded_dz, T* transposed, T* sums) {
    const T* const dz = padded_dz + g.leading_zeros();
    if constexpr (channels_pay)
      kernels::transpose<Simd, g.filters, g.padded_rows_stride()>(dz, g.padded_dz_stride(), transposed, g.filters);
    for (std::size_t group = 0; group < g.groups; ++group) {
      const std::size_t first = group * g.group_filters();
      const auto packed = packed_group<g>(packed_image, group);
      if constexpr (channels_pay)
        kernels::correlate_gradient_channel_lanes<Simd, g.group_filters(), g.group_channels(), window>(
            packed.data, transposed + first, g.filters, sums + first, g.filters);
      else
        kernels::correlate_gradient<Simd, g.group_filters(), g.group_channels(), window.padded_rows()>(
            packed, dz + first * g.padded_dz_stride(), g.padded_dz_stride(), sums + first, g.filters);
    }
  }

  // The consumer has a row for each filter.
  template <class Simd, class Consumer>
  static constexpr void begin(Simd, const Consumer& consumer, T* sums) {
    for_each_filter([&](std::size_t f, std::size_t row, T* filter) {
      for (std::size_t i = 0; i < elements; i += Pack<Simd>::lanes)
        consumer.template begin<Pack<Simd>>(row + i).store(filter + i);
      for (std::size_t i = 0; i < elements; ++i) sums[i * g.filters + f] = filter[i];
    });
  }
  template <class Simd, class Consumer>
  static constexpr void end(Simd, const Consumer& consumer, const T* sums) {
    for_each_filter([&](std::size_t f, std::size_t row, T* filter) {
      for (std::size_t i = 0; i < elements; ++i) filter[i] = sums[i * g.filters + f];
      for (std::size_t i = 0; i < elements; i += Pack<Simd>::lanes)
        consumer.template end<Pack<Simd>>(row + i, Pack<Simd>::load(filter + i));
    });
  }

 private:
  static constexpr std::size_t elements = g.kernel_elements();

  template <class Simd>
  using Pack = typename Simd::template pack<T, elements>;

  static constexpr void for_each_filter(auto action) {
    constexpr std::size_t stride = simd::row_stride<T>(elements);
    alignas(simd::block_alignment<T>) T filter[stride]{};
    for (std::size_t f = 0; f < g.filters; ++f) action(f, f * stride, filter);
  }
};

}  // namespace cortexpr::detail
