#pragma once

#include <cortexpr/kernels/convolution/correlate.hpp>
#include <cortexpr/kernels/convolution/packed_image.hpp>
#include <cortexpr/kernels/elementwise/map.hpp>
#include <cortexpr/nn/layers/convolution/geometry.hpp>

#include <array>
#include <cstddef>

namespace cortexpr::detail {

/// The elements of a kernel that contribute to one phase of the input, in their order.
template <kernels::Window window, std::size_t PhaseY, std::size_t PhaseX>
struct PhaseElements {
  static constexpr std::size_t count_along(kernels::Axis axis, std::size_t phase) {
    std::size_t result = 0;
    for (std::size_t element = 0; element < axis.kernel; ++element)
      if (axis.phase(element) == phase) ++result;
    return result;
  }
  static constexpr std::size_t count = count_along(window.vertical, PhaseY) * count_along(window.horizontal, PhaseX);

  /// The position of each element in the kernel, and its offset in padded dz.
  std::array<std::size_t, count> positions{};
  std::array<std::size_t, count> shifts{};

  constexpr PhaseElements() {
    std::size_t at = 0;
    for (std::size_t y = 0; y < window.vertical.kernel; ++y)
      for (std::size_t x = 0; x < window.horizontal.kernel; ++x)
        if (window.vertical.phase(y) == PhaseY && window.horizontal.phase(x) == PhaseX) {
          positions[at] = y * window.horizontal.kernel + x;
          shifts[at] = kernels::padded_length(window.margin()) - window.vertical.shift(y) * window.row_stride() -
                       window.horizontal.shift(x);
          ++at;
        }
  }
};

/// weight [filters, stride] -> [channels, filters, count]: the kernel elements at `positions`. The sizes are
/// arguments, so that all layers and phases share the code.
template <class T>
CORTEXPR_SHARED constexpr void transpose_elements(const T* weight, std::size_t stride, std::size_t filters,
                                                  std::size_t channels, std::size_t kernel_size,
                                                  const std::size_t* positions, std::size_t count, T* to) {
  for (std::size_t c = 0; c < channels; ++c)
    for (std::size_t f = 0; f < filters; ++f)
      for (std::size_t i = 0; i < count; ++i) *to++ = weight[f * stride + c * kernel_size + positions[i]];
}

/// The input gradient of a convolution for one sample: the correlation of padded dz with the transposed kernel, phase
/// by phase.
template <class T, Convolution g>
struct TransposedCorrelation {
  static constexpr kernels::Window window = g.window;
  static constexpr kernels::OutputRows rows =
      kernels::rows_of_image(window.vertical.size, window.horizontal.size, window.row_stride());
  /// Whether the lanes are pixels of a row of the image, and not of padded rows.
  static constexpr bool image_rows_pay =
      kernels::covers_image<window>() && kernels::image_rows_pay<T>(rows, window.image_end(0) - window.image_begin(0),
                                                                    g.group_filters() * window.kernel_size());
  static constexpr std::size_t group_weights = g.group_channels() * g.group_filters();
  /// Scratch, in elements.
  static constexpr std::size_t scratch = image_rows_pay ? 0 : g.padded_dx();

  /// weight [filters, kernel elements] -> for each phase and group, [group channels, group filters, phase elements]
  template <class Weight>
  static constexpr void transpose_weight(Weight weight, T* to) {
    kernels::for_each_phase<window>([&]<std::size_t PhaseY, std::size_t PhaseX> {
      constexpr PhaseElements<window, PhaseY, PhaseX> elements;
      for (std::size_t group = 0; group < g.groups; ++group, to += group_weights * elements.count)
        transpose_elements(weight[group * g.group_filters()], Weight::stride, g.group_filters(), g.group_channels(),
                           window.kernel_size(), elements.positions.data(), elements.count, to);
    });
  }

  /// Shapes:  padded_dz g.padded_dz() -> dx [channels, H, W]
  template <class Simd>
  static constexpr void correlate(Simd, const T* padded_dz, const T* transposed_weight, T* padded_dx, T* dx) {
    if constexpr (image_rows_pay) {
      correlate_phase<Simd, rows, 0, 0>(padded_dz, window.image_begin(0) + window.horizontal.begin(0),
                                        transposed_weight, dx, window.vertical.size * window.horizontal.size);
    } else {
      kernels::for_each_phase<window>([&]<std::size_t PhaseY, std::size_t PhaseX> {
        constexpr std::size_t phase = PhaseY * window.horizontal.phases() + PhaseX;
        constexpr std::size_t begin = window.image_begin(PhaseY), end = window.image_end(PhaseY);
        constexpr std::size_t count = PhaseElements<window, PhaseY, PhaseX>::count;
        constexpr std::size_t channel_stride = window.phases() * g.phase_stride();
        T* const to = padded_dx + phase * g.phase_stride();
        if constexpr (begin < end && count > 0)
          correlate_phase<Simd, kernels::OutputRows::padded(end - begin), PhaseY, PhaseX>(
              padded_dz, begin, transposed_weight, to, channel_stride);
        else
          for (std::size_t c = 0; c < g.channels; ++c) kernels::fill(to + c * channel_stride, g.phase_stride(), T(0));
        transposed_weight += g.channels * g.group_filters() * count;
      });
      kernels::unpack_padded_rows<Simd, window>(padded_dx, g.phase_stride(), g.channels, dx);
    }
  }

 private:
  /// One phase, from `offset` in padded dz on.
  template <class Simd, kernels::OutputRows output_rows, std::size_t PhaseY, std::size_t PhaseX>
  static constexpr void correlate_phase(const T* padded_dz, std::size_t offset, const T* transposed_weight, T* to,
                                        std::size_t stride) {
    constexpr PhaseElements<window, PhaseY, PhaseX> elements;
    constexpr std::size_t length = g.group_filters() * elements.count;
    constexpr std::size_t front = g.leading_zeros();
    const std::size_t begin = offset < front ? front - offset : 0;
    const std::size_t end = offset < front + window.padded_rows() ? front + window.padded_rows() - offset : 0;
    for (std::size_t group = 0; group < g.groups; ++group)
      kernels::correlate<Simd, g.group_channels(), g.group_filters(), output_rows, length>(
          kernels::PackedImage<T, elements.count>{padded_dz + offset + group * g.group_filters() * g.padded_dz_stride(),
                                                  g.padded_dz_stride(), elements.shifts, begin, end},
          transposed_weight + group * g.group_channels() * length, nullptr, to + group * g.group_channels() * stride,
          stride, group + 1 == g.groups, kernels::Unchanged{});
  }
};

}  // namespace cortexpr::detail
