#pragma once

#include <cortexpr/config.hpp>
#include <cortexpr/kernels/convolution/correlate.hpp>
#include <cortexpr/kernels/convolution/window.hpp>
#include <cortexpr/kernels/order/tile.hpp>
#include <cortexpr/simd/backend.hpp>

#include <cstddef>
#include <type_traits>

// The product of a convolution with output channels as lanes. No lane computes a position between two rows of the
// image, and no pack is incomplete, but the weights and the outputs must be transposed.

namespace cortexpr::kernels {

namespace detail {

/// `Rows` x `Width` pixels, `Packs` packs of output channels.
template <class Pack, std::size_t Packs, std::size_t Outputs, OutputRows rows, std::size_t Rows, std::size_t Width,
          std::size_t Channels, class T, std::size_t KernelSize, class Function>
CORTEXPR_INLINE constexpr void correlate_channel_lanes_tile(const PackedImage<T, KernelSize>& from, std::size_t first,
                                                            const T* weights, const T* bias, T* to, std::size_t stride,
                                                            Function function) {
  Pack sums[Rows][Width][Packs]{};
  const T* channel = from.data + first;
  CORTEXPR_NO_UNROLL_FOR (std::size_t c = 0; c < Channels; ++c, channel += from.channel_stride)
    CORTEXPR_NO_UNROLL_FOR (std::size_t e = 0; e < KernelSize; ++e, weights += Outputs) {
      const T* const pixels = channel + from.shifts[e];
      Pack weight[Packs];
      CORTEXPR_UNROLL_FOR (std::size_t p = 0; p < Packs; ++p)
        weight[p] = opaque(Pack::load_unaligned(weights + p * Pack::lanes));
      CORTEXPR_UNROLL_FOR (std::size_t y = 0; y < Rows; ++y)
        CORTEXPR_UNROLL_FOR (std::size_t x = 0; x < Width; ++x) {
          const Pack value = Pack::broadcast(pixels[y * rows.from + x]);
          CORTEXPR_UNROLL_FOR (std::size_t p = 0; p < Packs; ++p) sums[y][x][p] = fma(weight[p], value, sums[y][x][p]);
        }
    }
  CORTEXPR_UNROLL_FOR (std::size_t p = 0; p < Packs; ++p) {
    const Pack before = bias == nullptr ? Pack::zero() : Pack::load_unaligned(bias + p * Pack::lanes);
    CORTEXPR_UNROLL_FOR (std::size_t y = 0; y < Rows; ++y)
      CORTEXPR_UNROLL_FOR (std::size_t x = 0; x < Width; ++x)
        function(before + sums[y][x][p]).store_unaligned(to + (y * rows.length + x) * stride + p * Pack::lanes);
  }
}

/// `Rows` rows of pixels, `Packs` packs of output channels.
template <class Pack, std::size_t Packs, std::size_t Outputs, OutputRows rows, std::size_t Rows, std::size_t Width,
          std::size_t Channels, class T, std::size_t KernelSize, class Function>
CORTEXPR_INLINE constexpr void correlate_channel_lanes_rows(const PackedImage<T, KernelSize>& from, std::size_t first,
                                                            const T* weights, const T* bias, T* to, std::size_t stride,
                                                            Function function) {
  constexpr std::size_t whole = rows.length / Width * Width;
  CORTEXPR_NO_UNROLL_FOR (std::size_t x = 0; x < whole; x += Width)
    correlate_channel_lanes_tile<Pack, Packs, Outputs, rows, Rows, Width, Channels>(from, first + x, weights, bias,
                                                                                    to + x * stride, stride, function);
  if constexpr (whole < rows.length)
    correlate_channel_lanes_tile<Pack, Packs, Outputs, rows, Rows, rows.length - whole, Channels>(
        from, first + whole, weights, bias, to + whole * stride, stride, function);
}

/// `Count` output channels from `first` on: as many as possible in the widest packs, the rest in narrower packs.
template <class Simd, std::size_t Count, std::size_t Outputs, std::size_t Channels, OutputRows rows, class T,
          std::size_t KernelSize, class Function>
CORTEXPR_INLINE constexpr void correlate_outputs_from(const PackedImage<T, KernelSize>& from, std::size_t first,
                                                      const T* weights, const T* bias, T* to, std::size_t stride,
                                                      Function function) {
  using Pack = typename Simd::template pack<T, Count>;
  constexpr Tile tile = channel_lanes_tile(Simd::registers, Count / Pack::lanes);
  constexpr std::size_t width = panel_width(rows.length, tile.rows);
  constexpr std::size_t height = panel_width(rows.count, width < rows.length ? 1 : tile.rows / width);
  constexpr std::size_t whole = rows.count / height * height;
  constexpr std::size_t lanes = tile.packs * Pack::lanes, end = Count / lanes * lanes;
  static_assert(end > 0, "correlate_channel_lanes: the output channels must fill packs");
  CORTEXPR_NO_UNROLL_FOR (std::size_t o = first; o < first + end; o += lanes) {
    const T* const before = bias == nullptr ? bias : bias + o;
    CORTEXPR_NO_UNROLL_FOR (std::size_t y = 0; y < whole; y += height)
      correlate_channel_lanes_rows<Pack, tile.packs, Outputs, rows, height, width, Channels>(
          from, y * rows.from, weights + o, before, to + y * rows.length * stride + o, stride, function);
    if constexpr (whole < rows.count)
      correlate_channel_lanes_rows<Pack, tile.packs, Outputs, rows, rows.count - whole, width, Channels>(
          from, whole * rows.from, weights + o, before, to + whole * rows.length * stride + o, stride, function);
  }
  if constexpr (end < Count)
    correlate_outputs_from<Simd, Count - end, Outputs, Channels, rows>(from, first + end, weights, bias, to, stride,
                                                                       function);
}

}  // namespace detail

/// Whether output channels as lanes cost less than pixels as lanes. Transposing takes as long as four multiply-adds per
/// pixel and per weight. Half a pack counts as three quarters of one: on some processors it takes half the time of a
/// whole pack, on others the whole. Microcontrollers have no memory for the transposed weights.
/// `padded_rows` is the length of the padded rows, `products` the number of multiply-adds for an output.
template <class T>
constexpr bool channel_lanes_pay(std::size_t outputs, OutputRows rows, std::size_t padded_rows, std::size_t products) {
  constexpr std::size_t lanes = simd::native_lanes<T>, narrowest = 16 / sizeof(T);
  if (simd::Native::registers < 16 || lanes < 4 || outputs % (lanes / 2 < narrowest ? lanes : lanes / 2) != 0)
    return false;
  const std::size_t pixels = rows.count * rows.length;
  const OutputCost otherwise = cost_of_output<T>(rows, padded_rows, products);
  const std::size_t quarters = outputs / lanes * 4 + (outputs % lanes != 0 ? 3 : 0);
  return pixels >= lanes && quarters * (pixels * products + 4 * (pixels + products)) < 4 * outputs * otherwise.least();
}

/// to[y rows.length + x][o] = function(bias[o] + sum over c, then e, of
/// weights[c KernelSize + e][o] from[c][shifts[e] + y rows.from + x])
/// Order:   that of `correlate`, so the bits are the same
/// Shapes:  weights [Channels*KernelSize, Outputs] -> to [pixels, stride], the first Outputs of each row; Outputs must
///          be a multiple of the lanes of some pack
/// Blocks:  pixels x packs of output channels (channel_lanes_tile in tile.hpp)
/// Cost:    Outputs*rows*Channels*KernelSize multiply-adds; no scratch
template <class Simd, std::size_t Outputs, std::size_t Channels, OutputRows rows, class T, std::size_t KernelSize,
          class Function>
[[gnu::noinline]] constexpr void correlate_channel_lanes(const PackedImage<T, KernelSize>& from, const T* weights,
                                                         std::type_identity_t<const T*> bias, T* to, std::size_t stride,
                                                         Function function) {
  detail::correlate_outputs_from<Simd, Outputs, Outputs, Channels, rows>(from, 0, weights, bias, to, stride, function);
}

}  // namespace cortexpr::kernels
