#pragma once

#include <cortexpr/config.hpp>
#include <cortexpr/kernels/order/reduce.hpp>
#include <cortexpr/kernels/order/tile.hpp>
#include <cortexpr/simd/backend.hpp>

#include <cstddef>

// The tiles of a correlation (correlate.hpp). Only what makes the machine code faster is a template parameter, because
// these tiles are most of what a compiler optimises in a convolutional network.

namespace cortexpr::kernels {

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
};

/// The rows of an output image [count, length] if the row stride of the packed image is `from`. Rows without padding
/// between them count as one row.
constexpr OutputRows rows_of_image(std::size_t count, std::size_t length, std::size_t from) {
  if (count == 1 || from == length) return {1, count * length, count * length, count * length};
  return {count, length, from, length};
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

/// What the machine code of a correlation depends on; all else is an operand. With strides that are not constants, a
/// training step of LeNet-5 takes 3 % longer (AVX2; measured by benchmarks/against).
struct CorrelationTiles {
  /// `height` output channels x `packs` packs, and `outputs_left` for the rest of the output channels.
  struct Panel {
    std::size_t packs, height, outputs_left;
  };
  Panel whole, rest;
  std::size_t across;            ///< packs in a row, 0 if there is one row only
  std::size_t left;              ///< elements of the last pack of a row, 0 if the whole pack may be written
  std::size_t from_row, to_row;  ///< the row strides
  std::size_t kernel_size, weight_stride;
  bool one_channel;  ///< spares the loop over channels, which takes a fifth of the time of a 3x3 kernel

  template <class Pack>
  static constexpr CorrelationTiles of(std::size_t registers, std::size_t outputs, std::size_t channels,
                                       OutputRows rows, std::size_t kernel_size, std::size_t weight_stride) {
    const auto panel = [=](std::size_t packs, std::size_t height) { return Panel{packs, height, outputs % height}; };
    const auto height = [=](std::size_t packs) {
      return panel_width(outputs, correlation_tile(registers, packs).rows);
    };
    const std::size_t packs = rows.packs(Pack::lanes);
    const std::size_t width = panel_width(packs, correlation_tile(registers, packs).packs), left = packs % width;
    // Eight sums cover the latency of the multiply-add. If the rest has so many with the height of the whole tiles, it
    // has that height, so that both loops are alike.
    const std::size_t rest_height = left * height(width) < 8 ? height(1) : height(width);
    return {.whole = panel(width, height(width)),
            .rest = panel(left, left == 0 ? height(width) : rest_height),
            .across = rows.count == 1 ? 0 : packs / rows.count,
            .left = rows.has_slack ? 0 : rows.length % Pack::lanes,
            .from_row = rows.from,
            .to_row = rows.to,
            .kernel_size = kernel_size,
            .weight_stride = weight_stride,
            .one_channel = channels == 1};
  }
};

template <class T>
struct CorrelationOperands {
  const T* data;
  std::size_t channel_stride, channels;
  const std::size_t* shifts;
  std::size_t filled_begin, filled_end;
  const T* weights;
  const T* bias;
  T* to;
  std::size_t to_stride, outputs, packs;
  bool is_last;
};

/// The position of the first lane of a pack if the row stride is `stride`.
template <std::size_t Lanes, CorrelationTiles tiles>
CORTEXPR_INLINE constexpr std::size_t position(std::size_t pack, std::size_t stride) {
  if constexpr (tiles.across == 0)
    return pack * Lanes;
  else
    return pack / tiles.across * stride + pack % tiles.across * Lanes;
}

/// Some packs of each output channel: where they begin in a channel of the packed image and of the output, and the kernel
/// elements that meet the filled range of a channel.
template <class Pack, CorrelationTiles tiles, std::size_t Packs, class T>
struct CorrelationPanel {
  const T* from[Packs];
  std::size_t to[Packs];
  const std::size_t *shifts, *end;
  std::size_t skipped_before, skipped;  ///< kernel elements
  bool at_end;                          ///< whether the last pack is the last of the channel

  CORTEXPR_INLINE constexpr CorrelationPanel(const CorrelationOperands<T>& operands, std::size_t first) {
    CORTEXPR_UNROLL_FOR (std::size_t p = 0; p < Packs; ++p) {
      from[p] = operands.data + position<Pack::lanes, tiles>(first + p, tiles.from_row);
      to[p] = position<Pack::lanes, tiles>(first + p, tiles.to_row);
    }
    shifts = operands.shifts;
    end = shifts + tiles.kernel_size;
    const std::size_t lowest = position<Pack::lanes, tiles>(first, tiles.from_row);
    const std::size_t highest = position<Pack::lanes, tiles>(first + Packs - 1, tiles.from_row) + Pack::lanes - 1;
    while (shifts < end && lowest + *shifts >= operands.filled_end) ++shifts;
    while (end > shifts && highest + end[-1] < operands.filled_begin) --end;
    skipped_before = static_cast<std::size_t>(shifts - operands.shifts);
    skipped = tiles.kernel_size - static_cast<std::size_t>(end - shifts);
    at_end = first + Packs == operands.packs;
  }
};

/// The outputs of a tile. Of the last pack only `Left` elements are stored, or all if `Left` is 0.
template <std::size_t Left, class Pack, CorrelationTiles tiles, std::size_t Outputs, std::size_t Packs, class T,
          class Function>
CORTEXPR_INLINE constexpr void store_tile(const CorrelationOperands<T>& operands,
                                          const CorrelationPanel<Pack, tiles, Packs, T>& panel, std::size_t output,
                                          const Pack (&sums)[Outputs][Packs], Function function) {
  CORTEXPR_UNROLL_FOR (std::size_t o = 0; o < Outputs; ++o) {
    const Pack before = operands.bias == nullptr ? Pack::zero() : Pack::broadcast(operands.bias[output + o]);
    T* const to = operands.to + (output + o) * operands.to_stride;
    CORTEXPR_UNROLL_FOR (std::size_t p = 0; p < Packs; ++p) {
      const Pack result = function(before + sums[o][p]);
      if constexpr (Left != 0) {
        if (p + 1 == Packs) {
          store_end<Left>(result, to + panel.to[p], operands.is_last && output + o + 1 == operands.outputs);
          continue;
        }
      }
      result.store_unaligned(to + panel.to[p]);
    }
  }
}

/// `Outputs` output channels from `output` on, the packs of a panel.
template <class Pack, CorrelationTiles tiles, std::size_t Outputs, std::size_t Packs, class T, class Function>
CORTEXPR_INLINE constexpr void correlate_tile(const CorrelationOperands<T>& operands,
                                              const CorrelationPanel<Pack, tiles, Packs, T>& panel, std::size_t output,
                                              Function function) {
  Pack sums[Outputs][Packs]{};
  constexpr std::size_t stride = tiles.weight_stride;
  const T* weights = operands.weights + output * stride + panel.skipped_before;
  const std::size_t channels = tiles.one_channel ? 1 : operands.channels;
  std::size_t channel = 0;
  CORTEXPR_NO_UNROLL_FOR (std::size_t c = 0; c < channels; ++c, channel += operands.channel_stride) {
    CORTEXPR_NO_UNROLL_FOR (const std::size_t* shift = panel.shifts; shift < panel.end; ++shift) {
      const std::size_t offset = channel + *shift;
      Pack values[Packs];
      CORTEXPR_UNROLL_FOR (std::size_t p = 0; p < Packs; ++p)
        values[p] = opaque(Pack::load_unaligned(panel.from[p] + offset));
      CORTEXPR_UNROLL_FOR (std::size_t o = 0; o < Outputs; ++o) {
        const Pack weight = Pack::broadcast(weights[o * stride]);
        CORTEXPR_UNROLL_FOR (std::size_t p = 0; p < Packs; ++p) sums[o][p] = fma(weight, values[p], sums[o][p]);
      }
      ++weights;
    }
    weights += panel.skipped;
  }

  if (tiles.left != 0 && panel.at_end)
    store_tile<tiles.left>(operands, panel, output, sums, function);
  else
    store_tile<0>(operands, panel, output, sums, function);
}

/// All output channels, from pack `first` on.
template <class Pack, CorrelationTiles tiles, CorrelationTiles::Panel sizes, class T, class Function>
CORTEXPR_INLINE constexpr void correlate_outputs(const CorrelationOperands<T>& operands, std::size_t first,
                                                 Function function) {
  const CorrelationPanel<Pack, tiles, sizes.packs, T> panel{operands, first};
  const std::size_t whole = operands.outputs - sizes.outputs_left;
  CORTEXPR_NO_UNROLL_FOR (std::size_t o = 0; o < whole; o += sizes.height)
    correlate_tile<Pack, tiles, sizes.height>(operands, panel, o, function);
  if constexpr (sizes.outputs_left > 0)
    correlate_tile<Pack, tiles, sizes.outputs_left>(operands, panel, whole, function);
}

template <class Pack, CorrelationTiles tiles, class T, class Function>
constexpr void correlate_tiles(const CorrelationOperands<T>& all, Function function) {
  const CorrelationOperands<T> operands = all;  // no store of a pack can change the copy
  const std::size_t whole = operands.packs - tiles.rest.packs;
  CORTEXPR_NO_UNROLL_FOR (std::size_t p = 0; p < whole; p += tiles.whole.packs)
    correlate_outputs<Pack, tiles, tiles.whole>(operands, p, function);
  if constexpr (tiles.rest.packs > 0) correlate_outputs<Pack, tiles, tiles.rest>(operands, whole, function);
}

}  // namespace detail

}  // namespace cortexpr::kernels
