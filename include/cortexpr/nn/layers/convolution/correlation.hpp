#pragma once

#include <cortexpr/kernels/convolution/correlate.hpp>
#include <cortexpr/kernels/convolution/correlate_channel_lanes.hpp>
#include <cortexpr/kernels/convolution/packed_image.hpp>
#include <cortexpr/kernels/product/transpose.hpp>
#include <cortexpr/nn/layers/convolution/geometry.hpp>
#include <cortexpr/simd/backend.hpp>

#include <cstddef>

namespace cortexpr::detail {

/// What the lanes of a pack stand for in a correlation.
enum class Lanes {
  image_rows,   ///< pixels of one row of the output
  padded_rows,  ///< pixels of all rows with the padding between them, which is removed afterwards
  channels,     ///< channels of one pixel; the result is transposed afterwards
};

/// The channels of a packed image that a group of filters is applied to.
template <Convolution g, class T>
constexpr auto packed_group(const T* packed_image, std::size_t group) {
  return kernels::PackedImage<T, g.window.kernel_size()>{
      packed_image + group * g.group_channels() * g.window.channel_size(), g.window.channel_size(),
      kernels::kernel_shifts<g.window>};
}

/// The correlation of one packed image with a weight [filters, kernel elements].
template <class T, Convolution g>
struct Correlation {
  static constexpr kernels::Window window = g.window;
  static constexpr kernels::OutputRows rows =
      kernels::rows_of_image(window.vertical.output(), window.horizontal.output(), window.row_stride());
  static constexpr std::size_t pixels = rows.count * rows.length;

  // The fastest choice with the packs of this machine. Without packs, channels are never lanes.
  static constexpr bool image_rows_pay = kernels::image_rows_pay<T>(rows, window.padded_rows(), g.kernel_elements());
  static constexpr bool channels_pay =
      kernels::channel_lanes_pay<T>(g.group_filters(), rows, window.padded_rows(), g.kernel_elements());
  template <class Simd>
  static constexpr Lanes lanes = channels_pay && !kernels::uses_scalar_loops<Simd> ? Lanes::channels
                                 : image_rows_pay                                  ? Lanes::image_rows
                                                                                   : Lanes::padded_rows;

  /// Scratch, in elements: padded rows of outputs, or the transposed weight and the transposed outputs.
  static constexpr std::size_t transposed_weight = simd::block_size<T>(1, g.weights());
  static constexpr std::size_t scratch = [] {
    const std::size_t padded = image_rows_pay ? 0 : simd::block_size<T>(1, g.padded_rows());
    const std::size_t transposed = channels_pay ? transposed_weight + simd::block_size<T>(1, g.outputs()) : 0;
    return padded > transposed ? padded : transposed;
  }();

  /// Prepares `scratch_data` for `correlate`, once for all samples.
  template <class Simd, class Weight>
  static constexpr void begin(Simd, Weight weight, T* scratch_data) {
    constexpr std::size_t filters = g.group_filters(), elements = g.kernel_elements();
    if constexpr (lanes<Simd> == Lanes::channels)
      for (std::size_t group = 0; group < g.groups; ++group)
        kernels::transpose<Simd, filters, elements>(weight[group * filters], Weight::stride,
                                                    scratch_data + group * filters * elements, filters);
  }

  /// y = function(correlation + bias); a bias of nullptr is 0.   Shapes: y [filters, H', W']
  template <class Simd, class Weight, class Function = kernels::Unchanged>
  static constexpr void correlate(Simd, const T* packed_image, Weight weight, const T* bias, T* scratch_data, T* y,
                                  Function function = {}) {
    if constexpr (lanes<Simd> == Lanes::channels) {
      T* const transposed = scratch_data + transposed_weight;
      for (std::size_t group = 0; group < g.groups; ++group) {
        const std::size_t first = group * g.group_filters();
        kernels::correlate_channel_lanes<Simd, g.group_filters(), g.group_channels(), rows>(
            packed_group<g>(packed_image, group), scratch_data + first * g.kernel_elements(),
            bias == nullptr ? bias : bias + first, transposed + first, g.filters, function);
      }
      kernels::transpose<Simd, pixels, g.filters>(transposed, g.filters, y, pixels);
    } else if constexpr (lanes<Simd> == Lanes::image_rows) {
      correlate_rows<Simd, rows>(packed_image, weight, bias, y, pixels, function);
    } else {
      correlate_rows<Simd, kernels::OutputRows::padded(window.padded_rows())>(
          packed_image, weight, bias, scratch_data, g.padded_rows_stride(), kernels::Unchanged{});
      kernels::compact<Simd, window>(scratch_data, g.padded_rows_stride(), g.filters, y, function);
    }
  }

 private:
  template <class Simd, kernels::OutputRows output_rows, class Weight, class Function>
  static constexpr void correlate_rows(const T* packed_image, Weight weight, const T* bias, T* to, std::size_t stride,
                                       Function function) {
    for (std::size_t group = 0; group < g.groups; ++group) {
      const std::size_t first = group * g.group_filters();
      kernels::correlate<Simd, g.group_filters(), g.group_channels(), output_rows, Weight::stride>(
          packed_group<g>(packed_image, group), weight[first], bias == nullptr ? bias : bias + first,
          to + first * stride, stride, group + 1 == g.groups, function);
    }
  }
};

}  // namespace cortexpr::detail
