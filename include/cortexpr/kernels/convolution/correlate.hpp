#pragma once

#include <cortexpr/config.hpp>
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

/// A range of kernel elements.
struct ElementRange {
  std::size_t begin, end;
};

/// The kernel elements that meet the filled range of a channel for some output position from `first` to `last`.
template <class T, std::size_t KernelSize>
CORTEXPR_INLINE constexpr ElementRange filled_elements(const PackedImage<T, KernelSize>& from, std::size_t first,
                                                   std::size_t last) {
  ElementRange elements{0, KernelSize};
  while (elements.begin < elements.end && first + from.shifts[elements.begin] >= from.filled_end) ++elements.begin;
  while (elements.end > elements.begin && last + from.shifts[elements.end - 1] < from.filled_begin) --elements.end;
  return elements;
}

/// The rows of the outputs of a correlation, either the rows of the image, or the padded rows of the packed image as
/// one long row, which includes the positions between two rows of the image.
struct OutputRows {
  std::size_t count;
  std::size_t length;
  std::size_t from;        ///< the row stride of the packed image
  std::size_t to;          ///< the row stride of the output, at least `length`
  bool has_slack = false;  ///< whether an incomplete pack may be written beyond the last row

  static constexpr OutputRows padded(std::size_t length) { return {1, length, length, length, true}; }
  constexpr std::size_t packs(std::size_t lanes) const { return count * ((length + lanes - 1) / lanes); }
  /// The position of the first lane of a pack if the row stride is `stride`.
  template <std::size_t Lanes>
  constexpr std::size_t position(std::size_t pack, std::size_t stride) const {
    const std::size_t across = packs(Lanes) / count;
    return count == 1 ? pack * Lanes : pack / across * stride + pack % across * Lanes;
  }
};

/// The rows of an output image [count, length] if the row stride of the packed image is `from`. Rows without padding
/// between them count as one row.
constexpr OutputRows rows_of_image(std::size_t count, std::size_t length, std::size_t from) {
  if (count == 1 || from == length) return {1, count * length, count * length, count * length};
  return {count, length, from, length};
}

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

namespace detail {

/// Stores the first `Count` lanes, the end of the last row of a channel. The elements after it belong to the next
/// channel, which may be stored already; after the last channel nothing may be written.
template <std::size_t Count, class Pack, class T>
CORTEXPR_INLINE constexpr void store_end(Pack values, T* to, bool is_last) {
  if (is_last) {
    T elements[Pack::lanes];
    values.store_unaligned(elements);
    for (std::size_t i = 0; i < Count; ++i) to[i] = elements[i];
  } else {
    select(inside_row<Pack>(0, Count), values, Pack::load_unaligned(to)).store_unaligned(to);
  }
}

/// `Outputs` output channels, `Packs` packs of each, from pack `first` on.
template <class Pack, std::size_t Outputs, OutputRows rows, std::size_t Packs, std::size_t Channels, std::size_t Stride,
          class T, std::size_t KernelSize, class Function>
CORTEXPR_INLINE constexpr void correlate_tile(const PackedImage<T, KernelSize>& from, const T* weights, const T* bias,
                                              T* to, std::size_t to_stride, std::size_t first, bool is_last,
                                              Function function) {
  Pack sums[Outputs][Packs]{};
  const T* starts[Packs];
  CORTEXPR_UNROLL for (std::size_t p = 0; p < Packs; ++p) starts[p] =
      from.data + rows.template position<Pack::lanes>(first + p, rows.from);
  const ElementRange elements =
      filled_elements(from, rows.template position<Pack::lanes>(first, rows.from),
                      rows.template position<Pack::lanes>(first + Packs - 1, rows.from) + Pack::lanes - 1);
  weights += elements.begin;
  std::size_t channel = 0;
  CORTEXPR_NO_UNROLL for (std::size_t c = 0; c < Channels; ++c, channel += from.channel_stride) {
    CORTEXPR_NO_UNROLL for (std::size_t e = elements.begin; e < elements.end; ++e) {
      const std::size_t offset = channel + from.shifts[e];
      Pack values[Packs];
      CORTEXPR_UNROLL for (std::size_t p = 0; p < Packs; ++p) values[p] =
          opaque(Pack::load_unaligned(starts[p] + offset));
      CORTEXPR_UNROLL for (std::size_t o = 0; o < Outputs; ++o) {
        const Pack weight = Pack::broadcast(weights[o * Stride]);
        CORTEXPR_UNROLL for (std::size_t p = 0; p < Packs; ++p) sums[o][p] = fma(weight, values[p], sums[o][p]);
      }
      ++weights;
    }
    weights += KernelSize - (elements.end - elements.begin);
  }

  constexpr std::size_t left = rows.length % Pack::lanes;
  const bool at_end = first + Packs == rows.packs(Pack::lanes);
  CORTEXPR_UNROLL for (std::size_t o = 0; o < Outputs; ++o) {
    const Pack before = bias == nullptr ? Pack::zero() : Pack::broadcast(bias[o]);
    CORTEXPR_UNROLL for (std::size_t p = 0; p < Packs; ++p) {
      const Pack result = function(before + sums[o][p]);
      T* const target = to + o * to_stride + rows.template position<Pack::lanes>(first + p, rows.to);
      if (!rows.has_slack && left != 0 && p + 1 == Packs && at_end)
        store_end<left>(result, target, is_last && o + 1 == Outputs);
      else
        result.store_unaligned(target);
    }
  }
}

/// All output channels, `Packs` packs of each.
template <class Pack, std::size_t Registers, std::size_t Outputs, OutputRows rows, std::size_t Packs,
          std::size_t Channels, std::size_t Stride, class T, std::size_t KernelSize, class Function>
CORTEXPR_INLINE constexpr void correlate_outputs(const PackedImage<T, KernelSize>& from, const T* weights,
                                                 const T* bias, T* to, std::size_t to_stride, std::size_t first,
                                                 bool is_last, Function function) {
  constexpr std::size_t height = panel_width(Outputs, correlation_tile(Registers, Packs).rows);
  constexpr std::size_t whole = Outputs / height * height;
  CORTEXPR_NO_UNROLL for (std::size_t o = 0; o < whole; o += height)
      correlate_tile<Pack, height, rows, Packs, Channels, Stride>(
          from, weights + o * Stride, bias == nullptr ? bias : bias + o, to + o * to_stride, to_stride, first,
          is_last && o + height == Outputs, function);
  if constexpr (whole < Outputs)
    correlate_tile<Pack, Outputs - whole, rows, Packs, Channels, Stride>(
        from, weights + whole * Stride, bias == nullptr ? bias : bias + whole, to + whole * to_stride, to_stride, first,
        is_last, function);
}

}  // namespace detail

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
[[gnu::noinline]] constexpr void correlate(const PackedImage<T, KernelSize>& from, const T* weights,
                                           std::type_identity_t<const T*> bias, T* to, std::size_t to_stride,
                                           bool is_last, Function function) {
  if constexpr (uses_scalar_loops<Simd>) {
    return detail::correlate_scalar<Outputs, Channels, rows, Stride>(from, weights, bias, to, to_stride, function);
  } else {
    using Pack = typename Simd::template pack<T, rows.length>;
    constexpr std::size_t packs = rows.packs(Pack::lanes);
    constexpr std::size_t width = panel_width(packs, correlation_tile(Simd::registers, packs).packs);
    constexpr std::size_t whole = packs / width * width;
    CORTEXPR_NO_UNROLL for (std::size_t p = 0; p < whole; p += width)
        detail::correlate_outputs<Pack, Simd::registers, Outputs, rows, width, Channels, Stride>(
            from, weights, bias, to, to_stride, p, is_last, function);
    if constexpr (whole < packs)
      detail::correlate_outputs<Pack, Simd::registers, Outputs, rows, packs - whole, Channels, Stride>(
          from, weights, bias, to, to_stride, whole, is_last, function);
  }
}

}  // namespace cortexpr::kernels
