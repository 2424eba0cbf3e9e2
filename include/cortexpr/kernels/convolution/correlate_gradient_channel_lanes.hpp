#pragma once

#include <cortexpr/config.hpp>
#include <cortexpr/kernels/convolution/window.hpp>
#include <cortexpr/kernels/order/tile.hpp>
#include <cortexpr/simd/backend.hpp>

#include <cstddef>

// The gradient of a correlation with respect to its weights, with output channels as lanes. No lane computes a position
// between two rows of the image, and no sum goes over lanes. The order of additions differs from
// correlate_gradient.hpp, so only the shape may decide between the two.

namespace cortexpr::kernels {

namespace detail {

/// `Depth` channels, `Count` kernel elements from `First` on, `Packs` packs of output channels.
template <class Pack, std::size_t Packs, std::size_t Depth, Window window, std::size_t First, std::size_t Count,
          class T>
CORTEXPR_INLINE constexpr void gradient_channel_lanes_tile(const T* channel, const T* upstream,
                                                           std::size_t upstream_stride, T* gradient,
                                                           std::size_t stride) {
  constexpr std::size_t kernel_size = window.kernel_size();
  Pack sums[Depth][Count][Packs]{};
  for (std::size_t y = 0; y < window.vertical.output(); ++y) {
    const T* position = channel + y * window.row_stride();
    const T* dy = upstream + y * window.row_stride() * upstream_stride;
    for (std::size_t x = 0; x < window.horizontal.output(); ++x, ++position, dy += upstream_stride) {
      // `opaque`, because GCC would otherwise keep the pixel of a kernel element for the element to its left, and spill
      // registers for it.
      const T* const pixels = simd::opaque(position);
      Pack g[Packs];
      CORTEXPR_UNROLL_FOR (std::size_t p = 0; p < Packs; ++p) g[p] = opaque(Pack::load_unaligned(dy + p * Pack::lanes));
      CORTEXPR_UNROLL_FOR (std::size_t d = 0; d < Depth; ++d)
        CORTEXPR_UNROLL_FOR (std::size_t t = 0; t < Count; ++t) {
          const Pack value = Pack::broadcast(pixels[d * window.channel_size() + kernel_shifts<window>[First + t]]);
          CORTEXPR_UNROLL_FOR (std::size_t p = 0; p < Packs; ++p) sums[d][t][p] = fma(g[p], value, sums[d][t][p]);
        }
    }
  }
  CORTEXPR_UNROLL_FOR (std::size_t d = 0; d < Depth; ++d)
    CORTEXPR_UNROLL_FOR (std::size_t t = 0; t < Count; ++t)
      CORTEXPR_UNROLL_FOR (std::size_t p = 0; p < Packs; ++p) {
        T* const to = gradient + (d * kernel_size + First + t) * stride + p * Pack::lanes;
        (Pack::load_unaligned(to) + sums[d][t][p]).store_unaligned(to);
      }
}

/// `Depth` channels, all kernel elements from `First` on.
template <class Pack, Tile tile, std::size_t Depth, Window window, std::size_t First = 0, class T>
CORTEXPR_INLINE constexpr void gradient_channel_lanes_channels(const T* channel, const T* upstream,
                                                               std::size_t upstream_stride, T* gradient,
                                                               std::size_t stride) {
  constexpr std::size_t left = window.kernel_size() - First, count = left < tile.rows ? left : tile.rows;
  gradient_channel_lanes_tile<Pack, tile.packs, Depth, window, First, count>(channel, upstream, upstream_stride,
                                                                             gradient, stride);
  if constexpr (count < left)
    gradient_channel_lanes_channels<Pack, tile, Depth, window, First + count>(channel, upstream, upstream_stride,
                                                                              gradient, stride);
}

/// `Count` output channels from `first` on: as many as possible in the widest packs, the rest in narrower packs.
template <class Simd, std::size_t Count, std::size_t Channels, Window window, class T>
CORTEXPR_INLINE constexpr void gradient_channel_lanes_from(const T* image, const T* upstream,
                                                           std::size_t upstream_stride, T* gradient, std::size_t stride,
                                                           std::size_t first) {
  using Pack = typename Simd::template pack<T, Count>;
  constexpr std::size_t kernel_size = window.kernel_size();
  constexpr Tile tile = channel_lanes_gradient_tile(Simd::registers, Count / Pack::lanes, kernel_size);
  constexpr std::size_t height = panel_width(Channels, tile.rows > kernel_size ? tile.rows / kernel_size : 1);
  constexpr std::size_t whole = Channels / height * height;
  constexpr std::size_t lanes = tile.packs * Pack::lanes, end = Count / lanes * lanes;
  static_assert(end > 0, "correlate_gradient_channel_lanes: the output channels must fill packs");
  CORTEXPR_NO_UNROLL_FOR (std::size_t o = first; o < first + end; o += lanes) {
    CORTEXPR_NO_UNROLL_FOR (std::size_t d = 0; d < whole; d += height)
      gradient_channel_lanes_channels<Pack, tile, height, window>(image + d * window.channel_size(), upstream + o,
                                                                  upstream_stride,
                                                                  gradient + d * kernel_size * stride + o, stride);
    if constexpr (whole < Channels)
      gradient_channel_lanes_channels<Pack, tile, Channels - whole, window>(
          image + whole * window.channel_size(), upstream + o, upstream_stride,
          gradient + whole * kernel_size * stride + o, stride);
  }
  if constexpr (end < Count)
    gradient_channel_lanes_from<Simd, Count - end, Channels, window>(image, upstream, upstream_stride, gradient, stride,
                                                                     first + end);
}

}  // namespace detail

/// Whether output channels as lanes cost less than dot products along the padded rows. Transposing the upstream
/// gradient takes as long as four multiply-adds per pixel; the sum over the lanes of a row takes as long as 45. Half a
/// pack counts as a whole one.
constexpr bool gradient_channel_lanes_pay(std::size_t outputs, Window window, std::size_t products) {
  const std::size_t pixels = window.vertical.output() * window.horizontal.output();
  const std::size_t packs = (outputs + row_slack - 1) / row_slack;
  return outputs % (row_slack / 2) == 0 &&
         packs * row_slack * pixels * (products + 4) < outputs * (padded_length(window.padded_rows()) + 45) * products;
}

/// gradient[c][e][o] += the sum over y and x of upstream[p][o] image[c][shifts[e] + p], p = y window.row_stride() + x
/// Order:   each sum starts from zero and goes through the pixels, row by row; then it is added to `gradient`
/// Shapes:  image [Channels, window.channel_size()], upstream [window.padded_rows(), upstream_stride] ->
///          gradient [Channels*KernelSize, stride], the first Outputs of each row; Outputs must be a multiple of the
///          lanes of some pack
/// Blocks:  kernel elements of one or several channels x packs of output channels (channel_lanes_gradient_tile in
///          tile.hpp)
/// Cost:    Outputs*pixels*Channels*KernelSize multiply-adds; no scratch
template <class Simd, std::size_t Outputs, std::size_t Channels, Window window, class T>
[[gnu::noinline]] constexpr void correlate_gradient_channel_lanes(const T* image, const T* upstream,
                                                                  std::size_t upstream_stride, T* gradient,
                                                                  std::size_t stride) {
  detail::gradient_channel_lanes_from<Simd, Outputs, Channels, window>(image, upstream, upstream_stride, gradient,
                                                                       stride, 0);
}

}  // namespace cortexpr::kernels
