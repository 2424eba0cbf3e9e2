#pragma once

#include <cortexpr/config.hpp>
#include <cortexpr/kernels/convolution/correlation_tiles.hpp>
#include <cortexpr/kernels/convolution/scalar_loops.hpp>
#include <cortexpr/kernels/convolution/window.hpp>
#include <cortexpr/kernels/order/reduce.hpp>
#include <cortexpr/kernels/order/tile.hpp>
#include <cortexpr/simd/backend.hpp>

#include <array>
#include <cstddef>
#include <type_traits>

// The product of convolutions: the correlation of a packed image (window.hpp) with kernels. Lanes are neighbouring
// pixels of the output. Each lane is a sum of its own, so the number of lanes does not change the order of additions.

namespace cortexpr::kernels {

/// The input of a correlation: channels of a packed image, and the shift of each kernel element. The kernel element e
/// of the output at position p multiplies the element p + shifts[e] of a channel.
template <class T, std::size_t KernelSize>
struct PackedImage {
  const T* data;
  std::size_t channel_stride;
  std::array<std::size_t, KernelSize> shifts;
  /// The range of each channel outside which all elements are zero. A range other than the default requires that the
  /// shifts descend; kernel elements that meet only zeros are then skipped, which changes nothing for finite weights.
  std::size_t filled_begin = 0, filled_end = static_cast<std::size_t>(-1);
};

/// The cost of one output channel in multiply-adds of packs: for the rows of the image, and for the padded rows, from
/// which the outputs must be copied. The copy of a pack takes as long as four multiply-adds.
struct OutputCost {
  std::size_t image_rows, padded_rows;
  constexpr std::size_t least() const { return image_rows <= padded_rows ? image_rows : padded_rows; }
};
/// `padded_rows` is the length of the padded rows, `products` the number of multiply-adds for an output.
template <class T>
constexpr OutputCost cost_of_output(OutputRows rows, std::size_t padded_rows, std::size_t products) {
  const std::size_t packs = rows.packs(simd::lanes_for<T>(rows.length));
  const std::size_t padded_packs = OutputRows::padded(padded_rows).packs(simd::lanes_for<T>(padded_rows));
  return {packs * products, padded_packs * products + 4 * packs};
}

/// Whether the rows of the image cost no more than padded rows.
template <class T>
constexpr bool image_rows_pay(OutputRows rows, std::size_t padded_rows, std::size_t products) {
  const OutputCost cost = cost_of_output<T>(rows, padded_rows, products);
  return cost.image_rows <= cost.padded_rows;
}

/// to[o][y][x] = function(bias[o] + sum over c, then e, of weights[o][c][e] from[c][shifts[e] + y rows.from + x])
/// Order:   each sum starts from zero and goes through the input channels c and, in each, the kernel elements e; then
///          the bias is added. A null `bias` is zero.
/// Shapes:  weights [Outputs, Stride], the first Channels*KernelSize of each row -> to [Outputs, to_stride]
/// Blocks:  output channels x packs of pixels (correlation_tile in tile.hpp), so that a loaded pack of the image is
///          used for several output channels
/// Cost:    Outputs*rows*Channels*KernelSize multiply-adds; no scratch
/// `is_last` says that nothing may be written after the last output channel.
template <class Simd, std::size_t Outputs, std::size_t Channels, OutputRows rows, std::size_t Stride, class T,
          std::size_t KernelSize, class Function>
constexpr void correlate(const PackedImage<T, KernelSize>& from, const T* weights, std::type_identity_t<const T*> bias,
                         T* to, std::size_t to_stride, bool is_last, Function function) {
  if constexpr (uses_scalar_loops<Simd>) {
    detail::correlate_scalar<Outputs, Channels, rows, Stride>(from, weights, bias, to, to_stride, function);
  } else {
    using Pack = typename Simd::template pack<T, rows.length>;
    constexpr auto tiles =
        detail::CorrelationTiles::of<Pack>(Simd::registers, Outputs, Channels, rows, KernelSize, Stride);
    detail::correlate_tiles<Pack, tiles>(detail::CorrelationOperands<T>{.data = from.data,
                                                                        .channel_stride = from.channel_stride,
                                                                        .channels = Channels,
                                                                        .shifts = from.shifts.data(),
                                                                        .filled_begin = from.filled_begin,
                                                                        .filled_end = from.filled_end,
                                                                        .weights = weights,
                                                                        .bias = bias,
                                                                        .to = to,
                                                                        .to_stride = to_stride,
                                                                        .outputs = Outputs,
                                                                        .packs = rows.packs(Pack::lanes),
                                                                        .is_last = is_last},
                                         function);
  }
}

}  // namespace cortexpr::kernels
