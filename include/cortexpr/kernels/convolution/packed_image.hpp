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

/// The number of elements of a row of the image that belong to a phase.
template <Window window, std::size_t PhaseX>
inline constexpr std::size_t row_length = window.horizontal.end(PhaseX) > window.horizontal.begin(PhaseX)
                                              ? window.horizontal.end(PhaseX) - window.horizontal.begin(PhaseX)
                                              : 0;

/// Calls action(in_image, in_phase, is_last) for each row of the image that belongs to a phase, with the positions of
/// its first element in the image and in the phase.
template <Window window, std::size_t PhaseY, std::size_t PhaseX, class Action>
CORTEXPR_INLINE constexpr void for_each_row(Action action) {
  constexpr Axis vertical = window.vertical, horizontal = window.horizontal;
  constexpr std::size_t first = horizontal.begin(PhaseX), end = vertical.end(PhaseY);
  if constexpr (row_length<window, PhaseX> > 0)
    for (std::size_t i = vertical.begin(PhaseY); i < end; ++i)
      action(vertical.source(PhaseY, i) * horizontal.size + horizontal.source(PhaseX, first),
             i * window.row_stride() + first, i + 1 == end);
}

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
  constexpr std::size_t pixels = window.vertical.size * window.horizontal.size;
  constexpr std::size_t stride = window.horizontal.stride;
  for (std::size_t c = 0; c < channels; ++c, image += pixels)
    for_each_phase<window>([&]<std::size_t PhaseY, std::size_t PhaseX> {
      constexpr std::size_t count = detail::row_length<window, PhaseX>;
      detail::for_each_row<window, PhaseY, PhaseX>([&](std::size_t from, std::size_t to, bool is_last) {
        if constexpr (stride == 1)
          detail::map_row<Simd, count>(packed + to, is_last && c + 1 == channels, border, Unchanged{},
                                       image + from);
        else
          for (std::size_t i = 0; i < count; ++i) packed[to + i] = image[from + i * stride];
      });
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
  return detail::row_length<window, 0> == window.horizontal.size &&
         window.vertical.end(0) - window.vertical.begin(0) == window.vertical.size;
}

namespace detail {

/// image = unpacked phases, `stride_of_phases` apart. `first(PhaseY)` is the position in a phase of the first element
/// that is stored. Pixels that belong to no phase become 0.
template <class Simd, Window window, class T, class First>
constexpr void scatter(const T* phases, std::size_t stride_of_phases, std::size_t channels, T* image, First first) {
  constexpr std::size_t pixels = window.vertical.size * window.horizontal.size;
  constexpr std::size_t stride = window.horizontal.stride;
  for (std::size_t c = 0; c < channels; ++c, image += pixels) {
    if constexpr (!covers_image<window>()) fill(image, pixels, T(0));
    for_each_phase<window>([&]<std::size_t PhaseY, std::size_t PhaseX> {
      constexpr std::size_t count = row_length<window, PhaseX>;
      for_each_row<window, PhaseY, PhaseX>([&](std::size_t to, std::size_t in_phase, bool is_last) {
        const T* const from = phases + (in_phase - first(PhaseY));
        if constexpr (stride == 1)
          map_row<Simd, count>(image + to, is_last && c + 1 == channels, T(0), Unchanged{}, from);
        else
          for (std::size_t i = 0; i < count; ++i) image[to + i * stride] = from[i];
      });
      phases += stride_of_phases;
    });
  }
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
constexpr void compact(const T* rows, std::size_t stride, std::size_t filters, T* image,
                            Function function = {}) {
  constexpr std::size_t height = window.vertical.output(), width = window.horizontal.output();
  for (std::size_t k = 0; k < filters; ++k)
    for (std::size_t y = 0; y < height; ++y)
      detail::map_row<Simd, width>(image + (k * height + y) * width, k + 1 == filters && y + 1 == height, T(0),
                                   function, rows + k * stride + y * window.row_stride());
}

/// The inverse of compact: padded rows = function(images...), from the element `front` of each channel on. The
/// positions between two rows of the image are not written.
/// Shapes:  images [K, H', W'] -> padded rows [K, stride]
template <class Simd, Window window, class T, class Function, class... Images>
constexpr void scatter_to_padded(std::size_t filters, T* rows, std::size_t stride, std::size_t front, Function function,
                             const Images*... images) {
  constexpr std::size_t height = window.vertical.output(), width = window.horizontal.output();
  for (std::size_t k = 0; k < filters; ++k)
    for (std::size_t y = 0; y < height; ++y)
      detail::map_row<Simd, width>(rows + k * stride + front + y * window.row_stride(),
                                   k + 1 == filters && y + 1 == height, T(0), function,
                                   images + (k * height + y) * width...);
}
template <class Simd, Window window, class T>
constexpr void scatter_to_padded(const T* image, std::size_t filters, T* rows, std::size_t stride, std::size_t front) {
  scatter_to_padded<Simd, window>(filters, rows, stride, front, Unchanged{}, image);
}

}  // namespace cortexpr::kernels
