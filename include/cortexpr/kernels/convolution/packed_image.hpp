#pragma once

#include <cortexpr/config.hpp>
#include <cortexpr/kernels/convolution/window.hpp>
#include <cortexpr/kernels/elementwise/map.hpp>
#include <cortexpr/kernels/order/reduce.hpp>
#include <cortexpr/simd/backend.hpp>

#include <cstddef>

// Copies between images [C, H, W] and packed images (window.hpp). Rows are copied in whole packs, the last of which may
// reach beyond the end of the row: the elements read there are not used, and the elements written are overwritten by
// the next row. The last row of an image has nothing after it and is copied element by element.

namespace cortexpr::kernels {

/// The identity, as a function of a pack.
struct Unchanged {
  template <class Pack>
  CORTEXPR_INLINE constexpr Pack operator()(Pack values) const {
    return values;
  }
};

namespace detail {

/// to[i] = function(from[i]...) for `Count` elements, then `rest` up to the end of the last pack unless `is_last`.
template <class Simd, std::size_t Count, class T, class Function, class... From>
CORTEXPR_INLINE constexpr void map_row(T* to, bool is_last, T rest, Function function, From... from) {
  using Pack = typename Simd::template pack<T, Count>;
  using One = simd::Pack<T, 1>;
  if (Count % Pack::lanes != 0 && is_last) {
    for (std::size_t i = 0; i < Count; ++i) function(One::load(from + i)...).store(to + i);
    return;
  }
  for (std::size_t i = 0; i < Count; i += Pack::lanes) {
    Pack values = function(Pack::load_unaligned(from + i)...);
    if constexpr (Count % Pack::lanes != 0) values = select(inside_row<Pack>(i, Count), values, Pack::broadcast(rest));
    values.store_unaligned(to + i);
  }
}

/// Where the rows of an image lie: the distances from channel to channel and from row to row.
struct RowPositions {
  std::size_t channel, row;
};

// The functions on all rows of an image are not inlined, and only the length of a row is a template parameter: layers
// with rows of one length share their code.

/// map_row for `channels` channels of `rows` rows each. If `each_is_last`, nothing is written beyond the end of any
/// row.
template <class Simd, std::size_t Count, class T, class Function, class... From>
CORTEXPR_SHARED constexpr void map_rows(T* to, RowPositions to_rows, std::size_t channels, std::size_t rows, T rest,
                                        bool each_is_last, Function function, RowPositions from_rows,
                                        const From*... from) {
  for (std::size_t c = 0; c < channels; ++c)
    for (std::size_t y = 0; y < rows; ++y) {
      const std::size_t at = c * from_rows.channel + y * from_rows.row;
      map_row<Simd, Count>(to + c * to_rows.channel + y * to_rows.row,
                           each_is_last || (c + 1 == channels && y + 1 == rows), rest, function, from + at...);
    }
}

/// to[i] = from[i * Stride] for `Count` elements of each row.
template <std::size_t Stride, std::size_t Count, class T>
CORTEXPR_SHARED constexpr void gather_rows(T* to, RowPositions to_rows, std::size_t channels, std::size_t rows,
                                           RowPositions from_rows, const T* from) {
  for (std::size_t c = 0; c < channels; ++c)
    for (std::size_t y = 0; y < rows; ++y)
      for (std::size_t i = 0; i < Count; ++i)
        to[c * to_rows.channel + y * to_rows.row + i] = from[c * from_rows.channel + y * from_rows.row + i * Stride];
}

/// to[i * Stride] = from[i] for `Count` elements of each row.
template <std::size_t Stride, std::size_t Count, class T>
CORTEXPR_SHARED constexpr void scatter_rows(T* to, RowPositions to_rows, std::size_t channels, std::size_t rows,
                                            RowPositions from_rows, const T* from) {
  for (std::size_t c = 0; c < channels; ++c)
    for (std::size_t y = 0; y < rows; ++y)
      for (std::size_t i = 0; i < Count; ++i)
        to[c * to_rows.channel + y * to_rows.row + i * Stride] = from[c * from_rows.channel + y * from_rows.row + i];
}

/// Where a phase and the image meet.
template <Window window, std::size_t PhaseY, std::size_t PhaseX>
struct PhaseRows {
  static constexpr Axis vertical = window.vertical, horizontal = window.horizontal;
  static constexpr std::size_t first_row = vertical.begin(PhaseY), first = horizontal.begin(PhaseX);
  static constexpr std::size_t rows = vertical.end(PhaseY) > first_row ? vertical.end(PhaseY) - first_row : 0;
  static constexpr std::size_t length = horizontal.end(PhaseX) > first ? horizontal.end(PhaseX) - first : 0;
  static constexpr bool empty = rows == 0 || length == 0;
  /// The positions of the first element, and where the rows of the image lie.
  static constexpr std::size_t in_image =
      empty ? 0 : vertical.source(PhaseY, first_row) * horizontal.size + horizontal.source(PhaseX, first);
  static constexpr std::size_t in_phase = first_row * window.row_stride() + first;
  static constexpr RowPositions image{vertical.size * horizontal.size, vertical.stride* horizontal.size};
};

}  // namespace detail

/// Calls action.template operator()<PhaseY, PhaseX>() for every phase.
template <Window window, std::size_t Phase = 0, class Action>
CORTEXPR_INLINE constexpr void for_each_phase(Action action) {
  if constexpr (Phase < window.phases()) {
    constexpr std::size_t across = window.horizontal.phases();
    action.template operator()<Phase / across, Phase % across>();
    for_each_phase<window, Phase + 1>(action);
  }
}

/// Packs an image. The padding is not written: `packed` must hold `border` there, or an image packed before.
/// Shapes:  image [C, H, W] -> packed [C * window.channel_size() + row_slack]
template <class Simd, Window window, class T>
constexpr void pack_image(const T* image, std::size_t channels, T* packed, T border) {
  for_each_phase<window>([&]<std::size_t PhaseY, std::size_t PhaseX> {
    using Phase = detail::PhaseRows<window, PhaseY, PhaseX>;
    constexpr std::size_t stride = window.horizontal.stride;
    constexpr detail::RowPositions to{window.channel_size(), window.row_stride()};
    if constexpr (!Phase::empty && stride == 1)
      detail::map_rows<Simd, Phase::length>(packed + Phase::in_phase, to, channels, Phase::rows, border,
                                            window.phases() > 1, Unchanged{}, Phase::image, image + Phase::in_image);
    else if constexpr (!Phase::empty)
      detail::gather_rows<stride, Phase::length>(packed + Phase::in_phase, to, channels, Phase::rows, Phase::image,
                                                 image + Phase::in_image);
    packed += window.phase_size();
  });
}

/// For a stream that is processed in parts: replaces the padding by the last elements of the previous part, and stores
/// the last elements of this part in `history`. The window must be causal, over a sequence.
/// Shapes:  history [C, window.horizontal.before], packed [C * window.channel_size()]
template <Window window, class T>
constexpr void exchange_history(T* history, std::size_t channels, T* packed) {
  constexpr std::size_t length = window.horizontal.before;
  for (std::size_t c = 0; c < channels; ++c, history += length, packed += window.phase_size()) {
    for (std::size_t i = 0; i < length; ++i) packed[i] = history[i];
    for (std::size_t i = 0; i < length; ++i) history[i] = packed[window.horizontal.size + i];
  }
}

/// Whether the packed image contains every pixel of the image.
template <Window window>
constexpr bool covers_image() {
  if (window.horizontal.stride > 1 || window.vertical.stride > 1) return false;
  using Phase = detail::PhaseRows<window, 0, 0>;
  return Phase::length == window.horizontal.size && Phase::rows == window.vertical.size;
}

namespace detail {

/// image = unpacked phases, `phase_stride` apart. `first(PhaseY)` is the position in a phase of the first element
/// that is stored. Pixels that belong to no phase become 0.
template <class Simd, Window window, class T, class First>
constexpr void scatter(const T* phases, std::size_t phase_stride, std::size_t channels, T* image, First first) {
  if constexpr (!covers_image<window>()) fill(image, channels * window.vertical.size * window.horizontal.size, T(0));
  const RowPositions from{window.phases() * phase_stride, window.row_stride()};
  for_each_phase<window>([&]<std::size_t PhaseY, std::size_t PhaseX> {
    using Phase = PhaseRows<window, PhaseY, PhaseX>;
    constexpr std::size_t stride = window.horizontal.stride;
    if constexpr (!Phase::empty && stride == 1)
      map_rows<Simd, Phase::length>(image + Phase::in_image, Phase::image, channels, Phase::rows, T(0),
                                    window.phases() > 1, Unchanged{}, from, phases + (Phase::in_phase - first(PhaseY)));
    else if constexpr (!Phase::empty)
      scatter_rows<stride, Phase::length>(image + Phase::in_image, Phase::image, channels, Phase::rows, from,
                                          phases + (Phase::in_phase - first(PhaseY)));
    phases += phase_stride;
  });
}

}  // namespace detail

/// The inverse of pack_image. Pixels that the window does not cover become 0.
/// Shapes:  packed [C * window.channel_size()] -> image [C, H, W]
template <class Simd, Window window, class T>
constexpr void unpack_image(const T* packed, std::size_t channels, T* image) {
  detail::scatter<Simd, window>(packed, window.phase_size(), channels, image,
                                [](std::size_t) { return std::size_t{0}; });
}

/// The same if each phase is stored from the first row that lies in the image, `stride` elements from phase to phase.
/// Shapes:  phases [C * window.phases(), stride] -> image [C, H, W]
template <class Simd, Window window, class T>
constexpr void unpack_padded_rows(const T* phases, std::size_t stride, std::size_t channels, T* image) {
  detail::scatter<Simd, window>(phases, stride, channels, image,
                                [](std::size_t phase) { return window.image_begin(phase); });
}

/// image = function(rows), without the positions between two rows of the image.
/// Shapes:  padded rows [K, stride] -> image [K, H', W']
template <class Simd, Window window, class T, class Function = Unchanged>
constexpr void compact(const T* rows, std::size_t stride, std::size_t filters, T* image, Function function = {}) {
  constexpr std::size_t height = window.vertical.output(), width = window.horizontal.output();
  detail::map_rows<Simd, width>(image, {height * width, width}, filters, height, T(0), false, function,
                                {stride, window.row_stride()}, rows);
}

/// The inverse of compact: padded rows = function(images...), from the element `front` of each channel on. The
/// positions between two rows of the image are not written.
/// Shapes:  images [K, H', W'] -> padded rows [K, stride]
template <class Simd, Window window, class T, class Function, class... Images>
constexpr void scatter_to_padded(std::size_t filters, T* rows, std::size_t stride, std::size_t front, Function function,
                                 const Images*... images) {
  constexpr std::size_t height = window.vertical.output(), width = window.horizontal.output();
  detail::map_rows<Simd, width>(rows + front, {stride, window.row_stride()}, filters, height, T(0), false, function,
                                {height * width, width}, images...);
}
template <class Simd, Window window, class T>
constexpr void scatter_to_padded(const T* image, std::size_t filters, T* rows, std::size_t stride, std::size_t front) {
  scatter_to_padded<Simd, window>(filters, rows, stride, front, Unchanged{}, image);
}

}  // namespace cortexpr::kernels
