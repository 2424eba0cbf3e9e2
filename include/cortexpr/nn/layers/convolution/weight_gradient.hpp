#pragma once

#include <cortexpr/kernels/convolution/correlate_gradient.hpp>
#include <cortexpr/kernels/convolution/correlate_gradient_channel_lanes.hpp>
#include <cortexpr/kernels/product/transpose.hpp>
#include <cortexpr/nn/layers/convolution/correlation.hpp>
#include <cortexpr/nn/layers/convolution/geometry.hpp>
#include <cortexpr/simd/backend.hpp>

#include <cstddef>

namespace cortexpr::detail {

/// Begins the sums [elements, filters] with what the consumer has. Not inline and with sizes at run time, because all
/// layers share it.   Shapes: filter [row_stride]
template <class Pack, class Consumer, class T>
CORTEXPR_SHARED constexpr void begin_filters(const Consumer& consumer, std::size_t filters, std::size_t elements,
                                             std::size_t row_stride, T* filter, T* sums) {
  for (std::size_t f = 0; f < filters; ++f) {
    for (std::size_t i = 0; i < elements; i += Pack::lanes)
      consumer.template begin<Pack>(f * row_stride + i).store(filter + i);
    for (std::size_t i = 0; i < elements; ++i) sums[i * filters + f] = filter[i];
  }
}

/// Gives the sums to the consumer.   Shapes: filter [row_stride], its padding zero
template <class Pack, class Consumer, class T>
CORTEXPR_SHARED constexpr void end_filters(const Consumer& consumer, std::size_t filters, std::size_t elements,
                                           std::size_t row_stride, T* filter, const T* sums) {
  for (std::size_t f = 0; f < filters; ++f) {
    for (std::size_t i = 0; i < elements; ++i) filter[i] = sums[i * filters + f];
    for (std::size_t i = 0; i < elements; i += Pack::lanes)
      consumer.template end<Pack>(f * row_stride + i, Pack::load(filter + i));
  }
}

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
    if constexpr (Consumer::begins_at_zero) {
      kernels::fill(sums, g.weights(), T(0));
    } else {
      alignas(simd::block_alignment<T>) T filter[row_stride]{};
      begin_filters<Pack<Simd>>(consumer, g.filters, g.kernel_elements(), row_stride, filter, sums);
    }
  }
  template <class Simd, class Consumer>
  static constexpr void end(Simd, const Consumer& consumer, const T* sums) {
    alignas(simd::block_alignment<T>) T filter[row_stride]{};
    end_filters<Pack<Simd>>(consumer, g.filters, g.kernel_elements(), row_stride, filter, sums);
  }

 private:
  static constexpr std::size_t row_stride = simd::row_stride<T>(g.kernel_elements());

  template <class Simd>
  using Pack = typename Simd::template pack<T, g.kernel_elements()>;
};

}  // namespace cortexpr::detail
